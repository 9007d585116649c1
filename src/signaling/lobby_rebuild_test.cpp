// A server that was killed and started again: its rooms come back with the tickets of their members.

#include "signaling/code.hpp"
#include "signaling/lobby_test.hpp"

namespace parlor::signaling {
namespace {

using base::seconds;
using testing::World;

/// Three members of a room in a process that is then gone; its successor has the same key.
class LobbyRebuild : public ::testing::Test {
 protected:
  LobbyRebuild() {
    const auto alice = before.greeted("Ada");
    before.say(alice, CreateRoom{4, "Friday"});
    alices = before.take<JoinedRoom>(alice);
    const auto bob = before.joiner("Bob", alices.code);
    bobs = before.take<JoinedRoom>(bob);
    const auto carol = before.joiner("Carol", alices.code);
    carols = before.take<JoinedRoom>(carol);
    before.take<PeerJoinedRoom>(bob);
    // Ada goes: the host is Bob, in term 2, and the tickets know it.
    before.close(alice, true);
    before.take<PeerLeftRoom>(bob);
    before.take<PeerLeftRoom>(carol);
    bobs.ticket = before.take<HostOfRoom>(bob).ticket;
    carols.ticket = before.take<HostOfRoom>(carol).ticket;
  }
  World before;
  World after{{}, 2};
  JoinedRoom alices;
  JoinedRoom bobs;
  JoinedRoom carols;
};

TEST_F(LobbyRebuild, AMemberThatResumesBringsTheRoomBack) {
  const auto bob = after.resumer("Bob", alices.code, bobs.ticket);
  const JoinedRoom back = after.take<JoinedRoom>(bob);
  EXPECT_EQ(back.code, alices.code);
  EXPECT_EQ(back.title, "Friday");
  EXPECT_EQ(back.size, 4);
  EXPECT_EQ(back.you, bobs.you);
  EXPECT_EQ(back.incarnation, 1U) << "it goes on";
  EXPECT_EQ(back.host, bobs.you);
  EXPECT_EQ(back.term, 2U);
  EXPECT_EQ(after.lobby.counters().rooms, 1U);
  EXPECT_EQ(after.events_of<RoomRebuilt>().size(), 1U);
  const auto carol = after.resumer("Carol", alices.code, carols.ticket);
  EXPECT_EQ(after.take<JoinedRoom>(carol).members, (std::vector<MemberInfo>{{bobs.you, "Bob"}}));
  EXPECT_EQ(after.take<PeerJoinedRoom>(bob).member, (MemberInfo{carols.you, "Carol"}));
}

TEST_F(LobbyRebuild, TheHostIsWaitedForAndThenFollowed) {
  const auto carol = after.resumer("Carol", alices.code, carols.ticket);
  EXPECT_EQ(after.take<JoinedRoom>(carol).host, bobs.you) << "though he is not back yet";
  after.pass(seconds(29));
  EXPECT_TRUE(after.silent(carol));
  after.say(carol, Ping{1});
  after.take<Pong>(carol);
  after.pass(seconds(1));
  EXPECT_EQ(after.take_host(carol), (HostOfRoom{carols.you, 3}));
}

TEST_F(LobbyRebuild, AHostThatComesBackInTimeStaysIt) {
  const auto carol = after.resumer("Carol", alices.code, carols.ticket);
  after.take<JoinedRoom>(carol);
  const auto bob = after.resumer("Bob", alices.code, bobs.ticket);
  EXPECT_EQ(after.take<JoinedRoom>(bob).term, 2U);
  after.take<PeerJoinedRoom>(carol);
  after.pass(seconds(60));
  EXPECT_TRUE(after.silent(carol));
}

TEST_F(LobbyRebuild, TheHighestTermThatIsShownHolds) {
  // Ada's ticket is of term 1, in which she was host.
  const auto alice = after.resumer("Ada", alices.code, alices.ticket);
  const JoinedRoom first = after.take<JoinedRoom>(alice);
  EXPECT_EQ(first.term, 1U);
  EXPECT_EQ(first.host, alices.you);
  const auto bob = after.resumer("Bob", alices.code, bobs.ticket);
  EXPECT_EQ(after.take_host(alice), (HostOfRoom{bobs.you, 2}));
  const JoinedRoom second = after.take<JoinedRoom>(bob);
  EXPECT_EQ(second.host, bobs.you);
  EXPECT_EQ(second.term, 2U);
}

TEST_F(LobbyRebuild, NoTermHasTwoHosts) {
  // Ada brings the room back in term 1, goes, and leaves Dave as the host of term 2, which Bob was before.
  const auto alice = after.resumer("Ada", alices.code, alices.ticket);
  after.take<JoinedRoom>(alice);
  const auto dave = after.joiner("Dave", alices.code);
  const PeerId daves = after.take<JoinedRoom>(dave).you;
  after.say(alice, LeaveRoom{});
  after.take<PeerLeftRoom>(dave);
  EXPECT_EQ(after.take_host(dave), (HostOfRoom{daves, 2}));
  const auto carol = after.resumer("Carol", alices.code, carols.ticket);
  EXPECT_EQ(after.take_host(dave), (HostOfRoom{daves, 3}));
  const JoinedRoom back = after.take<JoinedRoom>(carol);
  EXPECT_EQ(back.host, daves);
  EXPECT_EQ(back.term, 3U);
}

TEST_F(LobbyRebuild, AProgramThatBeganAnewBringsTheRoomBackToo) {
  const auto bob = after.joiner("Bob", alices.code, bobs.ticket);
  const JoinedRoom back = after.take<JoinedRoom>(bob);
  EXPECT_EQ(back.you, bobs.you);
  EXPECT_EQ(back.incarnation, 2U);
}

TEST_F(LobbyRebuild, NewcomersGetIdsThatNobodyHadBefore) {
  after.take<JoinedRoom>(after.resumer("Bob", alices.code, bobs.ticket));
  const auto dave = after.joiner("Dave", alices.code);
  const JoinedRoom daves = after.take<JoinedRoom>(dave);
  for (const PeerId taken : {alices.you, bobs.you, carols.you}) EXPECT_NE(daves.you, taken);
  const auto carol = after.resumer("Carol", alices.code, carols.ticket);
  EXPECT_EQ(after.take<JoinedRoom>(carol).you, carols.you) << "her place is still hers";
}

TEST_F(LobbyRebuild, ATicketOfAnotherGameKeyOrCodeRebuildsNothing) {
  const auto other = after.open("version=1&game=chess&name=Bob");
  after.take<Welcome>(other);
  after.say(other, JoinRoom{*canonical_code(alices.code), bobs.ticket, true});
  EXPECT_EQ(after.take_error(other), "no_such_room");
  const auto bob = after.resumer("Bob", "bababababab", bobs.ticket);
  EXPECT_EQ(after.take_error(bob), "no_such_room");
  LobbyConfig config;
  config.ticket_key.fill(std::byte{9});
  config.mac = testing::toy_mac;
  base::SeededRandom random(3);
  Lobby stranger(config, random);
  const ConnectionId id{1};
  stranger.handle_open(after.now, id, World::address("192.0.2.1"), {},
                       parse_upgrade_query("version=1&game=cubes&name=Bob"));
  stranger.handle_frame(after.now, id,
                        write(ClientMessage(JoinRoom{*canonical_code(alices.code), bobs.ticket})));
  EXPECT_EQ(stranger.counters().rooms, 0U);
  EXPECT_EQ(after.lobby.counters().rooms, 0U);
}

TEST_F(LobbyRebuild, LongAfterTheStartAPageThatWasLoadedAnewRebuildsNothing) {
  after.greeted("Somebody");
  after.pass(seconds(601));
  const auto bob = after.joiner("Bob", alices.code, bobs.ticket);
  EXPECT_EQ(after.take_error(bob), "no_such_room");
}

TEST_F(LobbyRebuild, AProgramThatStillPlaysBringsItsRoomBackAtAnyTime) {
  // All were out of reach for longer than the grace time; the server never stopped.
  for (const std::uint64_t id : {2U, 3U}) before.close(ConnectionId{id}, false);
  before.pass(seconds(700));
  ASSERT_EQ(before.lobby.counters().rooms, 0U);
  const auto bob = before.resumer("Bob", alices.code, bobs.ticket);
  const JoinedRoom back = before.take<JoinedRoom>(bob);
  EXPECT_EQ(back.you, bobs.you);
  EXPECT_EQ(back.incarnation, 1U);
  EXPECT_EQ(back.term, 2U);
}

TEST_F(LobbyRebuild, ARoomThatDiedInThisProcessStaysDead) {
  const auto again = before.greeted("Bob");
  for (const std::uint64_t id : {2U, 3U}) before.close(ConnectionId{id}, true);
  ASSERT_EQ(before.lobby.counters().rooms, 0U);
  before.say(again, JoinRoom{*canonical_code(alices.code), bobs.ticket});
  EXPECT_EQ(before.take_error(again), "no_such_room");
}

TEST_F(LobbyRebuild, TheLimitOfRoomsHolds) {
  LobbyConfig config;
  config.max_rooms = 1;
  World full(config, 5);
  full.creator("Eve");
  const auto bob = full.resumer("Bob", alices.code, bobs.ticket);
  EXPECT_EQ(full.take_error(bob), "server_full");
}

}  // namespace
}  // namespace parlor::signaling
