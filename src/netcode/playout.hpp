#pragma once
// When to show what others sent: a clock that runs behind the sender's by as little as the network's
// unsteadiness allows.
//
// A state shown the moment it arrives moves in jerks, since messages take now longer, now shorter. So it is
// shown later, at a moment that follows from when it was *sent*. The delay adapts: the spacing of the
// messages plus what 19 of 20 of the last messages were late by, within bounds. It changes by running the
// clock slower or faster, never by a jump, unless it is off by more than `jump`: quickly to a longer delay,
// since until then movement is guessed and put right again, and slowly back to a shorter one, which saves
// some milliseconds only and is not to be seen.
// No time synchronization: sender and receiver need not agree on anything but the length of a second.

#include <array>
#include <cstddef>

#include "base/time.hpp"

namespace parlor::netcode {

struct PlayoutOptions {
  base::Duration spacing = base::milliseconds(50);      ///< between two messages of a moving sender
  base::Duration least_delay = base::milliseconds(60);  ///< behind the fastest message; bounds of the delay
  base::Duration most_delay = base::milliseconds(350);
  base::Duration jump = base::milliseconds(500);  ///< off by more than this, the clock is set instead of bent
  int slower_percent = 25;  ///< most that the clock runs slower by, while the delay grows
  int faster_percent = 5;   ///< most that it runs faster by, while the delay shrinks
};

/// What showing things later costs, as of the last advance().
struct PlayoutStatistics {
  /// How far what is shown lies behind what the fastest of the last messages would let be shown.
  base::Duration delay{};
  base::Duration wanted{};  ///< where that is going to: Playout::delay()
  /// What 19 of 20 of the last messages came later than the fastest of them, at most: the jitter that the
  /// delay has to cover, before its bounds.
  base::Duration lateness{};
};

class Playout {
 public:
  explicit Playout(PlayoutOptions options = {}) : options_(options) {}

  /// A message that was sent at `sent` (the sender's clock) came at `now` (ours). Call it once for each.
  void handle_arrival(base::Time now, base::Time sent);
  /// Moves on to `now` and says which moment of the sender's clock to show. Time that goes backwards is
  /// ignored. Precondition: a message has arrived.
  base::Time advance(base::Time now);

  /// The moment of the sender's clock that advance() gave last.
  [[nodiscard]] base::Time shown() const { return shown_; }
  /// How far behind the fastest message the clock tries to be.
  [[nodiscard]] base::Duration delay() const { return delay_; }
  [[nodiscard]] PlayoutStatistics statistics() const;

 private:
  // About three seconds of a moving sender: short enough to follow a change of network, long enough for a
  // quantile.
  static constexpr std::size_t kWindow = 64;

  void adapt();

  PlayoutOptions options_;
  std::array<base::Duration, kWindow>
      transits_{};         // arrival minus sending; each off by the clocks' difference
  std::size_t count_ = 0;  // arrivals so far; the window holds the last kWindow
  base::Duration least_transit_{};
  base::Duration lateness_{};
  base::Duration delay_{};
  base::Time updated_{};
  base::Time shown_{};
  bool running_ = false;
};

}  // namespace parlor::netcode
