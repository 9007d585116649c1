// Coming back: sockets that break, networks that fail, pages that are loaded anew, servers that are started
// anew.

#include <gtest/gtest.h>

#include "room/test_world.hpp"

namespace parlor::room::testing {
namespace {

using base::milliseconds;
using base::seconds;

class ResumeTest : public ::testing::Test {
 protected:
  void meet(int count) {
    world.mesh(count);
    alice = &world[0];
    bob = &world[1];
    if (count > 2) carol = &world[2];
  }
  bool hears(Player& from, Player& to) {
    const std::size_t before = to.all<Message>().size();
    if (world.say(from, to.machine->me(), "hi") != SendResult::queued) return false;
    return world.run_until([&] { return to.all<Message>().size() > before; }, seconds(2));
  }
  [[nodiscard]] bool all_hear_each_other() {
    for (Player* from : {alice, bob, carol}) {
      for (Player* to : {alice, bob, carol}) {
        if (from != nullptr && to != nullptr && from != to && !hears(*from, *to)) return false;
      }
    }
    return true;
  }
  bool is_back(const Player& player) { return !player.all<ServerBack>().empty(); }
  /// The page is loaded anew: another program with the same ticket.
  Player& reload(Player& player) {
    const std::string code(player.machine->code());
    const std::string ticket(player.machine->ticket());
    world.crash(player);
    return world.join(player.name, code, ticket);
  }

