#include "sctp/tx/round_trip.hpp"

#include <algorithm>

namespace parlor::sctp {

void RoundTrip::expect(base::Duration round_trip) {
  expected_ = std::clamp(2 * round_trip + options_.delayed_ack, options_.shortest, options_.longest);
  if (smoothed_ || expected_ <= measured_) return;
  measured_ = expected_;
  timeout_ = std::max(timeout_, measured_);
}

void RoundTrip::measured(base::Duration round_trip) {
  round_trip = std::max(round_trip, base::Duration{});
  if (!smoothed_) {
    smoothed_ = round_trip;
    variance_ = round_trip / 2;
  } else {
    const base::Duration off = *smoothed_ > round_trip ? *smoothed_ - round_trip : round_trip - *smoothed_;
    variance_ = (3 * variance_ + off) / 4;
    smoothed_ = (7 * *smoothed_ + round_trip) / 8;
  }
  const base::Duration margin = std::max(4 * variance_, options_.delayed_ack);
  measured_ = std::clamp(*smoothed_ + margin, options_.shortest, options_.longest);
  timeout_ = measured_;
  probes_ = 0;
}

void RoundTrip::progressed() {
  timeout_ = std::min(timeout_, 4 * measured_);
}

std::optional<base::Duration> RoundTrip::probe() const {
  if (!smoothed_) return std::nullopt;
  return (*smoothed_ + std::max(*smoothed_, 4 * variance_) + options_.allowance) * (1 << probes_);
}

void RoundTrip::timed_out() {
  timeout_ = std::min(2 * timeout_, longest_backoff());
}

void RoundTrip::forget_timeouts() {
  timeout_ = measured_;
}

}  // namespace parlor::sctp
