// What goes out: to whom, in which order, and what senders hear about the room that this makes.

#include <algorithm>
#include <utility>

#include "relay/relay_impl.hpp"

namespace parlor::relay {
namespace {

constexpr std::array<Lane, 3> kPlayLanes{Lane::reliable, Lane::latest, Lane::unreliable};

[[nodiscard]] bool at_most(const QueueSize& size, const QueueSize& limit, std::size_t divisor) {
  return size.bytes <= limit.bytes / divisor && size.frames <= limit.frames / divisor;
}

}  // namespace

void Relay::Impl::wake(Member& member) {
  if (member.by_ready.linked || (member.notices.empty() && member.waiting_frames == 0)) return;
  ready.push_back(member);
}

std::optional<RelayTransmit> Relay::Impl::give(Member& member) {
  if (auto notice = give_notice(member)) return notice;
  std::int64_t& credit = member.control_credit;
  const auto size = [](const RelayTransmit& frame) { return static_cast<std::int64_t>(frame.size()); };
  std::optional<RelayTransmit> frame;
  if (credit > 0 && (frame = give_frame(member, member.control_turns))) {
    credit -= size(*frame);
  } else if ((frame = give_frame(member, member.play_turns)) || (frame = give_bulk(member))) {
    credit = std::min(credit + size(*frame), kControlBurst);
  } else {
    frame = give_frame(member, member.control_turns);  // takes nothing from anybody
  }
  if (member.waiting_frames == 0) credit = kControlBurst;
  return frame;
}

std::optional<RelayTransmit> Relay::Impl::give_bulk(Member& member) {
  if (member.bulk_left == 0) return std::nullopt;
  auto frame = give_frame(member, member.bulk_turns);
  if (!frame) return std::nullopt;
  member.bulk_left -= std::min(member.bulk_left, frame->size());
  if (member.bulk_left == 0) pause_bulk(member);
  return frame;
}

std::optional<RelayTransmit> Relay::Impl::give_notice(Member& member) {
  while (!member.notices.empty()) {
    const Notice notice = member.notices.front();
    member.notices.erase(member.notices.begin());
    --counters.waiting_notices;
    if (!notice.of_flow) {
      if (notice.reason == Refusal::no_such_peer) --member.absent_notices;
      return RelayTransmit{member.connection, notice.head, empty};
    }
    // The receiver is there: notices about one that has gone went with it.
    Flow& flow = *find(*member.room, notice.peer)->flow_of(member);
    Promise& promise = flow.promise(notice.lane);
    if (!notice.is_window) {
      promise.refusal_waits = false;
      if (notice.reason == Refusal::full) {
        promise.told_closed = true;  // a refusal says so itself
        tell_window(flow, notice.lane);
      }
      return RelayTransmit{member.connection, notice.head, empty};
    }
    promise.window_waits = false;
    if (promise.told_closed == promise.closed) continue;
    promise.told_closed = promise.closed;
    ++counters.windows;
    const Head head = write(Window{notice.lane, notice.peer, !promise.closed});
    return RelayTransmit{member.connection, head, empty};
  }
  return std::nullopt;
}

// ---- turns

template <Tier tier>
std::optional<RelayTransmit> Relay::Impl::give_frame(Member& member, Turns<tier>& turns) {
  while (!turns.empty()) {
    Flow& flow = turns.next();
    const std::optional<Lane> lane = next_lane(flow, tier);
    if (!lane) {
      turns.remove(flow);
      continue;
    }
    Frame frame = pop(flow, *lane);
    turns.pay(flow, frame.cost);
    ++counters.frames_out[index_of(*lane)];
    if (is_promised(*lane)) open_windows(member, *lane);
    return RelayTransmit{member.connection, frame.head, std::move(frame.payload)};
  }
  return std::nullopt;
}

std::optional<Lane> Relay::Impl::next_lane(Flow& flow, Tier tier) {
  if (tier != Tier::play) {
    const Lane lane = tier == Tier::control ? Lane::control : Lane::bulk;
    return flow.queue(lane).empty() ? std::nullopt : std::optional(lane);
  }
  for (std::size_t i = 0; i < kPlayLanes.size(); ++i) {
    const Lane lane = kPlayLanes[flow.next_lane];
    flow.next_lane = (flow.next_lane + 1) % kPlayLanes.size();
    FrameQueue& queue = flow.queue(lane);
    while (!queue.empty() && queue.front().expires < now_) drop_first(flow, lane, Drop::stale);
    if (!queue.empty()) return lane;
  }
  return std::nullopt;
}

// ---- the pace of bulk

void Relay::Impl::pause_bulk(Member& member) {
  member.paused_at = now_;
  paused.push_back(member);
}

void Relay::Impl::end_pauses() {
  while (paused.front() != nullptr && paused.front()->paused_at + config.bulk_pause <= now_) {
    Member& member = *paused.front();
    paused.erase(member);
    member.bulk_left = config.bulk_burst;
    wake(member);
  }
}

// ---- receivers that stand still

void Relay::Impl::note_blocked(Member& member) {
  if (member.allowance > 0 || member.waiting_frames == 0 || member.by_blocked.linked) return;
  member.blocked_at = now_;
  blocked.push_back(member);
}

void Relay::Impl::end_patience() {
  while (blocked.front() != nullptr && blocked.front()->blocked_at + config.patience <= now_) {
    Member& member = *blocked.front();
    blocked.erase(member);
    events.emplace_back(ReceiverStalled{member.connection});
  }
}

// ---- windows

void Relay::Impl::update_window(Flow& flow, Lane lane) {
  Promise& promise = flow.promise(lane);
  const FrameQueue& queue = flow.queue(lane);
  const QueueSize& of_flow = limit(lane);
  const QueueSize most = receiver_limit(lane);
  const QueueSize& all = flow.receiver->waiting[index_of(lane)];
  if (!promise.closed) {
    const bool crowded = !at_most({queue.bytes(), queue.size()}, of_flow, 2) || !at_most(all, most, 2);
    if (!crowded) return;
    promise.closed = true;
  } else {
    const bool calm =
        queue.empty() || (at_most({queue.bytes(), queue.size()}, of_flow, 4) && at_most(all, most, 4));
    if (!calm) return;
    promise.closed = false;
  }
  tell_window(flow, lane);
}

void Relay::Impl::tell_window(Flow& flow, Lane lane) {
  Promise& promise = flow.promise(lane);
  if (promise.told_closed == promise.closed || std::exchange(promise.window_waits, true)) return;
  Notice notice;
  notice.is_window = true;
  notice.of_flow = true;
  notice.peer = flow.receiver->peer;
  notice.lane = lane;
  notify(*flow.sender, notice);
}

void Relay::Impl::open_windows(Member& receiver, Lane lane) {
  for (const auto& flow : receiver.flows) {
    if (flow != nullptr && flow->promise(lane).closed) update_window(*flow, lane);
  }
}

}  // namespace parlor::relay
