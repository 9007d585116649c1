#pragma once
// When to show what others sent: a clock that runs behind the sender's by as little as the network's
// unsteadiness allows.
//
// A state shown the moment it arrives moves in jerks, since messages take now longer, now shorter. So it is
// shown later, at a moment that follows from when it was *sent*. The delay adapts: the spacing of the
// messages plus what 19 of 20 of the last messages were late by, within bounds. It changes by running the
// clock a little faster or slower, never by a jump, unless it is off by more than `jump`.
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
  int bend_percent = 10;                          ///< most that the clock runs faster or slower
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
  base::Duration delay_{};
  base::Time updated_{};
  base::Time shown_{};
  bool running_ = false;
};

}  // namespace parlor::netcode
