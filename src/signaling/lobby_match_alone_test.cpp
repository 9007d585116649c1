// Quick match: what becomes of those who wait alone in rooms of their own.

#include "signaling/lobby_match_test.hpp"

namespace parlor::signaling::testing {
namespace {

TEST_F(MatchTest, TwoWhoWaitAloneMeetWhenTheirWindowsCoverEachOther) {
  const auto ada = searcher(impatient(1000));
  const JoinedRoom adas = world.take<JoinedRoom>(ada);
  world.now += milliseconds(10);
  const auto bob = searcher(impatient(1300));
  EXPECT_NE(world.take<JoinedRoom>(bob).code, adas.code);
  world.pass(milliseconds(1750));
  EXPECT_TRUE(world.silent(ada) && world.silent(bob)) << "100 and 175 are less than 300";
  world.pass(milliseconds(500));
  const JoinedRoom together = world.take<JoinedRoom>(bob);
  EXPECT_EQ(together.code, adas.code) << "who has waited longer stays";
  EXPECT_EQ(together.host, adas.you);
  EXPECT_EQ(together.members.size(), 1U);
  EXPECT_EQ(world.take<PeerJoinedRoom>(ada).member.id, together.you);
  EXPECT_EQ(world.lobby.counters().rooms, 1U);
  EXPECT_EQ(world.lobby.counters().members, 2U);
  world.say(bob, Offer{adas.you, "sdp"});
  EXPECT_EQ(world.take<Offer>(ada).peer, together.you);
}

TEST_F(MatchTest, WhoWaitsAloneComesIntoARoomOfMore) {
  QuickMatch want = impatient(1000);
  want.size = 3;
  const auto ada = searcher(want);
  searcher(want);
  world.now += milliseconds(10);
  want.rating = 1300;
  const auto carol = searcher(want);
  const std::string alone = world.take<JoinedRoom>(carol).code;
  world.pass(seconds(3));
  EXPECT_NE(room_of(carol), alone);
  EXPECT_EQ(room_of(carol), room_of(ada));
}

TEST_F(MatchTest, AHostThatHasChangedItsRoomStaysThere) {
  const auto ada = searcher(impatient(1000));
  const std::string adas = world.take<JoinedRoom>(ada).code;
  world.now += milliseconds(10);
  const auto bob = searcher(impatient(1300));
  const std::string bobs = world.take<JoinedRoom>(bob).code;
  SettingsChange change;
  change.title = "Bob's";
  world.say(bob, UpdateRoom{change});
  world.pass(seconds(3));
  EXPECT_EQ(room_of(ada), bobs) << "though Ada has waited longer";

  const auto carol = searcher(impatient(5000));
  const std::string carols = world.take<JoinedRoom>(carol).code;
  const auto dave = searcher(impatient(5300));
  world.say(carol, UpdateRoom{change});
  world.say(dave, UpdateRoom{change});
  world.pass(seconds(5));
  EXPECT_NE(room_of(dave), carols);
  EXPECT_EQ(room_of(carol), "");
}

TEST_F(MatchTest, NobodyIsTakenOutOfARoomInWhichItHasMetSomebody) {
  const auto ada = searcher(impatient(1000));
  const auto bob = searcher(impatient(1000));
  world.say(bob, LeaveRoom{});
  world.take<JoinedRoom>(ada);
  const auto carol = searcher(impatient(1300));
  const auto dave = searcher(impatient(1300));
  world.say(dave, LeaveRoom{});
  world.take<JoinedRoom>(carol);
  world.pass(seconds(5));
  EXPECT_EQ(room_of(ada), "");
  EXPECT_EQ(room_of(carol), "");
  EXPECT_EQ(world.lobby.counters().rooms, 2U);
}

TEST_F(MatchTest, WhoIsAwayIsNotMovedButWhenItIsBack) {
  const auto ada = searcher(impatient(1000));
  const std::string adas = world.take<JoinedRoom>(ada).code;
  world.now += milliseconds(10);
  const auto bob = searcher(impatient(1300));
  const JoinedRoom bobs = world.take<JoinedRoom>(bob);
  world.close(bob, false);
  world.pass(seconds(5));
  EXPECT_EQ(world.lobby.counters().rooms, 2U);
  const auto back = world.resumer("Bob", bobs.code, bobs.ticket);
  EXPECT_EQ(world.take<JoinedRoom>(back).code, bobs.code);
  world.pass(milliseconds(250));
  EXPECT_EQ(world.take<JoinedRoom>(back).code, adas);
}

TEST_F(MatchTest, ATicketOfTheRoomThatWasGivenUpLeadsToTheOther) {
  const auto ada = searcher(impatient(1000));
  const std::string adas = world.take<JoinedRoom>(ada).code;
  world.now += milliseconds(10);
  const auto bob = searcher(impatient(1300));
  const JoinedRoom bobs = world.take<JoinedRoom>(bob);
  world.pass(seconds(3));
  // The connection broke before Bob heard of it.
  world.close(bob, false);
  const PeerId moved = world.take<PeerJoinedRoom>(ada).member.id;
  const auto back = world.resumer("Bob", bobs.code, bobs.ticket);
  const JoinedRoom joined = world.take<JoinedRoom>(back);
  EXPECT_EQ(joined.code, adas);
  EXPECT_EQ(joined.you, moved);
  EXPECT_EQ(world.lobby.counters().rooms, 1U);
  const auto anew = world.joiner("Bob", bobs.code, bobs.ticket);
  EXPECT_EQ(world.take<JoinedRoom>(anew).code, adas);
  EXPECT_EQ(world.closed(back), 4015) << "shown again, without resume";
  const auto chess = world.open("version=1&game=chess&name=Eve");
  world.take<Welcome>(chess);
  world.say(chess, JoinRoom{bobs.code, bobs.ticket, true});
  EXPECT_EQ(world.take_error(chess), "no_such_room");
  world.close(anew, true);
  const auto late = world.joiner("Bob", bobs.code, bobs.ticket);
  EXPECT_EQ(world.take_error(late), "no_such_room") << "it has left";
}

}  // namespace
}  // namespace parlor::signaling::testing
