// What a link is told, and what it asks for in time.

#include "room/link/link.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

namespace parlor::room {

Link::Link(base::Time now, LinkContext& context, PeerId peer, std::uint32_t incarnation, CarrierId carrier,
           bool restarts_first)
    : context_(context),
      peer_(peer),
      incarnation_(incarnation),
      carrier_(carrier),
      restarts_first_(restarts_first),
      relay_spell_(context.next_spell(peer)),
      states_(context.channels.size()),
      story_(now) {
  timer(Timer::deadline) = now + kDeadline;
  timer(Timer::restart) = now + kRetry + (restarts_first_ ? base::Duration{} : kStagger);
  settle(now);
}

PeerStats Link::stats(base::Time now) const {
  PeerStats stats = counted_;
  stats.path = path_;
  const LinkClock& clock = clocks_[path_ == Path::relay ? 1 : 0];
  stats.round_trip = clock.round_trip();
  if (!stats.round_trip && path_ != Path::relay) stats.round_trip = carrier_stats_.round_trip;
  stats.jitter = clock.measured_jitter();
  stats.loss = loss_.loss();
  stats.carrier_round_trip = carrier_stats_.round_trip;
  const RateMeter::Rate sent = sent_.rate(now);
  const RateMeter::Rate received = received_.rate(now);
  stats.send_bytes_per_second = sent.bytes;
  stats.send_messages_per_second = sent.messages;
  stats.receive_bytes_per_second = received.bytes;
  stats.receive_messages_per_second = received.messages;
  stats.wire_bytes_sent = carrier_stats_.bytes_sent;
  stats.wire_bytes_received = carrier_stats_.bytes_received;
  for (std::size_t i = 0; i < states_.size(); ++i) {
    const auto channel = static_cast<Channel>(i);
    stats.queued_bytes += states_[i].out.bytes() + states_[i].latest_out.bytes();
    // The others are kept, and counted, until they are acknowledged, wherever they wait.
    if (delivery(channel) == Delivery::unreliable) stats.queued_bytes += buffered(channel);
  }
  return stats;
}

bool Link::takes(Channel channel, std::size_t bytes) const {
  const Delivery wanted = delivery(channel);
  std::size_t waiting = 0;
  for (std::size_t i = 0; i < states_.size(); ++i) {
    if (delivery(static_cast<Channel>(i)) == wanted) waiting += states_[i].out.bytes();
  }
  const std::size_t most = wanted == Delivery::bulk ? kMaxBulkBytes : kMaxQueuedBytes;
  const std::size_t pieces = std::max<std::size_t>(1, (bytes + kMaxPiece - 1) / kMaxPiece);
  return waiting + bytes <= most && states_[channel].out.takes(pieces);
}

// ---- input: WebRTC

void Link::handle_open(base::Time now) {
  if (open_ || closed_) return;
  open_ = true;
  story_.add(now, Step::rtc_open);
  rtc_used_since_ = rtc_heard_at_ = now;
  heard_by_rtc(now);
  handle_state(now, CarrierState::connected, {});
}

void Link::handle_frame(base::Time now, Channel channel, BytesView bytes) {
  if (closed_ || end_) return;
  heard_by_rtc(now);
  const bool control = channel == context_.channels.size();
  if (channel > context_.channels.size()) return;
  const auto frame = parse_frame(bytes, !control && context_.channels[channel].of_host);
  if (!frame || (frame->header.kind == FrameKind::control) != control) return;
  take_frame(now, Way::rtc, channel, *frame);
  settle(now);
}

void Link::handle_state(base::Time now, CarrierState state, std::string_view detail) {
  if (closed_) return;
  carrier_state_ = state;
  switch (state) {
    case CarrierState::connected:
      // Packets go both ways again, which is more than a doubt knows.
      if (open_) heard_by_rtc(now);
      break;
    case CarrierState::disconnected:
      story_.add(now, Step::rtc_disconnected);
      if (rtc_is_up()) {
        begin_doubt(now);
        auto& silence = timer(Timer::silence);
        silence = std::min(silence.value_or(now + kSilence), now + kSilence);
      }
      break;
    case CarrierState::failed:
      story_.add(now, Step::rtc_failed, detail);
      handle_failed(now, detail);
      break;
    case CarrierState::closed:
      story_.add(now, Step::rtc_closed, detail);
      handle_closed(now);
      break;
  }
  settle(now);
}

void Link::handle_buffered(base::Time now, Channel channel, std::size_t bytes) {
  if (channel >= buffered_.size()) return;
  buffered_[channel] = bytes;
  flush(now);
}

void Link::handle_stats(base::Time now, const CarrierStats& stats) {
  carrier_stats_ = stats;
  if (rtc_is_up() && path_ != Path::none && path_ != Path::relay && stats.path != Path::none)
    change_path(now, stats.path);
}

void Link::handle_handed_over(Channel channel, std::size_t bytes) {
  if (channel < buffered_.size()) buffered_[channel] += bytes;
}

bool Link::handle_offer(base::Time now, std::uint32_t candidates) {
  if (!offer_budget_.take(now)) return false;
  candidates_ = 0;
  return handle_candidates(candidates);
}

bool Link::handle_candidates(std::uint32_t count) {
  if (count > kMaxCandidates - candidates_) return false;
  candidates_ += count;
  return true;
}

// ---- input: the server

void Link::handle_relayed(base::Time now, bool control, BytesView body) {
  if (end_) return;
  Channel channel = static_cast<Channel>(context_.channels.size());
  if (!control) {
    if (body.empty()) return;
    channel = RelayMark::of(body.front()).channel;
    if (channel >= context_.channels.size()) return;
    body = body.subspan(1);
  }
  const auto frame = parse_frame(body, !control && context_.channels[channel].of_host);
  if (!frame || (frame->header.kind == FrameKind::control) != control) return;
  take_frame(now, Way::relay, channel, *frame);
  settle(now);
}

void Link::handle_relay_refused(base::Time now, RelayLane::Kind kind, BytesView header, bool full,
                                base::Duration wait) {
  if (!full) context_.relay_pace.refused(now, wait);
  RelayLane& lane = lanes_[static_cast<std::size_t>(kind)];
  for (const RelayLane::Given& lost : lane.refuse(now, given_in(header), full, wait)) {
    states_[lost.channel].out.lost_one(Way::relay, lost.number);
  }
  settle(now);
}

/// What was given to the relay with this header. Nothing where it was given before the relay began anew:
/// then all that was given since stood behind it and is lost as well.
std::optional<RelayLane::Given> Link::given_in(BytesView header) const {
  if (header.size() < 2) return std::nullopt;
  const RelayMark mark = RelayMark::of(header.front());
  if (mark.spell != relay_spell_ || mark.channel >= context_.channels.size() || !is_ordered(mark.channel))
    return std::nullopt;
  const auto frame = parse_frame(header.subspan(1), context_.channels[mark.channel].of_host);
  if (!frame) return std::nullopt;
  return RelayLane::Given{mark.channel, frame->header.number};
}

void Link::handle_relay_window(base::Time now, RelayLane::Kind kind, bool open) {
  lanes_[static_cast<std::size_t>(kind)].set_window(open);
  flush(now);
}

void Link::handle_relay_off(base::Time now) {
  relay_begins_anew();
  settle(now);
}

void Link::handle_context(base::Time now) {
  for (std::size_t i = 0; i < states_.size(); ++i) {
    if (context_.channels[i].of_host) pop_ordered(now, static_cast<Channel>(i));
  }
  settle(now);
}

void Link::handle_server_lost(base::Time now) {
  if (server_reachable_) story_.add(now, Step::server_lost);
  server_reachable_ = false;
  relay_begins_anew();
  if (may_be_goodbye()) {
    end_with(Reason::peer_left, program_ended_ ? "The member's page was closed." : "The member left.");
  } else if (!rtc_is_up()) {
    plan_recovery(now);
  }
  settle(now);
}

void Link::handle_server_back(base::Time now) {
  if (std::exchange(server_reachable_, true)) return;
  story_.add(now, Step::server_back);
  if (!member_missing_) timer(Timer::mourning).reset();
  if (!rtc_is_up() && !closed_) look_again(now);
  settle(now);
}

void Link::handle_member_away(base::Time now) {
  if (!member_away_) story_.add(now, member_missing_ ? Step::member_missing : Step::member_away);
  member_away_ = true;
  member_reachable_ = true;
  timer(Timer::restart).reset();
  relay_begins_anew();
  if (closed_) timer(Timer::farewell).reset();
  settle(now);
}

void Link::handle_member_back(base::Time now) {
  const bool was_out_of_reach = member_away_ || !member_reachable_;
  if (std::exchange(member_missing_, false)) timer(Timer::mourning).reset();
  member_away_ = false;
  member_reachable_ = true;
  program_ended_ = false;
  if (!was_out_of_reach) {  // another connection, before anybody noticed the end of the former
    relay_begins_anew();
    return settle(now);
  }
  story_.add(now, Step::member_back);
  relay_begins_anew();
  if (closed_ && !context_.relay_on) {
    timer(Timer::farewell) = now + kFarewell;
  } else if (!rtc_is_up() && !closed_) {
    look_again(now);
  }
  settle(now);
}

void Link::handle_member_missing(base::Time now) {
  member_missing_ = true;
  handle_member_away(now);
  if (!rtc_is_up()) plan_recovery(now);
}

void Link::handle_member_lost(base::Time now) {
  story_.add(now, Step::member_lost);
  member_reachable_ = false;
  member_away_ = false;
  member_missing_ = false;
  relay_begins_anew();
  if (!rtc_is_up()) end_with(Reason::peer_lost, "The member's connections ended.");
  settle(now);
}

/// What the relay was given for this member, or had from it, is gone: one of the connections ended.
void Link::relay_begins_anew() {
  relay_spell_ = context_.next_spell(peer_);
  for (RelayLane& lane : lanes_) lane.reset();
  for (ChannelState& state : states_) {
    state.out.lost(Way::relay);
    state.latest_out.say_again();
  }
}

// ---- time

void Link::handle_timeout(base::Time now) {
  watch_ways(now);  // first: what it decides may be for now
  if (expired(now, Timer::silence)) path_lost(now);
  if (expired(now, Timer::restart)) restart(now);
  if (expired(now, Timer::deadline)) {
    tell_failed(now, was_connected_ ? "The way to this member was lost and no other found yet."
                                    : "No way to this member was found within the time.");
  }
  if (expired(now, Timer::farewell))
    end_with(Reason::link_failed, "The member closed the connection to this one.");
  if (expired(now, Timer::mourning)) {
    if (was_connected_) {
      end_with(Reason::peer_lost, "The member's connections ended.");
    } else {
      end_with(Reason::link_failed, "No way to this member was found before the server was lost.");
    }
  }
  for (RelayLane& lane : lanes_) lane.handle_timeout(now);
  for (ChannelState& state : states_) state.latest_out.handle_timeout(now);
  settle(now);
  say_what_is_due(now);
}

std::optional<base::Time> Link::poll_timeout() const {
  if (end_) return std::nullopt;
  base::Earliest next;
  for (const auto& at : timers_) next.add(at);
  next.add(ways_due());
  if (!ways().empty()) {
    if (may_say_acks()) next.add(acks_due());
    next.add(say_due());
    for (const RelayLane& lane : lanes_) {
      if (ways().has(Way::relay)) next.add(lane.due());
    }
  }
  return next.get();
}

std::optional<Link::Delivered> Link::poll_message() {
  if (delivered_.empty()) return std::nullopt;
  Delivered first = std::move(delivered_.front());
  delivered_.pop_front();
  return first;
}

void Link::end_with(Reason reason, std::string message) {
  timers_ = {};
  if (!end_) end_ = LinkEnd{reason, std::move(message)};
}

bool Link::expired(base::Time now, Timer which) {
  auto& at = timer(which);
  if (!at || *at > now) return false;
  at.reset();
  return true;
}

}  // namespace parlor::room
