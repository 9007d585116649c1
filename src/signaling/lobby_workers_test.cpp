// Several lobbies, each at home to the rooms whose codes say so.

#include "signaling/code.hpp"
#include "signaling/lobby_test.hpp"

namespace parlor::signaling {
namespace {

using testing::World;

LobbyConfig worker(std::size_t index, std::size_t of) {
  LobbyConfig config;
  config.worker = index;
  config.workers = of;
  return config;
}

TEST(LobbyWorkers, MakeOnlyCodesThatAreAtHomeWithThem) {
  for (std::size_t index = 0; index < 3; ++index) {
    World world(worker(index, 3), index);
    for (int i = 0; i < 50; ++i) {
      const auto alice = world.creator("Ada");
      EXPECT_EQ(home_worker(*canonical_code(world.take<JoinedRoom>(alice).code), 3), index);
    }
  }
}

TEST(LobbyWorkers, MoveAConnectionToWhereTheRoomIsAtHome) {
  World first(worker(0, 2), 1);
  World second(worker(1, 2), 2);
  const auto alice = second.creator("Ada");
  const JoinedRoom made = second.take<JoinedRoom>(alice);

  const ConnectionId bob{4711};
  first.lobby.handle_open(first.now, bob, World::address("192.0.2.9"), {},
                          parse_upgrade_query("version=1&game=cubes&name=Bob&join=" + made.code));
  first.drain();
  first.take<Welcome>(bob);
  EXPECT_TRUE(first.silent(bob));
  ASSERT_TRUE(first.inboxes[bob].moved);
  EXPECT_EQ(first.inboxes[bob].moved->worker, 1U);
  EXPECT_EQ(first.lobby.counters().connections, 0U);
  EXPECT_FALSE(first.lobby.poll_timeout());

  const MoveConnection& move = *first.inboxes[bob].moved;
  second.lobby.adopt(second.now, bob, move.guest, move.errand);
  second.drain();
  const JoinedRoom joined = second.take<JoinedRoom>(bob);
  EXPECT_EQ(joined.members.size(), 1U);
  EXPECT_EQ(second.take<PeerJoinedRoom>(alice).member, (MemberInfo{joined.you, "Bob"}));
  EXPECT_EQ(second.lobby.counters().connections, 2U);
  second.say(bob, Offer{made.you, "s"});
  EXPECT_EQ(second.take<Offer>(alice).peer, joined.you);
}

TEST(LobbyWorkers, AnAdoptedConnectionNeverMovesBackWithoutAskingAgain) {
  World second(worker(1, 2), 2);
  std::string elsewhere = "babababab";
  while (home_worker(elsewhere, 2) == 1) ++elsewhere[0];
  second.lobby.adopt(second.now, ConnectionId{5}, {World::address("192.0.2.9"), {1, "cubes", "", "Bob"}, {}},
                     JoinRoom{elsewhere, ""});
  second.drain();
  EXPECT_FALSE(second.inboxes[ConnectionId{5}].moved);
  EXPECT_EQ(second.take_error(ConnectionId{5}), "no_such_room");
}

TEST(LobbyWorkers, MovingDoesNotRefillTheMessageBudget) {
  LobbyConfig config = worker(0, 2);
  config.message_burst = 4;
  config.messages_per_second = 1;
  World first(config, 1);
  config.worker = 1;
  World second(config, 2);
  std::string code = "babababab";
  while (home_worker(code, 2) == 0) ++code[0];
  const auto bob = first.greeted("Bob");
  for (std::uint32_t i = 0; i < 3; ++i) first.say(bob, Ping{i});
  first.say(bob, JoinRoom{code, ""});
  ASSERT_TRUE(first.inboxes[bob].moved);
  second.lobby.adopt(second.now, bob, first.inboxes[bob].moved->guest, first.inboxes[bob].moved->errand);
  second.drain();
  EXPECT_EQ(second.take_error(bob), "no_such_room");
  second.say(bob, Ping{9});
  EXPECT_EQ(second.take_error(bob), "rate_limited");
}

TEST(LobbyWorkers, AFullOneTurnsTheMovedAway) {
  LobbyConfig config = worker(1, 2);
  config.max_connections = 1;
  World second(config);
  second.greeted("Ada");
  second.lobby.adopt(second.now, ConnectionId{50}, {}, JoinRoom{"babababab", ""});
  second.drain();
  EXPECT_EQ(second.take_error(ConnectionId{50}), "server_full");
  EXPECT_EQ(second.closed(ConnectionId{50}), 4013);
}

}  // namespace
}  // namespace parlor::signaling
