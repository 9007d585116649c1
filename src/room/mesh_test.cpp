// More than two: everybody connected with everybody, and with somebody gone.

#include <gtest/gtest.h>

#include "room/test_world.hpp"

namespace parlor::room::testing {
namespace {

using base::milliseconds;
using base::seconds;

TEST(Mesh, EightAreAllConnectedAndHearEachOther) {
  TestWorld world;
  world.mesh(8);
  for (std::size_t i = 0; i < 8; ++i) {
    EXPECT_EQ(world[i].machine->peers().size(), 7u);
    EXPECT_EQ(world[i].machine->host(), world[0].machine->me());
    EXPECT_EQ(world.say_all(world[i], "hi"), SendResult::queued);
    EXPECT_EQ(world[i].all<LinkFailed>().size(), 0u);
    EXPECT_EQ(world[i].carriers_opened, 7u);
  }
  world.run(seconds(1));
  for (std::size_t i = 0; i < 8; ++i) {
    for (std::size_t j = 0; j < 8; ++j) {
      EXPECT_EQ(world[i].heard_from(world[j].machine->me(), 0).size(), i == j ? 0u : 1u);
    }
  }
}

TEST(Mesh, SixtyFourAreAllConnectedWithoutTheServerRefusingASignal) {
  constexpr int kMembers = kSlowness > 10 ? 16 : kMaxMembers;
  WorldOptions options;
  options.candidates = 4;
  TestWorld world(options);
  Player& first = world.create("p0", kMaxMembers);
  ASSERT_TRUE(world.run_until([&] { return first.machine->state() == RoomState::playing; }));
  for (int i = 1; i < kMembers; ++i) {
    world.join("p" + std::to_string(i), std::string(first.machine->code()));
    world.run(milliseconds(300));
  }
  world.run(seconds(15));
  ASSERT_TRUE(world.connected());
  EXPECT_EQ(world.refused(), 0u);
  for (std::size_t i = 0; i < kMembers; ++i) {
    EXPECT_EQ(world[i].all<LinkFailed>().size(), 0u) << i;
    EXPECT_EQ(world.count(world[i], "restart"), 0) << i;
  }
}

TEST(Mesh, AMemberThatLeavesIsGoneForAllAndTheHostMovesOn) {
  TestWorld world;
  world.mesh(4);
  const PeerId leaver = world[0].machine->me();
  world[0].machine->leave();
  world.drain(world[0]);
  world[0].alive = false;
  ASSERT_TRUE(world.run_until([&] {
    return world[1].machine->host() != leaver && world[2].machine->host() != leaver &&
           world[3].machine->host() != leaver;
  }));
  for (std::size_t i = 1; i < 4; ++i) {
    const auto left = world[i].all<PeerLeft>();
    ASSERT_EQ(left.size(), 1u);
    EXPECT_EQ(left[0].peer, leaver);
    EXPECT_EQ(left[0].reason, Reason::peer_left);
    const auto hosts = world[i].all<HostChanged>();
    ASSERT_EQ(hosts.size(), 1u);
    EXPECT_EQ(hosts[0].host, world[1].machine->me());
    EXPECT_EQ(hosts[0].term, world[i].machine->term());
    EXPECT_EQ(world[i].machine->peers().size(), 2u);
    EXPECT_EQ(world.say(world[i], leaver, "?"), SendResult::no_such_peer);
    EXPECT_EQ(world[i].machine->stats(leaver), std::nullopt);
  }
  EXPECT_EQ(std::get<Ended>(world[0].events.back()).reason, Reason::left);
  EXPECT_TRUE(world[0].carriers.empty());
}

TEST(Mesh, ManyJoinAtOnce) {
  TestWorld world;
  Player& first = world.create("p0", 16);
  ASSERT_TRUE(world.run_until([&] { return first.machine->state() == RoomState::playing; }));
  for (int i = 1; i < 16; ++i) world.join("p" + std::to_string(i), std::string(first.machine->code()));
  ASSERT_TRUE(world.run_until([&] { return world.connected(); }));
  for (std::size_t i = 0; i < 16; ++i) EXPECT_EQ(world.count(world[i], "restart"), 0);
}

TEST(Mesh, OneSeedGivesTheSameBytesTwice) {
  const auto run = [](std::uint64_t seed) {
    WorldOptions options;
    options.seed = seed;
    options.jitter = true;
    TestWorld world(options);
    world.mesh(5);
    for (std::size_t i = 0; i < 5; ++i) world.say_all(world[i], "hi");
    world.cut(world[1], world[3]);
    world.run(seconds(40));
    world.heal(world[1], world[3]);
    world.run(seconds(40));
    world.kill_server();
    world.run(seconds(10));
    return world.log();
  };
  EXPECT_EQ(run(7), run(7));
  EXPECT_NE(run(7), run(8));
}

}  // namespace
}  // namespace parlor::room::testing
