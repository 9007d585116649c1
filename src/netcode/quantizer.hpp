#pragma once
// Real numbers as small integers: how a coordinate or an angle becomes a few bits of a message, and back.
//
// quantize() takes whatever the game has (too large, not a number) and clamps it. restore() takes codes from
// the wire: those that no quantize() gives are refused, so that every message has one meaning and one
// encoding.

#include <cmath>
#include <cstdint>
#include <optional>

namespace parlor::netcode {

/// Evenly spaced values from `low` to `high`, in codes of `bits` bits.
class Quantizer {
 public:
  /// From -limit to limit, with 0 among the values. The highest code of the bits is not used.
  static constexpr Quantizer symmetric(float limit, unsigned bits) {
    const std::uint32_t side = (1U << (bits - 1)) - 1;
    return {-limit, limit / static_cast<float>(side), 2 * side, bits};
  }
  /// From 0 to limit, both among the values.
  static constexpr Quantizer from_zero(float limit, unsigned bits) {
    const std::uint32_t last = (1U << bits) - 1;
    return {0, limit / static_cast<float>(last), last, bits};
  }

  [[nodiscard]] constexpr unsigned bits() const { return bits_; }
  /// The distance between neighbours; an error is at most half of it.
  [[nodiscard]] constexpr float step() const { return step_; }

  /// The nearest value's code. Clamps; what is not a number becomes the value nearest to 0.
  [[nodiscard]] std::uint32_t quantize(float value) const {
    if (std::isnan(value)) value = 0;
    const float code = std::round((value - low_) / step_);
    if (!(code > 0)) return 0;
    if (code >= static_cast<float>(last_)) return last_;
    return static_cast<std::uint32_t>(code);
  }
  [[nodiscard]] std::optional<float> restore(std::uint32_t code) const {
    if (code > last_) return std::nullopt;
    // From the middle, so that a symmetric quantizer gives exactly 0 for its middle code.
    const std::uint32_t middle = last_ / 2;
    if (low_ < 0) return (static_cast<float>(code) - static_cast<float>(middle)) * step_;
    return static_cast<float>(code) * step_;
  }

 private:
  constexpr Quantizer(float low, float step, std::uint32_t last, unsigned bits)
      : low_(low), step_(step), last_(last), bits_(bits) {}

  float low_;
  float step_;
  std::uint32_t last_;
  unsigned bits_;
};

/// A direction around the circle, in radians. Every code is used and the circle closes: just below a whole
/// turn is next to 0.
class TurnQuantizer {
 public:
  explicit constexpr TurnQuantizer(unsigned bits) : bits_(bits) {}

  [[nodiscard]] constexpr unsigned bits() const { return bits_; }
  [[nodiscard]] constexpr float step() const { return kTurn / static_cast<float>(1U << bits_); }

  /// Any angle; what is not finite becomes 0.
  [[nodiscard]] std::uint32_t quantize(float radians) const {
    if (!std::isfinite(radians)) return 0;
    const float turns = radians / kTurn;
    const float code = std::round((turns - std::floor(turns)) * static_cast<float>(1U << bits_));
    return static_cast<std::uint32_t>(code) & ((1U << bits_) - 1);
  }
  /// From -pi to pi.
  [[nodiscard]] float restore(std::uint32_t code) const {
    const float radians = static_cast<float>(code & ((1U << bits_) - 1)) * step();
    return radians > kTurn / 2 ? radians - kTurn : radians;
  }

 private:
  static constexpr float kTurn = 6.283185307F;
  unsigned bits_;
};

}  // namespace parlor::netcode
