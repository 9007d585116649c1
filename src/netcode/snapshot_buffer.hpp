#pragma once
// The last states that one sender told about one object, and what to show of them now.
//
// States come on an unreliable channel: late and repeated ones are ignored, lost ones are bridged. The moment
// to show comes from a Playout clock; between two states the game's Blend curves, beyond the newest one it
// goes on for a bounded time and then stands.

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>

#include "base/serial_number.hpp"
#include "base/time.hpp"
#include "netcode/playout.hpp"

namespace parlor::netcode {

/// The sender's clock in milliseconds, as it is told with each state; wraps after 65 seconds. It is the
/// state's sequence number as well: a sender tells at most one state per millisecond.
using Stamp = base::SerialNumber<std::uint16_t>;

/// The stamp of a moment of one's own clock.
[[nodiscard]] inline Stamp stamp_of(base::Time time) {
  return Stamp(static_cast<std::uint16_t>(time.time_since_epoch() / base::milliseconds(1)));
}

struct SnapshotOptions {
  PlayoutOptions playout;
  base::Duration most_ahead = base::milliseconds(250);  ///< how long to go on beyond the newest state
  /// After so long a silence the next state begins anew, whatever its stamp. Below half the stamp's circle.
  base::Duration forget_after = base::seconds(20);
};

/// `Blend` has two static functions:
///   State between(const State& a, const State& b, float fraction, float seconds)
///   State ahead(const State& newest, float seconds)
template <class State, class Blend>
class SnapshotBuffer {
 public:
  explicit SnapshotBuffer(SnapshotOptions options = {}) : options_(options), playout_(options.playout) {}

  /// A state with its sender's stamp, come at `now`. False when it is late or a repetition, and was ignored.
  bool insert(base::Time now, Stamp stamp, const State& state) {
    if (count_ > 0 && now - arrived_ > options_.forget_after) *this = SnapshotBuffer(options_);
    base::Time sent = now;
    if (count_ > 0) {
      if (!stamp.is_after(newest_stamp_)) return false;
      sent = newest().sent + base::milliseconds(stamp.distance_from(newest_stamp_));
    }
    ring_[count_ % kHeld] = {sent, state};
    ++count_;
    newest_stamp_ = stamp;
    arrived_ = now;
    playout_.handle_arrival(now, sent);
    return true;
  }

  /// What to show at `now`; nothing before the first state.
  std::optional<State> sample(base::Time now) {
    if (count_ == 0) return std::nullopt;
    playout_.advance(now);
    return at(playout_.shown());
  }
  /// What the last sample() would have given with what is known now.
  [[nodiscard]] std::optional<State> resample() const {
    if (count_ == 0) return std::nullopt;
    return at(playout_.shown());
  }

  [[nodiscard]] bool empty() const { return count_ == 0; }
  [[nodiscard]] base::Duration delay() const { return playout_.delay(); }
  /// When the newest state came.
  [[nodiscard]] base::Time arrived() const { return arrived_; }

 private:
  struct Snapshot {
    base::Time sent;  // the sender's clock, unwrapped, counted from our clock at the first state
    State state;
  };
  // At 30 states a second and the longest delay, 12 are needed; one more second covers a clock that runs
  // late.
  static constexpr std::size_t kHeld = 48;

  [[nodiscard]] std::size_t held() const { return std::min(count_, kHeld); }
  /// 0 is the newest.
  [[nodiscard]] const Snapshot& back(std::size_t steps) const { return ring_[(count_ - 1 - steps) % kHeld]; }
  [[nodiscard]] const Snapshot& newest() const { return back(0); }

  [[nodiscard]] State at(base::Time time) const {
    if (time >= newest().sent) {
      const base::Duration ahead = std::min(time - newest().sent, options_.most_ahead);
      return Blend::ahead(newest().state, in_seconds(ahead));
    }
    for (std::size_t i = 1; i < held(); ++i) {
      const Snapshot& from = back(i);
      if (from.sent > time) continue;
      const Snapshot& to = back(i - 1);
      const float seconds = in_seconds(to.sent - from.sent);
      return Blend::between(from.state, to.state, in_seconds(time - from.sent) / seconds, seconds);
    }
    return back(held() - 1).state;
  }
  static float in_seconds(base::Duration duration) { return static_cast<float>(duration.count()) * 1e-6F; }

  SnapshotOptions options_;
  Playout playout_;
  std::array<Snapshot, kHeld> ring_{};
  std::size_t count_ = 0;
  Stamp newest_stamp_{};
  base::Time arrived_{};
};

}  // namespace parlor::netcode
