#include "room/link/link_clock.hpp"

#include <algorithm>

namespace parlor::room {

void LinkClock::sample(base::Time sent, base::Time received, std::uint32_t their_time) {
  const base::Duration round_trip = std::max(received - sent, base::Duration{});
  if (round_trip_) {
    const base::Duration change =
        round_trip > *round_trip_ ? round_trip - *round_trip_ : *round_trip_ - round_trip;
    compared_ = true;
    jitter_ += (change - jitter_) / 16;
  }
  round_trip_ = round_trip;
  // Their clock was read half way, as far as anybody knows.
  const Best sample{round_trip, their_time - at(sent + round_trip / 2), received};
  if (best_ && received - best_->at > kWindow) {
    best_ = runner_up_;
    runner_up_.reset();
  }
  if (!best_ || sample.round_trip <= best_->round_trip) {
    best_ = sample;
    runner_up_.reset();
  } else if (received - best_->at > kWindow / 2 &&
             (!runner_up_ || sample.round_trip <= runner_up_->round_trip)) {
    runner_up_ = sample;
  }
}

std::optional<base::Duration> LinkClock::least_age(base::Time now, std::uint16_t stamp) const {
  if (!best_) return std::nullopt;
  const auto their_now = static_cast<std::uint16_t>(at(now) + best_->ahead);
  constexpr base::Duration kAround = base::milliseconds(1 << 16);
  base::Duration age = base::milliseconds(static_cast<std::uint16_t>(their_now - stamp));
  const base::Duration ahead = std::min(kAround - kOldest, kAhead + best_->round_trip / 2);
  if (age > kAround - ahead) age -= kAround;
  // Half of the round trip may have been all of it on one way; the clocks count whole milliseconds.
  const base::Duration least = age - best_->round_trip / 2 - base::milliseconds(1);
  return std::max(least, base::Duration{});
}

}  // namespace parlor::room
