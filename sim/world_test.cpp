#include "sim/world.hpp"

#include <gtest/gtest.h>

#include <string>

namespace parlor::sim {
namespace {

using base::milliseconds;
using base::seconds;

TEST(World, EventsHappenByTimeThenByOrderOfAsking) {
  World world;
  std::string said;
  world.after(milliseconds(20), [&] { said += 'c'; });
  world.after(milliseconds(10), [&] { said += 'a'; });
  world.after(milliseconds(20), [&] { said += 'd'; });
  world.after(milliseconds(10), [&] {
    said += 'b';
    world.after(milliseconds(0), [&] { said += '!'; });
  });
  world.run_for(seconds(1));
  EXPECT_EQ(said, "ab!cd");
}

TEST(World, TimeStandsAtTheEventWhileItHappensAndAtTheEndAfterwards) {
  World world;
  base::Time seen{};
  world.after(milliseconds(30), [&] { seen = world.now(); });
  world.run_until(World::kStart + seconds(2));
  EXPECT_EQ(seen, World::kStart + milliseconds(30));
  EXPECT_EQ(world.now(), World::kStart + seconds(2));
}

TEST(World, AnEventAtTheEndStillHappensAndALaterOneWaits) {
  World world;
  int happened = 0;
  world.after(seconds(1), [&] { ++happened; });
  world.after(seconds(1) + base::microseconds(1), [&] { ++happened; });
  world.run_for(seconds(1));
  EXPECT_EQ(happened, 1);
  EXPECT_EQ(world.pending(), 1U);
}

TEST(World, WhatWasAskedForInThePastHappensNow) {
  World world;
  base::Time seen{};
  world.run_for(seconds(1));
  world.at(World::kStart, [&] { seen = world.now(); });
  world.run_for(seconds(1));
  EXPECT_EQ(seen, World::kStart + seconds(1));
}

TEST(World, TimeNeverGoesBack) {
  World world;
  world.run_for(seconds(5));
  world.run_until(World::kStart);
  EXPECT_EQ(world.now(), World::kStart + seconds(5));
}

TEST(World, ACancelledEventDoesNotHappen) {
  World world;
  int happened = 0;
  const World::Timer one = world.after(seconds(1), [&] { ++happened; });
  const World::Timer two = world.after(seconds(1), [&] { ++happened; });
  EXPECT_TRUE(world.cancel(one));
  EXPECT_FALSE(world.cancel(one));
  EXPECT_FALSE(world.cancel(World::Timer{}));
  world.run_for(seconds(2));
  EXPECT_EQ(happened, 1);
  EXPECT_FALSE(world.cancel(two)) << "it has happened";
}

TEST(World, AConditionStopsTheRunAtOnce) {
  World world;
  int count = 0;
  for (int i = 1; i <= 10; ++i) world.after(milliseconds(i), [&] { ++count; });
  EXPECT_TRUE(world.run_until([&] { return count == 3; }, seconds(1)));
  EXPECT_EQ(world.now(), World::kStart + milliseconds(3));
  EXPECT_TRUE(world.run_until([&] { return count == 3; }, seconds(0))) << "it holds already";
  EXPECT_FALSE(world.run_until([&] { return count == 99; }, World::kStart + seconds(1)));
  EXPECT_EQ(world.now(), World::kStart + seconds(1));
  EXPECT_EQ(count, 10);
}

TEST(World, AConditionThatOnlyTimeMakesTrueIsSeen) {
  World world;
  EXPECT_TRUE(world.run_until([&] { return world.now() >= World::kStart + seconds(1); }, seconds(1)));
}

TEST(World, AConditionThatTheLastEventMakesTrueIsSeen) {
  World world;
  bool done = false;
  world.after(seconds(1), [&] { done = true; });
  EXPECT_TRUE(world.run_until([&] { return done; }, seconds(1)));
}

TEST(World, EventsThatAskForEachOtherForeverAreStopped) {
  World world;
  std::size_t count = 0;
  std::function<void()> again = [&] {
    ++count;
    world.after(seconds(0), again);
  };
  again();
  EXPECT_FALSE(world.run_until([] { return false; }, seconds(1)));
  EXPECT_TRUE(world.stuck());
  EXPECT_EQ(world.stuck_because(), "100000 events at one time");
  EXPECT_LE(count, World::kMaxTasksPerInstant + 1);
  EXPECT_EQ(world.now(), World::kStart);
}

TEST(World, ManyEventsOverTimeAreNotStopped) {
  World world;
  std::size_t count = 0;
  std::function<void()> again = [&] {
    if (++count < 2 * World::kMaxTasksPerInstant) world.after(base::microseconds(1), again);
  };
  again();
  world.run_for(seconds(10));
  EXPECT_EQ(count, 2 * World::kMaxTasksPerInstant);
  EXPECT_FALSE(world.stuck());
}

TEST(World, OneEventAfterEachShortRunIsNotStopped) {
  World world;
  std::size_t count = 0;
  for (std::size_t i = 0; i < World::kMaxTasksPerInstant + 10; ++i) {
    world.run_for(base::microseconds(1));
    world.at(world.now(), [&] { ++count; });
  }
  world.run_for(seconds(1));
  EXPECT_EQ(count, World::kMaxTasksPerInstant + 10);
}

}  // namespace
}  // namespace parlor::sim
