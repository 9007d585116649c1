#pragma once
// How long an acknowledgement takes, and how long one waits for it (RFC 9260 §6.3.1, §6.3.3 E2).

#include <algorithm>
#include <optional>

#include "base/time.hpp"

namespace parlor::sctp {

struct RoundTripOptions {
  base::Duration initial = base::milliseconds(500);  ///< the timeout before anything was measured
  base::Duration shortest = base::milliseconds(250);
  base::Duration longest = base::seconds(8);
  /// Doublings after timeouts end here (at most `longest`), unless more was measured or is expected.
  base::Duration longest_backoff = base::seconds(3);
  /// The other side may hold an acknowledgement back for so long: four times the variance is never less.
  base::Duration delayed_ack = base::milliseconds(200);
  /// What an acknowledgement that is not held back may take for other reasons, as timers and queues.
  base::Duration allowance = base::milliseconds(10);
};

class RoundTrip {
 public:
  explicit RoundTrip(const RoundTripOptions& options = {})
      : options_(options), timeout_(options.initial), measured_(options.initial) {}

  /// Whoever brings the packets has measured this. Where all that is sent is sent again before its answer
  /// can be there, nothing else would say that the way is long (Karn; RFC 9260 §6.3.1, C5).
  void expect(base::Duration round_trip);
  /// Of something that was sent once (rule C5). Takes the doublings back.
  void measured(base::Duration round_trip);
  /// The timeout passed: the next is twice as long.
  void timed_out();
  /// So is the next wait until a probe: whether it was the probe that was answered nobody knows.
  void probed() { probes_ = std::min(probes_ + 1, kMostDoublings); }
  /// Something was acknowledged of which nobody knows how long that took: while anything gets through the
  /// timeout is not more than twice doubled.
  void progressed();
  /// The doublings were no fault of the other side's: the timeout is again as measured.
  void forget_timeouts();

  [[nodiscard]] std::optional<base::Duration> smoothed() const { return smoothed_; }
  [[nodiscard]] base::Duration timeout() const { return timeout_; }
  /// What doublings end at; not less than what was measured, nor than what is expected.
  [[nodiscard]] base::Duration longest_backoff() const {
    return std::min(options_.longest, std::max({options_.longest_backoff, measured_, expected_}));
  }
  /// Twice as long as an acknowledgement takes that is not held back, or more where that varies; nothing
  /// before one was measured (RFC 9002 §6.2.1, RFC 8985 §7.2).
  [[nodiscard]] std::optional<base::Duration> probe() const;

 private:
  static constexpr int kMostDoublings = 5;
  RoundTripOptions options_;
  std::optional<base::Duration> smoothed_;
  base::Duration variance_{};
  base::Duration timeout_;
  base::Duration measured_;    ///< the timeout without doublings
  base::Duration expected_{};  ///< the same, of what others have measured
  int probes_ = 0;             ///< since it was measured last
};

}  // namespace parlor::sctp
