// Members that lose their socket, and come back, or do not.

#include "signaling/lobby_test.hpp"

namespace parlor::signaling {
namespace {

using base::milliseconds;
using base::seconds;
using testing::World;

class LobbyAway : public ::testing::Test {
 protected:
  LobbyAway() {
    alice = world.creator("Ada");
    alices = world.take<JoinedRoom>(alice);
    bob = world.joiner("Bob", alices.code);
    bobs = world.take<JoinedRoom>(bob);
    world.take<PeerJoinedRoom>(alice);
  }
  World world;
  ConnectionId alice{};
  ConnectionId bob{};
  JoinedRoom alices;
  JoinedRoom bobs;
};

TEST_F(LobbyAway, AMemberWhoseSocketBreaksIsAwayAndLeavesAfterTheGraceTime) {
  world.close(bob, false);
  EXPECT_EQ(world.take<PeerAwayRoom>(alice).peer, bobs.you);
  EXPECT_EQ(world.lobby.counters().members, 2U);
  EXPECT_EQ(world.lobby.counters().away, 1U);
  world.pass(seconds(30) - milliseconds(1));
  EXPECT_TRUE(world.silent(alice));
  world.pass(milliseconds(1));
  EXPECT_EQ(world.take<PeerLeftRoom>(alice), (PeerLeftRoom{bobs.you, LeaveReason::lost}));
  EXPECT_EQ(world.lobby.counters().members, 1U);
  EXPECT_EQ(world.lobby.counters().away, 0U);
}

TEST_F(LobbyAway, WhoSaysThatItLeavesIsNotWaitedFor) {
  world.close(bob, true);
  EXPECT_EQ(world.take<PeerLeftRoom>(alice), (PeerLeftRoom{bobs.you, LeaveReason::left}));
}

TEST_F(LobbyAway, WhoResumesGoesOnWithItsIdAndIncarnation) {
  world.close(bob, false);
  world.take<PeerAwayRoom>(alice);
  world.pass(seconds(29));
  const auto again = world.resumer("Bob", alices.code, bobs.ticket);
  const JoinedRoom back = world.take<JoinedRoom>(again);
  EXPECT_EQ(back.you, bobs.you);
  EXPECT_EQ(back.incarnation, 1U);
  EXPECT_EQ(back.host, alices.you);
  EXPECT_EQ(back.members, (std::vector<MemberInfo>{{alices.you, "Ada"}}));
  EXPECT_EQ(world.take<PeerBackRoom>(alice).member, (MemberInfo{bobs.you, "Bob"}));
  world.pass(seconds(5));
  EXPECT_TRUE(world.silent(alice)) << "the grace time is over";
  const auto events = world.events_of<MemberBack>();
  ASSERT_EQ(events.size(), 1U);
  EXPECT_FALSE(events[0].anew);
}

TEST_F(LobbyAway, WhoResumesBeforeItsLossWasNoticedIsBackForTheOthers) {
  const auto again = world.resumer("Bob", alices.code, bobs.ticket);
  EXPECT_EQ(world.take<JoinedRoom>(again).you, bobs.you);
  EXPECT_EQ(world.closed(bob), 4015);
  EXPECT_EQ(world.take<PeerBackRoom>(alice).member.id, bobs.you)
      << "what was on its way by the relay is gone";
  EXPECT_TRUE(world.silent(alice));
}

TEST_F(LobbyAway, AReloadBeginsANewIncarnation) {
  world.close(bob, false);
  world.take<PeerAwayRoom>(alice);
  const auto again = world.joiner("Robert", alices.code, bobs.ticket);
  const JoinedRoom back = world.take<JoinedRoom>(again);
  EXPECT_EQ(back.you, bobs.you);
  EXPECT_EQ(back.incarnation, 2U);
  EXPECT_EQ(world.take<PeerBackRoom>(alice).member, (MemberInfo{bobs.you, "Robert", 2}));
}

TEST_F(LobbyAway, ATabThatWasReplacedDoesNotResume) {
  const auto second_tab = world.joiner("Bob", alices.code, bobs.ticket);
  world.take<JoinedRoom>(second_tab);
  EXPECT_EQ(world.take_error(bob), "replaced");
  world.take<PeerBackRoom>(alice);
  const auto first_tab = world.resumer("Bob", alices.code, bobs.ticket);
  EXPECT_EQ(world.take_error(first_tab), "replaced");
  EXPECT_EQ(world.closed(first_tab), 4015);
  EXPECT_EQ(world.closed(second_tab), 0);
  EXPECT_TRUE(world.silent(alice));
}

TEST_F(LobbyAway, WhoComesBackTooLateHasTheSameIdInANewIncarnation) {
  world.close(bob, false);
  world.take<PeerAwayRoom>(alice);
  world.pass(seconds(31));
  world.take<PeerLeftRoom>(alice);
  const auto again = world.resumer("Bob", alices.code, bobs.ticket);
  const JoinedRoom back = world.take<JoinedRoom>(again);
  EXPECT_EQ(back.you, bobs.you);
  EXPECT_EQ(back.incarnation, 2U) << "the others have taken leave of the first";
  EXPECT_EQ(world.take<PeerJoinedRoom>(alice).member, (MemberInfo{bobs.you, "Bob", 2}));
}

TEST_F(LobbyAway, NobodyResumesWithoutAGoodTicket) {
  const auto eve = world.resumer("Eve", alices.code, "nonsense");
  EXPECT_EQ(world.take_error(eve), "no_such_room");
  world.say_raw(eve, R"({"type":"join","code":"kamo-ridun","resume":true})");
  EXPECT_EQ(world.take_error(eve), "bad_message");
}

TEST_F(LobbyAway, WhatWasMeantForAMemberThatIsAwayWaitsForIt) {
  world.close(bob, false);
  world.take<PeerAwayRoom>(alice);
  world.say(alice, Offer{bobs.you, "sdp"});
  world.say(alice, Candidate{bobs.you, "c", "", {}, ""});
  EXPECT_TRUE(world.silent(alice)) << "no error";
  const auto again = world.resumer("Bob", alices.code, bobs.ticket);
  world.take<JoinedRoom>(again);
  EXPECT_EQ(world.take<Offer>(again), (Offer{alices.you, "sdp"}));
  EXPECT_EQ(world.take<Candidate>(again).candidate, "c");
  EXPECT_TRUE(world.silent(again));
}

TEST_F(LobbyAway, AReloadedProgramGetsNothingThatWasMeantForTheFormer) {
  world.close(bob, false);
  world.say(alice, Offer{bobs.you, "sdp"});
  const auto again = world.joiner("Bob", alices.code, bobs.ticket);
  world.take<JoinedRoom>(again);
  EXPECT_TRUE(world.silent(again));
}

TEST_F(LobbyAway, WhatWaitsForAMemberIsBounded) {
  world.close(bob, false);
  for (int i = 0; i < 100; ++i) world.say(alice, EndOfCandidates{bobs.you});
  world.close(alice, false);
  const auto again = world.resumer("Bob", alices.code, bobs.ticket);
  world.take<JoinedRoom>(again);
  std::size_t got = 0;
  for (; !world.silent(again); ++got) world.take<EndOfCandidates>(again);
  EXPECT_EQ(got, 64U);
  // And by bytes: of two messages of 10,000, one.
  world.close(again, false);
  const auto ada = world.resumer("Ada", alices.code, alices.ticket);
  world.take<JoinedRoom>(ada);
  for (int i = 0; i < 2; ++i) world.say(ada, Offer{bobs.you, std::string(10'000, 's')});
  const auto third = world.resumer("Bob", alices.code, bobs.ticket);
  world.take<JoinedRoom>(third);
  world.take<Offer>(third);
  EXPECT_TRUE(world.silent(third));
}

TEST_F(LobbyAway, TheHostStaysHostWhileItIsAwayAndHandsOverAfterwards) {
  world.close(alice, false);
  EXPECT_EQ(world.take<PeerAwayRoom>(bob).peer, alices.you);
  const auto carol = world.joiner("Carol", alices.code);
  const JoinedRoom carols = world.take<JoinedRoom>(carol);
  EXPECT_EQ(carols.host, alices.you);
  EXPECT_EQ(carols.members, (std::vector<MemberInfo>{{alices.you, "Ada", 1, true}, {bobs.you, "Bob"}}));
  world.take<PeerJoinedRoom>(bob);
  world.pass(seconds(30));
  for (const auto one : {bob, carol}) {
    world.take<PeerLeftRoom>(one);
    EXPECT_EQ(world.take_host(one), (HostOfRoom{bobs.you, 2}));
  }
}

TEST_F(LobbyAway, AHostIsChosenAmongThoseWhoAreThere) {
  const auto carol = world.joiner("Carol", alices.code);
  const PeerId carols = world.take<JoinedRoom>(carol).you;
  world.close(bob, false);
  world.take<PeerAwayRoom>(carol);
  world.say(alice, LeaveRoom{});
  world.take<PeerLeftRoom>(carol);
  EXPECT_EQ(world.take_host(carol), (HostOfRoom{carols, 2})) << "Bob was there before her, but is away";
}

TEST_F(LobbyAway, ARoomOutlivesAllOfItsMembersBeingAway) {
  world.close(alice, false);
  world.close(bob, false);
  EXPECT_EQ(world.lobby.counters().rooms, 1U);
  world.pass(seconds(29));
  const auto again = world.resumer("Ada", alices.code, alices.ticket);
  EXPECT_EQ(world.take<JoinedRoom>(again).you, alices.you);
  world.close(again, false);
  world.pass(seconds(31));
  EXPECT_EQ(world.lobby.counters().rooms, 0U);
  EXPECT_EQ(world.lobby.counters().members, 0U);
  EXPECT_EQ(world.lobby.counters().away, 0U);
  EXPECT_FALSE(world.lobby.poll_timeout());
}

TEST_F(LobbyAway, ALoneMemberThatReloadsFindsItsRoom) {
  world.say(bob, LeaveRoom{});
  world.close(alice, false);
  const auto again = world.joiner("Ada", alices.code, alices.ticket);
  const JoinedRoom back = world.take<JoinedRoom>(again);
  EXPECT_EQ(back.you, alices.you);
  EXPECT_EQ(back.host, alices.you);
}

TEST_F(LobbyAway, AFloodOrAMalformedFrameEndsTheMembershipAtOnce) {
  world.say_raw(bob, "}{");
  EXPECT_EQ(world.take<PeerLeftRoom>(alice), (PeerLeftRoom{bobs.you, LeaveReason::removed}));
  EXPECT_EQ(world.lobby.counters().away, 0U);
}

TEST_F(LobbyAway, ShuttingDownTellsOnlyThoseWhoAreThere) {
  world.close(bob, false);
  world.take<PeerAwayRoom>(alice);
  world.lobby.shut_down(world.now);
  world.drain();
  EXPECT_EQ(world.take_error(alice), "server_shutdown");
  EXPECT_TRUE(world.silent(alice));
}

}  // namespace
}  // namespace parlor::signaling
