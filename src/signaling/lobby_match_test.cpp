// Quick match: who meets whom, and when.

#include "signaling/lobby_match_test.hpp"

#include "signaling/code.hpp"
#include "signaling/directory.hpp"

namespace parlor::signaling::testing {
namespace {

TEST_F(MatchTest, TwoWhoSearchForTheSameMeet) {
  QuickMatch want;
  want.attributes = {{"mode", "duel"}};
  const auto ada = searcher(want);
  EXPECT_EQ(world.take<SearchingMatch>(ada), (SearchingMatch{0, 0}));
  const auto bob = searcher(want);
  const JoinedRoom first = world.take<JoinedRoom>(ada);
  const JoinedRoom second = world.take<JoinedRoom>(bob);
  EXPECT_EQ(first.code, second.code);
  EXPECT_EQ(second.host, first.you) << "who searched first";
  EXPECT_EQ(second.metadata, want.attributes);
  EXPECT_EQ(second.size, 2);
  EXPECT_FALSE(second.listed);
  EXPECT_EQ(world.lobby.counters().searching, 0U);
}

TEST_F(MatchTest, WhoSearchesForSomethingElseDoesNotMeet) {
  QuickMatch duel;
  duel.attributes = {{"mode", "duel"}};
  QuickMatch number;
  number.attributes = {{"mode", 1}};
  QuickMatch team = duel;
  team.size = 4;
  QuickMatch with_rating = duel;
  with_rating.rating = 0;
  std::vector<ConnectionId> all;
  for (const QuickMatch& want : {duel, number, team, with_rating, QuickMatch{}})
    all.push_back(searcher(want));
  for (const char* query : {"version=1&game=chess&name=Eve", "version=1&game=cubes&build=2&name=Eve"}) {
    all.push_back(world.open(query));
    world.say(all.back(), FindMatch{duel});
  }
  for (const ConnectionId one : all) EXPECT_EQ(room_of(one), "");
  EXPECT_EQ(world.lobby.counters().searching, all.size());
}

TEST_F(MatchTest, WindowsWidenUntilTheyCoverEachOther) {
  const auto ada = searcher(rated(1000));
  const auto bob = searcher(rated(1300));
  EXPECT_EQ(room_of(bob), "");
  world.pass(milliseconds(1750));
  EXPECT_EQ(room_of(bob), "") << "100 and 175 are less than 300";
  world.pass(milliseconds(500));
  EXPECT_NE(room_of(ada), "");
  EXPECT_EQ(room_of(ada), room_of(bob));
}

TEST_F(MatchTest, BothWindowsMustCover) {
  const auto ada = searcher(rated(1000, 5, 0));
  const auto bob = searcher(rated(1010, 500, 100));
  world.pass(seconds(5));
  EXPECT_EQ(room_of(ada), "");
  EXPECT_EQ(room_of(bob), "");
}

TEST_F(MatchTest, TheNearestIsTaken) {
  const auto far = searcher(rated(1000, 50));
  const auto near = searcher(rated(1090, 50));
  const auto late = searcher(rated(1045, 50));
  EXPECT_EQ(room_of(far), room_of(late)) << "45 each; the first";
  const auto last = searcher(rated(1080, 50));
  EXPECT_EQ(room_of(near), room_of(last));
}

TEST_F(MatchTest, AWindowHasItsMost) {
  QuickMatch narrow = rated(1000, 10, 100'000);
  narrow.max_window = 20;
  const auto ada = searcher(narrow);
  const auto bob = searcher(rated(1021, 1000));
  world.pass(seconds(7));
  EXPECT_EQ(room_of(ada), "");
  const auto carol = searcher(rated(1020, 1000));
  EXPECT_NE(room_of(carol), "");
  static_cast<void>(bob);
}

TEST_F(MatchTest, WithoutPatienceOneWaitsAsHostAndLaterOnesComeIn) {
  QuickMatch want;
  want.size = 3;
  want.patience = {};
  const auto ada = searcher(want);
  const std::string code = room_of(ada);
  EXPECT_NE(code, "");
  EXPECT_EQ(room_of(searcher(want)), code);
  EXPECT_EQ(room_of(searcher(want)), code);
  EXPECT_NE(room_of(searcher(want)), code) << "it is full";
}

TEST_F(MatchTest, PatienceEndsInARoomOfOnesOwn) {
  const auto ada = searcher(QuickMatch{});
  world.pass(milliseconds(1750));
  EXPECT_EQ(room_of(ada), "");
  world.pass(milliseconds(250));
  EXPECT_NE(room_of(ada), "");
}

TEST_F(MatchTest, TheWindowOfARoomGoesOnWidening) {
  QuickMatch impatient = rated(1000);
  impatient.patience = {};
  const auto ada = searcher(impatient);
  const auto bob = searcher(rated(1500, 1000));
  EXPECT_EQ(room_of(bob), "");
  world.pass(milliseconds(4250));
  EXPECT_EQ(room_of(bob), room_of(ada));
}

TEST_F(MatchTest, NobodyComesIntoARoomThatIsLockedOrTakesAPassword) {
  QuickMatch want;
  want.size = 4;
  want.patience = {};
  const auto ada = searcher(want);
  SettingsChange change;
  change.locked = true;
  world.say(ada, UpdateRoom{change});
  const auto bob = searcher(want);
  EXPECT_NE(room_of(bob), room_of(ada));
  change = {};
  change.password = "secret";
  world.say(bob, UpdateRoom{change});
  const auto carol = searcher(want);
  EXPECT_NE(room_of(carol), room_of(bob));
  change = {};
  change.locked = false;
  world.say(ada, UpdateRoom{change});
  world.close(carol, true);
  EXPECT_EQ(room_of(searcher(want)), room_of(ada)) << "open again";
}

TEST_F(MatchTest, NobodyIsSentToAHostThatIsAway) {
  QuickMatch want;
  want.patience = {};
  const auto ada = searcher(want);
  const JoinedRoom made = world.take<JoinedRoom>(ada);
  world.close(ada, false);
  world.now += milliseconds(1);
  EXPECT_NE(room_of(searcher(want)), made.code);
  const auto back = world.resumer("Ada", made.code, made.ticket);
  EXPECT_EQ(room_of(back), made.code);
  EXPECT_EQ(room_of(searcher(want)), made.code) << "it is there again, and has waited longer";
}

TEST_F(MatchTest, APlaceThatBecomesFreeIsFilledAgain) {
  QuickMatch want;
  want.patience = {};
  const auto ada = searcher(want);
  const auto bob = searcher(want);
  EXPECT_EQ(room_of(bob), room_of(ada));
  world.say(bob, LeaveRoom{});
  EXPECT_EQ(room_of(searcher(want)), room_of(ada));
}

TEST_F(MatchTest, LeavingAndClosingEndTheSearch) {
  const auto ada = searcher(QuickMatch{});
  world.take<SearchingMatch>(ada);
  world.say(ada, FindMatch{});
  EXPECT_EQ(world.take_error(ada), "already_in_room");
  world.say(ada, CreateRoom{});
  EXPECT_EQ(world.take_error(ada), "already_in_room");
  world.say(ada, LeaveRoom{});
  world.take<LeftRoom>(ada);
  const auto bob = searcher(QuickMatch{});
  EXPECT_EQ(world.take<SearchingMatch>(bob).others, 0U);
  world.close(bob, false);
  EXPECT_EQ(world.lobby.counters().searching, 0U);
  world.say(ada, CreateRoom{});
  world.take<JoinedRoom>(ada);
  EXPECT_EQ(room_of(searcher(QuickMatch{})), "");
}

TEST_F(MatchTest, TellsHowItGoesOnceASecond) {
  const auto ada = searcher(rated(0));
  const auto bob = searcher(rated(5000));
  world.take<SearchingMatch>(ada);
  EXPECT_EQ(world.take<SearchingMatch>(bob), (SearchingMatch{0, 1}));
  world.pass(milliseconds(900));
  EXPECT_TRUE(world.silent(ada));
  world.pass(milliseconds(100));
  EXPECT_EQ(world.take<SearchingMatch>(ada), (SearchingMatch{1000, 1}));
  EXPECT_TRUE(world.silent(ada));
}

TEST_F(MatchTest, IsRefusedWhatTheServerDoesNotAllow) {
  LobbyConfig config;
  config.max_room_size = 4;
  config.rooms_per_site = 1;
  World small(config);
  const auto ada = small.greeted("Ada");
  QuickMatch want;
  want.size = 5;
  small.say(ada, FindMatch{want});
  EXPECT_EQ(small.take_error(ada), "bad_message");
  small.creator("Host", 4);
  want = {};
  want.patience = {};
  small.say(ada, FindMatch{want});
  EXPECT_EQ(small.take_error(ada), "rate_limited") << "no room more from there";
  EXPECT_EQ(small.lobby.counters().searching, 0U);
}

TEST_F(MatchTest, AllWhoSearchInAGameAreAtOneWorker) {
  LobbyConfig config;
  config.workers = 2;
  const std::size_t home = home_worker(application_text("cubes", ""), 2);
  config.worker = 1 - home;
  World away(config, 1);
  config.worker = home;
  World there(config, 2);
  const auto ada = away.greeted("Ada");
  away.say(ada, FindMatch{});
  ASSERT_TRUE(away.inboxes[ada].moved);
  EXPECT_EQ(away.inboxes[ada].moved->worker, home);
  there.lobby.adopt(there.now, ConnectionId{900}, away.inboxes[ada].moved->guest,
                    away.inboxes[ada].moved->errand);
  there.drain();
  there.take<SearchingMatch>(ConnectionId{900});
  const auto bob = there.greeted("Bob");
  there.say(bob, FindMatch{});
  EXPECT_EQ(there.take<JoinedRoom>(bob).code, there.take<JoinedRoom>(ConnectionId{900}).code);
}

}  // namespace
}  // namespace parlor::signaling::testing
