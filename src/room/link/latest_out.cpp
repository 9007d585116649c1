#include "room/link/latest_out.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

namespace parlor::room {
namespace {

base::Duration least_pause(base::Duration round_trip) {
  return std::max(LatestOut::kFirstRepeat, 2 * round_trip + base::milliseconds(50));
}

}  // namespace

void LatestOut::move(Entries::iterator entry, Entries& from, Entries& to, State state) {
  entry->state = state;
  to.splice(to.end(), from, entry);
}

bool LatestOut::set(std::uint32_t key, Slice bytes, std::optional<std::uint8_t> term) {
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) {
    if (by_key_.size() == kMaxLatestKeys) return false;
    bytes_ += bytes.size();
    waiting_.push_back({{key, 0, term, std::move(bytes)}, State::waiting, {}, {}});
    by_key_.emplace(key, std::prev(waiting_.end()));
    return true;
  }
  const auto entry = found->second;
  if (entry->state != State::known) bytes_ -= entry->value.bytes.size();
  bytes_ += bytes.size();
  entry->value.bytes = std::move(bytes);
  entry->value.term = term;
  ++entry->value.number;
  entry->pause = {};
  if (entry->state == State::said) move(entry, said_, waiting_, State::waiting);
  if (entry->state == State::known) move(entry, known_, waiting_, State::waiting);
  return true;
}

const LatestOut::Value* LatestOut::next() const {
  return waiting_.empty() ? nullptr : &waiting_.front().value;
}

void LatestOut::said(base::Time now, base::Duration round_trip) {
  assert(!waiting_.empty());
  const auto entry = waiting_.begin();
  const base::Duration least = least_pause(round_trip);
  entry->pause = std::min(std::max(least, 2 * entry->pause), std::max(kLastRepeat, least));
  entry->again_at = now + entry->pause;
  move(entry, waiting_, said_, State::said);
}

void LatestOut::handle_round_trip(base::Time now, base::Duration round_trip) {
  const base::Time last = now + std::max(kLastRepeat, least_pause(round_trip));
  for (Entry& entry : said_) entry.again_at = std::min(entry.again_at, last);
}

void LatestOut::say_again() {
  for (Entry& entry : said_) entry.state = State::waiting;
  waiting_.splice(waiting_.end(), said_);
}

void LatestOut::acknowledge(std::uint32_t key, std::uint16_t number) {
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) return;
  const auto entry = found->second;
  if (entry->value.number != number || entry->state == State::known) return;
  bytes_ -= entry->value.bytes.size();
  entry->value.bytes = Slice();
  move(entry, entry->state == State::said ? said_ : waiting_, known_, State::known);
}

void LatestOut::handle_timeout(base::Time now) {
  for (auto entry = said_.begin(); entry != said_.end();) {
    const auto next = std::next(entry);
    if (entry->again_at <= now) move(entry, said_, waiting_, State::waiting);
    entry = next;
  }
}

std::optional<base::Time> LatestOut::due() const {
  std::optional<base::Time> first;
  for (const Entry& entry : said_) {
    if (!first || entry.again_at < *first) first = entry.again_at;
  }
  return first;
}

}  // namespace parlor::room
