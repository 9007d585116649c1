// Who is in which room, and who is its host.

#include <set>

#include "signaling/code.hpp"
#include "signaling/lobby_test.hpp"

namespace parlor::signaling {
namespace {

using testing::World;

TEST(LobbyRooms, WhoCreatesOneIsItsHost) {
  World world;
  const auto alice = world.greeted("Ada");
  world.say(alice, CreateRoom{4, "Friday"});
  const JoinedRoom room = world.take<JoinedRoom>(alice);
  EXPECT_EQ(room.code, shown_code(*canonical_code(room.code)));
  EXPECT_EQ(room.title, "Friday");
  EXPECT_EQ(room.size, 4);
  EXPECT_NE(room.you, kNobody);
  EXPECT_EQ(room.host, room.you);
  EXPECT_EQ(room.term, 1U);
  EXPECT_FALSE(room.ticket.empty());
  EXPECT_TRUE(room.members.empty());
  EXPECT_EQ(world.lobby.counters().rooms, 1U);
  EXPECT_EQ(world.lobby.counters().members, 1U);
}

TEST(LobbyRooms, JoiningTellsBothSides) {
  World world;
  const auto alice = world.creator("Ada");
  const JoinedRoom made = world.take<JoinedRoom>(alice);
  const auto bob = world.joiner("Bob", made.code);
  const JoinedRoom bobs = world.take<JoinedRoom>(bob);
  EXPECT_EQ(bobs.code, made.code);
  EXPECT_EQ(bobs.host, made.you);
  EXPECT_EQ(bobs.term, 1U);
  EXPECT_EQ(bobs.members, (std::vector<MemberInfo>{{made.you, "Ada"}}));
  EXPECT_EQ(world.take<PeerJoinedRoom>(alice).member, (MemberInfo{bobs.you, "Bob"}));
  const auto carol = world.joiner("Carol", made.code);
  const JoinedRoom carols = world.take<JoinedRoom>(carol);
  EXPECT_EQ(carols.members, (std::vector<MemberInfo>{{made.you, "Ada"}, {bobs.you, "Bob"}}))
      << "longest-present first";
  EXPECT_EQ(world.take<PeerJoinedRoom>(alice).member, world.take<PeerJoinedRoom>(bob).member);
}

TEST(LobbyRooms, ATextForManyIsWrittenOnce) {
  World world;
  const auto alice = world.creator("Ada");
  const JoinedRoom made = world.take<JoinedRoom>(alice);
  world.joiner("Bob", made.code);
  world.joiner("Carol", made.code);
  world.shared.clear();
  world.say(alice, LeaveRoom{});
  // peer_left to two, host to two, left to one.
  ASSERT_EQ(world.shared.size(), 5U);
  EXPECT_EQ(world.shared[0], world.shared[1]);
  EXPECT_NE(world.shared[2], world.shared[3]) << "to each its own ticket";
}

TEST(LobbyRooms, PeerIdsAreDistinctAndScattered) {
  World world;
  const auto alice = world.creator("Ada", 64);
  const JoinedRoom made = world.take<JoinedRoom>(alice);
  std::set<PeerId> ids = {made.you};
  for (int i = 0; i < 500; ++i) {
    const auto guest = world.joiner("Guest", made.code);
    const PeerId id = world.take<JoinedRoom>(guest).you;
    EXPECT_TRUE(ids.insert(id).second) << "an id came twice in a room's life";
    world.say(guest, LeaveRoom{});
  }
}

TEST(LobbyRooms, AnIdThatIsHeldIsPassedOverWhenAllHaveBeenGiven) {
  LobbyConfig config;
  config.message_burst = 1'000'000;
  config.entry_burst = 1'000'000;
  World world(config);
  const auto alice = world.creator("Ada");
  const JoinedRoom made = world.take<JoinedRoom>(alice);
  const auto bob = world.greeted("Bob");
  const std::string join = write(ClientMessage(JoinRoom{made.code, ""}));
  const std::string leave = write(ClientMessage(LeaveRoom{}));
  const std::string alices = "\"you\":" + std::to_string(static_cast<int>(made.you)) + ',';
  int joins = 0;
  for (int i = 0; i < 65'540; ++i) {
    world.lobby.handle_frame(world.now, bob, join);
    world.lobby.handle_frame(world.now, bob, leave);
    while (auto out = world.lobby.poll_transmit()) {
      const auto& sent = std::get<SendText>(*out);
      if (sent.text->find("\"joined\"") == std::string::npos) continue;
      joins += sent.connection == bob ? 1 : 0;
      ASSERT_EQ(sent.text->find(alices), std::string::npos) << "after " << i;
    }
    while (world.lobby.poll_event()) {
    }
  }
  EXPECT_EQ(joins, 65'540);
}

TEST(LobbyRooms, LeavingTellsTheOthersAndLeavesTheConnectionOpen) {
  World world;
  const auto alice = world.creator("Ada");
  const JoinedRoom made = world.take<JoinedRoom>(alice);
  const auto bob = world.joiner("Bob", made.code);
  const PeerId bobs = world.take<JoinedRoom>(bob).you;
  world.take<PeerJoinedRoom>(alice);
  world.say(bob, LeaveRoom{});
  world.take<LeftRoom>(bob);
  EXPECT_EQ(world.take<PeerLeftRoom>(alice), (PeerLeftRoom{bobs, LeaveReason::left}));
  EXPECT_TRUE(world.silent(alice)) << "the host stayed";
  world.say(bob, CreateRoom{8, ""});
  EXPECT_NE(world.take<JoinedRoom>(bob).code, made.code);
}

TEST(LobbyRooms, WithoutAGraceTimeAClosedSocketLeavesInOrderOrIsLost) {
  for (const bool in_order : {true, false}) {
    LobbyConfig config;
    config.grace = base::Duration{};
    World world(config);
    const auto alice = world.creator("Ada");
    const JoinedRoom made = world.take<JoinedRoom>(alice);
    const auto bob = world.joiner("Bob", made.code);
    const PeerId bobs = world.take<JoinedRoom>(bob).you;
    world.take<PeerJoinedRoom>(alice);
    world.close(bob, in_order);
    EXPECT_EQ(world.take<PeerLeftRoom>(alice),
              (PeerLeftRoom{bobs, in_order ? LeaveReason::left : LeaveReason::lost}));
    EXPECT_EQ(world.lobby.counters().connections, 1U);
    EXPECT_EQ(world.lobby.counters().members, 1U);
  }
}

TEST(LobbyRooms, WhenTheHostLeavesTheLongestPresentFollowsInANewTerm) {
  World world;
  const auto alice = world.creator("Ada");
  const JoinedRoom made = world.take<JoinedRoom>(alice);
  const auto bob = world.joiner("Bob", made.code);
  const JoinedRoom bobs = world.take<JoinedRoom>(bob);
  const auto carol = world.joiner("Carol", made.code);
  const JoinedRoom carols = world.take<JoinedRoom>(carol);
  world.take<PeerJoinedRoom>(bob);
  world.close(alice, true);
  for (const auto connection : {bob, carol}) {
    EXPECT_EQ(world.take<PeerLeftRoom>(connection).peer, made.you);
    EXPECT_EQ(world.take_host(connection), (HostOfRoom{bobs.you, 2}));
  }
  const auto dave = world.joiner("Dave", made.code);
  const JoinedRoom daves = world.take<JoinedRoom>(dave);
  EXPECT_EQ(daves.host, bobs.you);
  EXPECT_EQ(daves.term, 2U);
  world.take<PeerJoinedRoom>(carol);
  world.say(bob, LeaveRoom{});
  world.take<PeerLeftRoom>(carol);
  EXPECT_EQ(world.take_host(carol), (HostOfRoom{carols.you, 3}));
}

TEST(LobbyRooms, DieWithTheirLastMember) {
  World world;
  const auto alice = world.creator("Ada");
  const JoinedRoom made = world.take<JoinedRoom>(alice);
  world.close(alice, true);
  EXPECT_EQ(world.lobby.counters().rooms, 0U);
  const auto bob = world.joiner("Bob", made.code);
  EXPECT_EQ(world.take_error(bob), "no_such_room");
  EXPECT_EQ(world.events_of<RoomClosed>().size(), 1U);
}

TEST(LobbyRooms, AFullRoomTakesNobodyUntilSomebodyLeaves) {
  World world;
  const auto alice = world.creator("Ada", 2);
  const JoinedRoom made = world.take<JoinedRoom>(alice);
  const auto bob = world.joiner("Bob", made.code);
  world.take<JoinedRoom>(bob);
  const auto carol = world.joiner("Carol", made.code);
  EXPECT_EQ(world.take_error(carol), "room_full");
  world.say(bob, LeaveRoom{});
  world.say(carol, JoinRoom{made.code, ""});
  world.take<JoinedRoom>(carol);
}

TEST(LobbyRooms, OfAnotherGameDoNotExist) {
  World world;
  const auto alice = world.creator("Ada");
  const JoinedRoom made = world.take<JoinedRoom>(alice);
  const auto bob = world.open("version=1&game=chess&name=Bob&join=" + made.code);
  world.take<Welcome>(bob);
  EXPECT_EQ(world.take_error(bob), "no_such_room");
}

TEST(LobbyRooms, OfAnotherBuildSayReload) {
  World world;
  const auto alice = world.creator("Ada");
  const JoinedRoom made = world.take<JoinedRoom>(alice);
  const auto bob = world.open("version=1&game=cubes&build=2&name=Bob&join=" + made.code);
  world.take<Welcome>(bob);
  EXPECT_EQ(world.take_error(bob), "build_mismatch");
}

TEST(LobbyRooms, OneAtATime) {
  World world;
  const auto alice = world.creator("Ada");
  const JoinedRoom made = world.take<JoinedRoom>(alice);
  world.say(alice, CreateRoom{8, ""});
  EXPECT_EQ(world.take_error(alice), "already_in_room");
  world.say(alice, JoinRoom{made.code, ""});
  EXPECT_EQ(world.take_error(alice), "already_in_room");
  EXPECT_EQ(world.lobby.counters().rooms, 1U);
}

TEST(LobbyRooms, LeavingNeedsARoom) {
  World world;
  const auto alice = world.greeted("Ada");
  world.say(alice, LeaveRoom{});
  EXPECT_EQ(world.take_error(alice), "not_in_room");
}

TEST(LobbyRooms, EventsTellTheirStory) {
  World world;
  const auto alice = world.creator("Ada", 5);
  const JoinedRoom made = world.take<JoinedRoom>(alice);
  const auto bob = world.joiner("Bob", made.code);
  world.close(bob, false);
  world.pass(base::seconds(30));
  world.close(alice, true);
  const auto opened = world.events_of<RoomOpened>();
  ASSERT_EQ(opened.size(), 1U);
  EXPECT_EQ(opened[0].code, *canonical_code(made.code));
  EXPECT_EQ(opened[0].game, "cubes");
  EXPECT_EQ(opened[0].size, 5);
  const auto entered = world.events_of<MemberEntered>();
  ASSERT_EQ(entered.size(), 2U);
  EXPECT_EQ(entered[1].connection, bob);
  EXPECT_EQ(entered[1].members, 2U);
  const auto gone = world.events_of<MemberGone>();
  ASSERT_EQ(gone.size(), 2U);
  EXPECT_EQ(gone[0].reason, LeaveReason::lost);
  EXPECT_EQ(gone[0].members, 1U);
  EXPECT_EQ(gone[1].reason, LeaveReason::left);
  EXPECT_EQ(world.events_of<RoomClosed>().size(), 1U);
}

}  // namespace
}  // namespace parlor::signaling
