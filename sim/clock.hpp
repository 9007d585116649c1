#pragma once
// The clock that a host reads: the world's time, shifted and running a little fast or slow, as those of real
// computers do. A machine that compares its own time with another host's finds out here.

#include "base/time.hpp"
#include "sim/world.hpp"

namespace parlor::sim {

struct Clock {
  base::Duration offset{};
  int drift_ppm = 0;  ///< microseconds gained per second; a quartz has up to 100

  /// What it shows at this time of the world.
  [[nodiscard]] constexpr base::Time local(base::Time world) const {
    const base::Duration since = world - World::kStart;
    return world + offset + base::Duration{since.count() * drift_ppm / 1'000'000};
  }
  /// The first time of the world when it shows `time` or later.
  [[nodiscard]] constexpr base::Time world(base::Time time) const {
    base::Time guess = time - offset;
    for (int i = 0; i < 3; ++i) guess += time - local(guess);  // each is closer by the factor of the drift
    while (local(guess) < time) guess += base::microseconds(1);
    while (local(guess - base::microseconds(1)) >= time) guess -= base::microseconds(1);
    return guess;
  }
};

}  // namespace parlor::sim
