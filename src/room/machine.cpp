#include "room/machine.hpp"

#include <algorithm>
#include <utility>
#include <variant>

#include "room/options.hpp"
#include "signaling/messages.hpp"

namespace parlor::room {

Machine::Machine(RoomOptions options, base::Time now, std::uint64_t seed)
    : options_(std::move(options)), now_(now) {
  context_.channels = options_.channels;
  auto config = client_config(options_);
  if (!config) {
    end(config.error().reason, config.error().message);
    return;
  }
  if (!options_.ice_servers.empty()) {
    ice_servers_ = options_.ice_servers;
  } else if (std::holds_alternative<Join>(options_.entry)) {
    outbox_.transmit(FetchIceServers{ice_servers_url(options_.server)});
  }
  config->seed = seed;
  client_.emplace(*std::move(config), now);
  prewarm();
  settle();
}

Machine::~Machine() = default;

std::optional<PeerStats> Machine::stats(PeerId peer) const {
  const Link* link = link_of(peer);
  if (link == nullptr) return std::nullopt;
  return link->stats(now_);
}

std::vector<std::string> Machine::explain(PeerId peer) const {
  const Link* link = link_of(peer);
  return link == nullptr ? std::vector<std::string>() : link->story().lines();
}

// ---- input

bool Machine::begin(base::Time now) {
  now_ = std::max(now_, now);
  return state_ != RoomState::ended;
}

void Machine::handle_server_open(base::Time now) {
  if (!begin(now) || !client_) return;
  client_->handle_open(now_);
  settle();
}

void Machine::handle_server_frame(base::Time now, std::string_view text) {
  if (!begin(now) || !client_) return;
  client_->handle_frame(now_, text);
  settle();
}

void Machine::handle_server_close(base::Time now, std::uint16_t code, std::string_view reason) {
  if (!begin(now) || !client_) return;
  conditioner_lost_server();  // before what it holds comes due
  client_->handle_close(now_, code, reason);
  settle();
}

void Machine::handle_ice_servers(base::Time now, std::string_view body) {
  if (!begin(now) || ice_servers_) return;
  const auto servers = signaling::parse_ice_servers(body);
  if (!servers) return;
  ice_servers_ = usable(*servers);
  prewarm();
  settle();
}

void Machine::handle_carrier_signal(base::Time now, CarrierId carrier, Signal signal) {
  if (!begin(now)) return;
  if (prewarmed_ && prewarmed_->carrier == carrier) {
    const bool spare = prewarmed_->signals.size() < kMaxEarlySignals;
    if (spare || !std::holds_alternative<IceCandidate>(signal))
      prewarmed_->signals.push_back(std::move(signal));
    if (prewarmed_->signals.size() > 2 * kMaxEarlySignals) drop_prewarmed();  // it never stops: not ours
  } else if (Link* link = link_by(carrier)) {
    signal_made(*link, signal);
  }
  settle();
}

void Machine::handle_carrier_open(base::Time now, CarrierId carrier) {
  if (!begin(now)) return;
  if (Link* link = link_by(carrier)) link->handle_open(now_);
  settle();
}

void Machine::handle_carrier_message(base::Time now, CarrierId carrier, Channel channel, BytesView bytes) {
  if (!begin(now)) return;
  if (Conditioner* conditioner = outbox_.conditioner()) {
    const bool ordered =
        channel < options_.channels.size() && is_ordered(options_.channels[channel].delivery);
    if (link_by(carrier) == nullptr) return;
    conditioner->receive(now_, CarrierFrame{carrier, channel, Bytes(bytes.begin(), bytes.end())}, ordered);
  } else if (Link* link = link_by(carrier)) {
    link->handle_frame(now_, channel, bytes);
  }
  settle();
}

void Machine::deliver(PeerId from) {
  Link* link = link_of(from);
  while (link != nullptr) {
    auto delivered = link->poll_message();
    if (!delivered) return;
    const Delivery delivery = options_.channels[delivered->channel].delivery;
    Message message{from, delivered->channel, std::move(delivered->bytes), delivered->key};
    while (const auto flooder = outbox_.events().push_message(message, delivery)) {
      outbox_.events().drop_messages_of(*flooder);
      remove_member(*flooder, Reason::receiver_overflow, "Messages came faster than the game took them.");
      if (*flooder == from) break;
    }
    link = link_of(from);
  }
}

void Machine::handle_carrier_state(base::Time now, CarrierId carrier, CarrierState state,
                                   std::string_view detail) {
  if (!begin(now)) return;
  if (prewarmed_ && prewarmed_->carrier == carrier) {
    if (state == CarrierState::failed || state == CarrierState::closed) drop_prewarmed();
  } else if (link_by(carrier) != nullptr) {
    if (state == CarrierState::closed) conditioner_lost(carrier);
    if (Link* link = link_by(carrier)) link->handle_state(now_, state, detail);
  }
  settle();
}

void Machine::handle_carrier_buffered(base::Time now, CarrierId carrier, Channel channel, std::size_t bytes) {
  if (!begin(now)) return;
  if (Link* link = link_by(carrier)) link->handle_buffered(now_, channel, bytes);
  settle();
}

void Machine::handle_carrier_stats(base::Time now, CarrierId carrier, const CarrierStats& stats) {
  if (!begin(now)) return;
  if (Link* link = link_by(carrier)) link->handle_stats(now_, stats);
  settle();
}

void Machine::handle_timeout(base::Time now) {
  if (!begin(now)) return;
  run_conditioner();  // first: where there is room again, what is due can be said
  if (context_.relay_pace.handle_timeout(now_)) use_room();
  if (client_) client_->handle_timeout(now_);
  for (const auto& link : links_) link->handle_timeout(now_);
  settle();
}

void Machine::handle_visibility(base::Time now, bool hidden) {
  if (!begin(now) || context_.hidden == hidden) return;
  context_.hidden = hidden;
  context_changed();
  settle();
}

void Machine::handle_page_end(base::Time now) {
  if (!begin(now)) return;
  for (const auto& link : links_) link->say_bye(now_, Bye::program_ends);
  take_off_conditioner();  // there is no later
  settle();
}

// ---- commands

SendResult Machine::send(base::Time now, PeerId to, Channel channel, BytesView bytes, std::uint32_t key) {
  if (const auto refused = refusal(channel, bytes.size())) return *refused;
  Link* link = link_of(to);
  if (link == nullptr || !begin(now)) return SendResult::no_such_peer;
  const SendResult result =
      link->send(now_, channel, std::make_shared<const Bytes>(bytes.begin(), bytes.end()), key);
  give_out();
  return result;
}

SendResult Machine::send_to_all(base::Time now, Channel channel, BytesView bytes, std::uint32_t key) {
  if (const auto refused = refusal(channel, bytes.size())) return *refused;
  if (links_.empty() || !begin(now)) return SendResult::no_such_peer;
  const auto takes = [&](const auto& link) { return link->takes(channel, bytes.size()); };
  if (is_ordered(options_.channels[channel].delivery)) {
    drop_blocked(channel, bytes.size());
    if (links_.empty()) return SendResult::no_such_peer;
    if (!std::all_of(links_.begin(), links_.end(), takes)) return SendResult::would_block;
  }
  const auto shared = std::make_shared<const Bytes>(bytes.begin(), bytes.end());
  SendResult worst = SendResult::queued;
  for (const auto& link : links_) worst = std::max(worst, link->send(now_, channel, shared, key));
  give_out();
  return worst;
}

/// A member that cannot be reached must not hold up what is for everybody: once the game was told so and what
/// waits for the member has filled its queue, the promise of a reliable channel cannot be kept any more, and
/// its link ends.
void Machine::drop_blocked(Channel channel, std::size_t bytes) {
  std::vector<PeerId> blocked;
  for (const auto& link : links_) {
    if (link->given_up() && !link->takes(channel, bytes)) blocked.push_back(link->peer());
  }
  for (PeerId peer : blocked) {
    remove_member(peer, Reason::link_failed,
                  "No way to this member was found while messages for it piled up.");
  }
}

SendResult Machine::send_to_host(base::Time now, Channel channel, BytesView bytes, std::uint32_t key) {
  return send(now, joined_.host, channel, bytes, key);
}

void Machine::leave() {
  end(Reason::left, "You left the room.");
}

void Machine::fail(Reason reason, std::string message) {
  end(reason, std::move(message));
}

// ---- output

std::optional<base::Time> Machine::poll_timeout() const {
  if (state_ == RoomState::ended) return std::nullopt;
  base::Earliest next;
  if (client_) next.add(client_->poll_timeout());
  next.add(context_.relay_pace.due());
  for (const auto& link : links_) next.add(link->poll_timeout());
  if (const Conditioner* conditioner = outbox_.conditioner()) next.add(conditioner->poll_timeout());
  if (client_ && !signals_.empty()) next.add(now_ + signal_budget_.wait(now_, signals_.front().cost));
  return next.get();
}

/// Brings everything to rest after an input.
void Machine::settle() {
  run_conditioner();
  drain_client();
  std::vector<PeerId> peers;
  for (const auto& link : links_) peers.push_back(link->peer());
  for (const PeerId peer : peers) deliver(peer);
  for (const auto& link : links_) {
    if (link->wants_carrier()) renew_carrier(*link, true);
  }
  for (std::size_t i = 0; i < links_.size();) {
    if (const auto& over = links_[i]->end()) {
      remove_member(links_[i]->peer(), over->reason, over->message);
    } else {
      ++i;
    }
  }
  give_out();
  if (outbox_.overflowed()) {
    end(Reason::protocol_error,
        "So much happened in the room without the game taking notice that it was left.");
  }
}

// ---- inside

Link* Machine::link_of(PeerId peer) const {
  const auto at =
      std::find_if(links_.begin(), links_.end(), [&](const auto& link) { return link->peer() == peer; });
  return at == links_.end() ? nullptr : at->get();
}

Link* Machine::link_by(CarrierId carrier) const {
  const auto at = std::find_if(links_.begin(), links_.end(),
                               [&](const auto& link) { return link->carrier() == carrier; });
  return at == links_.end() ? nullptr : at->get();
}

/// What is wrong with a message before it is asked for whom it is.
std::optional<SendResult> Machine::refusal(Channel channel, std::size_t bytes) const {
  if (channel >= options_.channels.size()) return SendResult::too_large;
  const ChannelOptions& options = options_.channels[channel];
  if (bytes > (is_ordered(options.delivery) ? kMaxReliableMessage : kMaxUnreliableMessage))
    return SendResult::too_large;
  if (options.of_host && joined_.host != joined_.me) return SendResult::dropped;
  return std::nullopt;
}

}  // namespace parlor::room
