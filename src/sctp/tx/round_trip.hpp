#pragma once
// How long an acknowledgement takes, and how long one waits for it (RFC 9260 §6.3.1, §6.3.3 E2).

#include <optional>

#include "base/time.hpp"

namespace parlor::sctp {

struct RoundTripOptions {
  base::Duration initial = base::milliseconds(500);  ///< the timeout before anything was measured
  base::Duration shortest = base::milliseconds(250);
  base::Duration longest = base::seconds(8);
  /// The other side may hold an acknowledgement back for so long: four times the variance is never less.
  base::Duration delayed_ack = base::milliseconds(200);
};

class RoundTrip {
 public:
  explicit RoundTrip(const RoundTripOptions& options = {})
      : options_(options), timeout_(options.initial), measured_(options.initial) {}

  /// Of something that was sent once (rule C5). Takes the doublings back.
  void measured(base::Duration round_trip);
  /// The timeout passed: the next is twice as long.
  void timed_out();
  /// The doublings were no fault of the other side's: the timeout is again as measured.
  void forget_timeouts();

  [[nodiscard]] std::optional<base::Duration> smoothed() const { return smoothed_; }
  [[nodiscard]] base::Duration timeout() const { return timeout_; }

 private:
  RoundTripOptions options_;
  std::optional<base::Duration> smoothed_;
  base::Duration variance_{};
  base::Duration timeout_;
  base::Duration measured_;  ///< the timeout without doublings
};

}  // namespace parlor::sctp
