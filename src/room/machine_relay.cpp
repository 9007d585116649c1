// The part of the machine that speaks with the relay: whose frames are whose.

#include <variant>

#include "room/machine.hpp"

namespace parlor::room {

void Machine::handle_server_bytes(base::Time now, BytesView bytes) {
  if (!begin(now) || !client_ || state_ != RoomState::playing || server_is_lost_) return;
  if (const auto frame = relay::parse_server_frame(bytes)) {
    Conditioner* conditioner = outbox_.conditioner();
    // What the server says itself, of windows and refusals, must not come behind what it says by signaling,
    // which a conditioner leaves alone: a window from before a member came back would stay closed for ever.
    if (conditioner != nullptr && std::holds_alternative<relay::Message>(*frame)) {
      conditioner->receive(now_, ServerFrame{Bytes(bytes.begin(), bytes.end()), now_});
    } else {
      std::visit([this](const auto& one) { on_relayed(one); }, *frame);
    }
  }
  settle();
}

/// A message that the conditioner held: behind much that is reliable, for more than a minute perhaps, after
/// which stamps begin anew and it would look like a new one.
void Machine::take_held(const ServerFrame& held) {
  const auto frame = relay::parse_server_frame(held.bytes);
  const auto* message = frame ? std::get_if<relay::Message>(&*frame) : nullptr;
  if (message == nullptr) return;
  if (message->lane == relay::Lane::unreliable && now_ - held.came > kMaxMessageAge) return;
  on_relayed(*message);
}

void Machine::handle_server_buffered(base::Time now, std::size_t bytes) {
  if (!begin(now)) return;
  const bool had_room = context_.relay_has_room();
  const bool had_room_for_bulk = context_.relay_has_room(kSocketBulkHighWater);
  context_.socket_waits = bytes;
  outbox_.socket_told();
  const bool has_more = (!had_room && context_.relay_has_room()) ||
                        (!had_room_for_bulk && context_.relay_has_room(kSocketBulkHighWater));
  if (!has_more) return;
  use_room();
  settle();
}

/// Begins behind the link that has given last: one that has much to say must not take all the room.
void Machine::use_room() {
  for (const auto flush : {&Link::flush_play, &Link::flush_bulk}) {
    const std::size_t first = room_turn_;
    for (std::size_t i = 0; i < links_.size(); ++i) {
      const std::size_t at = (first + i) % links_.size();
      const std::uint64_t before = outbox_.frames();
      ((*links_[at]).*flush)(now_);
      if (outbox_.frames() != before) room_turn_ = at + 1;
    }
  }
}

void Machine::context_changed() {
  for (const auto& link : links_) link->handle_context(now_);
}

void Machine::on_relayed(const relay::Message& message) {
  if (Link* link = link_of(message.from)) {
    link->handle_relayed(now_, message.lane == relay::Lane::control, message.body);
  } else if (given_up_.count(message.from) > 0) {
    say_bye(message);
  }
}

void Machine::on_relayed(const relay::Refused& refused) {
  using relay::Refusal;
  if (refused.reason == Refusal::off) {
    context_.relay_on = false;
    for (const auto& link : links_) link->handle_relay_off(now_);
    return;
  }
  Link* link = link_of(refused.peer);
  if (link == nullptr || !refused.lane || !relay::is_promised(*refused.lane)) return;
  if (refused.reason == Refusal::malformed || refused.reason == Refusal::too_large ||
      refused.reason == Refusal::no_such_peer) {
    return;  // the server says by signaling what becomes of the member
  }
  const auto kind = *refused.lane == relay::Lane::bulk ? RelayLane::Kind::bulk : RelayLane::Kind::reliable;
  link->handle_relay_refused(now_, kind, refused.header, refused.reason == Refusal::full,
                             base::milliseconds(refused.wait_ms));
}

void Machine::on_relayed(const relay::Window& window) {
  if (Link* link = link_of(window.peer)) {
    link->handle_relay_window(
        now_, window.lane == relay::Lane::bulk ? RelayLane::Kind::bulk : RelayLane::Kind::reliable,
        window.open);
  }
}

void Machine::say_bye(const relay::Message& message) {
  const std::size_t at = message.lane == relay::Lane::control ? 0 : 1;
  if (message.body.size() <= at) return;
  if (message.lane == relay::Lane::control) {
    const auto frame = parse_frame(message.body, false);
    const auto control = frame ? parse_control(frame->payload) : std::nullopt;
    if (control && control->bye) return;  // two that have given each other up would go on for ever
  }
  if (!bye_budget_.take(now_)) return;
  FrameHeader header;
  header.kind = FrameKind::control;
  header.from_life = static_cast<std::uint8_t>(context_.my_incarnation & 3U);
  header.to_life = static_cast<std::uint8_t>(std::to_integer<unsigned>(message.body[at]) >> 2 & 3U);
  Control bye;
  bye.bye = Bye::given_up;
  RelaySend send;
  send.lane = relay::Lane::control;
  send.recipients.push_back({message.from, false, write_header(header)});
  send.payload = Slice(std::make_shared<const Bytes>(write_control(bye)));
  outbox_.send(now_, std::move(send));
}

}  // namespace parlor::room
