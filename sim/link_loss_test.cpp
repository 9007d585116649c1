// What a link does to packets: loss, doubles, order, flipped bits. Bounds are four standard deviations of
// what the options say, so that one right implementation in 16,000 would fail; seeds are fixed, so it does
// not.

#include <bit>
#include <cmath>
#include <set>

#include "sim/test_link.hpp"

namespace parlor::sim {
namespace {

using base::milliseconds;
using testing::LinkBench;

/// Four standard deviations of the count of hits among independent draws.
double four_sigma(double draws, double probability) {
  return 4 * std::sqrt(draws * probability * (1 - probability));
}

TEST(LinkLoss, UniformLossComesOutAsOftenAsItSays) {
  LinkOptions options;
  options.loss = 0.05;
  LinkBench bench(options);
  bench.stream(20'000);
  EXPECT_NEAR(static_cast<double>(bench.link.stats().lost), 1000, four_sigma(20'000, 0.05));
  EXPECT_EQ(bench.link.stats().lost_in_burst, 0U);
}

TEST(LinkLoss, BurstsHaveTheLossAndTheLengthOfTheModel) {
  LinkOptions options;
  options.bursts = {.to_bad = 0.01, .to_good = 0.2, .loss_in_good = 0, .loss_in_bad = 1};
  constexpr int kCount = 100'000;
  LinkBench bench(options);
  bench.stream(kCount);
  // Share of the bad state: p/(p+r) = 1/21. Draws depend on each other: the variance of the sum is that of
  // independent ones times (1+λ)/(1−λ) with λ = 1−p−r = 0.79.
  const double share = options.bursts.expected_loss();
  EXPECT_DOUBLE_EQ(share, 1.0 / 21);
  const double spread = std::sqrt((1 + 0.79) / (1 - 0.79));
  EXPECT_NEAR(static_cast<double>(bench.link.stats().lost_in_burst), kCount * share,
              spread * four_sigma(kCount, share));
  // Lengths are geometric with mean 1/r = 5 and deviation √(1−r)/r = 4.5.
  double bursts = 0;
  std::uint64_t previous = 0;
  for (std::uint64_t number : bench.numbers()) {
    if (number > previous + 1) ++bursts;
    previous = number;
  }
  const double mean = static_cast<double>(bench.link.stats().lost_in_burst) / bursts;
  EXPECT_NEAR(mean, 5, 4 * 4.5 / std::sqrt(bursts));
}

TEST(LinkLoss, TheGoodStateMayLoseTooAndTheBadNotAll) {
  LinkOptions options;
  options.bursts = {.to_bad = 0.5, .to_good = 0.5, .loss_in_good = 0.02, .loss_in_bad = 0.3};
  LinkBench bench(options);
  bench.stream(40'000);
  EXPECT_DOUBLE_EQ(options.bursts.expected_loss(), 0.16);
  // With p + r = 1 the states are independent draws.
  EXPECT_NEAR(static_cast<double>(bench.link.stats().lost), 400, four_sigma(40'000, 0.01));
  EXPECT_NEAR(static_cast<double>(bench.link.stats().lost_in_burst), 6000, four_sigma(40'000, 0.15));
}

TEST(LinkLoss, ABurstEndsWithItsTimeWhereFewPacketsComeBy) {
  LinkOptions options;
  options.bursts = {
      .to_bad = 1, .to_good = 0, .loss_in_good = 0, .loss_in_bad = 1, .longest = base::seconds(1)};
  LinkBench bench(options);
  // The first goes through and begins the burst; then those up to 1 s later are lost, and the next begins
  // anew.
  for (int i = 0; i < 4; ++i) {
    bench.send();
    bench.world.run_for(milliseconds(999));
    bench.send();
    bench.world.run_for(milliseconds(1));
  }
  bench.settle();
  EXPECT_EQ(bench.numbers(), (std::vector<std::uint64_t>{1, 3, 5, 7}));
}

TEST(LinkLoss, BurstsThatNeverBeginLoseNothing) {
  LinkBench bench({});
  bench.stream(1000);
  EXPECT_EQ(bench.arrivals.size(), 1000U);
  EXPECT_EQ(GilbertElliott{}.expected_loss(), 0);
}

TEST(LinkDoubles, ComeAsOftenAsSaidAndOnlyTwice) {
  LinkOptions options;
  options.duplicate = 0.1;
  options.jitter = milliseconds(3);
  LinkBench bench(options);
  bench.stream(10'000);
  EXPECT_NEAR(static_cast<double>(bench.link.stats().duplicated), 1000, four_sigma(10'000, 0.1));
  std::map<std::uint64_t, int> times;
  for (std::uint64_t number : bench.numbers()) ++times[number];
  EXPECT_EQ(times.size(), 10'000U);
  for (const auto& [number, count] : times) EXPECT_LE(count, 2);
}

TEST(LinkOrder, AShareIsOvertakenByThoseSentMeanwhile) {
  LinkOptions options;
  options.delay = milliseconds(10);
  options.reorder = 0.1;
  options.reorder_delay = milliseconds(5);
  LinkBench bench(options);
  bench.stream(10'000);
  EXPECT_NEAR(static_cast<double>(bench.link.stats().reordered), 1000, four_sigma(10'000, 0.1));
  std::uint64_t late = 0;
  for (const auto& arrival : bench.arrivals) {
    const base::Duration took = arrival.at - World::kStart - milliseconds(arrival.number - 1);
    if (took == milliseconds(15)) {
      ++late;
    } else {
      EXPECT_EQ(took, milliseconds(10)) << "the others are not held up";
    }
  }
  EXPECT_EQ(late, bench.link.stats().reordered);
}

TEST(LinkCorruption, FlipsExactlyOneBit) {
  LinkOptions options;
  options.corrupt = 0.25;
  LinkBench bench(options);
  bench.stream(4000);
  EXPECT_NEAR(static_cast<double>(bench.link.stats().corrupted), 1000, four_sigma(4000, 0.25));
  std::uint64_t flipped = 0;
  std::set<std::size_t> places;
  for (const auto& arrival : bench.arrivals) {
    int ones = 0;
    for (std::size_t i = 0; i < arrival.bytes.size(); ++i) {
      const int here = std::popcount(std::to_integer<unsigned>(arrival.bytes[i]));
      if (here > 0) places.insert(i);
      ones += here;
    }
    ASSERT_LE(ones, 1);
    flipped += static_cast<std::uint64_t>(ones);
  }
  EXPECT_EQ(flipped, bench.link.stats().corrupted);
  EXPECT_EQ(places.size(), 72U) << "every byte of 72 at some time";
}

TEST(LinkCorruption, TheChecksumOfTcpSeesItAndAnEmptyDatagramHasNothingElse) {
  LinkOptions options;
  options.corrupt = 1;
  LinkBench bench(options);
  bench.send(100, Protocol::tcp);
  bench.send(28);
  bench.settle();
  EXPECT_TRUE(bench.arrivals.empty());
  EXPECT_EQ(bench.link.stats().lost_to_checksum, 2U);
}

/// Which datagrams come through with these options.
std::set<std::uint64_t> survivors(const LinkOptions& options, std::uint64_t seed) {
  LinkBench bench(options, seed);
  bench.stream(2000);
  const auto numbers = bench.numbers();
  return {numbers.begin(), numbers.end()};
}

TEST(LinkSeeds, OneSeedIsOneRun) {
  LinkOptions options;
  options.loss = 0.1;
  EXPECT_EQ(survivors(options, 4), survivors(options, 4));
  EXPECT_NE(survivors(options, 4), survivors(options, 5));
}

TEST(LinkSeeds, OneKindOfTroubleDoesNotMoveAnother) {
  LinkOptions options;
  options.loss = 0.1;
  LinkOptions more = options;
  more.jitter = milliseconds(30);
  more.duplicate = 0.2;
  more.reorder = 0.2;
  more.corrupt = 0.2;
  EXPECT_EQ(survivors(options, 4), survivors(more, 4)) << "the same ones are lost";
}

TEST(LinkTrace, SaysWhatBecameOfEachPacket) {
  LinkOptions options;
  options.loss = 0.5;
  LinkBench bench(options);
  bench.world.trace().keep(100);
  bench.stream(20);
  EXPECT_EQ(bench.world.trace().entries().size(), bench.link.stats().lost);
  EXPECT_EQ(bench.world.trace().entries().front().fate, Fate::lost);
  EXPECT_EQ(bench.world.trace().entries().front().where, "link");
}

}  // namespace
}  // namespace parlor::sim
