// A link's messages: what goes out by which way, and what comes in.

#include <algorithm>
#include <utility>

#include "base/serial_number.hpp"
#include "relay/frames.hpp"
#include "room/link/link.hpp"

namespace parlor::room {
namespace {

constexpr std::size_t kMostLatestAcks = 1024;  // that wait for a way

relay::Lane lane_of(Delivery delivery) {
  switch (delivery) {
    case Delivery::reliable:
      return relay::Lane::reliable;
    case Delivery::unreliable:
      return relay::Lane::unreliable;
    case Delivery::latest:
      return relay::Lane::latest;
    case Delivery::bulk:
      return relay::Lane::bulk;
  }
  return relay::Lane::reliable;
}

/// Keys of two channels must differ for the relay, which knows of no channels. Should they not, one waits for
/// the other to be acknowledged.
std::uint32_t relay_key(Channel channel, std::uint32_t key) {
  return key ^ static_cast<std::uint32_t>(channel) << 29;
}

}  // namespace

// ---- sending

SendResult Link::send(base::Time now, Channel channel, const std::shared_ptr<const Bytes>& bytes,
                      std::uint32_t key) {
  ChannelState& state = states_[channel];
  std::optional<std::uint8_t> term;  // as it is handed over, however often it is said
  if (context_.channels[channel].of_host) term = static_cast<std::uint8_t>(context_.term);
  switch (delivery(channel)) {
    case Delivery::unreliable:
      return send_unreliable(now, channel, bytes);
    case Delivery::latest:
      if (!state.latest_out.set(key, Slice(bytes), term)) return SendResult::dropped;
      break;
    case Delivery::reliable:
    case Delivery::bulk: {
      if (!takes(channel, bytes->size())) return SendResult::would_block;
      std::size_t begin = 0;
      for (; bytes->size() - begin > kMaxPiece; begin += kMaxPiece)
        state.out.push(Slice(bytes, begin, kMaxPiece), true, term);
      state.out.push(Slice(bytes, begin, bytes->size() - begin), false, term);
      break;
    }
  }
  note_game_sent(now, bytes->size());
  flush(now);
  return SendResult::queued;
}

SendResult Link::send_unreliable(base::Time now, Channel channel, const std::shared_ptr<const Bytes>& bytes) {
  Ways by;
  for (const Way way : kWays) {
    if (ways().has(way) && may_give(way, channel, now)) by.add(way);
  }
  if (by.empty()) return SendResult::dropped;
  loss_.note_sent();
  note_game_sent(now, bytes->size());
  // What may come twice has a number that tells so.
  const Conditioner* conditioner = context_.outbox.conditioner();
  const bool numbered = by.both() || (conditioner != nullptr && conditioner->doubles());
  FrameHeader header =
      header_for(now, numbered ? FrameKind::unreliable_copy : FrameKind::unreliable, channel);
  header.stamp = static_cast<std::uint16_t>(LinkClock::at(now));
  if (numbered) header.copy = next_copy_++;
  for (const Way way : kWays) {
    if (by.has(way)) give(now, way, channel, header, Slice(bytes), 0, false);
  }
  return SendResult::queued;
}

void Link::note_game_sent(base::Time now, std::size_t bytes) {
  game_sent_ = true;
  game_sent_at_ = now;
  sent_.add(now, bytes);
  ++counted_.messages_sent;
  counted_.bytes_sent += bytes;
}

FrameHeader Link::header_for(base::Time now, FrameKind kind, std::optional<Channel> channel,
                             std::optional<Way> way) {
  FrameHeader header;
  header.kind = kind;
  header.from_life = static_cast<std::uint8_t>(context_.my_incarnation & 3U);
  header.to_life = static_cast<std::uint8_t>(incarnation_ & 3U);
  if (channel && context_.channels[*channel].of_host) header.term = static_cast<std::uint8_t>(context_.term);
  if (channel && !(way && is_suspected(*way))) header.ack = next_ack(now);
  return header;
}

/// Of the channels whose acknowledgement is to be taken along, in turn.
std::optional<Ack> Link::next_ack(base::Time now) {
  for (std::size_t i = 0; i < states_.size(); ++i) {
    const std::size_t at = (ack_turn_ + i) % states_.size();
    if (!states_[at].in.ack_rides(now, ack_delay())) continue;
    ack_turn_ = at + 1;
    return states_[at].in.acknowledge(static_cast<Channel>(at));
  }
  return std::nullopt;
}

bool Link::may_give(Way way, Channel channel, base::Time now) const {
  const Delivery how = delivery(channel);
  if (way == Way::relay) {
    if (!context_.relay_has_room(how == Delivery::bulk ? kSocketBulkHighWater : kSocketHighWater))
      return false;
    if (!is_ordered(channel)) return true;
    return context_.relay_pace.has_room() && lanes_[how == Delivery::bulk ? 1 : 0].may_give(now);
  }
  switch (how) {
    case Delivery::reliable:
      return reliable_buffered() < kHighWater;
    case Delivery::bulk:
      return reliable_buffered() < kBulkHighWater;
    case Delivery::unreliable:
      return buffered(channel) <= kUnreliableHighWater;
    case Delivery::latest:
      return buffered(channel) < kLatestHighWater;
  }
  return false;
}

std::size_t Link::buffered(Channel channel) const {
  return buffered_[channel] + context_.outbox.waiting({carrier_, channel});
}

std::size_t Link::reliable_buffered() const {
  std::size_t sum = 0;
  for (std::size_t i = 0; i < states_.size(); ++i) {
    if (is_ordered(static_cast<Channel>(i))) sum += buffered(static_cast<Channel>(i));
  }
  return sum;
}

void Link::flush_play(base::Time now) {
  const Ways now_used = ways();
  for (const Way way : kWays) {
    if (!now_used.has(way)) continue;
    flush_ordered(now, way, now_used.both(), Delivery::reliable);
  }
  flush_latest(now);
}

void Link::flush_bulk(base::Time now) {
  const Ways now_used = ways();
  for (const Way way : kWays) {
    if (now_used.has(way)) flush_ordered(now, way, now_used.both(), Delivery::bulk);
  }
}

void Link::flush_ordered(base::Time now, Way way, bool doubled, Delivery wanted) {
  for (std::size_t i = 0; i < states_.size(); ++i) {
    const auto channel = static_cast<Channel>(i);
    if (delivery(channel) != wanted) continue;
    OrderedOut& out = states_[i].out;
    while (may_give(way, channel, now)) {
      const OrderedOut::Entry* entry = out.next_for(way, doubled);
      if (entry == nullptr) break;
      if (way == Way::relay && !context_.relay_pace.take(now, relay::kFrameCost + entry->bytes.size())) break;
      FrameHeader header =
          header_for(now, entry->more ? FrameKind::ordered_more : FrameKind::ordered, channel, way);
      header.number = entry->number;
      header.term = entry->term;
      bool again = false;
      if (way == Way::relay) again = lanes_[wanted == Delivery::bulk ? 1 : 0].give({channel, entry->number});
      const Slice bytes = entry->bytes;
      out.given(*entry, way);
      give(now, way, channel, header, bytes, 0, again);
    }
  }
}

void Link::flush_latest(base::Time now) {
  for (std::size_t i = 0; i < states_.size(); ++i) {
    const auto channel = static_cast<Channel>(i);
    if (delivery(channel) != Delivery::latest) continue;
    LatestOut& out = states_[i].latest_out;
    while (const LatestOut::Value* value = out.next()) {
      Ways by;
      for (const Way way : kWays) {
        if (ways().has(way) && may_give(way, channel, now)) by.add(way);
      }
      if (by.empty()) break;
      FrameHeader header = header_for(now, FrameKind::latest, channel);
      header.number = value->number;
      header.key = value->key;
      header.term = value->term;
      for (const Way way : kWays) {
        if (by.has(way)) give(now, way, channel, header, value->bytes, value->key, false);
      }
      out.said(now, clocks_[by.has(Way::rtc) ? 0 : 1].round_trip().value_or(base::Duration{}));
    }
  }
}

void Link::give(base::Time now, Way way, Channel channel, const FrameHeader& header, const Slice& bytes,
                std::uint32_t key, bool again) {
  if (way == Way::rtc) {
    const HeaderBytes head = write_header(header);
    if (context_.outbox.conditioner() == nullptr) handle_handed_over(channel, head.size() + bytes.size());
    rtc_said_at_ = now;
    const bool ordered = channel < states_.size() && is_ordered(channel);
    context_.outbox.send(now, CarrierSend{carrier_, channel, head, bytes}, ordered);
    return;
  }
  RelaySend send;
  const bool control = header.kind == FrameKind::control;
  send.lane = control ? relay::Lane::control : lane_of(delivery(channel));
  if (!control && delivery(channel) == Delivery::unreliable) {
    send.age_ms = static_cast<std::uint16_t>(context_.channels[channel].max_age.count());
  }
  send.key = relay_key(channel, key);
  std::optional<RelayMark> mark;
  if (!control) mark = RelayMark{channel, relay_spell_};
  send.recipients.push_back({peer_, again, write_header(header, mark)});
  send.payload = bytes;
  context_.outbox.send(now, std::move(send));
}

// ---- receiving

void Link::take_frame(base::Time now, Way way, Channel channel, const Frame& frame) {
  // Of another life of the member's program, or meant for another of mine.
  if (frame.header.from_life != (incarnation_ & 3U) || frame.header.to_life != (context_.my_incarnation & 3U))
    return;
  if (frame.header.ack) take_ack(*frame.header.ack);
  switch (frame.header.kind) {
    case FrameKind::control:
      return on_control(now, way, frame.payload);
    case FrameKind::ordered:
    case FrameKind::ordered_more:
      if (is_ordered(channel)) take_ordered(now, channel, frame);
      return;
    case FrameKind::unreliable:
    case FrameKind::unreliable_copy:
      if (delivery(channel) == Delivery::unreliable) take_unreliable(now, way, channel, frame);
      return;
    case FrameKind::latest:
      if (delivery(channel) == Delivery::latest) take_latest(now, channel, frame);
      return;
  }
}

void Link::take_ordered(base::Time now, Channel channel, const Frame& frame) {
  switch (states_[channel].in.take(now, frame.header, frame.payload)) {
    case OrderedIn::Taken::yes:
      return pop_ordered(now, channel);
    case OrderedIn::Taken::duplicate:
      return;
    case OrderedIn::Taken::nonsense:
      return end_with(Reason::protocol_error, "The member sent what no member sends.");
  }
}

void Link::pop_ordered(base::Time now, Channel channel) {
  OrderedIn& in = states_[channel].in;
  while (!is_of_later_term(in.next_term())) {
    auto message = in.pop(now);
    if (!message) return;
    if (is_of_host(message->term)) deliver(now, channel, std::move(message->bytes));
  }
}

void Link::take_unreliable(base::Time now, Way way, Channel channel, const Frame& frame) {
  if (frame.payload.size() > kMaxUnreliableMessage) return;
  if (frame.header.kind == FrameKind::unreliable_copy && !copies_.is_first(frame.header.copy)) return;
  loss_.note_heard();
  // By whichever way has measured it best: both measure the same two clocks.
  const auto age = clocks_[clocks_[1].is_better_than(clocks_[0]) ? 1 : 0].least_age(now, frame.header.stamp);
  if (way == Way::rtc && now < rtc_stale_until_) return;
  if (age && *age > context_.channels[channel].max_age) return;
  if (is_of_later_term(frame.header.term) || !is_of_host(frame.header.term)) return;
  deliver(now, channel, Bytes(frame.payload.begin(), frame.payload.end()));
}

void Link::take_latest(base::Time now, Channel channel, const Frame& frame) {
  if (frame.payload.size() > kMaxUnreliableMessage) return;
  // Not known to be host yet: it is said again.
  if (is_of_later_term(frame.header.term)) return;
  const auto taken = states_[channel].latest_in.take(frame.header.key, frame.header.number);
  if (taken == LatestIn::Taken::too_many) return;
  if (latest_acks_.size() < kMostLatestAcks) {
    latest_acks_.push_back({channel, frame.header.key, frame.header.number});
    if (!latest_acks_since_) latest_acks_since_ = now;
  }
  if (taken == LatestIn::Taken::newer && is_of_host(frame.header.term))
    deliver(now, channel, Bytes(frame.payload.begin(), frame.payload.end()), frame.header.key);
}

void Link::take_ack(const Ack& ack) {
  if (ack.channel >= states_.size() || !states_[ack.channel].out.acknowledge(ack.number)) return;
  const auto is_over = [&](const RelayLane::Given& given) {
    return states_[given.channel].out.is_over(given.number);
  };
  for (RelayLane& lane : lanes_) lane.trim(is_over);
}

/// Whether the member may say that, on a channel of the host: it was host in that term.
bool Link::is_of_host(const std::optional<std::uint8_t>& term) const {
  if (!term) return true;
  return context_.host == peer_ && *term == static_cast<std::uint8_t>(context_.term);
}

/// It speaks of a term that I have not heard of yet.
bool Link::is_of_later_term(const std::optional<std::uint8_t>& term) const {
  if (!term) return false;
  return base::SerialNumber<std::uint8_t>(*term).is_after(
      base::SerialNumber<std::uint8_t>(static_cast<std::uint8_t>(context_.term)));
}

void Link::deliver(base::Time now, Channel channel, Bytes bytes, std::uint32_t key) {
  received_.add(now, bytes.size());
  ++counted_.messages_received;
  counted_.bytes_received += bytes.size();
  delivered_.push_back({channel, std::move(bytes), key});
}

}  // namespace parlor::room
