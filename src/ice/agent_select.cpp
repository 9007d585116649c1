// Which of the ways that work is used, whether it is alive, and when another one is better (RFC 8445 §8, §12;
// RFC 7675).

#include <algorithm>

#include "ice/agent.hpp"

namespace parlor::ice {
namespace {

/// RFC 7675 §5.1.
constexpr base::Duration kConsentLasts = base::seconds(30);
/// After data has come and then none for so long, the other side is asked at once.
constexpr base::Duration kQuiet = base::seconds(1);
/// Asked again so soon where there was no answer; after kMostMissed of them more slowly.
constexpr base::Duration kAskAgain = base::milliseconds(500);
constexpr base::Duration kAskAgainLater = base::seconds(2);
constexpr int kMostMissed = 4;
constexpr int kSlower = 10;
/// Other ways that are kept open, and how much more rarely they are asked.
constexpr std::size_t kBackups = 2;
constexpr int kBackupFactor = 2;
/// Of a lite agent: the other side asks at least every 6 s.
constexpr base::Duration kLiteSilence = base::milliseconds(8500);
/// Once a way works, better ones have at least so long to work as well before it is picked for good.
constexpr base::Duration kSettle = base::milliseconds(150);
/// A way that is as direct but quicker by more than this is moved to, not sooner than so long after the last
/// move.
constexpr base::Duration kQuicker = base::milliseconds(20);
constexpr base::Duration kMoveAfter = base::seconds(10);
/// A nomination of a pair of lower priority counts once the former one was not nominated again for so long.
constexpr base::Duration kRenomination = base::seconds(2);

}  // namespace

base::Time Agent::expiry(const Pair& pair) const {
  return pair.answered_at + kConsentLasts;
}

bool Agent::is_usable(const Pair& pair) const {
  return pair.state == PairState::succeeded && expiry(pair) > now_;
}

bool Agent::is_alive(const Pair& pair) const {
  if (!is_usable(pair)) return false;
  return options_.lite ? now_ - pair.heard_at < kLiteSilence : pair.unanswered <= kMostMissed;
}

bool Agent::has_valid() const {
  return std::ranges::any_of(checklist_.pairs(), [&](const Pair& pair) { return is_usable(pair); });
}

// Nothing better is still being tried, or it has had its time.
bool Agent::is_settled(const Pair& pair) const {
  const base::Duration wait = std::max(kSettle, pair.round_trip.value_or(base::Duration{}) * 2);
  if (first_valid_at_ && now_ >= *first_valid_at_ + wait) return true;
  return std::ranges::none_of(checklist_.pairs(), [&](const Pair& other) {
    return other.state != PairState::succeeded && other.state != PairState::failed && is_better(other, pair);
  });
}

// Of two that are alive, once one was nominated: more direct, clearly quicker, or else of the higher
// priority.
bool Agent::is_worth_moving(const Pair& from, const Pair& to) const {
  if (from.relayed_ends() != to.relayed_ends()) return to.relayed_ends() < from.relayed_ends();
  if (from.round_trip && to.round_trip) {
    const base::Duration gain = std::max(kQuicker, *from.round_trip / 4);
    if (*to.round_trip + gain < *from.round_trip) return now_ >= selected_at_ + kMoveAfter;
    // Back again, for its priority, only where it lost what made the other one quicker.
    if (*from.round_trip + gain / 2 < *to.round_trip) return false;
  }
  return to.priority > from.priority;
}

const Pair* Agent::best_controlling() const {
  const Pair* best = checklist_.find(selected_);
  if (best && !is_alive(*best)) best = nullptr;
  const bool nominated = best && nominating_;
  for (const Pair& pair : checklist_.pairs()) {
    if (!is_alive(pair) || &pair == best) continue;
    if (!best || (nominated ? is_worth_moving(*best, pair) : is_better(pair, *best))) best = &pair;
  }
  return best;
}

const Pair* Agent::best_controlled() const {
  const Pair* current = checklist_.find(selected_);
  if (current && !is_alive(*current)) current = nullptr;
  const Pair* best = current;
  for (const Pair& pair : checklist_.pairs()) {
    if (!is_alive(pair) || &pair == best) continue;
    if (!best) {
      best = &pair;
    } else if (pair.nominated_at.has_value() != best->nominated_at.has_value()) {
      if (pair.nominated_at) best = &pair;
    } else if (!pair.nominated_at) {
      if (is_better(pair, *best)) best = &pair;
    } else if (pair.priority > best->priority ? *best->nominated_at < *pair.nominated_at + kRenomination
                                              : *best->nominated_at + kRenomination <= *pair.nominated_at) {
      // Some nominate each pair that works and mean the best one (RFC 5245 §8.1.1.2), others mean the latest.
      best = &pair;
    }
  }
  return best;
}

void Agent::choose() {
  const Pair* best = role_ == Role::controlling ? best_controlling() : best_controlled();
  const Pair* current = checklist_.find(selected_);
  if (!best && current && is_usable(*current)) best = current;  // silent, but there is nothing else
  if (const PairId id = best ? best->id : 0; id != selected_) {
    selected_ = id;
    selected_at_ = now_;
    if (nominating_ && best) probe(*checklist_.find(id));
  }
  if (best && role_ == Role::controlling && !nominating_ && is_settled(*best)) {
    nominating_ = true;
    checklist_.remove_unchecked_worse_than(selected_);
    probe(*checklist_.find(selected_));
  }
  if (route() != said_route_) {
    said_route_ = route();
    say(RouteChanged{said_route_});
  }
  update_state();
}

void Agent::update_state() {
  const Pair* selected = checklist_.find(selected_);
  if (selected) {
    set_state(is_alive(*selected) ? AgentState::connected : AgentState::disconnected);
  } else if (former_ && former_->route) {
    // Goes on as it was: a restart takes nothing away (RFC 8445 §9).
  } else if (state_ == AgentState::connected || state_ == AgentState::disconnected ||
             (remote_ && now_ >= patient_until_)) {
    set_state(AgentState::failed);
  }
}

bool Agent::is_backup(const Pair& pair) const {
  if (pair.id == selected_ || !is_usable(pair)) return false;
  std::size_t better = 0;
  for (const Pair& other : checklist_.pairs()) {
    if (&other != &pair && other.id != selected_ && is_usable(other) && is_better(other, pair)) ++better;
  }
  return better < kBackups;
}

std::optional<base::Time> Agent::probe_due(const Pair& pair) const {
  if (options_.lite || !is_usable(pair)) return std::nullopt;
  const bool selected = pair.id == selected_;
  if (!selected && !is_backup(pair)) return std::nullopt;
  if (pair.unanswered > 0) {
    const base::Duration again = std::max(kAskAgain, pair.round_trip.value_or(base::Duration{}) * 3 / 2);
    return pair.probed_at + (pair.unanswered < kSlower && selected ? again : std::max(again, kAskAgainLater));
  }
  base::Earliest due;
  due.add(pair.probed_at + pair.probe_after * (selected ? 1 : kBackupFactor));
  if (selected && pair.data_at > pair.probed_at) due.add(pair.data_at + kQuiet);
  return due.get();
}

void Agent::advance_selection() {
  for (Pair& pair : checklist_.pairs()) {
    if (pair.state != PairState::succeeded || expiry(pair) > now_) continue;
    pair.state = PairState::failed;
    pair.nominated_at.reset();
  }
  // Whichever is chosen may be due itself, as it is asked more often than those that are kept in reserve.
  for (bool asked = true; asked;) {
    asked = false;
    for (Pair& pair : checklist_.pairs()) {
      const auto due = probe_due(pair);
      if (!due || *due > now_) continue;
      probe(pair);
      asked = true;
    }
    const PairId before = selected_;
    choose();
    asked = asked || selected_ != before;
  }
}

std::optional<base::Time> Agent::selection_deadline() const {
  base::Earliest earliest;
  for (const Pair& pair : checklist_.pairs()) {
    if (pair.state == PairState::succeeded) earliest.add(expiry(pair));
    earliest.add(probe_due(pair));
  }
  const Pair* selected = checklist_.find(selected_);
  if (selected && options_.lite && is_alive(*selected)) earliest.add(selected->heard_at + kLiteSilence);
  if (selected && role_ == Role::controlling && !nominating_ && first_valid_at_) {
    const base::Duration wait = std::max(kSettle, selected->round_trip.value_or(base::Duration{}) * 2);
    earliest.add(*first_valid_at_ + wait);
  }
  if (!selected && remote_ && now_ < patient_until_) earliest.add(patient_until_);
  return earliest.get();
}

std::optional<Route> Agent::route() const {
  if (const Pair* pair = checklist_.find(selected_)) return pair->route();
  if (former_) return former_->route;
  return std::nullopt;
}

std::optional<base::Duration> Agent::round_trip() const {
  const Pair* pair = checklist_.find(selected_);
  return pair ? pair->round_trip : std::nullopt;
}

}  // namespace parlor::ice
