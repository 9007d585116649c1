#include "room/link/ordered_out.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

namespace parlor::room {

void OrderedOut::push(Slice bytes, bool more, std::optional<std::uint8_t> term) {
  assert(takes(1));
  bytes_ += bytes.size();
  entries_.push_back({next_number(), more, term, std::move(bytes), {}});
}

const OrderedOut::Entry* OrderedOut::next_for(Way way, bool doubled) {
  std::uint64_t& at = looked_at(way);
  auto& asked = looked_doubled_[way == Way::rtc ? 0 : 1];
  if (asked != doubled) at = first_;  // what was passed over for the other question
  asked = doubled;
  for (at = std::max(at, first_); at < first_ + entries_.size(); ++at) {
    const Entry& entry = entries_[static_cast<std::size_t>(at - first_)];
    if (doubled ? !entry.given_to.has(way) : entry.given_to.empty()) return &entry;
  }
  return nullptr;
}

void OrderedOut::given(const Entry& entry, Way way) {
  const std::uint64_t at = looked_at(way);
  Entry& mine = entries_[static_cast<std::size_t>(at - first_)];
  assert(&mine == &entry);
  static_cast<void>(entry);
  mine.given_to.add(way);
  ever_given_ = std::max(ever_given_, at + 1);
}

void OrderedOut::lost(Way way) {
  for (Entry& entry : entries_) entry.given_to.remove(way);
  for (std::uint64_t& at : looked_at_) at = first_;
}

void OrderedOut::lost_one(Way way, std::uint16_t number) {
  if (is_over(number)) return;
  const auto ahead = static_cast<std::uint16_t>(number - static_cast<std::uint16_t>(first_));
  entries_[ahead].given_to.remove(way);
  for (std::uint64_t& at : looked_at_) at = std::min(at, first_ + ahead);
}

bool OrderedOut::acknowledge(std::uint16_t number) {
  const auto ahead =
      static_cast<std::uint64_t>((number - static_cast<std::uint16_t>(first_)) & (kAckNumbers - 1));
  // Behind us it is an old one; ahead of what was ever given it is nonsense.
  if (ahead == 0 || ahead > ever_given_ - first_) return false;
  for (std::uint64_t i = 0; i < ahead; ++i) {
    bytes_ -= entries_.front().bytes.size();
    entries_.pop_front();
  }
  first_ += ahead;
  return true;
}

}  // namespace parlor::room
