#pragma once
// Time as the machines see it: a number that somebody else reads from a clock and hands in.

#include <chrono>
#include <cstdint>
#include <optional>

namespace parlor::base {

/// A clock tag without now(): code below the platform layer cannot read the time, it can only be told.
struct Clock {
  using rep = std::int64_t;
  using period = std::micro;
  using duration = std::chrono::duration<rep, period>;
  using time_point = std::chrono::time_point<Clock>;
  static constexpr bool is_steady = true;
};

/// Microseconds since an arbitrary origin that stays fixed for the life of a machine. Never goes back.
using Time = Clock::time_point;
using Duration = Clock::duration;

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

/// The time `value` after the origin.
[[nodiscard]] constexpr Time time_from(Duration value) {
  return Time{value};
}

/// Of several deadlines the first, where there is any.
class Earliest {
 public:
  constexpr void add(std::optional<Time> at) {
    if (at && (!first_ || *at < *first_)) first_ = at;
  }
  [[nodiscard]] constexpr std::optional<Time> get() const { return first_; }

 private:
  std::optional<Time> first_;
};

}  // namespace parlor::base
