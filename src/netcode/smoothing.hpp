#pragma once
// Movement without steps, at any frame rate.

#include <cmath>

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

/// Hides a jump of what is shown: the difference is kept as an offset that fades.
///
/// When better knowledge moves an object from `shown` to `known` at one moment, call absorb(), and add
/// offset() to what is shown from then on.
template <class Vector>
class Correction {
 public:
  /// Jumps longer than `longest` are not hidden: gliding that far would look worse.
  Correction(float half_life, float longest) : half_life_(half_life), longest_(longest) {}

  void absorb(const Vector& shown, const Vector& known) {
    offset_ = offset_ + (shown - known);
    if (!(length(offset_) <= longest_)) offset_ = Vector{};
  }
  void advance(float seconds) { offset_ = offset_ * remaining(seconds, half_life_); }
  [[nodiscard]] const Vector& offset() const { return offset_; }

 private:
  float half_life_;
  float longest_;
  Vector offset_{};
};

}  // namespace parlor::netcode
