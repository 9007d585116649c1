// Who may say what to whom.

#include "signaling/lobby_test.hpp"

namespace parlor::signaling {
namespace {

using testing::World;

/// Alice and Bob in one room, Mallory in another.
class LobbyRelay : public ::testing::Test {
 protected:
  void SetUp() override {
    alice = world.creator("Ada");
    const JoinedRoom made = world.take<JoinedRoom>(alice);
    alice_id = made.you;
    bob = world.joiner("Bob", made.code);
    bob_id = world.take<JoinedRoom>(bob).you;
    world.take<PeerJoinedRoom>(alice);
    mallory = world.creator("Mallory");
    mallory_id = world.take<JoinedRoom>(mallory).you;
  }

  World world;
  ConnectionId alice{}, bob{}, mallory{};
  PeerId alice_id{}, bob_id{}, mallory_id{};
};

TEST_F(LobbyRelay, PassesEverythingOnWithTheSenderStamped) {
  world.say(alice, Offer{bob_id, "o"});
  world.say(alice, Answer{bob_id, "a"});
  world.say(alice, Candidate{bob_id, "c", "0", 0, "u"});
  world.say(alice, EndOfCandidates{bob_id});
  EXPECT_EQ(world.take<Offer>(bob), (Offer{alice_id, "o"}));
  EXPECT_EQ(world.take<Answer>(bob), (Answer{alice_id, "a"}));
  EXPECT_EQ(world.take<Candidate>(bob), (Candidate{alice_id, "c", "0", 0, "u"}));
  EXPECT_EQ(world.take<EndOfCandidates>(bob).peer, alice_id);
  EXPECT_TRUE(world.silent(alice));
  EXPECT_EQ(world.lobby.counters().relayed, 4U);
}

/// The fewest bytes that say this character in a JSON string.
std::string spelled(char c) {
  constexpr std::string_view kPlain = "\b\t\n\f\r\"\\";
  constexpr std::string_view kNames = "btnfr\"\\";
  const std::size_t named = kPlain.find(c);
  if (named != std::string_view::npos) return {'\\', kNames[named]};
  if (c >= 0x20) return {c};
  return "\\u00" + base::to_hex(base::as_bytes({&c, 1}));
}

TEST_F(LobbyRelay, NoMessageWithinItsLimitsIsPassedOnAsAFrameBeyondThem) {
  const std::string to =
      R"({"type":"offer","to":)" + std::to_string(static_cast<int>(alice_id)) + R"(,"sdp":")";
  for (char c = 0; c < 0x7f; ++c) {
    std::string text = to;
    for (std::size_t i = 0; i < kMaxSdp && text.size() + 16 < kMaxFrame; ++i) text += spelled(c);
    world.pass(base::seconds(60));
    world.say(alice, Ping{1});
    world.say(bob, Ping{1});
    world.take<Pong>(alice);
    world.take<Pong>(bob);
    world.say_raw(bob, text + R"("})");
    if (world.silent(alice)) {
      EXPECT_EQ(world.take_error(bob), "bad_message") << int{c};
      EXPECT_LT(c, 0x20);
    } else {
      EXPECT_LE(world.inboxes[alice].texts.front().size(), kMaxFrame) << int{c};
      world.inboxes[alice].texts.clear();
    }
  }
}

TEST_F(LobbyRelay, AForgedSenderIsOverwritten) {
  const std::string to = std::to_string(static_cast<int>(bob_id));
  world.say_raw(alice, R"({"type":"offer","from":)" + std::to_string(static_cast<int>(mallory_id)) +
                           R"(,"to":)" + to + R"(,"sdp":"s"})");
  EXPECT_EQ(world.take<Offer>(bob), (Offer{alice_id, "s"}));
}

TEST_F(LobbyRelay, RefusesAMessageToAMemberOfAnotherRoom) {
  // Ids are given per room: make sure that this one is not Bob's or Alice's by chance.
  ASSERT_NE(alice_id, mallory_id);
  ASSERT_NE(bob_id, alice_id);
  world.say(mallory, Offer{alice_id, "s"});
  EXPECT_EQ(world.take_error(mallory), "no_such_peer");
  EXPECT_TRUE(world.silent(alice));
  world.say(alice, Offer{mallory_id, "s"});
  EXPECT_EQ(world.take_error(alice), "no_such_peer");
  EXPECT_TRUE(world.silent(mallory));
}

TEST_F(LobbyRelay, RefusesAMessageToOneself) {
  world.say(alice, Candidate{alice_id, "c", "", {}, ""});
  const Error error = world.take<Error>(alice);
  EXPECT_EQ(error.code, ErrorCode::no_such_peer);
  EXPECT_EQ(error.about, "candidate");
}

TEST_F(LobbyRelay, RefusesAMessageToSomebodyWhoLeft) {
  world.say(bob, LeaveRoom{});
  world.take<PeerLeftRoom>(alice);
  world.say(alice, EndOfCandidates{bob_id});
  EXPECT_EQ(world.take_error(alice), "no_such_peer");
}

TEST_F(LobbyRelay, RefusesAMessageFromOutsideAnyRoom) {
  world.say(bob, LeaveRoom{});
  world.take<LeftRoom>(bob);
  world.take<PeerLeftRoom>(alice);
  world.say(bob, Answer{alice_id, "s"});
  EXPECT_EQ(world.take_error(bob), "not_in_room");
  EXPECT_TRUE(world.silent(alice));
}

TEST_F(LobbyRelay, KeepsTheOrder) {
  for (int i = 0; i < 20; ++i) world.say(alice, Candidate{bob_id, std::to_string(i), "", {}, ""});
  for (int i = 0; i < 20; ++i) EXPECT_EQ(world.take<Candidate>(bob).candidate, std::to_string(i));
}

TEST_F(LobbyRelay, ABadMessageDisturbsNobodyElse) {
  world.say_raw(alice, "}{");
  EXPECT_EQ(world.closed(alice), 4000);
  EXPECT_EQ(world.take<PeerLeftRoom>(bob), (PeerLeftRoom{alice_id, LeaveReason::removed}));
  EXPECT_EQ(world.take_host(bob), (HostOfRoom{bob_id, 2}));
  EXPECT_TRUE(world.silent(bob));
  EXPECT_TRUE(world.silent(mallory));
}

}  // namespace
}  // namespace parlor::signaling
