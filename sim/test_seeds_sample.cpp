// A program of its own whose tests fail, as they should: tests/commands/seeds.test.mjs runs it and reads what
// it says about the seed that did it.

#include "sim/for_seeds.hpp"
#include "sim/test_internet.hpp"

namespace parlor::sim {
namespace {

using testing::Ear;

TEST(Sample, TakesNoSeeds) {}

TEST(Sample, FailsAtThirteen) {
  for_seeds(10, 2, [](World& world) {
    Network internet(world);
    Ear alice(internet.host("alice", {"192.0.2.1"}), 1);
    Ear bob(internet.host("bob", {"192.0.2.2"}), 1);
    alice.say(endpoint("192.0.2.2", 1), "hello");
    world.run_for(base::milliseconds(1));
    EXPECT_LT(world.seed(), 13U);
  });
}

TEST(Sample, ShowsItsTraceWhenToldToFail) {
  World world;
  const TraceOnFailure shown(world);
  Network internet(world);
  Ear alice(internet.host("alice", {"192.0.2.1"}), 1);
  alice.say(endpoint("192.0.2.9", 1), "hello");
  world.run_for(base::milliseconds(1));
  for_seeds(1, 1, [](std::uint64_t seed) { EXPECT_LT(seed, 1'000'000U); });
}

TEST(Sample, IsStuckAtThirty) {
  for_seeds(10, 2, [](World& world) {
    if (world.seed() == 30) world.halt("of no reason");
  });
}

}  // namespace
}  // namespace parlor::sim
