#include "rtc/connection.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "ice/binding.hpp"

namespace parlor::rtc {
namespace {

/// Before it is known which cipher is used (dtls::Transport::overhead).
constexpr std::size_t kMostDtlsOverhead = 37;
constexpr std::size_t kLeastDatagram = 576;
/// Both sides may begin SCTP, and then say everything twice. The DTLS server is connected first and begins;
/// the client does if nothing has come a round trip and so much later.
constexpr base::Duration kLeaveInit = base::milliseconds(30);

ConnectionOptions completed(ConnectionOptions options) {
  options.datagram = std::clamp<std::size_t>(options.datagram, kLeastDatagram, Connection::kLargestDatagram);
  options.smallest_datagram = std::clamp(options.smallest_datagram, kLeastDatagram, options.datagram);
  options.sctp.packet = options.datagram - kMostDtlsOverhead;
  options.sctp.largest_packet = options.sctp.packet;
  options.sctp.smallest_packet = options.smallest_datagram - kMostDtlsOverhead;
  options.sctp.receive.largest_message = options.max_message_size;
  return options;
}

/// Bytes of IP and UDP around a datagram.
std::size_t headers_to(const base::SocketAddress& remote) {
  return remote.ip.is_v6() ? 48 : 28;
}

}  // namespace

Connection::Connection(base::Time now, const ConnectionOptions& options,
                       std::unique_ptr<dtls::Transport> transport, base::Random& random)
    : options_(completed(options)),
      random_(random),
      now_(now),
      agent_(now, options_.ice, random),
      transport_(std::move(transport)),
      association_(options_.sctp, random),
      channels_(association_, options_.accepts_channels),
      // RFC 8829 §5.2.1: 63 bits, so that it is a positive number everywhere.
      session_id_(std::to_string(random.next_u64() >> 1)) {}

// ---- this machine's addresses

void Connection::add_address(base::Time now, const base::SocketAddress& address, std::uint16_t preference) {
  see(now);
  agent_.add_address(now_, address, preference);
  drain_agent();
}

void Connection::add_relayed(base::Time now, const base::SocketAddress& relayed,
                             const base::SocketAddress& server, std::uint16_t preference) {
  see(now);
  agent_.add_relayed(now_, relayed, server, preference);
  drain_agent();
}

void Connection::remove_address(base::Time now, const base::SocketAddress& address) {
  see(now);
  agent_.remove_address(now_, address);
  drain_agent();
}

void Connection::add_stun_server(base::Time now, const base::SocketAddress& server) {
  see(now);
  agent_.add_stun_server(now_, server);
}

void Connection::finish_gathering(base::Time now) {
  see(now);
  agent_.finish_gathering(now_);
  drain_agent();
}

// ---- channels

base::Result<std::optional<datachannel::ChannelId>, datachannel::OpenError> Connection::open_channel(
    base::Time now, const datachannel::ChannelOptions& options) {
  see(now);
  using Id = std::optional<datachannel::ChannelId>;
  if (is_over()) return base::Unexpected{datachannel::OpenError::not_connected};
  const auto opened = channels_.open(now_, options);
  if (opened) return Id(*opened);
  if (opened.error() != datachannel::OpenError::not_connected) return base::Unexpected{opened.error()};
  if (held_channels_.size() >= kMostHeldChannels) return base::Unexpected{datachannel::OpenError::no_number};
  held_channels_.push_back(options);
  return Id();
}

void Connection::close_channel(base::Time now, datachannel::ChannelId id) {
  see(now);
  channels_.close(now_, id);
}

sctp::SendResult Connection::send(base::Time now, datachannel::ChannelId id, base::BytesView bytes,
                                  bool text) {
  see(now);
  if (is_over()) return sctp::SendResult::closed;
  return channels_.send(now_, id, bytes, text);
}

void Connection::close(base::Time now) {
  see(now);
  if (is_over()) return;
  closing_ = true;
  association_.abort(now_, "closed");
  state_ = State::closed;
  events_.clear();
}

// ---- datagrams

void Connection::handle_datagram(base::Time now, const base::SocketAddress& local,
                                 const base::SocketAddress& remote, std::span<std::byte> datagram) {
  see(now);
  if (datagram.empty() || is_over()) return;
  ++stats_.datagrams_received;
  stats_.bytes_received += datagram.size();
  // RFC 7983 §7.
  const auto first = std::to_integer<unsigned>(datagram.front());
  if (first <= 3) {
    if (!ice::is_stun(datagram)) return;
    agent_.handle_datagram(now_, local, remote, datagram);
    drain_agent();
  } else if (first >= 20 && first <= 63 && agent_.knows(local, remote)) {
    handle_dtls(local, remote, datagram);
  }
}

void Connection::handle_dtls(const base::SocketAddress& local, const base::SocketAddress& remote,
                             std::span<std::byte> datagram) {
  if (transport_->state() == dtls::State::idle) {
    // Who answers begins, and may do so before the answer is here. It sends again what it hears nothing of.
    if (!offering_ && !dtls_role_) return;
    if (dtls_role_ == dtls::Role::client) return;
    transport_->start(now_, dtls::Role::server);
  }
  take_records(&local, &remote, datagram);
  drain_transport();
  drain_agent();  // data says that the way is good
  drain_association();
}

void Connection::take_records(const base::SocketAddress* local, const base::SocketAddress* remote,
                              std::span<std::byte> datagram) {
  while (const auto packet = transport_->take(now_, datagram)) {
    if (local) agent_.handle_data(now_, *local, *remote);
    // The handshake that this one follows may have ended in the same datagram.
    drain_transport();
    association_.handle_packet(now_, *packet);
  }
}

void Connection::drain_agent() {
  if (const auto round_trip = agent_.round_trip()) association_.expect_round_trip(*round_trip);
  while (auto event = agent_.poll_event()) {
    if (const auto* found = std::get_if<ice::CandidateFound>(&*event)) {
      if (described_) say_candidate(found->candidate);
    } else if (std::holds_alternative<ice::GatheringDone>(*event)) {
      if (described_) say(CandidatesEnd{});
    } else if (auto* route = std::get_if<ice::RouteChanged>(&*event)) {
      say(RouteChanged{route->route});
      measure_path();
      begin_dtls();
    }
  }
  update_state();
}

/// The way, or what DTLS adds, is another: how much of a packet SCTP has.
void Connection::measure_path() {
  const auto route = agent_.route();
  if (!route) return;
  constexpr std::size_t kCommonMtu = 1500;
  const std::size_t wanted =
      options_.largest_datagram > 0 ? options_.largest_datagram : kCommonMtu - headers_to(route->remote);
  const std::size_t largest = std::clamp(wanted, options_.datagram, kLargestDatagram);
  const std::size_t around = transport_->overhead();
  association_.set_path(now_, options_.datagram - around, largest - around);
}

void Connection::handle_too_large(base::Time now, const base::SocketAddress& remote, std::size_t mtu) {
  see(now);
  const auto route = agent_.route();
  if (is_over() || !route || route->remote != remote) return;
  const std::size_t around = headers_to(remote) + transport_->overhead();
  association_.handle_too_large(now_, mtu > 0 ? std::max(mtu, around + 1) - around : 0);
}

void Connection::begin_dtls() {
  if (!agent_.route() || !dtls_role_ || transport_->state() != dtls::State::idle) return;
  if (const auto round_trip = agent_.round_trip()) transport_->set_round_trip(*round_trip);
  transport_->start(now_, *dtls_role_);
}

void Connection::drain_transport() {
  while (auto event = transport_->poll_event()) {
    if (std::holds_alternative<dtls::Connected>(*event)) {
      measure_path();
      begin_sctp();
    } else if (const auto* failed = std::get_if<dtls::Failed>(&*event)) {
      fail(failed->reason == dtls::FailReason::wrong_certificate ? Reason::wrong_certificate
                                                                 : Reason::handshake,
           failed->detail);
    } else {
      end(Reason::closed_by_peer, "The other side has closed the connection.");
    }
    update_state();
  }
}

void Connection::begin_sctp() {
  if (remote_init_ && association_.connect_with(now_, *remote_init_)) return drain_association();
  if (dtls_role_ == dtls::Role::server) {
    association_.connect(now_);
  } else {
    connect_at_ = now_ + agent_.round_trip().value_or(kLeaveInit) + kLeaveInit;
  }
}

void Connection::handle_association_closed(const sctp::Closed& closed) {
  if (closed.reason == sctp::CloseReason::aborted_by_peer || closed.reason == sctp::CloseReason::shutdown) {
    end(Reason::closed_by_peer, "The other side has closed the connection.");
  } else {
    fail(Reason::sctp, "SCTP has ended: " + std::string(to_string(closed.reason)) + ".");
  }
}

void Connection::handle_timeout(base::Time now) {
  see(now);
  if (is_over()) return;
  agent_.handle_timeout(now_);
  drain_agent();
  if (const auto due = transport_->poll_timeout(); due && *due <= now_) transport_->handle_timeout(now_);
  drain_transport();
  if (connect_at_ && *connect_at_ <= now_) {
    connect_at_.reset();
    association_.connect(now_);
  }
  association_.handle_timeout(now_);
  drain_association();
}

std::optional<base::Time> Connection::poll_timeout() const {
  if (is_over()) return std::nullopt;
  base::Earliest earliest;
  earliest.add(agent_.poll_timeout());
  earliest.add(transport_->poll_timeout());
  earliest.add(connect_at_);
  earliest.add(association_.poll_timeout());
  return earliest.get();
}

std::optional<Transmit> Connection::poll_transmit(base::Time now, std::span<std::byte> out) {
  see(now);
  const auto count = [this](Transmit transmit) {
    ++stats_.datagrams_sent;
    stats_.bytes_sent += transmit.size;
    return transmit;
  };
  if (!is_over()) {
    if (const auto check = agent_.poll_transmit()) {
      std::ranges::copy(check->bytes, out.begin());
      return count({.local = check->local, .remote = check->remote, .size = check->bytes.size()});
    }
  } else if (!closing_) {
    return std::nullopt;
  }
  // What DTLS and SCTP have to say waits for a way, and is not made before there is one.
  const auto route = agent_.route();
  if (!route) return std::nullopt;
  if (const std::size_t size = transport_->poll_transmit(now_, out))
    return count({.local = route->local, .remote = route->remote, .size = size});
  const bool connected = transport_->state() == dtls::State::connected;
  if (!connected && !closing_) return std::nullopt;
  const std::size_t header = transport_->header_size();
  const std::size_t packet = connected ? association_.poll_transmit(out.subspan(header)) : 0;
  if (packet > 0) {
    channels_.handle_sent();
    const std::size_t size = transport_->seal_in_place(out, packet);
    if (size > 0) return count({.local = route->local, .remote = route->remote, .size = size});
    return std::nullopt;
  }
  if (!std::exchange(closing_, false)) return std::nullopt;
  // The last words of SCTP are out: close_notify follows them.
  transport_->close(now_);
  const std::size_t size = transport_->poll_transmit(now_, out);
  if (size == 0) return std::nullopt;
  return count({.local = route->local, .remote = route->remote, .size = size});
}

}  // namespace parlor::rtc
