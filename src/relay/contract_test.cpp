// What every machine promises (base/machine.hpp), and what holds whatever clients do.

#include "base/machine.hpp"
#include "relay/test_model.hpp"
#include "relay/test_world.hpp"

namespace parlor::relay {
namespace {

using base::milliseconds;
using base::seconds;
using testing::generous;
using testing::kAlice;
using testing::kBob;
using testing::Model;
using testing::World;

static_assert(base::Machine<Relay>);

TEST(RelayContract, TimeGoingBackwardsIsIgnored) {
  World world(generous());
  world.enter_all();
  world.block(kBob);
  world.say(kAlice, {.lane = Lane::unreliable, .to = {kBob}, .payload = "x", .age_ms = 10});
  world.now -= seconds(500);
  world.say(kAlice, {.lane = Lane::unreliable, .to = {kBob}, .payload = "y", .age_ms = 10});
  world.now += seconds(500) + milliseconds(10);
  world.unblock(kBob);
  EXPECT_EQ(world.texts(kBob).size(), 2U) << "both are 10 ms old";
}

TEST(RelayContract, AfterATimeoutTheNextIsLaterOrNone) {
  World world(generous());
  world.enter_all();
  for (int i = 0; i < 7; ++i) {
    world.say(kAlice, {.lane = Lane::bulk, .payload = std::string(16'000, 'x')});
  }
  int timeouts = 0;
  while (const auto due = world.relay.poll_timeout()) {
    ASSERT_GT(*due, world.now);
    world.now = *due;
    world.relay.handle_timeout(world.now);
    world.drain();
    ASSERT_LT(++timeouts, 100);
  }
  EXPECT_EQ(timeouts, 2) << "seven messages to each, three at a time";
}

std::string transcript(std::uint64_t seed) {
  base::SeededRandom random(seed);
  Model model(random);
  for (int i = 0; i < 400; ++i) model.step();
  return model.transcript();
}

TEST(RelayContract, TheSameSeedGivesTheSameBytes) {
  EXPECT_EQ(transcript(5), transcript(5));
  EXPECT_NE(transcript(5), transcript(6));
}

TEST(RelayContract, RandomFramesNeitherCrashNorStay) {
  World world;
  world.enter_all();
  world.block(kBob);
  base::SeededRandom random(21);
  for (int i = 0; i < 20'000; ++i) {
    base::Bytes noise(random.below(80));
    random.fill(noise);
    if (noise.size() > 4 && random.below(2) == 0) {
      noise[0] = std::byte{1};
      noise[1] = static_cast<std::byte>(random.below(4));
      noise[4] = std::byte{0};
    }
    world.say_raw(kAlice, noise);
    world.now += milliseconds(1);
  }
  std::size_t most = 0;
  for (const QueueSize& queue : RelayConfig{}.queues) most += queue.bytes;
  EXPECT_LE(world.relay.counters().waiting_bytes, most);
  EXPECT_GT(world.relay.counters().waiting_frames, 0U);
}

TEST(RelayModel, WhateverHappensWhatIsPromisedArrivesAndNothingElseIsWrong) {
  for (std::uint64_t seed = 1; seed <= 1000; ++seed) {
    base::SeededRandom random(seed);
    Model model(random);
    for (int i = 0; i < 200; ++i) model.step();
    model.finish();
    ASSERT_EQ(model.fault(), "") << "seed " << seed;
  }
}

}  // namespace
}  // namespace parlor::relay
