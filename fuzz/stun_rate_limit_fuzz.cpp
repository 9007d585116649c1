// links: parlor_stun
// The limit per source, against a bucket for each source: whoever keeps to the limit always has an answer,
// whoever does not has none as long as the table has words for all who ask, and the table keeps its size.

#include <fuzzer/FuzzedDataProvider.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>

#include "base/random.hpp"
#include "stun/rate_limit.hpp"

using namespace parlor;

namespace {

constexpr std::size_t kWordsOfASet = 4;  // so many sources never push each other out
constexpr std::size_t kMostSources = 64;
constexpr std::int64_t kWrap = std::int64_t{1} << 40;  // of the table's clock, in microseconds
constexpr std::int64_t kMostSkew = 1'000'000;

void check(bool holds) {
  if (!holds) std::abort();
}

/// Counts the words that there are.
class CountedCell {
 public:
  CountedCell() { ++count; }
  CountedCell(const CountedCell& other) : cell_(other.cell_) { ++count; }
  CountedCell& operator=(const CountedCell&) = default;
  ~CountedCell() { --count; }
  [[nodiscard]] std::uint64_t load() const { return cell_.load(); }
  bool replace(std::uint64_t expected, std::uint64_t desired) { return cell_.replace(expected, desired); }

  static inline std::size_t count = 0;

 private:
  stun::PlainCell cell_;
};

/// One of the addresses that count as source `number`; every other source is an IPv6 network.
base::IpAddress address(std::uint8_t number, std::uint8_t which) {
  if (number % 2 == 1) return base::IpAddress::v6({0x20, 1, 0xd, 0xb8, 0, 0, 0, number, which});
  const auto plain = base::IpAddress::v4({192, 0, 2, number});
  const auto mapped = base::IpAddress::v6({0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 0, 2, number});
  return which % 2 == 0 ? plain : mapped;
}

/// What the table should do, with a bucket for each source and no wrap of the clock.
class Model {
 public:
  explicit Model(const stun::RateLimitConfig& config)
      : interval_((1'000'000 + std::min(config.per_second, 1'000'000U) - 1) /
                  std::min(config.per_second, 1'000'000U)),
        depth_(interval_ * (config.burst - 1)) {}
  /// Whether the source has an answer left.
  [[nodiscard]] bool may(std::int64_t now, std::size_t source) const {
    return full_at_[source] - now <= depth_;
  }
  void take(std::int64_t now, std::size_t source) {
    full_at_[source] = std::max(now, full_at_[source]) + interval_;
  }

 private:
  std::int64_t interval_;
  std::int64_t depth_;
  std::array<std::int64_t, kMostSources> full_at_{};
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzedDataProvider in(data, size);
  const stun::RateLimitConfig config{.per_second = in.ConsumeIntegralInRange(1U, 2'000'000U),
                                     .burst = in.ConsumeIntegralInRange(1U, 600U),
                                     .sources = std::size_t{4} << in.ConsumeIntegralInRange(0, 4)};
  const auto sources = static_cast<std::uint8_t>(in.ConsumeIntegralInRange(std::size_t{1}, kMostSources));
  const bool exact = sources <= kWordsOfASet;
  // A source that was forgotten because it owed nothing has more than it should for a worker that read the
  // clock before, and around the wrap of the clock an unused word is not seen to be free: both need another.
  const bool alone = sources == 1;
  base::SeededRandom random(7);
  stun::RateTable<CountedCell> table(config, random);
  Model model(config);
  std::int64_t clock = alone && in.ConsumeBool() ? kWrap - 1'000'000 : 1'000'000'000;
  while (in.remaining_bytes() > 0) {
    const int scale = in.ConsumeIntegralInRange(0, 16);
    clock += std::int64_t{in.ConsumeIntegral<std::uint8_t>()} << scale;
    const std::int64_t now = clock - (alone ? in.ConsumeIntegralInRange<std::int64_t>(0, kMostSkew) : 0);
    const auto source = in.ConsumeIntegralInRange<std::uint8_t>(0, static_cast<std::uint8_t>(sources - 1));
    const auto which = in.ConsumeIntegral<std::uint8_t>();
    for (int tries = in.ConsumeIntegralInRange(1, 700); tries > 0; --tries) {
      const bool may = model.may(now, source);
      const bool taken = table.take(base::time_from(base::microseconds(now)), address(source, which));
      check(may ? taken : !taken || !exact);
      if (!taken) break;
      model.take(now, source);
    }
  }
  check(CountedCell::count == config.sources);
  return 0;
}
