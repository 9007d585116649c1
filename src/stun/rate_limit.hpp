#pragma once
// How many answers one source may have: so many per second after a burst, counted by IPv4 address or IPv6
// /64, in memory of fixed size.
//
// A source is one word in a table: a tag of its keyed hash and the time at which its bucket is full again
// (the "theoretical arrival time" of the generic cell rate algorithm, ITU-T I.371). A source whose bucket is
// full needs no word, so a full table of them is an empty one: 65,536 words forget a source that asked once
// after 1/rate seconds. When more sources than a set has words are active at the same time, the one that is
// nearest to a full bucket is forgotten, to its advantage; refusing instead would let a flood silence
// strangers. The key is secret, so nobody can aim at another's set.

#include <algorithm>
#include <array>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/address.hpp"
#include "base/random.hpp"
#include "base/time.hpp"
#include "crypto/siphash.hpp"

namespace parlor::stun {

class RateLimit {
 public:
  virtual ~RateLimit() = default;
  /// Whether `source` may have an answer now; counts it if so.
  [[nodiscard]] virtual bool take(base::Time now, const base::IpAddress& source) = 0;
};

struct RateLimitConfig {
  std::uint32_t per_second = 100;  ///< at least 1; above a million it is taken as that
  std::uint32_t burst = 500;       ///< at least 1
  std::size_t sources = 65'536;    ///< words in the table; a power of two, at least kWays
};

/// The hash that the table is keyed with: the network that one customer has.
[[nodiscard]] std::uint64_t hash_site(const crypto::SipHashKey& key, const base::IpAddress& source);

/// One word of a table that one thread uses. A server whose workers share a table brings an atomic one of the
/// same shape.
class PlainCell {
 public:
  [[nodiscard]] std::uint64_t load() const { return word_; }
  /// Sets the word to `desired` if it is `expected`.
  bool replace(std::uint64_t expected, std::uint64_t desired) {
    if (word_ != expected) return false;
    word_ = desired;
    return true;
  }

 private:
  std::uint64_t word_ = 0;
};

template <class Cell>
class RateTable final : public RateLimit {
 public:
  RateTable(const RateLimitConfig& config, base::Random& random)
      : interval_((kMicro + std::clamp(config.per_second, 1u, kMaxPerSecond) - 1) /
                  std::clamp(config.per_second, 1u, kMaxPerSecond)),
        tolerance_(std::min((std::max(config.burst, 1u) - 1) * interval_, kTimeMask / 4)),
        cells_(config.sources),
        key_{random.next_u64(), random.next_u64()} {
    assert(config.sources >= kWays && (config.sources & (config.sources - 1)) == 0);
  }

  [[nodiscard]] bool take(base::Time now, const base::IpAddress& source) override {
    const std::uint64_t hash = hash_site(key_, source);
    const std::uint64_t tag = hash >> kTimeBits;
    const std::uint64_t time = static_cast<std::uint64_t>(now.time_since_epoch().count()) & kTimeMask;
    Cell* const set = &cells_[(hash & (cells_.size() - 1)) & ~(kWays - 1)];
    for (int attempt = 0; attempt < kAttempts; ++attempt) {
      const Choice choice = choose(set, tag, time);
      if (choice.owed > tolerance_) return false;
      const std::uint64_t full_at = (time + choice.owed + interval_) & kTimeMask;
      if (choice.cell->replace(choice.word, tag << kTimeBits | full_at)) return true;
    }
    return true;  // another worker was faster every time: rare, and one answer too many does no harm
  }

 private:
  static constexpr std::size_t kWays = 4;
  static constexpr int kAttempts = 8;
  static constexpr int kTimeBits = 40;  // microseconds: twelve days around, and the tag has the other 24
  static constexpr std::uint64_t kTimeMask = (std::uint64_t{1} << kTimeBits) - 1;
  static constexpr std::uint64_t kMicro = 1'000'000;
  static constexpr std::uint32_t kMaxPerSecond = 1'000'000;
  static constexpr std::uint64_t kSkew = kMicro;  ///< by which the times of two workers may differ

  struct Choice {
    Cell* cell = nullptr;
    std::uint64_t word = 0;
    std::uint64_t owed = 0;  ///< microseconds until this source's bucket is full
  };

  /// What a word still owes. Longer than any source can owe means that the time in it went by long ago; a
  /// worker that read the clock a moment before the one that wrote the word sees it owe that moment more.
  [[nodiscard]] std::uint64_t owed(std::uint64_t word, std::uint64_t time) const {
    const std::uint64_t ahead = (word - time) & kTimeMask;
    return ahead <= tolerance_ + interval_ + kSkew ? ahead : 0;
  }

  /// The source's own word, or the one of its set that is the least loss.
  Choice choose(Cell* set, std::uint64_t tag, std::uint64_t time) const {
    Choice least;
    std::uint64_t least_owed = kTimeMask;
    for (std::size_t way = 0; way < kWays; ++way) {
      const std::uint64_t word = set[way].load();
      const std::uint64_t word_owed = owed(word, time);
      if (word >> kTimeBits == tag) return {&set[way], word, word_owed};
      if (word_owed < least_owed) {
        least = {&set[way], word, 0};
        least_owed = word_owed;
      }
    }
    return least;
  }

  std::uint64_t interval_;
  std::uint64_t tolerance_;
  std::vector<Cell> cells_;
  crypto::SipHashKey key_;
};

}  // namespace parlor::stun
