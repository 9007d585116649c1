// Which ways a link has and uses: doubts, decisions, restarts, the path that the game is told.

#include <algorithm>
#include <utility>

#include "room/link/link.hpp"

namespace parlor::room {

Ways Link::ways() const {
  Ways ways;
  if (end_) return ways;
  if (rtc_is_up()) ways.add(Way::rtc);
  if (relay_is_up() && (ways.empty() || in_doubt())) ways.add(Way::relay);
  return ways;
}

/// The path follows the ways. While there is a doubt nothing is told: it may be none.
void Link::settle(base::Time now) {
  if (rtc_is_up()) {
    if (path_ == Path::none || path_ == Path::relay) {
      change_path(now, carrier_stats_.path == Path::none || carrier_stats_.path == Path::relay
                           ? Path::direct
                           : carrier_stats_.path);
    }
    path_found();
  } else if (relay_is_up()) {
    change_path(now, Path::relay);
    path_found();
  } else if (path_ != Path::none && !may_be_goodbye()) {
    const bool was_relay = path_ == Path::relay;
    change_path(now, Path::none);
    if (!end_ && !closed_) {
      timer(Timer::deadline) = now + kDeadline;
      if (was_relay) plan_recovery(now);
    }
  }
  flush(now);
}

// ---- signs of life, doubts

base::Duration Link::patience() const {
  const LinkClock& clock = clocks_[0];
  return kPatience + clock.round_trip().value_or(base::Duration{}) + 4 * clock.jitter();
}

void Link::heard_by_rtc(base::Time now) {
  if (now - rtc_heard_at_ > kLongSilence) rtc_stale_until_ = now + kStaleFor;
  rtc_heard_at_ = now;
  timer(Timer::silence).reset();
  if (doubted_since_) {
    end_doubt(now);
    pinged_at_[0].reset();  // the other end is to know at once
  }
  if (rtc_given_up_ && !relay_is_up()) use_rtc_again(now);  // there is nothing else to use meanwhile
  // Bytes flow though the carrier says that it is cut off: it will not say so again when they cease.
  if (open_ && carrier_state_ == CarrierState::disconnected) timer(Timer::silence) = now + kSilence;
}

/// While WebRTC is given up it is asked all the time. One that hears the other end's questions and is not
/// heard itself would never know: the pings tell.
bool Link::hears_nothing(base::Time now) const {
  if (doubted_since_) return true;
  return rtc_given_up_ && open_ && rtc_heard_at_ + kAskEvery + patience() <= now;
}

void Link::begin_doubt(base::Time now) {
  if (doubted_since_ || !rtc_is_up()) return;
  doubted_since_ = now;
  story_.add(now, Step::doubted);
  timer(Timer::silence) = now + 2 * kSilence;
  for (ChannelState& state : states_) state.latest_out.say_again();
}

void Link::end_doubt(base::Time now) {
  if (doubted_since_ && rtc_is_up()) story_.add(now, Step::doubt_over);
  doubted_since_.reset();
}

std::optional<base::Time> Link::doubt_due() const {
  if (!rtc_is_up() || doubted_since_ || rtc_promised_ == base::Duration{} || context_.hidden)
    return std::nullopt;
  return rtc_heard_at_ + rtc_promised_ + patience();
}

std::optional<base::Time> Link::ways_due() const {
  base::Earliest next;
  next.add(doubt_due());
  if (relay_is_up() && rtc_is_up()) {
    if (doubted_since_) next.add(*doubted_since_ + kDecide);
    if (peer_doubts_since_) next.add(*peer_doubts_since_ + kDecide);
  }
  next.add(peer_doubts_until_);
  next.add(probation_ends_);
  if (probation_ends_) next.add(rtc_heard_at_ + kAskEvery + patience());
  return next.get();
}

void Link::watch_ways(base::Time now) {
  if (const auto due = doubt_due(); due && *due <= now) begin_doubt(now);
  if (peer_doubts_until_ && *peer_doubts_until_ <= now) {
    peer_doubts_until_.reset();
    peer_doubts_since_.reset();
  }
  if (relay_is_up() && rtc_is_up()) {
    const bool decided = (doubted_since_ && *doubted_since_ + kDecide <= now) ||
                         (peer_doubts_since_ && *peer_doubts_since_ + kDecide <= now);
    if (decided) give_up_rtc(now);
  }
  if (!probation_ends_) return;
  if (rtc_heard_at_ + kAskEvery + patience() <= now) {
    probation_ends_.reset();  // it was silent again
  } else if (*probation_ends_ <= now) {
    use_rtc_again(now);
  }
}

void Link::give_up_rtc(base::Time now) {
  if (!rtc_is_up()) return;
  probation_ = now - rtc_used_since_ > kForgiven ? kFirstProbation : std::min(2 * probation_, kLastProbation);
  rtc_given_up_ = true;
  story_.add(now, Step::rtc_given_up);
  probation_ends_.reset();
  end_doubt(now);
  timer(Timer::silence).reset();
  for (ChannelState& state : states_) {
    state.out.lost(Way::rtc);
    state.latest_out.say_again();
  }
  plan_recovery(now);
}

void Link::use_rtc_again(base::Time now) {
  probation_ends_.reset();
  if (!rtc_given_up_ || closed_ || !open_ || carrier_state_ == CarrierState::failed) return;
  rtc_given_up_ = false;
  story_.add(now, Step::rtc_used_again);
  rtc_used_since_ = now;
  rtc_heard_at_ = now;
  peer_doubts_since_.reset();
  peer_doubts_until_.reset();
}

// ---- what the carrier says

void Link::handle_failed(base::Time now, std::string_view detail) {
  if (rtc_is_up()) {
    give_up_rtc(now);
    return;
  }
  // Never connected: the time is not up, but the game may as well know.
  if (!was_connected_ && !relay_is_up() && timer(Timer::deadline)) {
    timer(Timer::deadline).reset();
    std::string message = "No way to this member was found.";
    if (!detail.empty()) message.append(" (").append(detail).append(")");
    tell_failed(now, std::move(message));
  }
  plan_recovery(now);
}

/// Mostly the member left, and PeerLeft follows at once. Where it did not, it closed this way alone.
void Link::handle_closed(base::Time now) {
  closed_ = true;
  open_ = false;
  rtc_given_up_ = false;
  end_doubt(now);
  probation_ends_.reset();
  timers_ = {};
  // A server that was started anew may never hear of the member: nobody else would end this.
  if (member_missing_) timer(Timer::mourning) = now + kMourning;
  for (ChannelState& state : states_) state.out.lost(Way::rtc);
  if (program_ended_) {
    if (!server_reachable_ || !member_reachable_)
      end_with(Reason::peer_left, "The member's page was closed.");
    return;  // the server says whether it comes back
  }
  if (relay_is_up()) timer(Timer::restart) = now + kRetry;  // time to hear that it left; then a new one
  if (relay_is_up() || waits_for_member()) return;
  if (can_restart()) {
    timer(Timer::farewell) = now + kFarewell;
  } else if (!context_.relay_on || !member_reachable_) {
    end_with(Reason::peer_left, "The member left.");
  } else {
    plan_recovery(now);  // who leaves says so: perhaps it was making itself another carrier
  }
}

/// The member said so itself. What comes back is another program, for which there will be another carrier.
void Link::handle_program_end(base::Time now) {
  program_ended_ = true;
  story_.add(now, Step::program_ended);
  handle_closed(now);
}

// ---- the path

void Link::path_found() {
  told_failed_ = false;
  was_connected_ = true;
  timer(Timer::deadline).reset();
  timer(Timer::mourning).reset();
  if (rtc_is_up()) {
    retry_ = kRetry;
    restarts_ = 0;
    wants_carrier_ = false;
    timer(Timer::restart).reset();
  }
}

/// WebRTC was silent for too long, and there is no relay.
void Link::path_lost(base::Time now) {
  if (!rtc_is_up()) return;
  give_up_rtc(now);
}

/// Somebody who is needed for that is reachable again.
void Link::look_again(base::Time now) {
  if (!told_failed_) timer(Timer::deadline) = now + kDeadline;
  plan_recovery(now);
}

/// What can be done without WebRTC, given who is still reachable.
void Link::plan_recovery(base::Time now) {
  if (can_restart()) {
    base::Time at = now + (restarts_first_ ? base::Duration{} : kStagger);
    if (restarted_at_) at = std::max(at, *restarted_at_ + kRestartGap);
    auto& planned = timer(Timer::restart);
    planned = planned ? std::min(*planned, at) : at;
    return;
  }
  if (!member_reachable_) {  // two witnesses: the server and the silence
    end_with(Reason::peer_lost, "The member's connections ended.");
    return;
  }
  timer(Timer::restart).reset();
  if (waits_for_member() && !member_missing_) return;
  timer(Timer::deadline).reset();
  if (!timer(Timer::mourning)) timer(Timer::mourning) = now + kMourning;
}

void Link::restart(base::Time now) {
  restarted_at_ = now;
  candidates_ = 0;  // the answer to this side's next offer begins a round, too
  timer(Timer::restart) = now + retry_;
  // On the relay there is no hurry, and there may be no other way between these two at all.
  if (relay_is_up()) retry_ = std::min(2 * retry_, kLastRetry);
  if (restarts_first_ && (closed_ || ++restarts_ % kRestartsOfCarrier == 0)) {
    wants_carrier_ = true;
  } else if (!closed_) {
    story_.add(now, Step::ice_restart);
    context_.outbox.transmit(RestartCarrier{carrier_});
  }
}

void Link::note_offered(base::Time now, std::string ufrag) {
  offered_at_ = now;
  offered_ufrag_ = std::move(ufrag);
}

void Link::note_answered(std::string_view ufrag) {
  if (ufrag.empty() || ufrag == offered_ufrag_) offered_at_.reset();
}

void Link::offer_again_if_lost(base::Time now) {
  if (!restarts_first_ || !offered_at_ || now - *offered_at_ < kRestartGap || wants_carrier_) return;
  offered_at_ = now;
  restarted_at_ = now;
  candidates_ = 0;
  story_.add(now, Step::ice_restart);
  context_.outbox.transmit(RestartCarrier{carrier_});
}

void Link::handle_new_carrier(base::Time now, CarrierId carrier) {
  carrier_ = carrier;
  offered_at_.reset();
  story_.add(now, Step::new_carrier);
  wants_carrier_ = false;
  open_ = false;
  closed_ = false;
  // What was given up has to show that it is any good, as the former one would have had to.
  rtc_given_up_ = rtc_given_up_ && relay_is_up();
  carrier_state_ = CarrierState::connected;
  candidates_ = 0;
  buffered_ = {};
  rtc_promised_ = {};
  promised_ = {};
  pinged_at_[0].reset();
  end_doubt(now);
  peer_doubts_since_.reset();
  peer_doubts_until_.reset();
  probation_ends_.reset();
  timer(Timer::silence).reset();
  timer(Timer::farewell).reset();
  timer(Timer::restart) = now + retry_ + (restarts_first_ ? base::Duration{} : kStagger);
  for (ChannelState& state : states_) {
    state.out.lost(Way::rtc);
    state.latest_out.say_again();
  }
  settle(now);
}

void Link::change_path(base::Time now, Path to) {
  if (path_ == to) return;
  constexpr Step kSteps[] = {Step::path_none, Step::path_direct, Step::path_turn, Step::path_relay};
  story_.add(now, kSteps[static_cast<std::size_t>(to)]);
  context_.outbox.event(PathChanged{peer_, path_, to});
  path_ = to;
}

void Link::tell_failed(base::Time now, std::string message) {
  told_failed_ = true;
  story_.add(now, Step::link_failed);
  context_.outbox.event(LinkFailed{peer_, Reason::link_failed, std::move(message)});
}

}  // namespace parlor::room
