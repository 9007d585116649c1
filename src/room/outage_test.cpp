// What breaks: paths, members, the server; and what is made of it.

#include <gtest/gtest.h>

#include "room/test_world.hpp"

namespace parlor::room::testing {
namespace {

using base::milliseconds;
using base::seconds;

/// Two or three in one room; alice has made it.
class OutageTest : public ::testing::Test {
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
  Player& lower() { return alice->machine->me() < bob->machine->me() ? *alice : *bob; }
  std::vector<Reason> left(const Player& player) {
    std::vector<Reason> reasons;
    for (const PeerLeft& one : player.all<PeerLeft>()) reasons.push_back(one.reason);
    return reasons;
  }

  TestWorld world;
  Player* alice = nullptr;
  Player* bob = nullptr;
  Player* carol = nullptr;
};

using Reasons = std::vector<Reason>;

// ---- paths

TEST_F(OutageTest, AShortOutageIsNotSeen) {
  meet(2);
  world.cut(*alice, *bob);
  world.run(seconds(7));
  world.heal(*alice, *bob);
  world.run(seconds(60));
  EXPECT_EQ(alice->all<PathChanged>().size(), 1u);
  EXPECT_EQ(world.count(*alice, "restart") + world.count(*bob, "restart"), 0);
}

TEST_F(OutageTest, ALongOutageIsMended) {
  meet(2);
  world.cut(*alice, *bob);
  ASSERT_TRUE(world.run_until(
      [&] { return alice->path_to("p1") == Path::none && bob->path_to("p0") == Path::none; }));
  world.run(seconds(20));
  EXPECT_EQ(alice->all<LinkFailed>().size(), 1u);
  EXPECT_EQ(bob->all<LinkFailed>().size(), 1u);
  world.heal(*alice, *bob);
  ASSERT_TRUE(world.run_until([&] { return world.connected(); }, seconds(45)));
  EXPECT_TRUE(hears(*alice, *bob));
  EXPECT_TRUE(hears(*bob, *alice));
  EXPECT_TRUE(left(*alice).empty());
  EXPECT_EQ(alice->all<PathChanged>().size(), 3u);
  EXPECT_EQ(alice->carriers_opened, 1u) << "the same carrier all along";
}

TEST_F(OutageTest, AnEndlessOutageIsTriedAgainAndAgain) {
  meet(2);
  world.cut(*alice, *bob);
  world.run(seconds(200));
  EXPECT_GE(world.count(*alice, "restart") + static_cast<int>(alice->carriers_opened) - 1, 8);
  EXPECT_LE(world.count(*alice, "restart"), 12);
  EXPECT_EQ(alice->all<LinkFailed>().size(), 1u) << "said once";
  EXPECT_TRUE(left(*alice).empty()) << "it stays a member";
}

TEST_F(OutageTest, APathThatIsNeverFoundIsALinkThatFailed) {
  Player& first = world.create("p0");
  ASSERT_TRUE(world.run_until([&] { return first.machine->state() == RoomState::playing; }));
  Player& second = world.join("p1", std::string(first.machine->code()));
  world.cut(first, second);
  const base::Time started = world.now();
  ASSERT_TRUE(
      world.run_until([&] { return !first.all<LinkFailed>().empty() && !second.all<LinkFailed>().empty(); }));
  EXPECT_LE(world.now() - started, seconds(25));
  EXPECT_EQ(first.all<LinkFailed>()[0].reason, Reason::link_failed);
  EXPECT_EQ(first.machine->peers().size(), 1u);
  world.heal(first, second);
  EXPECT_TRUE(world.run_until([&] { return world.connected(); }));
}

TEST_F(OutageTest, RestartsFromBothSidesAtOnceAreSettled) {
  meet(2);
  // Both see the failure, and both are to restart in the same instant, as their timers could.
  Player& first = lower();
  Player& second = &first == alice ? *bob : *alice;
  world.fail_carriers(second);
  world.run(Link::kStagger - milliseconds(1));
  ASSERT_EQ(world.count(second, "restart"), 0);
  world.fail_carriers(first);
  first.machine->handle_timeout(world.now());
  second.machine->handle_timeout(world.now() + milliseconds(1));
  world.drain(first);
  world.drain(second);
  ASSERT_EQ(world.count(first, "restart"), 1);
  ASSERT_EQ(world.count(second, "restart"), 1);
  const int first_answers = world.count(first, R"(frame {"type":"answer")");
  ASSERT_TRUE(world.run_until([&] { return world.connected(); }));
  EXPECT_TRUE(hears(first, second));
  EXPECT_TRUE(hears(second, first));
  EXPECT_EQ(world.count(first, R"(frame {"type":"answer")"), first_answers)
      << "the offer of the higher id gave way";
}

TEST_F(OutageTest, TheSideWithTheLowerIdRestarts) {
  meet(2);
  world.cut(*alice, *bob);
  ASSERT_TRUE(world.run_until([&] { return alice->path_to("p1") == Path::none; }));
  world.heal(*alice, *bob);
  ASSERT_TRUE(world.run_until([&] { return world.connected(); }));
  EXPECT_EQ(world.count(lower(), "restart"), 1);
  EXPECT_EQ(world.count(*alice, "restart") + world.count(*bob, "restart"), 1);
}

TEST_F(OutageTest, StaleInputsOfAClosedCarrierAreIgnored) {
  meet(2);
  const CarrierId old = alice->carriers.begin()->first;
  bob->machine->leave();
  world.drain(*bob);
  ASSERT_TRUE(world.run_until([&] { return alice->machine->peers().empty(); }));
  const std::size_t events = alice->events.size();
  Machine& machine = *alice->machine;
  machine.handle_carrier_open(world.now(), old);
  machine.handle_carrier_message(world.now(), old, 0, Bytes(1));
  machine.handle_carrier_state(world.now(), old, CarrierState::failed, "");
  machine.handle_carrier_buffered(world.now(), old, 0, 1);
  machine.handle_carrier_stats(world.now(), old, {});
  machine.handle_carrier_signal(world.now(), old, CandidatesEnd{});
  world.drain(*alice);
  EXPECT_EQ(alice->events.size(), events);
}

// ---- members

TEST_F(OutageTest, AMemberThatLeavesIsGoneAtOnce) {
  meet(2);
  bob->machine->leave();
  world.drain(*bob);
  ASSERT_TRUE(world.run_until([&] { return alice->machine->peers().empty(); }, milliseconds(100)));
  EXPECT_EQ(left(*alice), Reasons{Reason::peer_left});
  EXPECT_TRUE(alice->carriers.empty());
}

TEST_F(OutageTest, AMemberThatDiesIsLost) {
  meet(3);
  world.crash(*bob);
  ASSERT_TRUE(world.run_until([&] { return !alice->all<PeerAway>().empty(); }, seconds(1)));
  world.run(seconds(29));
  EXPECT_EQ(alice->machine->peers().size(), 2u) << "it may come back";
  ASSERT_TRUE(world.run_until([&] { return alice->machine->peers().size() == 1; }, seconds(3)));
  EXPECT_EQ(left(*alice), Reasons{Reason::peer_lost});
  EXPECT_EQ(alice->machine->peers()[0].name, "p2");
}

TEST_F(OutageTest, AMemberThatLostOnlyItsServerStays) {
  meet(3);
  world.shut_out(*bob);
  world.run(seconds(120));
  EXPECT_EQ(bob->all<ServerLost>().size(), 1u);
  EXPECT_EQ(bob->machine->state(), RoomState::playing);
  EXPECT_EQ(alice->machine->peers().size(), 2u);
  EXPECT_TRUE(hears(*alice, *bob));
  EXPECT_TRUE(hears(*bob, *alice));
  // Then it leaves, and only its carriers can say so.
  bob->machine->leave();
  world.drain(*bob);
  ASSERT_TRUE(world.run_until([&] { return alice->machine->peers().size() == 1; }, seconds(1)));
  EXPECT_EQ(left(*alice), Reasons{Reason::peer_left});
}

TEST_F(OutageTest, AMemberThatDiesWhileConnectingIsLost) {
  Player& first = world.create("p0");
  ASSERT_TRUE(world.run_until([&] { return first.machine->state() == RoomState::playing; }));
  Player& second = world.join("p1", std::string(first.machine->code()));
  ASSERT_TRUE(world.run_until([&] { return first.machine->peers().size() == 1; }));
  world.crash(second);
  ASSERT_TRUE(world.run_until([&] { return first.machine->peers().empty(); }, seconds(31)));
  EXPECT_EQ(left(first), Reasons{Reason::peer_lost});
}

// ---- the server

TEST_F(OutageTest, WithoutTheServerTheyPlayOn) {
  meet(3);
  world.kill_server();
  world.run(seconds(120));
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(world[i].all<ServerLost>().size(), 1u);
    EXPECT_FALSE(world[i].all<ServerLost>()[0].message.empty());
    EXPECT_EQ(world[i].machine->state(), RoomState::playing);
    EXPECT_EQ(world[i].machine->peers().size(), 2u);
  }
  EXPECT_TRUE(hears(*alice, *bob));
  EXPECT_TRUE(hears(*carol, *alice));
  EXPECT_EQ(alice->machine->host(), alice->machine->me());
}

TEST_F(OutageTest, WithoutTheServerAMemberThatLeavesIsSeenToLeave) {
  meet(3);
  world.kill_server();
  world.run(seconds(1));
  bob->machine->leave();
  world.drain(*bob);
  ASSERT_TRUE(world.run_until([&] { return alice->machine->peers().size() == 1; }, seconds(1)));
  EXPECT_EQ(left(*alice), Reasons{Reason::peer_left});
}

TEST_F(OutageTest, WithoutTheServerAMemberThatDiesIsLost) {
  meet(3);
  world.kill_server();
  world.run(seconds(1));
  world.crash(*bob);
  ASSERT_TRUE(world.run_until([&] { return alice->machine->peers().size() == 1; }, seconds(60)));
  EXPECT_EQ(left(*alice), Reasons{Reason::peer_lost});
  EXPECT_TRUE(hears(*alice, *carol));
}

TEST_F(OutageTest, WithoutTheServerAPathCanComeBackByItself) {
  meet(2);
  world.kill_server();
  world.run(seconds(1));
  world.cut(*alice, *bob);
  world.run(seconds(12));
  EXPECT_EQ(alice->path_to("p1"), Path::none);
  world.heal(*alice, *bob);
  ASSERT_TRUE(world.run_until([&] { return world.connected(); }, seconds(2)));
  EXPECT_TRUE(hears(*alice, *bob));
  EXPECT_TRUE(left(*alice).empty());
}

TEST_F(OutageTest, TheServerLostWhileConnectingCostsOnlyThoseWhoWereNotDone) {
  meet(2);
  Player& late = world.join("p2", std::string(alice->machine->code()));
  ASSERT_TRUE(world.run_until([&] { return late.machine->state() == RoomState::playing; }));
  world.kill_server();
  world.run(seconds(80));
  EXPECT_EQ(late.machine->state(), RoomState::playing);
  EXPECT_TRUE(late.machine->peers().empty());
  EXPECT_EQ(left(late), (Reasons{Reason::link_failed, Reason::link_failed}));
  EXPECT_TRUE(hears(*alice, *bob));
}

TEST_F(OutageTest, LeavingWithoutAServerEndsTheRoom) {
  meet(2);
  world.kill_server();
  world.run(seconds(1));
  alice->machine->leave();
  world.drain(*alice);
  EXPECT_EQ(std::get<Ended>(alice->events.back()).reason, Reason::left);
  EXPECT_TRUE(alice->carriers.empty());
}

}  // namespace
}  // namespace parlor::room::testing
