// What a link does to time and order: delay, jitter, rate, queue, MTU, outages, stalls.

#include "sim/link.hpp"

#include <algorithm>

#include "sim/test_link.hpp"

namespace parlor::sim {
namespace {

using base::microseconds;
using base::milliseconds;
using base::seconds;
using testing::LinkBench;

TEST(Link, ByItselfDeliversAtOnce) {
  LinkBench bench({});
  bench.send();
  bench.send();
  bench.settle();
  ASSERT_EQ(bench.numbers(), (std::vector<std::uint64_t>{1, 2}));
  EXPECT_EQ(bench.arrivals[1].at, World::kStart);
  EXPECT_EQ(bench.link.stats().sent_bytes, 200U);
  EXPECT_EQ(bench.link.stats().delivered_bytes, 200U);
}

TEST(Link, DelayIsExact) {
  LinkOptions options;
  options.delay = milliseconds(42);
  LinkBench bench(options);
  bench.stream(10);
  for (std::size_t i = 0; i < 10; ++i) {
    EXPECT_EQ(bench.arrivals[i].at, World::kStart + milliseconds(i) + milliseconds(42));
  }
}

TEST(Link, JitterStaysInItsRangeAndKeepsTheOrder) {
  LinkOptions options;
  options.delay = milliseconds(20);
  options.jitter = milliseconds(10);
  LinkBench bench(options);
  bench.stream(2000);
  const auto numbers = bench.numbers();
  ASSERT_EQ(numbers.size(), 2000U);
  EXPECT_TRUE(std::is_sorted(numbers.begin(), numbers.end()));
  base::Duration shortest = seconds(1);
  base::Duration longest{};
  for (std::size_t i = 0; i < 2000; ++i) {
    const base::Duration took = bench.arrivals[i].at - World::kStart - milliseconds(i);
    shortest = std::min(shortest, took);
    longest = std::max(longest, took);
  }
  EXPECT_GE(shortest, milliseconds(20));
  EXPECT_LE(longest, milliseconds(30));
  EXPECT_GT(longest, milliseconds(29)) << "2000 draws reach the last tenth";
}

TEST(Link, JitterThatReordersIsUniform) {
  LinkOptions options;
  options.jitter = milliseconds(10);
  options.jitter_reorders = true;
  LinkBench bench(options);
  bench.stream(4000);
  const auto numbers = bench.numbers();
  EXPECT_FALSE(std::is_sorted(numbers.begin(), numbers.end()));
  double sum = 0;
  for (const auto& arrival : bench.arrivals) {
    const base::Time sent = World::kStart + milliseconds(arrival.number - 1);
    sum += static_cast<double>((arrival.at - sent).count());
  }
  // Mean 5 ms; one draw deviates by 10 ms / √12 = 2.89 ms, the mean of 4000 by 46 µs; four times that.
  EXPECT_NEAR(sum / 4000, 5000, 183);
}

TEST(Link, RateSpacesPacketsByTheirSize) {
  LinkOptions options;
  options.rate = 100'000;  // 1,000 bytes in 10 ms
  LinkBench bench(options);
  bench.send(1000);
  bench.send(500);
  bench.send(1000);
  bench.settle();
  ASSERT_EQ(bench.arrivals.size(), 3U);
  EXPECT_EQ(bench.arrivals[0].at, World::kStart + milliseconds(10));
  EXPECT_EQ(bench.arrivals[1].at, World::kStart + milliseconds(15));
  EXPECT_EQ(bench.arrivals[2].at, World::kStart + milliseconds(25));
}

TEST(Link, AHighRateIsExactOverManyPackets) {
  LinkOptions options;
  options.rate = 125'000'000;  // 1 Gbit/s: 100 bytes in 0.8 µs
  options.queue = 1'000'000;
  LinkBench bench(options);
  for (int i = 0; i < 10'000; ++i) bench.send(100);
  bench.settle();
  EXPECT_EQ(bench.arrivals.back().at, World::kStart + milliseconds(8));
}

TEST(Link, AFullQueueDropsTheNewestPacket) {
  LinkOptions options;
  options.rate = 100'000;
  options.queue = 3500;
  LinkBench bench(options);
  for (int i = 0; i < 5; ++i) bench.send(1000);
  bench.world.run_for(milliseconds(10));
  bench.send(1000);  // the first has left: there is room again
  bench.settle();
  EXPECT_EQ(bench.numbers(), (std::vector<std::uint64_t>{1, 2, 3, 6}));
  EXPECT_EQ(bench.link.stats().queue_full, 2U);
}

TEST(Link, AQueueSmallerThanAPacketStillTakesOne) {
  LinkOptions options;
  options.rate = 100'000;
  options.queue = 10;
  LinkBench bench(options);
  bench.send(1000);
  bench.send(1000);
  bench.settle();
  EXPECT_EQ(bench.numbers(), (std::vector<std::uint64_t>{1}));
}

TEST(Link, APacketAboveTheMtuIsDropped) {
  LinkOptions options;
  options.mtu = 1280;
  LinkBench bench(options);
  bench.send(1280);
  bench.send(1281);
  bench.settle();
  EXPECT_EQ(bench.numbers(), (std::vector<std::uint64_t>{1}));
  EXPECT_EQ(bench.link.stats().too_large, 1U);
}

TEST(Link, WhatIsSentOrWouldArriveDuringAnOutageIsLost) {
  LinkOptions options;
  options.delay = milliseconds(50);
  LinkBench bench(options);
  const base::Time start = bench.world.now();
  bench.link.add_outage(start + milliseconds(100), start + milliseconds(200));
  // Sent at 0, 10, … 290 ms. Lost: arriving in [100, 200) is sent in [50, 150), sent in [100, 200).
  bench.stream(30, milliseconds(10));
  std::vector<std::uint64_t> expected;
  for (std::uint64_t i = 0; i < 30; ++i) {
    if (i < 5 || i >= 20) expected.push_back(i + 1);
  }
  EXPECT_EQ(bench.numbers(), expected);
  EXPECT_EQ(bench.link.stats().outage, 15U);
}

TEST(Link, CutsUntilMended) {
  LinkBench bench({});
  bench.send();
  bench.world.run_for(milliseconds(1));
  bench.link.cut();
  EXPECT_FALSE(bench.link.is_up());
  bench.send();
  bench.world.run_for(milliseconds(1));
  bench.link.mend();
  bench.send();
  bench.settle();
  EXPECT_EQ(bench.numbers(), (std::vector<std::uint64_t>{1, 3}));
}

TEST(Link, AStallHoldsPacketsBackAndThenGivesThemAllAtOnce) {
  LinkOptions options;
  options.stalls = {seconds(5), milliseconds(100), milliseconds(300)};
  LinkBench bench(options);
  bench.stream(60'000);  // a minute
  ASSERT_EQ(bench.arrivals.size(), 60'000U);
  std::vector<base::Duration> stalls;
  base::Time previous{};
  for (const auto& arrival : bench.arrivals) {
    if (previous != base::Time{} && arrival.at - previous > milliseconds(10))
      stalls.push_back(arrival.at - previous);
    previous = arrival.at;
  }
  EXPECT_NEAR(static_cast<double>(stalls.size()), 12, 1);
  for (base::Duration stall : stalls) {
    EXPECT_GE(stall, milliseconds(99)) << "the last one came up to 1 ms before it";
    EXPECT_LE(stall, milliseconds(302));
  }
  EXPECT_GT(*std::max_element(stalls.begin(), stalls.end()) - *std::min_element(stalls.begin(), stalls.end()),
            milliseconds(20))
      << "they differ";
}

TEST(Link, AStallFillsTheQueue) {
  LinkOptions options;
  options.stalls = {seconds(1), milliseconds(200), milliseconds(200)};
  options.queue = 10'000;
  LinkBench bench(options);
  bench.stream(10'000);  // 200 packets of 100 bytes in each of ten stalls, of which half fit
  EXPECT_NEAR(static_cast<double>(bench.link.stats().queue_full), 1000, 110);
  EXPECT_EQ(bench.arrivals.size() + bench.link.stats().queue_full, 10'000U);
}

TEST(Link, ConditionsChangeForWhatIsSentAfterwards) {
  LinkOptions options;
  options.delay = milliseconds(10);
  LinkBench bench(options);
  bench.send();
  options.delay = milliseconds(100);
  bench.link.set(options);
  bench.send();
  bench.settle();
  EXPECT_EQ(bench.arrivals[0].at, World::kStart + milliseconds(10));
  EXPECT_EQ(bench.arrivals[1].at, World::kStart + milliseconds(100));
}

TEST(Link, TwoOfOneNameDrawDifferently) {
  World world;
  const Link::Sink nowhere = [](const Packet&) {};
  const Link one(world, "same", {}, nowhere);
  const Link other(world, "same", {}, nowhere);
  EXPECT_EQ(one.name(), "same");
  EXPECT_EQ(other.name(), "same#2");
}

}  // namespace
}  // namespace parlor::sim
