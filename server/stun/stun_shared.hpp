#pragma once
// What the UDP and the TCP side of the STUN service have in common.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>

#include "base/time.hpp"
#include "server/stun/stun_service.hpp"
#include "stun/rate_limit.hpp"
#include "stun/responder.hpp"

namespace parlor::server {

/// A number that one thread counts up and others read. Who reads one sees everything that was counted before
/// it.
class Counter {
 public:
  void add(std::uint64_t count) {
    value_.store(value_.load(std::memory_order_relaxed) + count, std::memory_order_release);
  }
  void subtract(std::uint64_t count) { add(~count + 1); }
  [[nodiscard]] std::uint64_t value() const { return value_.load(std::memory_order_acquire); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

/// StunCounters as they are kept.
struct StunTally {
  Counter received;  ///< counted last and read first: the others are never behind it
  Counter udp_answers, tcp_answers, error_answers;
  Counter not_stun, not_binding, bad_source, rate_limited, send_failed;
  Counter tcp_accepted, tcp_refused, tcp_evicted, tcp_timed_out, tcp_open;

  /// Why there was no answer; the answers themselves are counted once they are sent.
  void count_silence(stun::Outcome outcome) {
    switch (outcome) {
      case stun::Outcome::not_stun:
        return not_stun.add(1);
      case stun::Outcome::not_binding:
        return not_binding.add(1);
      case stun::Outcome::bad_source:
        return bad_source.add(1);
      case stun::Outcome::rate_limited:
        return rate_limited.add(1);
      case stun::Outcome::success:
      case stun::Outcome::error:
        return;
    }
  }
  [[nodiscard]] StunCounters snapshot() const;
};

/// A word of the rate table that all workers write.
class SharedCell {
 public:
  [[nodiscard]] std::uint64_t load() const { return word_.load(std::memory_order_relaxed); }
  bool replace(std::uint64_t expected, std::uint64_t desired) {
    return word_.compare_exchange_strong(expected, desired, std::memory_order_relaxed);
  }

 private:
  std::atomic<std::uint64_t> word_{0};
};
using SharedRateTable = stun::RateTable<SharedCell>;

/// The clock that all workers share.
inline base::Time stun_now() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return base::time_from(std::chrono::duration_cast<base::Duration>(now));
}

}  // namespace parlor::server
