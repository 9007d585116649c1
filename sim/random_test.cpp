#include "sim/random.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "sim/world.hpp"

namespace parlor::sim {
namespace {

TEST(Seeds, ANameHasItsOwnStreamThatNobodyElseChanges) {
  const World world(7);
  base::SeededRandom first = world.random("bots");
  const std::uint64_t alone = first.next_u64();
  base::SeededRandom weather = world.random("weather");
  (void)weather.next_u64();
  EXPECT_EQ(world.random("bots").next_u64(), alone);
  EXPECT_NE(weather.next_u64(), alone);
  EXPECT_NE(World(8).random("bots").next_u64(), alone);
}

TEST(Seeds, DerivedSeedsDoNotCollide) {
  std::set<std::uint64_t> seen;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    for (int name = 0; name < 50; ++name) seen.insert(derive_seed(seed, "stream " + std::to_string(name)));
    for (std::uint64_t number = 0; number < 50; ++number) seen.insert(derive_seed(seed, number));
  }
  EXPECT_EQ(seen.size(), 200U * 100U);
}

TEST(Seeds, AreTheSameOnEveryMachine) {
  // Written down once: a seed that somebody reports must mean the same in every build.
  EXPECT_EQ(derive_seed(1, "link"), 14135597365730565572U);
  EXPECT_EQ(derive_seed(1, 2), 17405687883870564846U);
}

TEST(Chance, ComesOutAsOftenAsItSays) {
  base::SeededRandom random(3);
  constexpr int kDraws = 100'000;
  for (double probability : {0.001, 0.03, 0.5, 0.97}) {
    int hits = 0;
    for (int i = 0; i < kDraws; ++i) hits += chance(random, probability) ? 1 : 0;
    const double deviation = std::sqrt(kDraws * probability * (1 - probability));
    EXPECT_NEAR(hits, kDraws * probability, 4 * deviation) << probability;
  }
}

TEST(Chance, NeverAndAlwaysDrawNothing) {
  base::SeededRandom random(3);
  base::SeededRandom untouched(3);
  EXPECT_FALSE(chance(random, 0));
  EXPECT_FALSE(chance(random, -1));
  EXPECT_TRUE(chance(random, 1));
  EXPECT_TRUE(chance(random, 2));
  EXPECT_EQ(random.next_u64(), untouched.next_u64());
}

TEST(UpTo, ReachesBothEnds) {
  base::SeededRandom random(5);
  std::set<base::Duration> seen;
  for (int i = 0; i < 200; ++i) seen.insert(up_to(random, base::microseconds(3)));
  EXPECT_EQ(seen.size(), 4U);
  EXPECT_EQ(*seen.begin(), base::microseconds(0));
  EXPECT_EQ(*seen.rbegin(), base::microseconds(3));
  EXPECT_EQ(up_to(random, base::microseconds(-5)), base::microseconds(0));
}

}  // namespace
}  // namespace parlor::sim
