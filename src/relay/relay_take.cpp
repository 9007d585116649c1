// What comes in: whom it is for, whether it has a place, and what its sender is told when it has none.

#include <algorithm>
#include <cassert>
#include <utility>

#include "relay/relay_impl.hpp"

namespace parlor::relay {
namespace {

[[nodiscard]] std::uint16_t whole_milliseconds(base::Duration wait) {
  constexpr base::Duration kLongest = base::seconds(60);
  const auto rounded_up = std::min(wait, kLongest) + base::milliseconds(1) - base::microseconds(1);
  return static_cast<std::uint16_t>(std::chrono::duration_cast<base::milliseconds>(rounded_up).count());
}

[[nodiscard]] bool fits(const QueueSize& limit, std::size_t bytes, std::size_t frames) {
  return bytes <= limit.bytes && frames <= limit.frames;
}

}  // namespace

std::size_t Relay::Impl::take(Member& sender, BytesView bytes) {
  if (off) {
    drop(Drop::outside);
    refuse(sender, Refusal::off);
    return kHandlingCost;
  }
  const auto frame = parse_client_frame(bytes);
  if (!frame) {
    drop(Drop::outside);
    const bool too_large = frame.error() == FrameError::too_large;
    refuse(sender, too_large ? Refusal::too_large : Refusal::malformed);
    return kHandlingCost;
  }
  const bool to_all = frame->recipients.empty();
  const std::size_t count = to_all ? sender.room->members - 1 : frame->recipients.size();
  const auto repeated = static_cast<std::size_t>(
      to_all ? 0
             : std::count_if(frame->recipients.begin(), frame->recipients.end(),
                             [](const Recipient& recipient) { return recipient.again; }));
  // Each frame begins with somebody else, so that a budget that ends in the middle of frames is shared.
  const std::size_t first = sender.first++;
  const std::size_t least = kFrameCost + frame->to_all.header.size() + frame->payload.size();
  if (!is_promised(frame->lane) && is_over_budget(sender, least)) {
    drop(Drop::over_budget, count);  // for everybody: it need not be found out for each
    return kHandlingCost;
  }
  if (to_all) {
    take_for_all(sender, *frame, first);
  } else {
    Payload payload;
    for (std::size_t i = 0; i < count; ++i) {
      const Recipient& recipient = frame->recipients[(first + i) % count];
      take_for(sender, find(*sender.room, recipient.peer), recipient, *frame, payload);
    }
  }
  return kHandlingCost + kRecipientHandlingCost * (std::max<std::size_t>(count, 1) - 1) +
         kAgainHandlingCost * (to_all && frame->to_all.again ? count : repeated);
}

void Relay::Impl::take_for_all(Member& sender, const ClientFrame& frame, std::size_t first) {
  Payload payload;
  const std::vector<Member*>& seats = sender.room->seats;
  for (std::size_t i = 0; i < seats.size(); ++i) {
    Member* receiver = seats[(first + i) % seats.size()];
    if (receiver == nullptr || receiver == &sender) continue;
    take_for(sender, receiver, frame.to_all, frame, payload);
  }
}

void Relay::Impl::take_for(Member& sender, Member* receiver, const Recipient& recipient,
                           const ClientFrame& frame, Payload& payload) {
  if (receiver == nullptr || receiver == &sender) {
    drop(Drop::absent);
    if (is_promised(frame.lane)) refuse_absent(sender, recipient, frame.lane);
    return;
  }
  if (receiver->flows.size() <= sender.seat) receiver->flows.resize(sender.seat + 1);
  auto& flow = receiver->flows[sender.seat];
  if (flow == nullptr) {
    flow = std::make_unique<Flow>();
    flow->sender = &sender;
    flow->receiver = receiver;
  }
  const std::size_t cost = kFrameCost + recipient.header.size() + frame.payload.size();
  const Offer offer{*flow, recipient, frame, payload, cost};
  if (is_promised(frame.lane)) return offer_promised(offer);
  offer_dispensable(offer);
}

// ---- lanes that promise

void Relay::Impl::offer_promised(const Offer& offer) {
  const Lane lane = offer.frame.lane;
  Promise& promise = offer.flow.promise(lane);
  if (promise.stopped && (!offer.recipient.again || promise.refusal_waits)) return drop(Drop::stopped);
  promise.stopped = false;

  Member& sender = *offer.flow.sender;
  const FrameQueue& queue = offer.flow.queue(lane);
  const QueueSize& all = offer.flow.receiver->waiting[index_of(lane)];
  const QueueSize most = receiver_limit(lane);
  // One frame of each sender always has a place, so that nobody is kept out by others who always have more.
  const bool has_place = queue.empty() || (fits(limit(lane), queue.bytes() + offer.cost, queue.size() + 1) &&
                                           fits(most, all.bytes + offer.cost, all.frames + 1));
  if (!has_place) return stop(offer, Refusal::full, base::Duration{});
  if (!has_memory(sender, offer.cost)) return stop(offer, Refusal::over_budget, kMemoryWait);
  if (is_over_budget(sender, offer.cost)) {
    return stop(offer, Refusal::over_budget, wait_for(sender, offer.cost));
  }
  put(offer);
  update_window(offer.flow, lane);
}

void Relay::Impl::stop(const Offer& offer, Refusal reason, base::Duration wait) {
  drop(Drop::refused);
  const Lane lane = offer.frame.lane;
  Promise& promise = offer.flow.promise(lane);
  promise.stopped = true;
  promise.refusal_waits = true;
  const PeerId peer = offer.flow.receiver->peer;
  if (reason == Refusal::full) promise.closed = true;
  Notice notice;
  notice.head = write(Refused{reason, peer, lane, whole_milliseconds(wait), offer.recipient.header});
  notice.reason = reason;
  notice.of_flow = true;
  notice.peer = peer;
  notice.lane = lane;
  notify(*offer.flow.sender, notice);
}

// ---- lanes that do not

void Relay::Impl::offer_dispensable(const Offer& offer) {
  Member& sender = *offer.flow.sender;
  if (is_over_budget(sender, offer.cost)) return drop(Drop::over_budget);
  if (offer.frame.lane == Lane::latest) {
    const FrameQueue& queue = offer.flow.queue(Lane::latest);
    if (const Frame* old = queue.find(offer.frame.key)) return offer_latest(offer, *old);
    if (queue.size() == limit(Lane::latest).frames) return drop(Drop::keys);
  }
  if (!make_place(offer)) return drop(Drop::no_memory);
  put(offer);
}

void Relay::Impl::offer_latest(const Offer& offer, const Frame& old) {
  FrameQueue& queue = offer.flow.queue(Lane::latest);
  const std::size_t more = offer.cost - std::min(offer.cost, old.cost);
  const QueueSize& all = offer.flow.receiver->waiting[index_of(Lane::latest)];
  if (!fits(limit(Lane::latest), queue.bytes() + more, queue.size()) ||
      !fits(receiver_limit(Lane::latest), all.bytes + more, all.frames) ||
      !has_memory(*offer.flow.sender, more)) {
    return drop(Drop::no_memory);
  }
  ++counters.replaced;
  pay(*offer.flow.sender, offer.cost);
  hold(offer.flow, Lane::latest, offer.cost);  // first: as long as something waits, it has waited
  release(offer.flow, Lane::latest, old.cost);
  queue.replace(old, frame_of(offer));
}

bool Relay::Impl::make_place(const Offer& offer) {
  const Lane lane = offer.frame.lane;
  FrameQueue& queue = offer.flow.queue(lane);
  Member& receiver = *offer.flow.receiver;
  // Its own first, then of whoever has most waiting there.
  while (!queue.empty() && !fits(limit(lane), queue.bytes() + offer.cost, queue.size() + 1)) {
    drop_first(offer.flow, lane, Drop::displaced);
  }
  const QueueSize most = receiver_limit(lane);
  const QueueSize& all = receiver.waiting[index_of(lane)];
  while (!fits(most, all.bytes + offer.cost, all.frames + 1)) {
    Flow* heaviest = &offer.flow;
    for (const auto& flow : receiver.flows) {
      if (flow != nullptr && flow->queue(lane).bytes() > heaviest->queue(lane).bytes()) heaviest = flow.get();
    }
    drop_first(*heaviest, lane, Drop::displaced);
  }
  return has_memory(*offer.flow.sender, offer.cost);
}

// ---- limits

Payers Relay::Impl::meters_of(Member& sender) {
  Payers payers;
  payers.add(sender.meter);
  payers.add(sender.room->meter);
  payers.add(sender.site->meter);
  if (sender.site->neighbourhood != nullptr) payers.add(sender.site->neighbourhood->meter);
  payers.add(meter);
  return payers;
}

bool Relay::Impl::has_memory(Member& sender, std::size_t bytes) {
  const auto meters = meters_of(sender);
  return std::all_of(meters.begin(), meters.end(),
                     [&](const Meter* one) { return one->waiting + bytes <= one->max_waiting; });
}

bool Relay::Impl::is_over_budget(Member& sender, std::size_t bytes) {
  const auto meters = meters_of(sender);
  return std::any_of(meters.begin(), meters.end(), [&](Meter* one) {
    return one->rate.wait(now_, static_cast<std::uint32_t>(bytes)) > base::Duration{};
  });
}

base::Duration Relay::Impl::wait_for(Member& sender, std::size_t bytes) {
  base::Duration longest{};
  for (Meter* one : meters_of(sender)) {
    const std::uint32_t worth = std::min(kWorthWaitingFor, one->burst);
    longest = std::max(longest, one->rate.wait(now_, std::max(worth, static_cast<std::uint32_t>(bytes))));
  }
  return longest;
}

void Relay::Impl::pay(Member& sender, std::size_t bytes) {
  for (Meter* one : meters_of(sender)) {
    [[maybe_unused]] const bool paid = one->rate.take(now_, static_cast<std::uint32_t>(bytes));
    assert(paid);
  }
}

// ---- what is taken

Frame Relay::Impl::frame_of(const Offer& offer) const {
  if (offer.payload == nullptr) {
    offer.payload = std::make_shared<const std::string>(base::as_text(offer.frame.payload));
  }
  Frame frame;
  frame.head = write_head(offer.frame.lane, offer.flow.sender->peer, offer.recipient.header);
  frame.payload = offer.payload;
  frame.cost = offer.cost;
  if (offer.frame.age_ms > 0 && !is_promised(offer.frame.lane)) {
    frame.expires = now_ + base::milliseconds(offer.frame.age_ms);
  }
  frame.key = offer.frame.key;
  return frame;
}

void Relay::Impl::put(const Offer& offer) {
  const Lane lane = offer.frame.lane;
  Member& receiver = *offer.flow.receiver;
  pay(*offer.flow.sender, offer.cost);
  hold(offer.flow, lane, offer.cost);
  offer.flow.queue(lane).push(frame_of(offer));
  switch (tier_of(lane)) {
    case Tier::control:
      receiver.control_turns.add(offer.flow);
      break;
    case Tier::play:
      receiver.play_turns.add(offer.flow);
      break;
    case Tier::bulk:
      receiver.bulk_turns.add(offer.flow);
      break;
  }
  wake(receiver);
}

void Relay::Impl::hold(Flow& flow, Lane lane, std::size_t cost) {
  QueueSize& waiting = flow.receiver->waiting[index_of(lane)];
  waiting.bytes += cost;
  ++waiting.frames;
  ++flow.receiver->waiting_frames;
  ++counters.waiting_frames;
  counters.waiting_bytes += cost;
  for (Meter* one : meters_of(*flow.sender)) one->waiting += cost;
}

void Relay::Impl::release(Flow& flow, Lane lane, std::size_t cost) {
  QueueSize& waiting = flow.receiver->waiting[index_of(lane)];
  waiting.bytes -= cost;
  --waiting.frames;
  if (--flow.receiver->waiting_frames == 0) blocked.erase(*flow.receiver);
  --counters.waiting_frames;
  counters.waiting_bytes -= cost;
  for (Meter* one : meters_of(*flow.sender)) one->waiting -= cost;
}

Frame Relay::Impl::pop(Flow& flow, Lane lane) {
  Frame frame = flow.queue(lane).pop();
  release(flow, lane, frame.cost);
  return frame;
}

void Relay::Impl::drop_first(Flow& flow, Lane lane, Drop why) {
  (void)pop(flow, lane);
  drop(why);
}

// ---- refusals

void Relay::Impl::refuse(Member& sender, Refusal reason) {
  const bool waits = std::any_of(sender.notices.begin(), sender.notices.end(), [&](const Notice& notice) {
    return !notice.is_window && notice.reason == reason && notice.peer == kNobody;
  });
  if (waits) return;
  Notice notice;
  notice.head = write(Refused{reason, kNobody, std::nullopt, 0, {}});
  notice.reason = reason;
  notify(sender, notice);
}

void Relay::Impl::refuse_absent(Member& sender, const Recipient& recipient, Lane lane) {
  const bool waits = std::any_of(sender.notices.begin(), sender.notices.end(), [&](const Notice& notice) {
    return !notice.of_flow && notice.peer == recipient.peer && notice.lane == lane;
  });
  if (waits || sender.absent_notices == kMaxAbsent) return;
  ++sender.absent_notices;
  Notice notice;
  notice.head = write(Refused{Refusal::no_such_peer, recipient.peer, lane, 0, recipient.header});
  notice.reason = Refusal::no_such_peer;
  notice.peer = recipient.peer;
  notice.lane = lane;
  notify(sender, notice);
}

void Relay::Impl::notify(Member& sender, Notice notice) {
  if (!notice.is_window) {
    ++counters.refused[static_cast<std::size_t>(notice.reason)];
    events.emplace_back(FrameRefused{sender.connection, notice.reason});
  }
  sender.notices.push_back(std::move(notice));
  ++counters.waiting_notices;
  wake(sender);
}

}  // namespace parlor::relay
