#pragma once
// A rate limit: so many at once, so many per second after that.

#include <algorithm>
#include <cstdint>

#include "base/time.hpp"

namespace parlor::base {

/// Starts full. Holds microtokens, so that a slow rate loses nothing to rounding.
class TokenBucket {
 public:
  /// `burst` tokens at most, `per_second` new ones each second.
  TokenBucket(std::uint32_t burst, std::uint32_t per_second)
      : burst_(std::int64_t{burst} * kMicro), per_second_(per_second), tokens_(burst_) {}

  /// Takes `count` tokens if there are that many. Time that goes backwards adds none.
  [[nodiscard]] bool take(Time now, std::uint32_t count = 1) {
    tokens_ = available(now);
    updated_ = std::max(updated_, now);
    const std::int64_t cost = std::int64_t{count} * kMicro;
    if (tokens_ < cost) return false;
    tokens_ -= cost;
    return true;
  }

  /// How long until take(now + that, count) would succeed: nothing when it would at once; without end where
  /// the bucket never holds so many.
  [[nodiscard]] Duration wait(Time now, std::uint32_t count = 1) const {
    const std::int64_t missing = std::int64_t{count} * kMicro - available(now);
    if (missing <= 0) return Duration{};
    if (per_second_ == 0 || std::int64_t{count} * kMicro > burst_) return Duration::max();
    return Duration{(missing + per_second_ - 1) / per_second_};
  }

 private:
  static constexpr std::int64_t kMicro = 1'000'000;
  [[nodiscard]] std::int64_t available(Time now) const {
    if (now <= updated_) return tokens_;
    // Capped at an hour: the product of a long pause and a high rate would not fit.
    const std::int64_t elapsed = std::min<std::int64_t>((now - updated_).count(), 3'600'000'000);
    return std::min(burst_, tokens_ + elapsed * per_second_);
  }

  std::int64_t burst_;
  std::int64_t per_second_;
  std::int64_t tokens_;
  Time updated_{};
};

}  // namespace parlor::base
