// Quick match: who meets whom, and when.

#include "signaling/code.hpp"
#include "signaling/directory.hpp"
#include "signaling/lobby_test.hpp"

namespace parlor::signaling {
namespace {

using base::milliseconds;
using base::seconds;
using testing::World;

QuickMatch rated(std::int64_t rating, std::uint32_t window = 100, std::uint32_t widen = 100) {
  QuickMatch want;
  want.rating = rating;
  want.window = window;
  want.widen_per_second = widen;
  want.max_window = 1000;
  want.patience = std::chrono::milliseconds(8000);
  return want;
}

class MatchTest : public ::testing::Test {
 protected:
  ConnectionId searcher(const QuickMatch& want, std::string_view from = "192.0.2.1") {
    const ConnectionId id = world.greeted("Ada", from);
    world.say(id, FindMatch{want});
    return id;
  }
  /// The code of the room it is in, or nothing while it searches.
  std::string room_of(ConnectionId id) {
    auto& texts = world.inboxes[id].texts;
    for (const std::string& text : texts) {
      const auto message = parse_server_message(text);
      if (!message) continue;
      if (const auto* joined = std::get_if<JoinedRoom>(&*message)) return joined->code;
    }
    return {};
  }

  World world;
};

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

QuickMatch impossible(std::int64_t rating) {
  QuickMatch want = rated(rating, 0, 0);
  want.max_window = 0;
  want.patience = {};
  return want;
}

TEST_F(MatchTest, RoomsOfOneAddressDoNotHideThoseOfOthers) {
  LobbyConfig config;
  config.rooms_per_site = 10'000;
  World crowd(config);
  const auto search = [&](const QuickMatch& want, std::string_view from) {
    const ConnectionId id = crowd.greeted("Ada", from);
    crowd.say(id, FindMatch{want});
    return id;
  };
  for (int i = 0; i < 1000; ++i) search(impossible(-1'000'000 - 10 * i), "198.51.100.1");
  for (int i = 0; i < 1000; ++i)
    search(impossible(-2'000'000 - 10 * i), "2001:db8:1:" + std::to_string(i) + "::1");
  QuickMatch waits = rated(1500);
  waits.patience = {};
  const auto ada = search(waits, "192.0.2.1");
  const auto bob = search(rated(1500), "192.0.2.2");
  EXPECT_EQ(crowd.take<JoinedRoom>(ada).code, crowd.take<JoinedRoom>(bob).code);
}

TEST_F(MatchTest, SearchersOfOneAddressDoNotHideThoseOfOthers) {
  LobbyConfig config;
  config.rooms_per_site = 10'000;
  World crowd(config);
  const auto search = [&](QuickMatch want, std::string_view from) {
    const ConnectionId id = crowd.greeted("Ada", from);
    want.patience = std::chrono::milliseconds(8000);
    crowd.say(id, FindMatch{want});
    return id;
  };
  for (int i = 0; i < 1000; ++i) search(impossible(-1'000'000 - 10 * i), "198.51.100.1");
  const auto ada = search(rated(1500), "192.0.2.1");
  crowd.take<SearchingMatch>(ada);
  const auto bob = search(rated(1500), "192.0.2.2");
  EXPECT_EQ(crowd.take<JoinedRoom>(ada).code, crowd.take<JoinedRoom>(bob).code);
}

TEST_F(MatchTest, InACrowdBehindOneAddressEverybodyIsLookedAtInTurn) {
  LobbyConfig config;
  config.rooms_per_site = 10'000;
  World crowd(config);
  for (int i = 0; i < 1000; ++i) crowd.say(crowd.greeted("Ada"), FindMatch{impossible(-1'000'000 - 10 * i)});
  QuickMatch waits = rated(1500);
  waits.patience = {};
  const auto ada = crowd.greeted("Ada");
  crowd.say(ada, FindMatch{waits});
  const std::string code = crowd.take<JoinedRoom>(ada).code;
  const auto bob = crowd.greeted("Bob");
  crowd.say(bob, FindMatch{rated(1500)});
  crowd.pass(seconds(2));
  while (crowd.inboxes[bob].texts.size() > 1) crowd.take<SearchingMatch>(bob);
  EXPECT_EQ(crowd.take<JoinedRoom>(bob).code, code) << "256 at a time, four times per second";
}

TEST_F(MatchTest, RoomsWithBansCostNoMoreThanAFewHashes) {
  QuickMatch want;
  want.size = 3;
  want.patience = {};
  LobbyConfig config;
  int hashes = 0;
  config.mac = [&](base::BytesView key, base::BytesView data) {
    ++hashes;
    return testing::toy_mac(key, data);
  };
  base::SeededRandom random(3);
  Lobby lobby(config, random);
  std::uint64_t next = 1;
  const auto open = [&](int address) {
    const ConnectionId id{next++};
    lobby.handle_open(world.now, id, base::IpAddress::v4({10, 0, 0, static_cast<std::uint8_t>(address)}), {},
                      parse_upgrade_query("version=1&game=cubes&name=Ada"));
    return id;
  };
  const auto peer_of = [&](ConnectionId id) {
    PeerId peer = kNobody;
    while (const auto out = lobby.poll_transmit()) {
      const auto* text = std::get_if<SendText>(&*out);
      if (text == nullptr || text->connection != id) continue;
      const auto message = parse_server_message(*text->text);
      if (const auto* joined = std::get_if<JoinedRoom>(&*message)) peer = joined->you;
    }
    return peer;
  };
  std::vector<ConnectionId> hosts;
  for (int i = 0; i < 60; ++i) {
    const ConnectionId host = open(1 + i);
    lobby.handle_frame(world.now, host, write(FindMatch{want}));
    const ConnectionId eve = open(200);
    lobby.handle_frame(world.now, eve, write(FindMatch{want}));
    lobby.handle_frame(world.now, host, write(KickMember{peer_of(eve), true}));
    lobby.handle_close(world.now, eve, true);
    SettingsChange locked;
    locked.locked = true;  // so that the next host finds no room
    lobby.handle_frame(world.now, host, write(UpdateRoom{locked}));
    hosts.push_back(host);
  }
  for (const ConnectionId host : hosts) {
    SettingsChange opened;
    opened.locked = false;
    lobby.handle_frame(world.now, host, write(UpdateRoom{opened}));
  }
  const ConnectionId eve = open(200);
  hashes = 0;
  lobby.handle_frame(world.now, eve, write(FindMatch{want}));
  EXPECT_EQ(hashes, 8 + 1) << "and one for the ticket of a room of its own";
}

// ---- two rooms, one in each

QuickMatch impatient(std::int64_t rating) {
  QuickMatch want = rated(rating);
  want.patience = {};
  return want;
}

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

TEST_F(MatchTest, ManyWhoWaitAloneHaveTheirTurn) {
  LobbyConfig config;
  config.rooms_per_site = 10'000;
  World crowd(config);
  const auto search = [&](const QuickMatch& want) { crowd.say(crowd.greeted("Ada"), FindMatch{want}); };
  for (int i = 0; i < 600; ++i) search(impossible(-1'000'000 - 10 * i));
  for (int i = 0; i < 100; ++i) search(impatient(i * 100'000));
  for (int i = 0; i < 600; ++i) search(impossible(-2'000'000 - 10 * i));
  for (int i = 0; i < 100; ++i) search(impatient(i * 100'000 + 300));
  EXPECT_EQ(crowd.lobby.counters().rooms, 1400U);
  crowd.pass(seconds(70));  // so many connections are silent for no longer
  EXPECT_EQ(crowd.lobby.counters().rooms, 1300U);
}

TEST_F(MatchTest, WhereTooManySearchNobodyIsMadeToWait) {
  LobbyConfig config;
  config.rooms_per_site = 100'000;
  World crowd(config);
  ConnectionId last{};
  for (int i = 0; i <= 4096; ++i) {
    last = crowd.greeted("Ada", "198.51.100.1");
    crowd.say(last, FindMatch{rated(i * 10'000)});
  }
  crowd.take<JoinedRoom>(last);
  EXPECT_EQ(crowd.lobby.counters().searching, 4096U);
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
}  // namespace parlor::signaling
