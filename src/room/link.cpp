#include "room/link.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

namespace parlor::room {

Link::Link(base::Time now, Outbox& outbox, std::span<const ChannelOptions> channels, PeerId peer,
           std::uint32_t incarnation, CarrierId carrier, bool restarts_first)
    : outbox_(outbox),
      channels_(channels),
      peer_(peer),
      incarnation_(incarnation),
      carrier_(carrier),
      restarts_first_(restarts_first) {
  timer(Timer::deadline) = now + kDeadline;
  timer(Timer::restart) = now + kRetry + (restarts_first_ ? base::Duration{} : kStagger);
}

PeerStats Link::stats() const {
  PeerStats stats = counted_;
  stats.path = path_;
  stats.round_trip = carrier_stats_.round_trip;
  stats.wire_bytes_sent = carrier_stats_.bytes_sent;
  stats.wire_bytes_received = carrier_stats_.bytes_received;
  stats.queued_bytes = queue_bytes_;
  for (std::size_t bytes : buffered_) stats.queued_bytes += bytes;
  return stats;
}

bool Link::takes(std::size_t bytes) const {
  if (queue_.empty() && may_flow() && reliable_buffered() < kHighWater) return true;
  return queue_.size() < kMaxQueuedMessages && queue_bytes_ + bytes <= kMaxQueuedBytes;
}

// ---- input

void Link::handle_open(base::Time now) {
  if (open_ || closed_) return;
  open_ = true;
  handle_state(now, CarrierState::connected, {});
}

bool Link::handle_message(base::Time now, std::size_t bytes) {
  if (closed_) return false;
  ++counted_.messages_received;
  counted_.bytes_received += bytes;
  path_found();
  // Bytes flow though the carrier says that it is cut off: it will not say so again when they cease.
  if (carrier_state_ != CarrierState::connected) timer(Timer::silence) = now + kSilence;
  return true;
}

void Link::handle_state(base::Time now, CarrierState state, std::string_view detail) {
  if (closed_) return;
  carrier_state_ = state;
  switch (state) {
    case CarrierState::connected:
      if (open_) path_found();
      break;
    case CarrierState::disconnected:
      if (path_ != Path::none && !timer(Timer::silence)) timer(Timer::silence) = now + kSilence;
      break;
    case CarrierState::failed:
      handle_failed(now, detail);
      break;
    case CarrierState::closed:
      handle_closed(now);
      break;
  }
}

void Link::handle_failed(base::Time now, std::string_view detail) {
  if (was_open_) {
    path_lost(now);
    return;
  }
  // Never connected: the time is not up, but the game may as well know.
  if (timer(Timer::deadline)) {
    timer(Timer::deadline).reset();
    std::string message = "No way to this member was found.";
    if (!detail.empty()) message.append(" (").append(detail).append(")");
    tell_failed(std::move(message));
  }
  plan_recovery(now);
}

/// The path is left as it was: PeerLeft follows in any case, mostly at once, and no other way is looked for.
void Link::handle_closed(base::Time now) {
  closed_ = true;
  open_ = false;
  timers_ = {};
  if (waits_for_member()) {
    change_path(Path::none);
  } else if (can_restart()) {
    timer(Timer::farewell) = now + kFarewell;
  } else {
    end_with(Reason::peer_left, "The member left.");
  }
}

void Link::handle_buffered(Channel channel, std::size_t bytes) {
  if (channel >= channels_.size()) return;
  buffered_[channel] = bytes;
  flush();
}

void Link::handle_stats(const CarrierStats& stats) {
  carrier_stats_ = stats;
  if (path_ != Path::none && stats.path != Path::none) change_path(stats.path);
}

void Link::handle_server_lost(base::Time now) {
  server_reachable_ = false;
  if (closed_) {
    end_with(Reason::peer_left, "The member left.");
  } else if (path_ == Path::none) {
    plan_recovery(now);
  }
}

void Link::handle_server_back(base::Time now) {
  if (std::exchange(server_reachable_, true)) return;
  timer(Timer::mourning).reset();
  if (path_ == Path::none && !closed_) look_again(now);
}

void Link::handle_member_away(base::Time) {
  member_away_ = true;
  member_reachable_ = true;
  timer(Timer::restart).reset();
  if (!closed_) return;
  timer(Timer::farewell).reset();
  change_path(Path::none);
}

void Link::handle_member_back(base::Time now) {
  const bool was_out_of_reach = member_away_ || !member_reachable_;
  member_away_ = false;
  member_reachable_ = true;
  if (!was_out_of_reach) return;
  if (closed_) {
    timer(Timer::farewell) = now + kFarewell;
  } else if (path_ == Path::none) {
    look_again(now);
  }
}

void Link::handle_member_lost(base::Time) {
  member_reachable_ = false;
  member_away_ = false;
  if (path_ == Path::none) end_with(Reason::peer_lost, "The member's connections ended.");
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

void Link::handle_timeout(base::Time now) {
  if (expired(now, Timer::silence)) path_lost(now);
  if (expired(now, Timer::restart)) restart(now);
  if (expired(now, Timer::deadline)) {
    tell_failed(was_open_ ? "The way to this member was lost and no other found yet."
                          : "No way to this member was found within the time.");
  }
  if (expired(now, Timer::farewell))
    end_with(Reason::link_failed, "The member closed the connection to this one.");
  if (expired(now, Timer::mourning)) {
    if (was_open_) {
      end_with(Reason::peer_lost, "The member's connections ended.");
    } else {
      end_with(Reason::link_failed, "No way to this member was found before the server was lost.");
    }
  }
}

std::optional<base::Time> Link::poll_timeout() const {
  std::optional<base::Time> next;
  if (end_) return next;
  for (const auto& at : timers_) {
    if (at && (!next || *at < *next)) next = at;
  }
  return next;
}

// ---- sending

SendResult Link::send(Channel channel, const std::shared_ptr<const Bytes>& bytes) {
  assert(channel < channels_.size());
  if (channels_[channel].delivery == Delivery::unreliable) {
    if (!may_flow() || buffered_[channel] > kUnreliableHighWater) return SendResult::dropped;
    hand_over(channel, bytes);
    return SendResult::queued;
  }
  if (!takes(bytes->size())) return SendResult::would_block;
  queue_.push_back({channel, bytes});
  queue_bytes_ += bytes->size();
  flush();
  return SendResult::queued;
}

void Link::flush() {
  while (!queue_.empty() && may_flow() && reliable_buffered() < kHighWater) {
    const Queued first = std::move(queue_.front());
    queue_.pop_front();
    queue_bytes_ -= first.bytes->size();
    hand_over(first.channel, first.bytes);
  }
}

void Link::hand_over(Channel channel, const std::shared_ptr<const Bytes>& bytes) {
  buffered_[channel] += bytes->size();
  ++counted_.messages_sent;
  counted_.bytes_sent += bytes->size();
  outbox_.transmit(CarrierSend{carrier_, channel, bytes});
}

std::size_t Link::reliable_buffered() const {
  std::size_t sum = 0;
  for (std::size_t i = 0; i < channels_.size(); ++i) {
    if (channels_[i].delivery == Delivery::reliable) sum += buffered_[i];
  }
  return sum;
}

// ---- the path

void Link::tell_failed(std::string message) {
  told_failed_ = true;
  outbox_.event(LinkFailed{peer_, Reason::link_failed, std::move(message)});
}

void Link::path_found() {
  timer(Timer::silence).reset();
  told_failed_ = false;
  if (path_ == Path::none) {
    timers_ = {};
    was_open_ = true;
    change_path(carrier_stats_.path == Path::none ? Path::direct : carrier_stats_.path);
  }
  flush();
}

void Link::path_lost(base::Time now) {
  timer(Timer::silence).reset();
  if (path_ == Path::none) return;
  change_path(Path::none);
  timer(Timer::deadline) = now + kDeadline;
  plan_recovery(now);
}

/// Somebody who is needed for that is reachable again.
void Link::look_again(base::Time now) {
  if (!told_failed_) timer(Timer::deadline) = now + kDeadline;
  plan_recovery(now);
}

/// What can be done without a path, given who is still reachable.
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
  if (waits_for_member()) return;
  timer(Timer::deadline).reset();
  if (!timer(Timer::mourning)) timer(Timer::mourning) = now + kMourning;
}

void Link::restart(base::Time now) {
  restarted_at_ = now;
  candidates_ = 0;  // the answer to this side's next offer begins a round, too
  timer(Timer::restart) = now + kRetry;
  outbox_.transmit(RestartCarrier{carrier_});
}

void Link::change_path(Path to) {
  if (path_ == to) return;
  outbox_.event(PathChanged{peer_, path_, to});
  path_ = to;
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
