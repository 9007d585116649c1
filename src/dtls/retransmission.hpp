#pragma once
// When a flight of the handshake is said again (RFC 6347 §4.2.4.1): after a first time, then twice as long,
// and so on up to a limit. Behind kMost repetitions the handshake waits for its own end.

#include <algorithm>
#include <optional>

#include "base/time.hpp"

namespace parlor::dtls {

class Retransmission {
 public:
  static constexpr base::Duration kLongest = base::seconds(5);
  static constexpr int kMost = 12;  // as many as OpenSSL 3.0 makes before it gives up by itself

  explicit Retransmission(base::Duration first) : first_(first), wait_(first) {}

  /// A round trip is known: a flight is said again once the answer is late by what it takes to compute it.
  void set_round_trip(base::Duration round_trip) {
    constexpr base::Duration kComputing = base::milliseconds(30);
    first_ = std::min<base::Duration>(2 * round_trip + kComputing, base::seconds(1));
  }

  /// A new flight went out.
  void begin(base::Time now) {
    wait_ = first_;
    repeated_ = 0;
    arm(now);
  }
  /// It went out again.
  void repeat(base::Time now) {
    wait_ = std::min(2 * wait_, kLongest);
    ++repeated_;
    arm(now);
  }
  /// It did not, and will be tried once more.
  void postpone(base::Time now) { arm(now); }
  void stop() { at_.reset(); }
  [[nodiscard]] std::optional<base::Time> at() const { return at_; }

 private:
  void arm(base::Time now) {
    at_.reset();
    if (repeated_ < kMost) at_ = now + wait_;
  }

  base::Duration first_;
  base::Duration wait_;
  int repeated_ = 0;
  std::optional<base::Time> at_;
};

}  // namespace parlor::dtls
