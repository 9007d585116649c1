// Entering a room: by making it, by its code, and all the ways in which that can fail.

#include <gtest/gtest.h>

#include "room/test_world.hpp"

namespace parlor::room::testing {
namespace {

using base::milliseconds;
using base::seconds;

std::string code_of(const Player& player) {
  return std::string(player.machine->code());
}

/// Alice in a room that she made.
class JoinTest : public ::testing::Test {
 protected:
  explicit JoinTest(WorldOptions options = {}) : world(std::move(options)) {
    alice = &world.create("alice");
    EXPECT_TRUE(world.run_until([&] { return playing(*alice); }));
  }
  static bool playing(const Player& player) { return player.machine->state() == RoomState::playing; }
  static bool ended(const Player& player) { return player.machine->state() == RoomState::ended; }
  Reason end_of(Player& player) {
    EXPECT_TRUE(world.run_until([&] { return ended(player); }));
    if (player.events.empty() || !std::holds_alternative<Ended>(player.events.back())) return Reason::none;
    EXPECT_FALSE(std::get<Ended>(player.events.back()).message.empty());
    return std::get<Ended>(player.events.back()).reason;
  }

  TestWorld world;
  Player* alice = nullptr;
};

TEST_F(JoinTest, TheMakerIsHostAndAlone) {
  ASSERT_EQ(alice->events.size(), 1u);
  const auto& joined = std::get<Joined>(alice->events[0]);
  EXPECT_EQ(joined.me, joined.host);
  EXPECT_EQ(joined.size, 8);
  EXPECT_FALSE(joined.ticket.empty());
  EXPECT_EQ(joined.code, code_of(*alice));
  EXPECT_TRUE(alice->machine->peers().empty());
  EXPECT_EQ(alice->carriers_opened, 0u);
  EXPECT_EQ(world.count(*alice, "fetch"), 0) << "nobody to connect to: the welcome is early enough";
}

TEST_F(JoinTest, TwoMeetAndTalk) {
  Player& bob = world.join("bob", code_of(*alice));
  ASSERT_TRUE(world.run_until([&] { return playing(bob) && world.connected(); }));
  const PeerId bob_id = *alice->id_of("bob");
  const PeerId alice_id = *bob.id_of("alice");
  EXPECT_EQ(bob.machine->host(), alice_id);
  EXPECT_EQ(bob.machine->me(), bob_id);
  EXPECT_EQ(world.say(*alice, bob_id, "hello"), SendResult::queued);
  EXPECT_EQ(world.say_all(bob, "hi"), SendResult::queued);
  EXPECT_EQ(world.say_all(bob, "here I am", 1), SendResult::queued);
  world.run(seconds(1));
  EXPECT_EQ(bob.heard_from(alice_id, 0), std::vector<std::string>{"hello"});
  EXPECT_EQ(alice->heard_from(bob_id, 0), std::vector<std::string>{"hi"});
  EXPECT_EQ(alice->heard_from(bob_id, 1), std::vector<std::string>{"here I am"});
}

TEST_F(JoinTest, EventsComeInOrder) {
  Player& bob = world.join("bob", code_of(*alice));
  ASSERT_TRUE(world.run_until([&] { return playing(bob) && world.connected(); }));
  world.say_all(*alice, "hello");
  world.run(seconds(1));
  ASSERT_EQ(bob.events.size(), 4u);
  EXPECT_TRUE(std::holds_alternative<Joined>(bob.events[0]));
  EXPECT_EQ(std::get<PeerJoined>(bob.events[1]).member.name, "alice");
  EXPECT_EQ(std::get<PathChanged>(bob.events[2]).to, Path::direct);
  EXPECT_TRUE(std::holds_alternative<Message>(bob.events[3]));
  EXPECT_EQ(std::get<PeerJoined>(alice->events[1]).member.name, "bob");
  EXPECT_EQ(std::get<PathChanged>(alice->events[2]).from, Path::none);
}

TEST_F(JoinTest, OnlyTheNewcomerOffers) {
  Player& bob = world.join("bob", code_of(*alice));
  ASSERT_TRUE(world.run_until([&] { return playing(bob) && world.connected(); }));
  EXPECT_EQ(world.count(bob, "open 1 offers"), 1);
  EXPECT_EQ(world.count(*alice, "open 1 waits"), 1);
  EXPECT_EQ(world.count(*alice, R"(frame {"type":"offer")"), 0);
  EXPECT_EQ(world.count(*alice, R"(frame {"type":"answer")"), 1);
}

TEST_F(JoinTest, TheOfferIsReadyBeforeTheSocketIs) {
  Player& bob = world.join("bob", code_of(*alice));
  ASSERT_TRUE(world.run_until([&] { return bob.carriers_opened == 1; }, milliseconds(40)));
  EXPECT_FALSE(bob.socket) << "the socket needs longer";
  ASSERT_TRUE(world.run_until([&] { return world.connected() && playing(bob); }));
  EXPECT_EQ(bob.carriers_opened, 1u) << "and it is the carrier that is used";
  const std::size_t joined = world.log().find("bob frame");
  EXPECT_NE(world.log().substr(joined).find(R"("type":"offer")"), std::string::npos);
}

TEST_F(JoinTest, ABoundOfferGoesOutWithItsCandidatesInOrder) {
  Player& bob = world.join("bob", code_of(*alice));
  ASSERT_TRUE(world.run_until([&] { return world.connected() && playing(bob); }));
  const std::size_t offer = world.log().find(R"(bob frame {"type":"offer")");
  const std::size_t candidate = world.log().find(R"(bob frame {"type":"candidate")");
  const std::size_t end = world.log().find(R"(bob frame {"type":"end_of_candidates")");
  ASSERT_NE(end, std::string::npos) << world.log();
  EXPECT_LT(offer, candidate);
  EXPECT_LT(candidate, end);
}

TEST_F(JoinTest, ThePrewarmedCarrierIsForTheLongestPresentMember) {
  Player& bob = world.join("bob", code_of(*alice));
  ASSERT_TRUE(world.run_until([&] { return world.connected() && playing(bob); }));
  Player& carol = world.join("carol", code_of(*alice));
  ASSERT_TRUE(world.run_until([&] { return playing(carol) && world.connected(); }));
  EXPECT_EQ(carol.carriers_opened, 2u);
  EXPECT_EQ(world.count(carol, "open 1 offers"), 1);
  EXPECT_EQ(world.count(carol, "open 2 offers"), 1);
  const PeerId alice_id = *carol.id_of("alice");
  const std::size_t offer = world.log().find(R"(carol frame {"type":"offer")");
  EXPECT_EQ(world.log().find(R"("to":)" + std::to_string(static_cast<int>(alice_id)), offer) <
                world.log().find('\n', offer),
            true)
      << "the first offer is for alice";
}

TEST_F(JoinTest, GivenIceServersAreUsedAtOnceAndNobodyIsAsked) {
  RoomOptions options;
  options.entry = Join{code_of(*alice), ""};
  options.ice_servers = {{{"stun:mine:3478"}, "", ""}};
  Player& bob = world.enter("bob", options);
  EXPECT_EQ(bob.carriers_opened, 1u);
  EXPECT_EQ(world.count(bob, "fetch"), 0);
  EXPECT_TRUE(world.run_until([&] { return playing(bob) && world.connected(); }));
}

class JoinWithoutIceTest : public JoinTest {
 protected:
  JoinWithoutIceTest()
      : JoinTest([] {
          WorldOptions options;
          options.serves_ice = false;
          return options;
        }()) {}
};

TEST_F(JoinWithoutIceTest, TheWelcomeBringsTheIceServers) {
  Player& bob = world.join("bob", code_of(*alice));
  ASSERT_TRUE(world.run_until([&] { return playing(bob) && world.connected(); }));
  EXPECT_EQ(bob.carriers_opened, 1u);
}

TEST_F(JoinTest, NonsenseInsteadOfIceServersIsIgnored) {
  Player& bob = world.join("bob", code_of(*alice));
  for (const char* body : {"", "<html>", "{}", R"({"type":"pong","id":1})"}) {
    bob.machine->handle_ice_servers(world.now(), body);
    world.drain(bob);
  }
  EXPECT_EQ(bob.carriers_opened, 0u);
  EXPECT_TRUE(world.run_until([&] { return playing(bob) && world.connected(); }));
}

TEST_F(JoinTest, ALateThirdMeetsBoth) {
  Player& bob = world.join("bob", code_of(*alice));
  ASSERT_TRUE(world.run_until([&] { return playing(bob) && world.connected(); }));
  world.run(seconds(600));
  Player& carol = world.join("carol", code_of(*alice));
  ASSERT_TRUE(world.run_until([&] { return playing(carol) && world.connected(); }));
  EXPECT_EQ(carol.machine->peers().size(), 2u);
  EXPECT_EQ(carol.machine->peers()[0].name, "alice");
  EXPECT_EQ(carol.machine->peers()[1].name, "bob");
  EXPECT_EQ(world.say_all(carol, "all"), SendResult::queued);
  world.run(seconds(1));
  EXPECT_EQ(alice->heard_from(carol.machine->me(), 0).size(), 1u);
  EXPECT_EQ(bob.heard_from(carol.machine->me(), 0).size(), 1u);
}

// ---- failures

TEST_F(JoinTest, AWrongCodeEndsWithNoSuchRoom) {
  Player& bob = world.join("bob", "baba-babab");
  EXPECT_EQ(end_of(bob), Reason::no_such_room);
  EXPECT_TRUE(bob.carriers.empty()) << "the prewarmed carrier is closed";
  EXPECT_EQ(bob.events.size(), 1u);
}

TEST_F(JoinTest, WhatIsNoCodeEndsWithoutAskingAnybody) {
  Player& bob = world.join("bob", "???");
  EXPECT_EQ(end_of(bob), Reason::no_such_room);
  EXPECT_EQ(world.count(bob, ""), 0);
}

TEST_F(JoinTest, AFullRoomEndsWithRoomFull) {
  Player& carol = world.create("carol", 2);
  ASSERT_TRUE(world.run_until([&] { return playing(carol); }));
  Player& bob = world.join("bob", code_of(carol));
  ASSERT_TRUE(world.run_until([&] { return playing(bob); }));
  Player& dave = world.join("dave", code_of(carol));
  EXPECT_EQ(end_of(dave), Reason::room_full);
  EXPECT_EQ(carol.machine->peers().size(), 1u);
}

TEST_F(JoinTest, AnotherBuildEndsWithBuildMismatch) {
  RoomOptions options;
  options.entry = Join{code_of(*alice), ""};
  options.build = "2";
  EXPECT_EQ(end_of(world.enter("bob", options)), Reason::build_mismatch);
}

TEST_F(JoinTest, AnotherGameEndsWithNoSuchRoom) {
  RoomOptions options;
  options.entry = Join{code_of(*alice), ""};
  options.game = "other";
  EXPECT_EQ(end_of(world.enter("bob", options)), Reason::no_such_room);
}

TEST_F(JoinTest, BadOptionsEndTheRoomAtOnce) {
  RoomOptions options;
  options.channels.clear();
  Player& bob = world.enter("bob", options);
  EXPECT_EQ(end_of(bob), Reason::bad_options);
  EXPECT_NE(std::get<Ended>(bob.events[0]).message.find("RoomOptions::channels"), std::string::npos);
  EXPECT_EQ(world.count(bob, ""), 0);
  EXPECT_EQ(bob.machine->poll_timeout(), std::nullopt);
  EXPECT_EQ(bob.machine->send_to_all(world.now(), 0, {}), SendResult::too_large) << "there is no channel";
}

TEST_F(JoinTest, ADeadServerEndsWithNoServer) {
  world.kill_server();
  EXPECT_EQ(end_of(world.join("bob", "kamo-ridun")), Reason::no_server);
  EXPECT_EQ(end_of(world.create("carol")), Reason::no_server);
}

TEST_F(JoinTest, AServerThatDiesBeforeTheRoomIsEnteredEndsIt) {
  Player& bob = world.join("bob", code_of(*alice));
  ASSERT_TRUE(world.run_until([&] { return bob.socket.has_value(); }));
  world.kill_server();
  EXPECT_EQ(end_of(bob), Reason::no_server);
  EXPECT_TRUE(bob.carriers.empty());
}

TEST_F(JoinTest, ASilentServerEndsWithTimedOut) {
  world.mute_server();
  Player& bob = world.join("bob", code_of(*alice));
  const base::Time started = world.now();
  EXPECT_EQ(end_of(bob), Reason::timed_out);
  EXPECT_LE(world.now() - started, seconds(25));
}

TEST_F(JoinTest, APlatformThatCannotEndsTheRoomWithItsReason) {
  Player& bob = world.join("bob", code_of(*alice));
  bob.machine->fail(Reason::no_webrtc, "No WebRTC.");
  world.drain(bob);
  EXPECT_EQ(end_of(bob), Reason::no_webrtc);
  world.run(seconds(1));
  EXPECT_EQ(bob.events.size(), 1u);
  EXPECT_EQ(alice->machine->peers().size(), 0u);
}

TEST_F(JoinTest, LeavingWhileEnteringEndsIt) {
  Player& bob = world.join("bob", code_of(*alice));
  world.run(milliseconds(45));
  bob.machine->leave();
  world.drain(bob);
  EXPECT_EQ(end_of(bob), Reason::left);
  world.run(seconds(30));
  EXPECT_TRUE(alice->machine->peers().empty());
  EXPECT_TRUE(bob.carriers.empty());
}

// ---- coming back

TEST_F(JoinTest, ATicketBringsTheSameIdBack) {
  Player& bob = world.join("bob", code_of(*alice));
  ASSERT_TRUE(world.run_until([&] { return playing(bob) && world.connected(); }));
  const PeerId id = bob.machine->me();
  const std::string ticket = bob.all<Joined>()[0].ticket;
  bob.machine->leave();
  bob.alive = false;
  world.drain(bob);
  ASSERT_TRUE(world.run_until([&] { return alice->machine->peers().empty(); }));
  Player& again = world.join("bob", code_of(*alice), ticket);
  ASSERT_TRUE(world.run_until([&] { return playing(again) && world.connected(); }));
  EXPECT_EQ(again.machine->me(), id);
}

TEST_F(JoinTest, ASecondHolderOfATicketReplacesTheFirst) {
  Player& bob = world.join("bob", code_of(*alice));
  ASSERT_TRUE(world.run_until([&] { return playing(bob) && world.connected(); }));
  const PeerId id = bob.machine->me();
  Player& again = world.join("bob2", code_of(*alice), bob.all<Joined>()[0].ticket);
  ASSERT_TRUE(world.run_until([&] { return playing(again) && alice->path_to("bob2") != Path::none; }));
  EXPECT_EQ(end_of(bob), Reason::replaced);
  EXPECT_EQ(again.machine->me(), id);
  EXPECT_EQ(alice->machine->peers().size(), 1u);
  // For alice, it is the same member in a new life.
  EXPECT_TRUE(alice->all<PeerLeft>().empty());
  EXPECT_EQ(alice->all<PeerJoined>().size(), 1u);
  ASSERT_EQ(alice->all<PeerBack>().size(), 1u);
  EXPECT_TRUE(alice->all<PeerBack>()[0].anew);
  EXPECT_EQ(alice->machine->peers()[0].name, "bob2");
  EXPECT_EQ(world.say(*alice, id, "you"), SendResult::queued);
  world.run(seconds(1));
  EXPECT_EQ(again.heard_from(alice->machine->me(), 0).size(), 1u);
  EXPECT_TRUE(bob.heard_from(alice->machine->me(), 0).empty());
}

}  // namespace
}  // namespace parlor::room::testing
