#pragma once
// The last states that one sender told about one object, and what to show of them now.
//
// States come on an unreliable channel: one that was overtaken is put where it belongs while its moment is
// still to come, later and repeated ones are ignored, lost ones are bridged. The moment to show comes from a
// Playout clock; between two states the game's Blend curves, beyond the newest one it goes on for a bounded
// time and then stands.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
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

/// What bridging a network costs, since the first state.
struct SnapshotStatistics {
  PlayoutStatistics playout;
  std::uint64_t taken = 0;    ///< states
  std::uint64_t late = 0;     ///< of them, those whose moment had been guessed and shown when they came
  std::uint64_t dropped = 0;  ///< ignored: repeated, or overtaken and past
  base::Duration ahead{};     ///< for so long what was shown was guessed beyond the newest state
  base::Duration stood{};     ///< and for so long it stood, as nothing came for longer than `most_ahead`
};

/// `Blend` has two static functions:
///   State between(const State& a, const State& b, float fraction, float seconds)
///   State ahead(const State& newest, float seconds)
/// and may have a third one, without which everything moves:
///   bool moves(const State& newest)  whether going ahead of it is a guess that can be wrong
template <class State, class Blend>
class SnapshotBuffer {
 public:
  explicit SnapshotBuffer(SnapshotOptions options = {}) : options_(options), playout_(options.playout) {}

  /// A state with its sender's stamp, come at `now`. False when it is too late or a repetition, and was
  /// ignored.
  bool insert(base::Time now, Stamp stamp, const State& state) {
    if (count_ > 0 && now - arrived_ > options_.forget_after) forget();
    if (count_ > 0 && !stamp.is_after(newest_stamp_)) return insert_overtaken(now, stamp, state);
    base::Time sent = now;
    if (count_ > 0) sent = newest().sent + base::milliseconds(stamp.distance_from(newest_stamp_));
    put({sent, state}, 0);
    newest_stamp_ = stamp;
    arrived_ = now;
    if (count_ > 1 && sent <= playout_.shown()) ++statistics_.late;
    playout_.handle_arrival(now, sent);
    return true;
  }

  /// What to show at `now`; nothing before the first state.
  std::optional<State> sample(base::Time now) {
    if (count_ == 0) return std::nullopt;
    const base::Time before = playout_.shown();
    playout_.advance(now);
    count_guesses(playout_.shown() - before);
    return at(playout_.shown());
  }
  /// What the last sample() would have given with what is known now.
  [[nodiscard]] std::optional<State> resample() const {
    if (count_ == 0) return std::nullopt;
    return at(playout_.shown());
  }

  [[nodiscard]] bool empty() const { return count_ == 0; }
  [[nodiscard]] base::Duration delay() const { return playout_.delay(); }
  /// When the last state came that was taken.
  [[nodiscard]] base::Time arrived() const { return arrived_; }
  [[nodiscard]] SnapshotStatistics statistics() const {
    SnapshotStatistics statistics = statistics_;
    statistics.playout = playout_.statistics();
    return statistics;
  }

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

  /// Puts it behind `newer` states.
  void put(const Snapshot& snapshot, std::size_t newer) {
    for (std::size_t i = 0; i < newer; ++i) ring_[(count_ - i) % kHeld] = ring_[(count_ - i - 1) % kHeld];
    ring_[(count_ - newer) % kHeld] = snapshot;
    ++count_;
    ++statistics_.taken;
  }
  bool insert_overtaken(base::Time now, Stamp stamp, const State& state) {
    const base::Time sent = newest().sent - base::milliseconds(newest_stamp_.distance_from(stamp));
    std::size_t newer = 0;
    while (newer < held() && back(newer).sent > sent) ++newer;
    if (newer < held() && back(newer).sent == sent) {
      ++statistics_.dropped;
      return false;
    }
    // How late it came says something about the network even when it came too late.
    playout_.handle_arrival(now, sent);
    if (newer == kHeld || sent <= playout_.shown()) {
      ++statistics_.dropped;
      return false;
    }
    put({sent, state}, newer);
    arrived_ = now;
    return true;
  }
  void forget() {
    const SnapshotStatistics so_far = statistics_;
    *this = SnapshotBuffer(options_);
    statistics_ = so_far;
  }
  /// What is shown has moved on by `passed` of the sender's time.
  void count_guesses(base::Duration passed) {
    if constexpr (requires(const State& state) { Blend::moves(state); }) {
      if (!Blend::moves(newest().state)) return;
    }
    const base::Duration beyond = playout_.shown() - newest().sent;
    const base::Duration stood =
        std::clamp(beyond - options_.most_ahead, base::Duration{}, std::max(passed, base::Duration{}));
    statistics_.stood += stood;
    statistics_.ahead += std::clamp(beyond, base::Duration{}, std::max(passed, base::Duration{})) - stood;
  }

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
  SnapshotStatistics statistics_;  // all but its playout
};

}  // namespace parlor::netcode
