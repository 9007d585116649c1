#include "netcode/playout.hpp"

#include <algorithm>
#include <cassert>

namespace parlor::netcode {

void Playout::handle_arrival(base::Time now, base::Time sent) {
  transits_[count_ % kWindow] = now - sent;
  ++count_;
  adapt();
}

void Playout::adapt() {
  std::array<base::Duration, kWindow> sorted = transits_;
  const std::size_t held = std::min(count_, kWindow);
  const auto end = sorted.begin() + static_cast<std::ptrdiff_t>(held);
  std::sort(sorted.begin(), end);
  least_transit_ = sorted[0];
  lateness_ = sorted[(held - 1) * 19 / 20] - least_transit_;
  delay_ = std::clamp(options_.spacing + lateness_, options_.least_delay, options_.most_delay);
}

base::Time Playout::advance(base::Time now) {
  assert(count_ > 0);
  const base::Time wanted{now.time_since_epoch() - least_transit_ - delay_};
  if (!running_) {
    running_ = true;
    updated_ = now;
    shown_ = wanted;
    return shown_;
  }
  if (now <= updated_) return shown_;
  const base::Duration passed = now - updated_;
  updated_ = now;
  const base::Time straight = shown_ + passed;
  const base::Duration off = wanted - straight;
  if (off > options_.jump || -off > options_.jump) {
    shown_ = wanted;
    return shown_;
  }
  const base::Duration slower = passed * options_.slower_percent / 100;
  const base::Duration faster = passed * options_.faster_percent / 100;
  shown_ = straight + std::clamp(off, -slower, faster);
  return shown_;
}

PlayoutStatistics Playout::statistics() const {
  const base::Duration behind = updated_ - least_transit_ - shown_;
  return {.delay = running_ ? behind : base::Duration{}, .wanted = delay_, .lateness = lateness_};
}

}  // namespace parlor::netcode
