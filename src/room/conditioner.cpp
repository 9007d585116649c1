#include "room/conditioner.hpp"

#include <algorithm>

namespace parlor::room {
namespace {

/// Of a direction that is left alone.
Conditions only_if(bool used, const Conditions& conditions) {
  if (used) return conditions;
  Conditions none;
  none.seed = conditions.seed;
  return none;
}

bool happens(base::Random& random, double chance) {
  constexpr double kOne = 9007199254740992.0;  // 2^53
  return static_cast<double>(random.next_u64() >> 11) < chance * kOne;
}

std::uint64_t mixed(std::uint64_t seed, std::uint64_t stream) {
  return seed ^ (stream * 0x9E3779B97F4A7C15U);
}

std::size_t size_of(const RelaySend& send) {
  std::size_t size = send.payload.size();
  for (const RelaySend::To& to : send.recipients) size += to.header.view().size();
  return size;
}

/// One that is not numbered could not be told from its double, and the game would hear it twice.
bool may_double(BytesView frame) {
  return !frame.empty() &&
         std::to_integer<unsigned>(frame[0]) >> 5 != static_cast<unsigned>(FrameKind::unreliable);
}

}  // namespace

// ---- one direction

ConditionedPipe::ConditionedPipe(const Conditions& conditions, std::uint64_t number)
    : number_(number), loss_(0), jitter_(0), doubles_(0) {
  set(conditions);
}

void ConditionedPipe::set(const Conditions& conditions) {
  conditions_ = conditions;
  loss_ = base::SeededRandom(mixed(conditions.seed, 3 * number_ + 1));
  jitter_ = base::SeededRandom(mixed(conditions.seed, 3 * number_ + 2));
  doubles_ = base::SeededRandom(mixed(conditions.seed, 3 * number_ + 3));
  in_burst_ = false;
}

void ConditionedPipe::put(base::Time now, Flow flow, bool ordered, bool may_double, std::size_t size,
                          HeldFrame frame) {
  run(now);
  if (!ordered) {
    // An empty queue takes a frame of any length.
    const bool fits = queued_ == 0 || queued_ + size <= conditions_.queue;
    if (!fits || held_ + size + kFrameCost > kMaxHeldBytes) return;
  }
  held_ += size + kFrameCost;
  FlowState& state = flows_[flow];
  state.waiting += size;
  Entry entry{flow, ordered, may_double, size, now, std::move(frame)};
  if (ordered) {
    state.behind.push_back(std::move(entry));
    ++behind_;
  } else {
    admit(now, std::move(entry));
  }
  run(now);
}

bool ConditionedPipe::advance(base::Time now) {
  run(now);
  return std::exchange(left_, false);
}

/// By the times at which frames left, not those at which somebody looked: timers that come late make the rate
/// no lower.
void ConditionedPipe::run(base::Time now) {
  for (;;) {
    if (behind_ > 0 && queued_ <= conditions_.queue / 2) {
      admit_next();
      continue;
    }
    if (leaving_.empty() || leaving_.front().at > now) break;
    const Leaving first = leaving_.front();
    leaving_.pop_front();
    queued_ -= first.size;
    if (const auto flow = flows_.find(first.flow); flow != flows_.end())
      flow->second.waiting -= std::min(flow->second.waiting, first.size);
    left_at_ = first.at;
    left_ = true;
  }
  if (under_way_.empty() && leaving_.empty() && behind_ == 0) flows_.clear();
}

void ConditionedPipe::admit_next() {
  auto flow = flows_.upper_bound(turn_);
  for (;; ++flow) {
    if (flow == flows_.end()) flow = flows_.begin();
    if (!flow->second.behind.empty()) break;
  }
  turn_ = flow->first;
  Entry next = std::move(flow->second.behind.front());
  flow->second.behind.pop_front();
  --behind_;
  const base::Time at = std::max(left_at_, next.since);
  admit(at, std::move(next));
}

void ConditionedPipe::admit(base::Time at, Entry entry) {
  const base::Time leaves = departure(at, entry.size);
  if (leaves > at) {
    leaving_.push_back({leaves, entry.flow, entry.size});
    queued_ += entry.size;
  } else {
    flows_[entry.flow].waiting -= entry.size;
  }
  depart(leaves, std::move(entry));
}

base::Time ConditionedPipe::departure(base::Time at, std::size_t size) {
  base::Time leaves = leaving_.empty() ? at : std::max(at, leaving_.back().at);
  if (conditions_.rate == 0) return leaves;
  const std::int64_t begins = std::max(busy_until_, at.time_since_epoch().count() * 1000);
  const double takes = static_cast<double>(size) * 1e9 / static_cast<double>(conditions_.rate);
  busy_until_ = begins + static_cast<std::int64_t>(takes);
  return std::max(leaves, base::time_from(base::microseconds((busy_until_ + 999) / 1000)));
}

void ConditionedPipe::depart(base::Time at, Entry entry) {
  if (entry.ordered) {
    base::Duration late{};
    for (int losses = 0; losses < kMaxLosses && is_lost(at); ++losses)
      late += kRetransmission + 2 * conditions_.delay + conditions_.jitter;
    FlowState& state = flows_[entry.flow];
    state.last_due = std::max(state.last_due, at + some_delay() + late);
    return hold(state.last_due, std::move(entry));
  }
  const std::size_t cost = entry.size + kFrameCost;
  if (is_lost(at)) {
    held_ -= cost;
    return;
  }
  const bool doubled = happens(doubles_, conditions_.duplicate) && entry.may_double;
  if (doubled && held_ + cost <= kMaxHeldBytes) {
    held_ += cost;
    hold(at + some_delay(), entry);
  }
  hold(at + some_delay(), std::move(entry));
}

base::Duration ConditionedPipe::some_delay() {
  const auto most = static_cast<std::uint32_t>(conditions_.jitter.count());
  return conditions_.delay + base::microseconds(jitter_.below(most + 1));
}

/// By chance, or in bursts after Gilbert (1960): lost while the state is bad, which ends after `burst` frames
/// in the mean.
bool ConditionedPipe::is_lost(base::Time at) {
  const double loss = conditions_.loss;
  if (loss <= 0 || loss >= 1) return loss >= 1;
  if (conditions_.burst * (1 - loss) <= 1) return happens(loss_, loss);
  if (in_burst_ && at - burst_since_ > kLongestBurst) in_burst_ = false;
  const bool lost = in_burst_;
  if (in_burst_) {
    in_burst_ = !happens(loss_, 1 / conditions_.burst);
  } else if (happens(loss_, loss / (conditions_.burst * (1 - loss)))) {
    in_burst_ = true;
    burst_since_ = at;
  }
  return lost;
}

void ConditionedPipe::hold(base::Time due, Entry entry) {
  under_way_.emplace(Key{due, ++count_}, std::move(entry));
}

// ---- what comes out

HeldFrame ConditionedPipe::give(Entry entry) {
  held_ -= entry.size + kFrameCost;
  return std::move(entry.frame);
}

std::optional<HeldFrame> ConditionedPipe::pop(base::Time now) {
  if (held_ > kMaxHeldBytes) return pop_any();
  if (under_way_.empty() || under_way_.begin()->first.first > now) return std::nullopt;
  return give(std::move(under_way_.extract(under_way_.begin()).mapped()));
}

std::optional<HeldFrame> ConditionedPipe::pop_any() {
  while (under_way_.empty() && behind_ > 0) admit_next();
  if (under_way_.empty()) return std::nullopt;
  return give(std::move(under_way_.extract(under_way_.begin()).mapped()));
}

std::deque<HeldFrame> ConditionedPipe::take(CarrierId carrier) {
  std::deque<HeldFrame> taken;
  for (auto at = under_way_.begin(); at != under_way_.end();) {
    const auto next = std::next(at);
    if (at->second.flow.carrier == carrier) taken.push_back(give(std::move(under_way_.extract(at).mapped())));
    at = next;
  }
  const auto of_it = [&](const Leaving& one) { return one.flow.carrier == carrier; };
  for (const Leaving& one : leaving_) queued_ -= of_it(one) ? one.size : 0;
  leaving_.erase(std::remove_if(leaving_.begin(), leaving_.end(), of_it), leaving_.end());
  for (auto flow = flows_.begin(); flow != flows_.end();) {
    if (flow->first.carrier != carrier) {
      ++flow;
      continue;
    }
    behind_ -= flow->second.behind.size();
    for (Entry& entry : flow->second.behind) taken.push_back(give(std::move(entry)));
    flow = flows_.erase(flow);
  }
  return taken;
}

std::size_t ConditionedPipe::waiting(Flow flow) const {
  const auto at = flows_.find(flow);
  return at == flows_.end() ? 0 : at->second.waiting;
}

std::optional<base::Time> ConditionedPipe::poll_timeout() const {
  base::Earliest next;
  if (left_) next.add(left_at_);  // nobody was told yet
  if (!under_way_.empty()) next.add(under_way_.begin()->first.first);
  if (!leaving_.empty()) next.add(leaving_.front().at);
  return next.get();
}

// ---- both

Conditioner::Conditioner(const Conditions& conditions)
    : outgoing_(only_if(conditions.outgoing, conditions), 0),
      incoming_(only_if(conditions.incoming, conditions), 1),
      doubles_(conditions.outgoing && conditions.duplicate > 0) {}

void Conditioner::set(const Conditions& conditions) {
  outgoing_.set(only_if(conditions.outgoing, conditions));
  incoming_.set(only_if(conditions.incoming, conditions));
  doubles_ = conditions.outgoing && conditions.duplicate > 0;
}

void Conditioner::send(base::Time now, CarrierSend frame, bool ordered) {
  const Flow flow{frame.carrier, frame.channel};
  const bool twice = may_double(frame.header.view());
  const std::size_t size = frame.header.view().size() + frame.payload.size();
  outgoing_.put(now, flow, ordered, twice, size, std::move(frame));
}

void Conditioner::send(base::Time now, RelaySend frame) {
  const std::size_t size = size_of(frame);
  outgoing_.put(now, kServerFlow, true, false, size, std::move(frame));
}

void Conditioner::receive(base::Time now, CarrierFrame frame, bool ordered) {
  const Flow flow{frame.carrier, frame.channel};
  const bool twice = may_double(frame.bytes);
  const std::size_t size = frame.bytes.size();
  incoming_.put(now, flow, ordered, twice, size, std::move(frame));
}

void Conditioner::receive(base::Time now, ServerFrame frame) {
  const std::size_t size = frame.bytes.size();
  incoming_.put(now, kServerFlow, true, false, size, std::move(frame));
}

std::optional<base::Time> Conditioner::poll_timeout() const {
  base::Earliest next;
  next.add(outgoing_.poll_timeout());
  next.add(incoming_.poll_timeout());
  return next.get();
}

}  // namespace parlor::room
