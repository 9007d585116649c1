// Which rooms there are: what is listed, in which order, over several workers.

#include <set>

#include "signaling/code.hpp"
#include "signaling/directory.hpp"
#include "signaling/lobby_test.hpp"

namespace parlor::signaling {
namespace {

using base::milliseconds;
using base::seconds;
using testing::World;

CreateRoom listed(const std::string& title, Metadata metadata = {}, int size = 4) {
  return {size, title, "", true, false, std::move(metadata)};
}

std::vector<std::string> titles(const RoomsFound& found) {
  std::vector<std::string> names;
  for (const ListedRoom& room : found.rooms) names.push_back(room.title);
  return names;
}
using Titles = std::vector<std::string>;

class ListTest : public ::testing::Test {
 protected:
  ConnectionId host(World& lobby, const CreateRoom& room) {
    const ConnectionId id = lobby.greeted("Host");
    lobby.say(id, room);
    codes.push_back(lobby.take<JoinedRoom>(id).code);
    lobby.now += milliseconds(1);
    return id;
  }
  RoomsFound ask(World& lobby, const ListQuery& query = {}) {
    const ConnectionId id = lobby.greeted("Guest");
    lobby.say(id, ListRooms{query});
    return lobby.take<RoomsFound>(id);
  }

  World world;
  std::vector<std::string> codes;
};

TEST_F(ListTest, HasTheRoomsThatWantToBeSeenTheNewestFirst) {
  host(world, listed("one", {{"mode", "duel"}}));
  host(world, CreateRoom{4, "private"});
  CreateRoom locked = listed("locked");
  locked.locked = true;
  host(world, locked);
  CreateRoom secret = listed("two");
  secret.password = "secret";
  host(world, secret);
  const RoomsFound found = ask(world);
  EXPECT_EQ(titles(found), (Titles{"two", "one"}));
  EXPECT_EQ(found.total, 2);
  EXPECT_EQ(found.rooms[1], (ListedRoom{codes[0], "one", 1, 4, false, {{"mode", "duel"}}}));
  EXPECT_TRUE(found.rooms[0].has_password);
}

TEST_F(ListTest, HasRoomsOfTheSameGameAndBuildAlone) {
  host(world, listed("one"));
  for (const char* other : {"version=1&game=chess&name=Eve", "version=1&game=cubes&build=2&name=Eve"}) {
    const auto id = world.open(other);
    world.take<Welcome>(id);
    world.say(id, ListRooms{});
    EXPECT_EQ(world.take<RoomsFound>(id), RoomsFound{});
  }
}

TEST_F(ListTest, FollowsWhatChanges) {
  const auto ada = host(world, listed("one"));
  const auto bob = world.joiner("Bob", codes[0]);
  EXPECT_EQ(ask(world).rooms[0].members, 2);
  SettingsChange change;
  change.title = "renamed";
  world.say(ada, UpdateRoom{change});
  EXPECT_EQ(titles(ask(world)), Titles{"renamed"});
  change = {};
  change.listed = false;
  world.say(ada, UpdateRoom{change});
  EXPECT_TRUE(ask(world).rooms.empty());
  change.listed = true;
  world.say(ada, UpdateRoom{change});
  world.close(bob, true);
  EXPECT_EQ(ask(world).rooms[0].members, 1);
  world.close(ada, true);
  EXPECT_TRUE(ask(world).rooms.empty());
  EXPECT_EQ(world.lobby.counters().listed, 0U);
}

TEST_F(ListTest, Filters) {
  host(world, listed("duel 3", {{"mode", "duel"}, {"level", 3}}));
  host(world, listed("duel 7", {{"mode", "duel"}, {"level", 7}}));
  host(world, listed("team 3", {{"mode", "team"}, {"level", 3}}));
  host(world, listed("text 3", {{"mode", "duel"}, {"level", "3"}}));
  CreateRoom secret = listed("secret");
  secret.password = "x";
  host(world, secret);
  host(world, listed("full", {}, 2));
  world.joiner("Bob", codes.back());
  ListQuery query;
  query.where = {{"mode", "duel"}, {"level", NumberRange{1, 5}}};
  EXPECT_EQ(titles(ask(world, query)), Titles{"duel 3"});
  query.where = {{"level", 3}};
  EXPECT_EQ(titles(ask(world, query)), (Titles{"team 3", "duel 3"}));
  query.where = {};
  query.has_space = true;
  query.without_password = true;
  EXPECT_EQ(titles(ask(world, query)), (Titles{"text 3", "team 3", "duel 7", "duel 3"}));
}

TEST_F(ListTest, OrdersByMembersAndByMetadataEitherWay) {
  host(world, listed("a", {{"level", 5}}));
  host(world, listed("b", {{"level", 9}}));
  world.joiner("Bob", codes.back());
  host(world, listed("c", {{"level", "none"}}));
  ListQuery query;
  query.order = ListOrder::members;
  EXPECT_EQ(titles(ask(world, query))[0], "b");
  query.order = ListOrder::metadata;
  query.order_by = "level";
  EXPECT_EQ(titles(ask(world, query)), (Titles{"b", "a", "c"}));
  query.ascending = true;
  EXPECT_EQ(titles(ask(world, query)), (Titles{"a", "b", "c"})) << "without a number it is last either way";
}

TEST_F(ListTest, GoesByPages) {
  LobbyConfig config;
  config.rooms_per_site = 1000;
  World large(config);
  for (int i = 0; i < 120; ++i) host(large, listed(std::to_string(i)));
  ListQuery query;
  query.limit = 50;
  Titles all;
  for (;;) {
    const RoomsFound page = ask(large, query);
    EXPECT_EQ(page.total, 120);
    if (page.rooms.empty()) break;
    EXPECT_LE(page.rooms.size(), 50U);
    for (const std::string& title : titles(page)) all.push_back(title);
    query.offset += static_cast<int>(page.rooms.size());
  }
  EXPECT_EQ(all.size(), 120U);
  EXPECT_EQ(all.front(), "119");
  EXPECT_EQ(std::set<std::string>(all.begin(), all.end()).size(), 120U);
}

TEST_F(ListTest, AnAnswerOfTheFullestRoomsFitsIntoAMessage) {
  Directory directory(1000);
  for (int i = 0; i < 60; ++i) {
    auto entry = std::make_shared<DirectoryEntry>();
    entry->application = "g";
    for (int n = 0; n < 64; ++n) entry->room.title += "\"";
    for (char key = 'a'; key < 'a' + 16; ++key) {
      entry->room.metadata.emplace(std::string(1, key), std::string(31, '"'));
    }
    entry->room.code = "kamo-ridun";
    entry->room.size = 4;
    directory.put(std::to_string(i), entry);
  }
  ListQuery query;
  query.limit = kMaxListed;
  const RoomsFound found = directory.list("g", query);
  const std::string text = write(ServerMessage(found));
  EXPECT_LE(text.size(), kMaxFrame);
  EXPECT_GT(found.rooms.size(), 10U);
  EXPECT_TRUE(parse_server_message(text));
}

TEST_F(ListTest, TakesSoManyRoomsAndNoMore) {
  Directory directory(3);
  for (int i = 0; i < 5; ++i) {
    auto entry = std::make_shared<DirectoryEntry>();
    entry->application = "g";
    entry->room.size = 4;
    directory.put(std::to_string(i), entry);
  }
  EXPECT_EQ(directory.size(), 3U);
  directory.put("0", nullptr);
  directory.put("0", nullptr);
  EXPECT_EQ(directory.size(), 2U);
  EXPECT_EQ(directory.size_of("g"), 2U);
}

TEST_F(ListTest, IsNotForThoseInARoomAndHasARate) {
  const auto ada = host(world, listed("one"));
  world.say(ada, ListRooms{});
  EXPECT_EQ(world.take_error(ada), "already_in_room");
  const auto eve = world.greeted("Eve");
  int answers = 0;
  for (int i = 0; i < 100; ++i) {
    world.say(eve, ListRooms{});
    if (world.silent(eve) || world.inboxes[eve].texts.front().find("rate_limited") != std::string::npos)
      break;
    world.take<RoomsFound>(eve);
    ++answers;
  }
  EXPECT_EQ(answers, 30);
  EXPECT_EQ(world.take<Error>(eve).retry_ms, 20U) << "not one message more, of which there are 50 per second";
  world.pass(milliseconds(20));
  world.say(eve, ListRooms{});
  const Error refused = world.take<Error>(eve);
  EXPECT_EQ(refused.about, "list");
  EXPECT_GE(refused.retry_ms, 180U) << "nine more than the message itself";
  EXPECT_LE(refused.retry_ms, 361U);
  world.pass(milliseconds(refused.retry_ms));
  world.say(eve, ListRooms{});
  world.take<RoomsFound>(eve);
}

TEST_F(ListTest, CostsAConnectionMoreWhereThereAreMoreRooms) {
  LobbyConfig config;
  config.rooms_per_site = 10'000;
  World large(config);
  for (int i = 0; i < 1600; ++i) host(large, listed("x"));
  const auto eve = large.greeted("Eve");
  int answers = 0;
  while (answers < 100) {
    large.say(eve, ListRooms{});
    if (large.inboxes[eve].texts.front().find("rate_limited") != std::string::npos) break;
    large.take<RoomsFound>(eve);
    ++answers;
  }
  EXPECT_EQ(answers, 2) << "110 units of 300 each";
}

TEST_F(ListTest, ASiteThatAsksOverManyConnectionsIsSlowedDown) {
  LobbyConfig config;
  config.list_burst = 1000;
  config.list_per_second = 100;
  World strict(config);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(ask(strict).total, 0);
  const auto last = strict.greeted("Guest");
  strict.say(last, ListRooms{});
  const Error refused = strict.take<Error>(last);
  EXPECT_EQ(refused.code, ErrorCode::rate_limited);
  EXPECT_GE(refused.retry_ms, 1000U);
  const auto elsewhere = strict.greeted("Guest", "192.0.2.77");
  strict.say(elsewhere, ListRooms{});
  strict.take<RoomsFound>(elsewhere);
  strict.pass(milliseconds(refused.retry_ms));
  strict.say(last, ListRooms{});
  strict.take<RoomsFound>(last);
}

TEST_F(ListTest, AClassroomMayRefreshEveryFewSecondsWhereThousandsOfRoomsAre) {
  LobbyConfig config;
  config.rooms_per_site = 10'000;
  World large(config);
  for (int i = 0; i < 2000; ++i) host(large, listed("x"));
  std::vector<ConnectionId> pupils;
  pupils.reserve(30);
  for (int i = 0; i < 30; ++i) pupils.push_back(large.greeted("Pupil", "198.51.100.1"));
  for (int round = 0; round < 20; ++round) {
    for (const ConnectionId pupil : pupils) {
      large.say(pupil, ListRooms{});
      large.take<RoomsFound>(pupil);
    }
    large.now += seconds(3);
  }
}

// ---- over several workers

LobbyConfig worker(std::size_t index) {
  LobbyConfig config;
  config.worker = index;
  config.workers = 2;
  return config;
}

/// Takes what one lobby shares to the other, at least one.
void share(World& from, World& to, std::size_t expected) {
  EXPECT_EQ(from.directories.size(), expected);
  for (const ShareDirectory& one : from.directories) to.lobby.handle_directory(to.now, one);
  from.directories.clear();
}

TEST_F(ListTest, OneWorkerKnowsTheRoomsOfTheOtherATenthOfASecondLater) {
  World first(worker(0), 1);
  World second(worker(1), 2);
  const auto ada = host(first, listed("one"));
  EXPECT_EQ(titles(ask(first)), Titles{"one"}) << "its own at once";
  EXPECT_TRUE(first.directories.empty());
  EXPECT_EQ(first.lobby.poll_timeout(), first.now - milliseconds(1) + milliseconds(100));
  first.pass(milliseconds(100));
  share(first, second, 1);
  EXPECT_EQ(titles(ask(second)), Titles{"one"});
  first.close(ada, true);
  first.pass(milliseconds(100));
  share(first, second, 1);
  EXPECT_TRUE(ask(second).rooms.empty());
  EXPECT_EQ(second.lobby.counters().listed, 0U);
}

TEST_F(ListTest, ManyChangesOfARoomAreSharedAsOne) {
  LobbyConfig config = worker(0);
  config.change_burst = 100;
  World first(config, 1);
  const auto ada = host(first, listed("one"));
  for (int i = 0; i < 20; ++i) {
    SettingsChange change;
    change.title = std::to_string(i);
    first.say(ada, UpdateRoom{change});
  }
  first.pass(seconds(1));
  ASSERT_EQ(first.directories.size(), 1U);
  EXPECT_EQ(first.directories[0].changes->size(), 1U);
}

TEST_F(ListTest, SoManyChangesDoNotWait) {
  LobbyConfig config = worker(0);
  config.rooms_per_site = 1000;
  World first(config, 1);
  for (int i = 0; i < 256; ++i) {
    const auto id = first.greeted("Host");
    first.say(id, listed("x"));
  }
  ASSERT_EQ(first.directories.size(), 1U);
  EXPECT_EQ(first.directories[0].changes->size(), 256U);
}

}  // namespace
}  // namespace parlor::signaling
