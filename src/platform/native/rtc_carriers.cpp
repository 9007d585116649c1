#include "native/rtc_carriers.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "dtls/openssl_transport.hpp"
#include "native/clock.hpp"
#include "native/rtc_carriers_impl.hpp"
#include "native/url.hpp"

namespace parlor::platform::native {
namespace {

constexpr base::Duration kStatsEvery = base::seconds(1);
constexpr std::size_t kMostStunServers = 4;
/// Below it the machine is told that a reliable channel has room again, as in the browser.
constexpr std::size_t kBufferedLow = 65536;

rtc::ConnectionId to_rtc(room::CarrierId id) {
  return static_cast<rtc::ConnectionId>(id);
}

/// The certificate of this program: made when the first carrier is, and the same for all of its rooms.
const std::shared_ptr<const dtls::Context>& program_context() {
  static const std::shared_ptr<const dtls::Context> context = dtls::Context::make();
  return context;
}

}  // namespace

RtcCarriers::RtcCarriers(Loop& loop, CarrierOwner& owner, const std::vector<ChannelOptions>& channels)
    : loop_(loop),
      owner_(owner),
      stats_timer_(loop, [this] { tell_stats(); }),
      shared_(std::make_shared<Shared>()) {
  shared_->port = this;
  for (const ChannelOptions& channel : channels) ordered_.push_back(is_ordered(channel.delivery));
  ordered_.push_back(false);
}

RtcCarriers::~RtcCarriers() {
  shared_->port = nullptr;
  for (const auto& [id, carrier] : carriers_) {
    end(*carrier);
    loop_.bury(carrier);
  }
  send_out();
  for (Port& port : ports_) loop_.bury(std::shared_ptr<UdpSocket>(std::move(port.socket)));
}

RtcCarriers::Carrier* RtcCarriers::find(room::CarrierId id) const {
  const auto found = carriers_.find(id);
  return found == carriers_.end() ? nullptr : found->second.get();
}

// ---- what the room asks

void RtcCarriers::open(const room::OpenCarrier& open) {
  if (carriers_.contains(open.carrier)) return;
  open_sockets();
  rtc::ConnectionOptions options;
  options.fingerprint = program_context()->fingerprint();
  options.polite = open.polite;
  options.accepts_channels = false;  // a room's are agreed on
  const auto carrier = std::make_shared<Carrier>(
      open.carrier, loop_, options, dtls::make_transport(program_context()), random_,
      [shared = shared_, id = open.carrier] {
        Carrier* due = shared->port ? shared->port->find(id) : nullptr;
        if (!due) return;
        due->connection.handle_timeout(now());
        shared->port->touched_.insert(id);
        shared->port->run();
      },
      ordered_.size());
  carriers_.emplace(open.carrier, carrier);
  begin(*carrier);
  ask_servers(*carrier, open.ice_servers);
  if (open.offers) carrier->connection.negotiate(now());
  touch(*carrier);
}

void RtcCarriers::begin(Carrier& carrier) {
  rtc::Connection& connection = carrier.connection;
  (void)demultiplexer_.add(to_rtc(carrier.id), connection.ufrag());
  for (const Port& port : ports_) connection.add_address(now(), port.socket->local(), port.preference);
  for (std::size_t i = 0; i < ordered_.size(); ++i) {
    datachannel::ChannelOptions options{.negotiated = static_cast<datachannel::ChannelId>(i)};
    options.reliability.ordered = ordered_[i];
    if (!ordered_[i]) options.reliability.max_retransmits = std::uint16_t{0};
    (void)connection.open_channel(now(), options);
    connection.set_buffered_low(static_cast<datachannel::ChannelId>(i), ordered_[i] ? kBufferedLow : 0);
  }
}

void RtcCarriers::ask_servers(Carrier& carrier, const std::vector<IceServer>& servers) {
  std::vector<StunServer> found;
  for (const IceServer& server : servers) {
    for (const std::string& url : server.urls) {
      auto one = parse_stun_url(url);
      if (one && found.size() < kMostStunServers) found.push_back(*std::move(one));
    }
  }
  carrier.asked = found.size();
  for (const StunServer& server : found) {
    carrier.resolutions.push_back(std::make_unique<Resolution>(
        loop_, server.host,
        [shared = shared_, id = carrier.id, port = server.port](std::vector<base::IpAddress> addresses) {
          Carrier* asking = shared->port ? shared->port->find(id) : nullptr;
          if (!asking) return;
          for (const base::IpAddress& ip : addresses) asking->connection.add_stun_server(now(), {ip, port});
          if (--asking->asked == 0) asking->connection.finish_gathering(now());
          shared->port->touched_.insert(id);
          shared->port->run();
        }));
  }
  if (found.empty()) carrier.connection.finish_gathering(now());
}

void RtcCarriers::set_polite(const room::SetPolite& set) {
  if (Carrier* carrier = find(set.carrier)) carrier->connection.set_polite(set.polite);
}

void RtcCarriers::take(const room::CarrierSignal& signal) {
  Carrier* carrier = find(signal.carrier);
  if (!carrier) return;
  if (const auto* description = std::get_if<room::Description>(&signal.signal)) {
    const bool offer = description->type == room::Description::Type::offer;
    // One that cannot be used changes nothing: the machine looks after carriers that come to nothing.
    (void)carrier->connection.handle_description(now(), offer, description->sdp);
  } else if (const auto* candidate = std::get_if<room::IceCandidate>(&signal.signal)) {
    (void)carrier->connection.handle_candidate(now(), candidate->candidate, candidate->ufrag);
  }
  touch(*carrier);
}

void RtcCarriers::send(const room::CarrierSend& send) {
  Carrier* carrier = find(send.carrier);
  if (!carrier) return;
  const BytesView header = send.header.view();
  const BytesView payload = send.payload.view();
  frame_.assign(header.begin(), header.end());
  frame_.insert(frame_.end(), payload.begin(), payload.end());
  const sctp::SendResult result = carrier->connection.send(now(), send.channel, frame_);
  // What goes in order has been taken once it is handed over: the room keeps to limits that are far below.
  if (result != sctp::SendResult::queued && ordered_.at(send.channel)) carrier->refused = true;
  touch(*carrier);
}

void RtcCarriers::restart(const room::RestartCarrier& restart) {
  Carrier* carrier = find(restart.carrier);
  if (!carrier) return;
  carrier->connection.restart_ice(now());
  touch(*carrier);
}

void RtcCarriers::close(const room::CloseCarrier& close) {
  const auto found = carriers_.find(close.carrier);
  if (found == carriers_.end()) return;
  const std::shared_ptr<Carrier> carrier = found->second;
  end(*carrier);
  send_out();
  demultiplexer_.remove(to_rtc(carrier->id));
  touched_.erase(carrier->id);
  carriers_.erase(found);
  loop_.bury(carrier);
}

/// What it asked for must not be answered from the grave, when the loop may be ending, too.
void RtcCarriers::end(Carrier& carrier) {
  carrier.gone = true;
  carrier.resolutions.clear();
  carrier.connection.close(now());
  transmit(carrier);
}

std::size_t RtcCarriers::buffered(room::CarrierId carrier, Channel channel) const {
  const Carrier* one = find(carrier);
  return one ? one->connection.buffered(channel) : 0;
}

/// What was asked goes out at once; what came of it is told from the loop.
void RtcCarriers::flush() {
  for (const room::CarrierId id : touched_) {
    if (Carrier* carrier = find(id)) transmit(*carrier);
  }
  send_out();
}

// ---- what becomes of it

void RtcCarriers::touch(Carrier& carrier) {
  touched_.insert(carrier.id);
  if (std::exchange(posted_, true)) return;
  loop_.post([shared = shared_] {
    if (!shared->port) return;
    shared->port->posted_ = false;
    shared->port->run();
  });
}

/// From the loop alone: the owner is told, and may ask for more meanwhile. It is told first: what it answers
/// goes in one datagram with the acknowledgement.
void RtcCarriers::run() {
  while (!touched_.empty()) {
    const auto found = carriers_.find(*touched_.begin());
    touched_.erase(touched_.begin());
    if (found == carriers_.end()) continue;
    const std::shared_ptr<Carrier> carrier = found->second;
    const std::shared_ptr<Shared> shared = shared_;
    tell(carrier);
    if (!shared->port) return;
  }
  send_out();
}

void RtcCarriers::transmit(Carrier& carrier) {
  // As it is: it is written before it is read.
  std::array<std::byte, rtc::Connection::kLargestDatagram> datagram;
  const base::Time time = now();
  while (const auto out = carrier.connection.poll_transmit(time, datagram)) {
    const auto bytes = std::span(datagram).first(out->size);
    demultiplexer_.handle_transmit(to_rtc(carrier.id), bytes);
    for (const Port& port : ports_) {
      if (port.socket->local() == out->local) port.socket->send(out->remote, bytes);
    }
  }
  carrier.timer.set(carrier.connection.poll_timeout());
}

void RtcCarriers::send_out() {
  for (const Port& port : ports_) port.socket->flush();
}

void RtcCarriers::tell(const std::shared_ptr<Carrier>& carrier) {
  const std::shared_ptr<Shared> shared = shared_;
  while (!carrier->gone) {
    auto event = carrier->connection.poll_event();
    if (!event) break;
    tell_event(*carrier, *event);
    if (!shared->port) return;
  }
  if (carrier->gone) return;
  if (const std::string_view fault = fault_of(*carrier); !fault.empty()) {
    carrier->connection.close(now());
    transmit(*carrier);
    return owner_.on_state(carrier->id, room::CarrierState::closed, fault);
  }
  transmit(*carrier);
  tell_buffered(*carrier);
}

/// Why a connection that is well is of no use to a room, whose channels end with it and not before; or
/// nothing.
std::string_view RtcCarriers::fault_of(const Carrier& carrier) const {
  if (carrier.connection.state() != rtc::State::connected) return {};
  if (carrier.refused) return "It took no more messages.";
  for (std::size_t i = 0; i < ordered_.size(); ++i) {
    const auto state = carrier.connection.channel_state(static_cast<datachannel::ChannelId>(i));
    if (!state || *state == datachannel::ChannelState::closing) return "The other side has closed a channel.";
  }
  return {};
}

void RtcCarriers::tell_event(Carrier& carrier, rtc::Event& event) {
  if (auto* message = std::get_if<rtc::ChannelMessage>(&event)) {
    if (message->id < ordered_.size())
      owner_.on_message(carrier.id, static_cast<Channel>(message->id), message->bytes);
  } else if (auto* description = std::get_if<rtc::DescriptionMade>(&event)) {
    (void)demultiplexer_.add(to_rtc(carrier.id), carrier.connection.ufrag());
    owner_.on_signal(carrier.id,
                     room::Description{.type = description->offer ? room::Description::Type::offer
                                                                  : room::Description::Type::answer,
                                       .sdp = std::move(description->sdp)});
  } else if (auto* candidate = std::get_if<rtc::CandidateMade>(&event)) {
    owner_.on_signal(carrier.id, room::IceCandidate{.candidate = std::move(candidate->candidate),
                                                    .mid = std::move(candidate->mid),
                                                    .mline_index = std::nullopt,
                                                    .ufrag = std::move(candidate->ufrag)});
  } else if (std::holds_alternative<rtc::CandidatesEnd>(event)) {
    owner_.on_signal(carrier.id, room::CandidatesEnd{});
  } else if (const auto* opened = std::get_if<rtc::ChannelOpened>(&event)) {
    if (opened->id < ordered_.size() && ++carrier.opened == ordered_.size()) owner_.on_open(carrier.id);
  } else if (const auto* changed = std::get_if<rtc::StateChanged>(&event)) {
    switch (changed->state) {
      case rtc::State::fresh:
      case rtc::State::connecting:
        break;
      case rtc::State::connected:
        if (!std::exchange(measuring_, true)) stats_timer_.set(now());
        owner_.on_state(carrier.id, room::CarrierState::connected, {});
        break;
      case rtc::State::disconnected:
        owner_.on_state(carrier.id, room::CarrierState::disconnected, {});
        break;
      case rtc::State::failed: {
        // What no restart can mend is over: the room makes a new carrier.
        const bool lasting = changed->reason != rtc::Reason::no_way;
        owner_.on_state(carrier.id, lasting ? room::CarrierState::closed : room::CarrierState::failed,
                        changed->detail);
        break;
      }
      case rtc::State::closed:
        owner_.on_state(carrier.id, room::CarrierState::closed, changed->detail);
        break;
    }
  }
}

void RtcCarriers::tell_buffered(Carrier& carrier) {
  for (std::size_t i = 0; i < ordered_.size(); ++i) {
    const std::size_t waits = carrier.connection.buffered(static_cast<datachannel::ChannelId>(i));
    const std::size_t before = std::exchange(carrier.told[i], waits);
    if (waits < before) owner_.on_buffered(carrier.id, static_cast<Channel>(i), waits);
    if (carrier.gone) return;
  }
}

void RtcCarriers::tell_stats() {
  const std::shared_ptr<Shared> shared = shared_;
  bool connected = false;
  std::vector<std::shared_ptr<Carrier>> all;
  for (const auto& [id, carrier] : carriers_) all.push_back(carrier);
  for (const auto& carrier : all) {
    const auto route = carrier->connection.route();
    if (carrier->gone || carrier->connection.state() != rtc::State::connected || !route) continue;
    connected = true;
    const rtc::Stats stats = carrier->connection.stats();
    owner_.on_stats(carrier->id, {.path = route->is_relayed() ? Path::turn : Path::direct,
                                  .round_trip = stats.ice_round_trip,
                                  .bytes_sent = stats.bytes_sent,
                                  .bytes_received = stats.bytes_received});
    if (!shared->port) return;
  }
  measuring_ = connected;
  if (connected) stats_timer_.set(now() + kStatsEvery);
}

}  // namespace parlor::platform::native
