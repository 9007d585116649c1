#pragma once
// Movement without steps, at any frame rate.

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace parlor::netcode {

/// What is left of a difference after `seconds`, when half of it goes every `half_life` seconds: 1 at once, 0
/// after long.
[[nodiscard]] inline float remaining(float seconds, float half_life) {
  return std::exp2(-seconds / half_life);
}

/// Moves `value` towards `target`, half of the way every `half_life` seconds.
template <class Value>
[[nodiscard]] Value approach(const Value& value, const Value& target, float seconds, float half_life) {
  return target + (value - target) * remaining(seconds, half_life);
}

/// How often better knowledge moved what was shown, and how far: since the beginning, lengths in the unit of
/// the vector.
struct CorrectionStatistics {
  std::uint64_t count = 0;  ///< longer than `noticeable`
  std::uint64_t jumps = 0;  ///< of them, those that were too long to be hidden
  double total = 0;         ///< all of them together
  float largest = 0;
};

/// Hides a jump of what is shown: the difference is kept as an offset that fades.
///
/// When better knowledge moves an object from `shown` to `known` at one moment, call absorb(), and add
/// offset() to what is shown from then on.
template <class Vector>
class Correction {
 public:
  /// Jumps longer than `longest` are not hidden: gliding that far would look worse.
  /// Shorter ones than `noticeable` are hidden all the same, but not counted.
  Correction(float half_life, float longest, float noticeable = 0)
      : half_life_(half_life), longest_(longest), noticeable_(noticeable) {}

  void absorb(const Vector& shown, const Vector& known) {
    const Vector moved = shown - known;
    offset_ = offset_ + moved;
    const bool too_long = !(length(offset_) <= longest_);
    if (too_long) offset_ = Vector{};
    count(length(moved), too_long);
  }
  void advance(float seconds) { offset_ = offset_ * remaining(seconds, half_life_); }
  [[nodiscard]] const Vector& offset() const { return offset_; }
  [[nodiscard]] const CorrectionStatistics& statistics() const { return statistics_; }

 private:
  void count(float size, bool too_long) {
    if (!(size > noticeable_)) return;  // nor what is no number
    ++statistics_.count;
    statistics_.jumps += too_long ? 1 : 0;
    statistics_.total += static_cast<double>(size);
    statistics_.largest = std::max(statistics_.largest, size);
  }

  float half_life_;
  float longest_;
  float noticeable_;
  Vector offset_{};
  CorrectionStatistics statistics_;
};

}  // namespace parlor::netcode