  TestWorld world;
  Player* alice = nullptr;
  Player* bob = nullptr;
  Player* carol = nullptr;
};

TEST_F(ResumeTest, ABrokenSocketIsMadeAnewAndThePathsDoNotNotice) {
  meet(2);
  world.cut_socket(*bob);
  ASSERT_TRUE(world.run_until([&] { return is_back(*bob); }, seconds(2)));
  world.run(seconds(60));
  EXPECT_EQ(bob->all<ServerLost>().size(), 1u);
  EXPECT_EQ(bob->all<ServerBack>().size(), 1u);
  EXPECT_EQ(alice->all<PeerAway>().size(), 1u);
  ASSERT_EQ(alice->all<PeerBack>().size(), 1u);
  EXPECT_FALSE(alice->all<PeerBack>()[0].anew);
  for (Player* one : {alice, bob}) {
    EXPECT_TRUE(one->all<PeerLeft>().empty());
    EXPECT_EQ(one->all<PathChanged>().size(), 1u);
    EXPECT_EQ(one->carriers_opened, 1u);
  }
  EXPECT_TRUE(all_hear_each_other());
}

TEST_F(ResumeTest, AMemberWhoseWholeNetworkFailsForAWhileFindsEverybodyAgain) {
  for (const auto outage : {seconds(3), seconds(12), seconds(25)}) {
    world.~TestWorld();
    new (&world) TestWorld();
    carol = nullptr;
    meet(3);
    world.shut_out(*bob);
    world.cut(*bob, *alice);
    world.cut(*bob, *carol);
    world.run(outage);
    world.heal(*bob, *alice);
    world.heal(*bob, *carol);
    world.shut_out(*bob, false);
    ASSERT_TRUE(world.run_until([&] { return is_back(*bob) && world.connected(); }, seconds(45)));
    EXPECT_TRUE(all_hear_each_other());
    for (std::size_t i = 0; i < 3; ++i) EXPECT_TRUE(world[i].all<PeerLeft>().empty()) << i;
  }
}

TEST_F(ResumeTest, WhoComesBackTooLateMeetsEverybodyAnew) {
  meet(3);
  const PeerId id = bob->machine->me();
  world.shut_out(*bob);
  world.cut(*bob, *alice);
  world.cut(*bob, *carol);
  ASSERT_TRUE(world.run_until([&] { return alice->machine->peers().size() == 1; }, seconds(45)));
  world.heal(*bob, *alice);
  world.heal(*bob, *carol);
  world.shut_out(*bob, false);
  ASSERT_TRUE(world.run_until(
      [&] { return is_back(*bob) && alice->machine->peers().size() == 2 && world.connected(); },
      seconds(60)));
  EXPECT_EQ(bob->machine->me(), id);
  EXPECT_TRUE(all_hear_each_other());
}

TEST_F(ResumeTest, AReloadedMemberIsBackAnewWithTheSameId) {
  meet(3);
  const PeerId id = bob->machine->me();
  bob = &reload(*bob);
  ASSERT_TRUE(world.run_until([&] { return bob->machine->peers().size() == 2 && world.connected(); }));
  EXPECT_EQ(bob->machine->me(), id);
  for (Player* one : {alice, carol}) {
    ASSERT_EQ(one->all<PeerBack>().size(), 1u);
    EXPECT_TRUE(one->all<PeerBack>()[0].anew);
    EXPECT_TRUE(one->all<PeerLeft>().empty());
  }
  EXPECT_TRUE(all_hear_each_other());
}

TEST_F(ResumeTest, AReloadedHostHandsOver) {
  meet(2);
  const PeerId former = alice->machine->me();
  alice = &reload(*alice);
  ASSERT_TRUE(world.run_until([&] { return alice->machine->peers().size() == 1 && world.connected(); }));
  EXPECT_EQ(alice->machine->me(), former);
  EXPECT_EQ(bob->machine->host(), bob->machine->me());
  EXPECT_EQ(alice->machine->host(), bob->machine->me());
  EXPECT_EQ(alice->machine->term(), 2u);
}

TEST_F(ResumeTest, ALoneMemberThatReloadsFindsItsRoom) {
  meet(2);
  world.crash(*bob);
  world.run(seconds(40));
  const std::string code(alice->machine->code());
  alice = &reload(*alice);
  ASSERT_TRUE(world.run_until([&] { return alice->machine->state() == RoomState::playing; }));
  EXPECT_EQ(alice->machine->code(), code);
}

TEST_F(ResumeTest, ASecondTabTakesOverAndTheFirstDoesNotFight) {
  meet(2);
  Player& second = world.join("p1", std::string(alice->machine->code()), std::string(bob->machine->ticket()));
  ASSERT_TRUE(world.run_until([&] { return bob->machine->state() == RoomState::ended; }, seconds(2)));
  EXPECT_EQ(std::get<Ended>(bob->events.back()).reason, Reason::replaced);
  bob->alive = false;  // for connected(): it plays no more
  ASSERT_TRUE(world.run_until([&] { return world.connected(); }));
  world.run(seconds(120));
  EXPECT_EQ(second.machine->state(), RoomState::playing);
  EXPECT_TRUE(second.all<ServerLost>().empty());
  EXPECT_EQ(alice->all<PeerBack>().size(), 1u);
}

TEST_F(ResumeTest, ANewcomerAndAMemberThatWasAwayMeetOnceItIsBack) {
  meet(2);
  world.shut_out(*bob);
  carol = &world.join("p2", std::string(alice->machine->code()));
  ASSERT_TRUE(world.run_until([&] { return carol->machine->peers().size() == 2; }));
  EXPECT_EQ(carol->all<PeerAway>().size(), 1u);
  world.run(seconds(5));
  EXPECT_EQ(carol->path_to("p1"), Path::none);
  world.shut_out(*bob, false);
  ASSERT_TRUE(
      world.run_until([&] { return is_back(*bob) && bob->machine->peers().size() == 2; }, seconds(20)));
  ASSERT_TRUE(world.run_until([&] { return world.connected(); }, seconds(30)));
  EXPECT_TRUE(all_hear_each_other());
}

TEST_F(ResumeTest, WhatHappenedMeanwhileIsTold) {
  meet(3);
  world.shut_out(*bob);
  alice->machine->leave();
  world.drain(*alice);
  world.run(seconds(2));
  world.shut_out(*bob, false);
  ASSERT_TRUE(world.run_until([&] { return is_back(*bob); }, seconds(20)));
  ASSERT_TRUE(world.run_until([&] { return bob->machine->peers().size() == 1; }, seconds(6)));
  EXPECT_EQ(bob->machine->host(), carol->machine->me()) << "she was there when alice went";
  ASSERT_EQ(bob->all<HostChanged>().size(), 1u);
  EXPECT_EQ(bob->all<HostChanged>()[0].term, 2u);
}

TEST_F(ResumeTest, AServerStartedAnewHasTheRoomAgainAndAThirdJoins) {
  meet(2);
  const std::string code(alice->machine->code());
  world.kill_server();
  world.run(seconds(10));
  EXPECT_TRUE(all_hear_each_other());
  world.restart_server();
  ASSERT_TRUE(world.run_until([&] { return is_back(*alice) && is_back(*bob); }, seconds(20)));
  carol = &world.join("p2", code);
  ASSERT_TRUE(world.run_until([&] { return carol->machine->peers().size() == 2 && world.connected(); }));
  EXPECT_TRUE(all_hear_each_other());
  for (Player* one : {alice, bob}) {
    EXPECT_TRUE(one->all<PeerLeft>().empty());
    EXPECT_EQ(one->carriers_opened, 2u) << "one each for the two others: the first was kept";
    EXPECT_EQ(one->machine->host(), alice->machine->me());
    EXPECT_EQ(one->machine->term(), 1u);
  }
}

TEST_F(ResumeTest, AServerThatLostItsKeyIsNotMistakenForTheRoom) {
  meet(2);
  world.kill_server();
  world.restart_server(std::byte{1});
  world.run(seconds(60));
  for (Player* one : {alice, bob}) {
    EXPECT_EQ(one->all<ServerLost>().size(), 1u);
    EXPECT_TRUE(one->all<ServerBack>().empty());
    EXPECT_EQ(one->machine->state(), RoomState::playing);
  }
  EXPECT_TRUE(all_hear_each_other());
}

/// Whatever breaks in whatever order: once everything works again, everybody hears everybody.
TEST_F(ResumeTest, AfterAnyTroubleEverybodyMeetsAgain) {
  for (std::uint64_t seed = 1; seed <= 300 / kSlowness; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    WorldOptions options;
    options.seed = seed;
    options.jitter = true;
    world.~TestWorld();
    new (&world) TestWorld(options);
    carol = nullptr;
    meet(3);
    base::SeededRandom random(seed);
    bool server = true;
    for (int i = 0; i < 12; ++i) {
      Player& one = world[random.below(3)];
      Player& other = world[random.below(3)];
      switch (random.below(6)) {
        case 0:
          world.cut_socket(one);
          break;
        case 1:
          world.shut_out(one);
          break;
        case 2:
          world.shut_out(one, false);
          break;
        case 3:
          if (&one != &other) world.cut(one, other);
          break;
        case 4:
          if (&one != &other) world.heal(one, other);
          break;
        default:
          if (server) {
            world.kill_server();
          } else {
            world.restart_server();
          }
          server = !server;
      }
      world.run(milliseconds(random.below(8000)));
    }
    if (!server) world.restart_server();
    for (std::size_t i = 0; i < 3; ++i) {
      world.shut_out(world[i], false);
      for (std::size_t j = 0; j < i; ++j) world.heal(world[i], world[j]);
    }
    const auto whole = [&] {
      for (std::size_t i = 0; i < 3; ++i) {
        if (world[i].machine->peers().size() != 2) return false;
      }
      for (std::size_t i = 0; i < 3; ++i) {
        if (world[i].all<ServerBack>().size() != world[i].all<ServerLost>().size()) return false;
      }
      const Machine& first = *world[0].machine;
      for (std::size_t i = 1; i < 3; ++i) {
        const Machine& other = *world[i].machine;
        if (other.host() != first.host() || other.term() != first.term()) return false;
      }
      return world.connected();
    };
    EXPECT_TRUE(world.run_until(whole, seconds(120)));
    EXPECT_TRUE(all_hear_each_other());
  }
}

}  // namespace
}  // namespace parlor::room::testing
