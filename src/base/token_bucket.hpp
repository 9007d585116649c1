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
    if (now > updated_) {
      // Capped at an hour: the product of a long pause and a high rate would not fit.
      const std::int64_t elapsed = std::min<std::int64_t>((now - updated_).count(), 3'600'000'000);
      tokens_ = std::min(burst_, tokens_ + elapsed * per_second_);
      updated_ = now;
    }
    const std::int64_t cost = std::int64_t{count} * kMicro;
    if (tokens_ < cost) return false;
    tokens_ -= cost;
    return true;
  }
  /// When `count` tokens will be there, if none is taken before; a time that has passed, when they are there
  /// already. Only for a rate above 0 and a count up to the burst.
  [[nodiscard]] Time ready_at(std::uint32_t count = 1) const {
    const std::int64_t missing = std::int64_t{count} * kMicro - tokens_;
    if (missing <= 0) return updated_;
    return updated_ + Duration((missing + per_second_ - 1) / per_second_);
  }

 private:
  static constexpr std::int64_t kMicro = 1'000'000;
  std::int64_t burst_;
  std::int64_t per_second_;
  std::int64_t tokens_;
  Time updated_{};
};

}  // namespace parlor::base
