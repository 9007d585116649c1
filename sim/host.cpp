#include "sim/host.hpp"

#include <algorithm>
#include <cassert>

namespace parlor::sim {

// ---- sockets

void Socket::send(const base::SocketAddress& destination, base::BytesView bytes) {
  if (closed_) return;
  Packet packet;
  packet.source = local_;
  packet.destination = destination;
  packet.bytes.assign(bytes.begin(), bytes.end());
  host_.send(std::move(packet));
}

void Socket::close() {
  if (closed_) return;
  closed_ = true;
  host_.sockets_.erase(local_);
}

// ---- networks

Host::Host(World& world, std::string name) : world_(world), name_(std::move(name)) {}
Host::~Host() = default;

Interface& Host::attach(Network& network, std::initializer_list<std::string_view> addresses,
                        const Conditions& conditions) {
  std::vector<base::IpAddress> parsed;
  for (std::string_view text : addresses) parsed.push_back(ip(text));
  interfaces_.push_back(&network.attach(name_, std::move(parsed), conditions,
                                        [this](Packet packet) { receive(std::move(packet)); }));
  return *interfaces_.back();
}

base::IpAddress Host::address(std::size_t index) const {
  for (const Interface* interface : interfaces_) {
    if (index < interface->addresses().size()) return interface->addresses()[index];
    index -= interface->addresses().size();
  }
  assert(false && "it has fewer addresses");
  return {};
}

bool Host::owns(const base::IpAddress& address) const {
  return interface_of(address) != nullptr;
}

Interface* Host::interface_of(const base::IpAddress& address) const {
  for (Interface* interface : interfaces_) {
    const auto& addresses = interface->addresses();
    if (std::find(addresses.begin(), addresses.end(), address) != addresses.end()) return interface;
  }
  return nullptr;
}

std::pair<Interface*, base::IpAddress> Host::way_to(const base::IpAddress& destination) const {
  std::pair<Interface*, base::IpAddress> way{nullptr, {}};
  for (Interface* interface : interfaces_) {
    const bool neighbour = interface->network().has(destination);
    if (way.first != nullptr && !neighbour) continue;
    const auto& addresses = interface->addresses();
    const auto fitting = std::find_if(addresses.begin(), addresses.end(), [&](const base::IpAddress& one) {
      return one.is_v6() == destination.is_v6();
    });
    if (fitting == addresses.end()) continue;
    way = {interface, *fitting};
    if (neighbour) break;
  }
  return way;
}

// ---- sending

void Host::send(Packet packet) {
  packet.number = world_.next_packet_number();
  packet.sender = this;
  packet.sent_at = world_.now();
  Interface* interface = interface_of(packet.source.ip);
  if (interface == nullptr) {  // of a socket that is bound to all addresses
    const auto way = way_to(packet.destination.ip);
    interface = way.first;
    packet.source.ip = owns(packet.destination.ip) ? packet.destination.ip : way.second;
  }
  packet.first_source = packet.source;
  packet.first_destination = packet.destination;
  if (!on_) return;
  if (interface == nullptr || packet.source.ip.is_v6() != packet.destination.ip.is_v6()) {
    return drop(packet, Fate::no_route);
  }
  world_.trace().record(world_.now(), name_, packet, Fate::sent);
  if (tap_) tap_(world_.now(), packet);
  if (owns(packet.destination.ip)) {
    world_.after({}, [this, packet = std::move(packet)]() mutable { receive(std::move(packet)); });
  } else {
    interface->up().send(std::move(packet));
  }
}

void Host::handle_too_large(Protocol protocol, const base::SocketAddress& from, const base::SocketAddress& to,
                            std::size_t mtu) {
  if (!on_) return;
  if (protocol == Protocol::tcp) {
    const auto stream = streams_.find({from, to});
    if (stream != streams_.end()) stream->second->handle_too_large(mtu);
  } else if (const auto socket = socket_for(from); socket && socket->too_large_) {
    socket->too_large_(to, mtu);
  }
}

// ---- receiving

void Host::receive(Packet packet) {
  if (!on_) return drop(packet, Fate::no_listener);
  if (tap_) tap_(world_.now(), packet);
  if (packet.protocol == Protocol::udp) {
    receive_datagram(packet);
  } else {
    receive_segment(std::move(packet));
  }
}

void Host::receive_datagram(const Packet& packet) {
  const auto socket = socket_for(packet.destination);  // shared: the handler may close it
  if (!socket) return drop(packet, Fate::no_listener);
  world_.trace().record(world_.now(), name_, packet, Fate::delivered);
  if (socket->handler_) socket->handler_(base::Datagram{packet.source, packet.bytes});
}

void Host::receive_segment(Packet packet) {
  const bool begins = packet.segment.syn && !packet.segment.ack;
  auto found = streams_.find({packet.destination, packet.source});
  if (found != streams_.end() && begins && found->second->has_ended()) {
    streams_.erase(found);  // it only lingered
    found = streams_.end();
  }
  if (found == streams_.end() && begins) {
    const auto listener = listeners_.find(packet.destination.port);
    if (listener == listeners_.end()) return refuse(packet);
    world_.trace().record(world_.now(), name_, packet, Fate::delivered);
    auto stream = std::make_shared<Stream>(*this, packet.destination, packet.source, accepted_streams);
    streams_.emplace(StreamKey{packet.destination, packet.source}, stream);
    return stream->begin_accepting(packet, listener->second);
  }
  if (found == streams_.end()) return refuse(packet);
  world_.trace().record(world_.now(), name_, packet, Fate::delivered);
  const std::shared_ptr<Stream> stream = found->second;  // shared: a handler may let go of it
  stream->receive(std::move(packet));
}

/// RFC 9293 §3.5.2: what belongs to no connection is answered with a reset.
void Host::refuse(const Packet& packet) {
  drop(packet, Fate::no_listener);
  if (packet.segment.rst) return;
  Packet answer;
  answer.protocol = Protocol::tcp;
  answer.source = packet.destination;
  answer.destination = packet.source;
  answer.segment.rst = true;
  answer.segment.sequence = packet.segment.acknowledgement;
  send(std::move(answer));
}

void Host::drop(const Packet& packet, Fate fate) {
  world_.trace().record(world_.now(), name_, packet, fate);
}

// ---- ports

std::shared_ptr<Socket> Host::socket_for(const base::SocketAddress& local) const {
  auto found = sockets_.find(local);
  if (found == sockets_.end()) found = sockets_.find({base::IpAddress{}, local.port});
  return found == sockets_.end() ? nullptr : found->second;
}

std::uint16_t Host::ephemeral_port() {
  for (;;) {
    const std::uint16_t port = next_port_;
    next_port_ = port == 65535 ? kFirstEphemeralPort : static_cast<std::uint16_t>(port + 1);
    const auto uses = [port](const auto& one) { return one.first.port == port; };
    if (std::none_of(sockets_.begin(), sockets_.end(), uses)) return port;
  }
}

std::shared_ptr<Socket> Host::bind(const base::SocketAddress& local, Socket::Handler handler) {
  base::SocketAddress bound = local;
  if (bound.ip.is_unspecified()) bound.ip = {};
  assert((bound.ip.is_unspecified() || owns(bound.ip)) && "not an address of this host");
  if (bound.port == 0) bound.port = ephemeral_port();
  assert(!sockets_.contains(bound) && "the port is taken");
  auto socket = std::make_shared<Socket>(*this, bound);
  socket->on_datagram(std::move(handler));
  sockets_.emplace(bound, socket);
  return socket;
}

std::shared_ptr<Socket> Host::bind(std::uint16_t port, Socket::Handler handler) {
  return bind(base::SocketAddress{{}, port}, std::move(handler));
}

// ---- streams

bool Host::StreamKeyLess::operator()(const StreamKey& a, const StreamKey& b) const {
  const AddressLess less;
  return a.local == b.local ? less(a.remote, b.remote) : less(a.local, b.local);
}

void Host::listen(std::uint16_t port, Accept accept) {
  assert(!listeners_.contains(port) && "the port is taken");
  listeners_.emplace(port, std::move(accept));
}

std::shared_ptr<Stream> Host::connect(const base::SocketAddress& remote, StreamHandlers handlers,
                                      const StreamOptions& options) {
  base::SocketAddress local{owns(remote.ip) ? remote.ip : way_to(remote.ip).second, 0};
  do {
    local.port = ephemeral_port();
  } while (streams_.contains({local, remote}));
  auto stream = std::make_shared<Stream>(*this, local, remote, options);
  stream->set_handlers(std::move(handlers));
  streams_.emplace(StreamKey{local, remote}, stream);
  stream->begin_connecting();
  return stream;
}

void Host::forget(const Stream& stream) {
  const auto found = streams_.find({stream.local(), stream.remote()});
  if (found != streams_.end() && found->second.get() == &stream) streams_.erase(found);
}

// ---- trouble

void Host::cut() {
  for (Interface* interface : interfaces_) interface->cut();
}

void Host::mend() {
  for (Interface* interface : interfaces_) interface->mend();
}

void Host::kill() {
  for (const auto& [key, stream] : std::map(streams_)) {
    if (!stream->has_ended()) stream->send_control(true);
  }
  forget_everything();
}

void Host::crash() {
  on_ = false;
  forget_everything();
}

void Host::forget_everything() {
  listeners_.clear();
  while (!sockets_.empty()) std::shared_ptr(sockets_.begin()->second)->close();
  for (const auto& [key, stream] : std::exchange(streams_, {})) stream->vanish();
}

}  // namespace parlor::sim
