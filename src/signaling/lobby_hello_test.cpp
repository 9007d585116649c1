// How a connection begins and ends.

#include "signaling/lobby_test.hpp"

namespace parlor::signaling {
namespace {

using base::seconds;
using testing::World;

const std::string kHello = "version=1&game=cubes&name=Ada";

TEST(LobbyHello, IsAnsweredByTheIceServersOfThisConnection) {
  World world;
  const std::vector<IceServer> servers = {{{"stun:example.org:3478"}, "", ""},
                                          {{"turn:example.org"}, "u", "c"}};
  world.lobby.handle_open(world.now, ConnectionId{77}, World::address("192.0.2.1"), servers,
                          UpgradeRequest{});
  world.drain();
  EXPECT_TRUE(world.silent(ConnectionId{77}));
  world.say(ConnectionId{77}, Hello{1, "cubes", "", "Ada"});
  EXPECT_EQ(world.take<Welcome>(ConnectionId{77}), (Welcome{1, servers}));
}

TEST(LobbyHello, TheWelcomeSaysWhetherGameFramesArePassedOn) {
  LobbyConfig config;
  config.relay = true;
  World world(config);
  EXPECT_TRUE(world.take<Welcome>(world.open(kHello)).relay);
  World other;
  EXPECT_FALSE(other.take<Welcome>(other.open(kHello)).relay);
}

TEST(LobbyHello, MayRideOnTheUpgradeRequestWithCreateOrJoin) {
  World world;
  const auto alice = world.open(kHello + "&create=2&title=T");
  world.take<Welcome>(alice);
  const JoinedRoom room = world.take<JoinedRoom>(alice);
  EXPECT_EQ(room.size, 2);
  EXPECT_EQ(room.title, "T");
  const auto bob = world.open("version=1&game=cubes&name=Bob&join=" + room.code);
  world.take<Welcome>(bob);
  EXPECT_EQ(world.take<JoinedRoom>(bob).code, room.code);
  EXPECT_EQ(world.take<PeerJoinedRoom>(alice).member.name, "Bob");
}

TEST(LobbyHello, AnythingBeforeItCloses) {
  for (const std::string& text :
       {write(ClientMessage(Ping{1})), write(ClientMessage(CreateRoom{8, ""})),
        write(ClientMessage(Offer{PeerId{1}, "s"})), std::string(R"({"type":"dance"})"),
        std::string(R"({"type":"offer"})"), std::string("{}")}) {
    World world;
    const auto alice = world.open();
    world.say_raw(alice, text);
    EXPECT_EQ(world.take_error(alice), "hello_first") << text;
    EXPECT_EQ(world.closed(alice), 4004);
    EXPECT_EQ(world.lobby.counters().connections, 0U);
  }
}

TEST(LobbyHello, MayBeSaidOnce) {
  World world;
  const auto alice = world.greeted("Ada");
  world.say(alice, Hello{1, "cubes", "", "Eve"});
  EXPECT_EQ(world.take_error(alice), "bad_message");
  EXPECT_EQ(world.closed(alice), 0);
}

TEST(LobbyHello, ABadNameInBandMayBeCorrected) {
  World world;
  const auto alice = world.open();
  world.say_raw(alice, R"({"type":"hello","version":1,"game":"cubes","name":"\u202e"})");
  EXPECT_EQ(world.take_error(alice), "bad_name");
  EXPECT_EQ(world.closed(alice), 0);
  world.say(alice, Hello{1, "cubes", "", "Ada"});
  world.take<Welcome>(alice);
}

TEST(LobbyHello, AWrongVersionCloses) {
  World world;
  const auto alice = world.open();
  world.say_raw(alice, R"({"type":"hello","version":2})");
  EXPECT_EQ(world.take_error(alice), "unsupported_version");
  EXPECT_EQ(world.closed(alice), 4003);
}

TEST(LobbyHello, WhateverIsWrongInTheUpgradeRequestIsSaidAndCloses) {
  const std::pair<std::string, int> cases[] = {
      {"version=2", 4003},         {"version=1&game=cubes&name=%0a", 4005}, {"version=1&game=cubes", 4005},
      {"game=cubes&name=n", 4001}, {kHello + "&create=999", 4001},          {kHello + "&join=x", 4008},
  };
  for (const auto& [query, code] : cases) {
    World world;
    const auto alice = world.open(query);
    EXPECT_EQ(close_code(*error_code_from(world.take_error(alice))), code) << query;
    EXPECT_EQ(world.closed(alice), code) << query;
    EXPECT_EQ(world.lobby.counters().connections, 0U);
    EXPECT_FALSE(world.lobby.poll_timeout());
  }
}

TEST(LobbyHello, ARefusedJoinOnTheUpgradeRequestLeavesTheConnectionOpen) {
  World world;
  const auto alice = world.open(kHello + "&join=kamoridun");
  world.take<Welcome>(alice);
  EXPECT_EQ(world.take_error(alice), "no_such_room");
  EXPECT_EQ(world.closed(alice), 0);
  world.say(alice, CreateRoom{8, ""});
  world.take<JoinedRoom>(alice);
}

TEST(LobbyHello, BadJsonCloses) {
  World world;
  const auto alice = world.greeted("Ada");
  world.say_raw(alice, "{\"type\":");
  EXPECT_EQ(world.take_error(alice), "bad_json");
  EXPECT_EQ(world.closed(alice), 4000);
  world.say(alice, Ping{1});
  EXPECT_TRUE(world.silent(alice)) << "a closed connection is forgotten";
}

TEST(LobbyHello, UnknownTypesAndBadFieldsLeaveTheConnectionOpen) {
  World world;
  const auto alice = world.greeted("Ada");
  world.say_raw(alice, R"({"type":"list_rooms"})");
  const Error unknown = world.take<Error>(alice);
  EXPECT_EQ(unknown.code, ErrorCode::unknown_type);
  EXPECT_EQ(unknown.about, "list_rooms");
  world.say_raw(alice, R"({"type":"create","size":"many"})");
  const Error bad = world.take<Error>(alice);
  EXPECT_EQ(bad.code, ErrorCode::bad_message);
  EXPECT_EQ(bad.about, "create");
  world.say(alice, Ping{9});
  EXPECT_EQ(world.take<Pong>(alice).id, 9U);
}

TEST(LobbyHello, WithoutOneInTimeTheConnectionIsClosed) {
  World world;
  const auto alice = world.open();
  world.pass(seconds(10) - base::microseconds(1));
  EXPECT_EQ(world.closed(alice), 0);
  world.pass(base::microseconds(1));
  EXPECT_EQ(world.take_error(alice), "timed_out");
  EXPECT_EQ(world.closed(alice), 4019);
}

TEST(LobbyHello, ActivityDoesNotPutOffTheHelloDeadline) {
  World world;
  const auto alice = world.open();
  world.pass(seconds(9));
  world.lobby.handle_activity(world.now, alice);
  world.pass(seconds(1));
  EXPECT_EQ(world.closed(alice), 4019);
}

TEST(LobbyIdle, SilenceClosesAndAnythingHeardPutsItOff) {
  World world;
  const auto alice = world.greeted("Ada");
  const auto bob = world.greeted("Bob");
  const auto carol = world.greeted("Carol");
  world.pass(seconds(50));
  world.say(alice, Ping{1});
  world.lobby.handle_activity(world.now, bob);
  world.pass(seconds(25));
  EXPECT_EQ(world.closed(alice), 0);
  EXPECT_EQ(world.closed(bob), 0);
  EXPECT_EQ(world.closed(carol), 4019);
  world.pass(seconds(50));
  EXPECT_EQ(world.closed(alice), 4019);
  EXPECT_EQ(world.closed(bob), 4019);
  EXPECT_EQ(world.lobby.counters().connections, 0U);
}

TEST(LobbyIdle, ASilentMemberIsLostToTheOthers) {
  World world;
  const auto alice = world.creator("Ada");
  const JoinedRoom room = world.take<JoinedRoom>(alice);
  const auto bob = world.joiner("Bob", room.code);
  const PeerId bobs = world.take<JoinedRoom>(bob).you;
  world.take<PeerJoinedRoom>(alice);
  world.pass(seconds(40));
  world.say(alice, Ping{1});
  world.take<Pong>(alice);
  world.pass(seconds(40));
  EXPECT_EQ(world.closed(bob), 4019);
  EXPECT_EQ(world.take<PeerAwayRoom>(alice).peer, bobs);
}

TEST(LobbyFrames, WhatTheSocketRefusedIsSaidAndCloses) {
  const std::pair<ErrorCode, int> cases[] = {
      {ErrorCode::too_large, 4017}, {ErrorCode::not_text, 4018}, {ErrorCode::slow_reader, 4016}};
  for (const auto& [code, close] : cases) {
    World world;
    const auto alice = world.creator("Ada");
    const JoinedRoom room = world.take<JoinedRoom>(alice);
    const auto bob = world.joiner("Bob", room.code);
    const PeerId bobs = world.take<JoinedRoom>(bob).you;
    world.take<PeerJoinedRoom>(alice);
    world.lobby.handle_refusal(world.now, bob, code);
    world.drain();
    EXPECT_EQ(world.take_error(bob), to_string(code));
    EXPECT_EQ(world.closed(bob), close);
    if (code == ErrorCode::slow_reader) {  // a bad network may get better
      EXPECT_EQ(world.take<PeerAwayRoom>(alice).peer, bobs);
    } else {
      EXPECT_EQ(world.take<PeerLeftRoom>(alice), (PeerLeftRoom{bobs, LeaveReason::removed}));
    }
    world.lobby.handle_refusal(world.now, bob, code);
    world.drain();
    EXPECT_TRUE(world.silent(bob)) << "unknown connections are ignored";
  }
}

TEST(LobbyShutDown, TellsEverybodyOnceAndTakesNobodyMore) {
  World world;
  const auto alice = world.creator("Ada");
  const JoinedRoom room = world.take<JoinedRoom>(alice);
  const auto bob = world.joiner("Bob", room.code);
  world.take<JoinedRoom>(bob);
  world.take<PeerJoinedRoom>(alice);
  const auto carol = world.open();
  world.lobby.shut_down(world.now);
  world.drain();
  for (const auto connection : {alice, bob, carol}) {
    EXPECT_EQ(world.take_error(connection), "server_shutdown");
    EXPECT_TRUE(world.silent(connection)) << "and nothing about the others' leaving";
    EXPECT_EQ(world.closed(connection), 1001);
  }
  EXPECT_EQ(world.lobby.counters().connections, 0U);
  EXPECT_EQ(world.lobby.counters().rooms, 0U);
  EXPECT_EQ(world.lobby.counters().members, 0U);
  EXPECT_FALSE(world.lobby.poll_timeout());
  const auto dave = world.open(kHello);
  EXPECT_EQ(world.take_error(dave), "server_shutdown");
  EXPECT_EQ(world.closed(dave), 1001);
  world.lobby.adopt(world.now, ConnectionId{999}, {}, JoinRoom{"kamoridun", ""});
  world.drain();
  EXPECT_EQ(world.closed(ConnectionId{999}), 1001);
  world.lobby.shut_down(world.now);
  world.drain();
  EXPECT_TRUE(world.silent(alice));
}

}  // namespace
}  // namespace parlor::signaling
