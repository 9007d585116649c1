#pragma once
// Counters that wrap (RFC 1982), compared the one tested way.

#include <compare>
#include <cstdint>
#include <type_traits>

namespace parlor::base {

/// An unsigned counter of N bits that wraps. `a.is_after(b)` holds when a is at most half the circle ahead of
/// b; for exactly half the circle neither is after the other (RFC 1982 §3.2 leaves it undefined).
template <class T>
requires std::is_unsigned_v<T>
class SerialNumber {
 public:
  constexpr SerialNumber() = default;
  explicit constexpr SerialNumber(T value) : value_(value) {}

  [[nodiscard]] constexpr T value() const { return value_; }
  [[nodiscard]] constexpr bool is_after(SerialNumber other) const {
    const T ahead = static_cast<T>(value_ - other.value_);
    return ahead != 0 && ahead < kHalf;
  }
  /// Steps from `other` forward to this, around the wrap.
  [[nodiscard]] constexpr T distance_from(SerialNumber other) const {
    return static_cast<T>(value_ - other.value_);
  }
  constexpr SerialNumber& operator++() {
    value_ = static_cast<T>(value_ + 1);
    return *this;
  }
  [[nodiscard]] constexpr SerialNumber operator+(T steps) const {
    return SerialNumber(static_cast<T>(value_ + steps));
  }
  friend constexpr bool operator==(SerialNumber, SerialNumber) = default;

 private:
  static constexpr T kHalf = static_cast<T>(T{1} << (sizeof(T) * 8 - 1));
  T value_ = 0;
};

}  // namespace parlor::base
