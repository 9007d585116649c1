#include "sctp/rx/received.hpp"

#include <algorithm>

namespace parlor::sctp {
namespace {

/// The first range that does not end before this place.
auto range_at(auto& ranges, std::uint32_t place) {
  return std::lower_bound(ranges.begin(), ranges.end(), place,
                          [](const GapBlock& range, std::uint32_t at) { return range.end < at; });
}

}  // namespace

ReceivedTsns::Arrival ReceivedTsns::would(Tsn tsn) const {
  if (!tsn.is_after(cumulative_)) return Arrival::duplicate;
  const std::uint32_t place = tsn.distance_from(cumulative_);
  if (place > kFarthest) return Arrival::refused;
  const auto range = range_at(ranges_, place);
  if (range != ranges_.end() && range->start <= place) return Arrival::duplicate;
  if (place == 1 || ranges_.size() < kMostRanges) return Arrival::first;
  const bool touches = (range != ranges_.end() && range->start == place + 1) ||
                       (range != ranges_.begin() && std::prev(range)->end + 1U == place);
  return touches ? Arrival::first : Arrival::refused;
}

ReceivedTsns::Arrival ReceivedTsns::add(Tsn tsn) {
  const Arrival arrival = would(tsn);
  if (arrival == Arrival::duplicate && duplicates_.size() < kMostDuplicates) duplicates_.push_back(tsn);
  if (arrival != Arrival::first) return arrival;
  const auto place = static_cast<std::uint16_t>(tsn.distance_from(cumulative_));
  if (place == 1) {
    advance(1);
    return arrival;
  }
  const auto next = range_at(ranges_, place);
  const bool joins_next = next != ranges_.end() && next->start == place + 1;
  const bool joins_last = next != ranges_.begin() && std::prev(next)->end + 1 == place;
  if (joins_last && joins_next) {
    std::prev(next)->end = next->end;
    ranges_.erase(next);
  } else if (joins_last) {
    std::prev(next)->end = place;
  } else if (joins_next) {
    next->start = place;
  } else {
    ranges_.insert(next, {place, place});
  }
  return arrival;
}

bool ReceivedTsns::skip_to(Tsn cumulative) {
  if (!cumulative.is_after(cumulative_)) return false;
  const std::uint32_t by = cumulative.distance_from(cumulative_);
  if (by > kFarthest) return false;
  advance(by);
  return true;
}

/// Everything so far ahead counts as received, and what follows it without a gap.
void ReceivedTsns::advance(std::uint32_t by) {
  auto range = ranges_.begin();
  while (range != ranges_.end() && range->start <= by + 1) {
    by = std::max<std::uint32_t>(by, range->end);
    ++range;
  }
  ranges_.erase(ranges_.begin(), range);
  for (GapBlock& left : ranges_) {
    left.start = static_cast<std::uint16_t>(left.start - by);
    left.end = static_cast<std::uint16_t>(left.end - by);
  }
  cumulative_ = cumulative_ + by;
}

}  // namespace parlor::sctp
