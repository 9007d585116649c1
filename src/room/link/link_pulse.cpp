// What the two ends of a link say about the link itself: pings and what they promise, acknowledgements.

#include <algorithm>
#include <utility>

#include "room/link/channels_digest.hpp"
#include "room/link/link.hpp"

namespace parlor::room {
namespace {

constexpr base::Duration kPromiseUnit = base::milliseconds(20);

constexpr std::size_t index_of(Way way) {
  return way == Way::rtc ? 0 : 1;
}

}  // namespace

// ---- what is promised

bool Link::is_busy(base::Time now) const {
  return game_sent_ && now - game_sent_at_ < kBusyFor;
}

base::Duration Link::promise(base::Time now) const {
  if (context_.hidden) return {};
  return is_busy(now) ? kBusyPromise : kIdlePromise;
}

bool Link::may_ping(Way way) const {
  return !end_ && may_say(way);
}

bool Link::may_say(Way way) const {
  return way == Way::rtc ? open_ && !closed_
                         : relay_is_up() && context_.relay_has_room(kSocketControlHighWater);
}

/// When this way is to be asked next, by what is known now.
std::optional<base::Time> Link::ping_due(Way way) const {
  if (!may_ping(way)) return std::nullopt;
  const auto& pinged = pinged_at_[index_of(way)];
  if (!pinged) return base::Time{};
  if (!greeted_) return *pinged + kAskEvery;
  if (way == Way::relay) {
    // WebRTC is in doubt: the doubt is told this way. Otherwise only where the game's messages go this way.
    if (rtc_is_up()) return doubted_since_ ? std::optional(*pinged + kAskEvery) : std::nullopt;
    return *pinged + (game_sent_ && game_sent_at_ + kBusyFor > *pinged ? kMeasureEvery : 10 * kMeasureEvery);
  }
  if (doubted_since_ || rtc_given_up_) return *pinged + kAskEvery;
  const bool busy = game_sent_ && game_sent_at_ + kBusyFor > *pinged;
  base::Time at = *pinged + kMeasureEvery;
  if (context_.hidden) return *pinged + (promised_ == base::Duration{} ? kMeasureEvery : base::Duration{});
  // A shorter promise is said with the message that it is about, a longer one before the shorter is broken.
  if (busy && promised_ != kBusyPromise) at = std::min(at, game_sent_at_);
  if (promised_ != base::Duration{}) at = std::min(at, rtc_said_at_ + promised_ / 2);
  return at;
}

// ---- what is said

/// Takes along what is to be acknowledged.
void Link::say_control(base::Time now, Way way, Control control) {
  if (!is_suspected(way)) add_acks(control);
  give_control(now, way, control);
}

void Link::give_control(base::Time now, Way way, Control control) {
  if (!greeted_) control.hello = Hello{kLinkVersion, channels_digest(context_.channels)};
  const auto bytes = std::make_shared<const Bytes>(write_control(control));
  const auto channel = static_cast<Channel>(context_.channels.size());
  give(now, way, channel, header_for(now, FrameKind::control, std::nullopt), Slice(bytes), 0, false);
}

void Link::add_acks(Control& control) {
  for (std::size_t i = 0; i < states_.size(); ++i) {
    OrderedIn& in = states_[i].in;
    if (in.owes_ack() || (control.pong && in.used()))
      control.acks.push_back(in.acknowledge(static_cast<Channel>(i)));
  }
  const std::size_t count = std::min(latest_acks_.size(), kMaxLatestAcks);
  control.latest_acks.assign(latest_acks_.begin(), latest_acks_.begin() + static_cast<std::ptrdiff_t>(count));
  latest_acks_.erase(latest_acks_.begin(), latest_acks_.begin() + static_cast<std::ptrdiff_t>(count));
  if (latest_acks_.empty()) latest_acks_since_.reset();
}

void Link::ping(base::Time now, Way way) {
  const std::uint16_t id = asked_.ask(now, way);
  pinged_at_[index_of(way)] = now;
  Control control;
  const base::Duration promised = way == Way::rtc ? promise(now) : base::Duration{};
  if (way == Way::rtc) promised_ = promised;
  control.ping = Ping{id, LinkClock::at(now), static_cast<std::uint8_t>(promised / kPromiseUnit),
                      hears_nothing(now), loss_.sent()};
  say_control(now, way, std::move(control));
}

void Link::say_bye(base::Time now, Bye why) {
  Control control;
  control.bye = why;
  for (const Way way : kWays) {
    if (may_say(way)) say_control(now, way, control);
  }
}

base::Duration Link::ack_delay() const {
  return ways().has(Way::rtc) ? kAckDelay : kAckDelayOfRelay;
}

std::optional<base::Time> Link::acks_due() const {
  base::Earliest next;
  for (const ChannelState& state : states_) next.add(state.in.ack_due(ack_delay()));
  if (latest_acks_since_) {
    next.add(latest_acks_.size() >= kMaxLatestAcks ? *latest_acks_since_
                                                   : *latest_acks_since_ + kLatestAckDelay);
  }
  return next.get();
}

std::optional<base::Time> Link::say_due() const {
  base::Earliest next;
  for (const Way way : kWays) next.add(ping_due(way));
  for (const ChannelState& state : states_) next.add(state.latest_out.due());
  return next.get();
}

bool Link::may_say_acks() const {
  return std::any_of(std::begin(kWays), std::end(kWays),
                     [this](Way way) { return ways().has(way) && may_ping(way); });
}

void Link::say_what_is_due(base::Time now) {
  for (const Way way : kWays) {
    if (const auto due = ping_due(way); due && *due <= now) ping(now, way);
  }
  if (const auto due = acks_due(); due && *due <= now) {
    Control control;  // the same by each
    add_acks(control);
    for (const Way way : kWays) {
      if (ways().has(way) && may_ping(way)) give_control(now, way, control);
    }
  }
}

// ---- what is heard

void Link::on_control(base::Time now, Way way, BytesView payload) {
  const auto control = parse_control(payload);
  if (!control) return;
  if (control->hello && (control->hello->version != kLinkVersion ||
                         control->hello->channels != channels_digest(context_.channels))) {
    return end_with(Reason::version_mismatch, "The member's game has other channels than this one.");
  }
  if (control->bye == Bye::left) return end_with(Reason::peer_left, "The member left.");
  if (control->bye == Bye::program_ends) return handle_program_end(now);
  if (control->bye) return end_with(Reason::link_failed, "The member gave up the link.");
  for (const Ack& ack : control->acks) take_ack(ack);
  for (const LatestAck& ack : control->latest_acks) {
    if (ack.channel < states_.size()) states_[ack.channel].latest_out.acknowledge(ack.key, ack.number);
  }
  if (control->ping) on(now, way, *control->ping);
  if (control->pong) on(now, way, *control->pong);
}

void Link::on(base::Time now, Way way, const Ping& ping) {
  if (way == Way::rtc) rtc_promised_ = ping.promise * kPromiseUnit;
  if (ping.doubts) {
    if (!peer_doubts_since_) {
      peer_doubts_since_ = now;
      story_.add(now, Step::peer_doubts);
      for (ChannelState& state : states_) state.latest_out.say_again();
    }
    peer_doubts_until_ = now + kDoubtHolds;
  } else if (way == Way::rtc) {
    peer_doubts_since_.reset();
    peer_doubts_until_.reset();
  }
  loss_.handle_said(ping.unreliable_sent);
  if (!may_ping(way) || !pongs_.take(now)) return;
  Control control;
  control.pong = Pong{ping.id, LinkClock::at(now)};
  say_control(now, way, std::move(control));
}

void Link::on(base::Time now, Way way, const Pong& pong) {
  greeted_ = true;
  const auto asked_at = asked_.answered(pong.id, way);
  if (!asked_at) return;
  clocks_[index_of(way)].sample(*asked_at, now, pong.time);
  for (ChannelState& state : states_) state.latest_out.handle_round_trip(now, now - *asked_at);
  if (way == Way::rtc && rtc_given_up_ && relay_is_up() && !probation_ends_ && !peer_doubts_until_)
    probation_ends_ = now + probation_;
}

}  // namespace parlor::room
