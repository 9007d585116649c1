#pragma once
// How the other end's link clock stands to mine, and how far away it is: measured by pings. A link clock
// counts milliseconds from wherever its program likes.

#include <cstdint>
#include <optional>

#include "base/time.hpp"

namespace parlor::room {

class LinkClock {
 public:
  /// Samples whose smallest round trip is believed. Clocks of two machines drift apart by up to some tens of
  /// milliseconds in ten minutes, so an old sample must not hold for ever.
  static constexpr base::Duration kWindow = base::seconds(60);

  static constexpr base::Duration kAhead = base::seconds(2);
  static constexpr base::Duration kOldest = base::seconds(60);

  /// My link clock.
  [[nodiscard]] static std::uint32_t at(base::Time now) {
    return static_cast<std::uint32_t>(now.time_since_epoch() / base::milliseconds(1));
  }

  /// A ping was sent at `sent` and answered by a pong that says `their_time`.
  void sample(base::Time sent, base::Time received, std::uint32_t their_time);

  [[nodiscard]] std::optional<base::Duration> round_trip() const { return round_trip_; }
  /// How much round trips differ from one to the next, smoothed (RFC 3550 §6.4.1).
  [[nodiscard]] base::Duration jitter() const { return jitter_; }
  /// None before the second sample.
  [[nodiscard]] std::optional<base::Duration> measured_jitter() const {
    return compared_ ? std::optional(jitter_) : std::nullopt;
  }

  /// Knows better than the other what the other end's clock says.
  [[nodiscard]] bool is_better_than(const LinkClock& other) const {
    return best_ && (!other.best_ || best_->round_trip < other.best_->round_trip);
  }
  /// How old a message with this stamp is, at least: what may be the network's asymmetry is taken off.
  /// Nothing before the first sample. Right for messages less than kOldest old: stamps come around every
  /// 65.5 s, and a stamp that seems to be ahead of the other end's clock by more than kAhead, and what the
  /// clocks may differ, is an old one.
  [[nodiscard]] std::optional<base::Duration> least_age(base::Time now, std::uint16_t stamp) const;

 private:
  struct Best {
    base::Duration round_trip{};
    std::uint32_t ahead = 0;  // theirs minus mine, modulo 2^32
    base::Time at{};
  };

  std::optional<base::Duration> round_trip_;
  base::Duration jitter_{};
  bool compared_ = false;          // two samples
  std::optional<Best> best_;       // of the last window
  std::optional<Best> runner_up_;  // the best of its later half: takes over when the best is too old
};

}  // namespace parlor::room
