// What a stranger can cost.

#include "signaling/code.hpp"
#include "signaling/failed_joins.hpp"
#include "signaling/lobby_test.hpp"

namespace parlor::signaling {
namespace {

using base::milliseconds;
using base::seconds;
using testing::World;

LobbyConfig small_budget() {
  LobbyConfig config;
  config.message_burst = 5;
  config.messages_per_second = 2;
  return config;
}

/// Two in one room, who have heard of each other.
struct Two {
  ConnectionId alice{};
  ConnectionId bob{};
  PeerId alices = kNobody;
  PeerId bobs = kNobody;
};
Two two_in_a_room(World& world) {
  Two two;
  two.alice = world.creator("Ada");
  const JoinedRoom made = world.take<JoinedRoom>(two.alice);
  two.alices = made.you;
  two.bob = world.joiner("Bob", made.code);
  two.bobs = world.take<JoinedRoom>(two.bob).you;
  world.take<PeerJoinedRoom>(two.alice);
  return two;
}

TEST(LobbyBudget, OverItThereIsOneErrorAndThenSilence) {
  World world(small_budget());
  const auto alice = world.greeted("Ada");
  for (std::uint32_t i = 0; i < 5; ++i) {
    world.say(alice, Ping{i});
    EXPECT_EQ(world.take<Pong>(alice).id, i);
  }
  world.say(alice, Ping{5});
  EXPECT_EQ(world.take_error(alice), "rate_limited");
  for (std::uint32_t i = 0; i < 10; ++i) world.say(alice, Ping{i});
  EXPECT_TRUE(world.silent(alice));
  EXPECT_EQ(world.closed(alice), 0);
  EXPECT_EQ(world.lobby.counters().refused[static_cast<std::size_t>(ErrorCode::rate_limited)], 11U);
  EXPECT_EQ(world.events_of<Refused>().size(), 1U) << "a flood is one line in the log";
  world.pass(milliseconds(500));
  world.say(alice, Ping{99});
  EXPECT_EQ(world.take<Pong>(alice).id, 99U);
}

TEST(LobbyBudget, FourBurstsRefusedWithinTenSecondsClose) {
  World world(small_budget());
  const Two two = two_in_a_room(world);
  const ConnectionId alice = two.alice;
  const ConnectionId bob = two.bob;
  const PeerId bobs = two.bobs;
  for (std::uint32_t i = 0; i < 4 + 19; ++i) world.say(bob, Ping{i});
  EXPECT_EQ(world.closed(bob), 0);
  world.say(bob, Ping{0});
  EXPECT_EQ(world.closed(bob), 4012);
  EXPECT_EQ(world.take<PeerLeftRoom>(alice), (PeerLeftRoom{bobs, LeaveReason::removed}));
}

TEST(LobbyBudget, WhoIsOverItOnlyNowAndThenStays) {
  World world(small_budget());
  const auto alice = world.greeted("Ada");
  for (int round = 0; round < 20; ++round) {
    for (std::uint32_t i = 0; i < 15; ++i) world.say(alice, Ping{i});
    world.pass(seconds(11));
  }
  EXPECT_EQ(world.closed(alice), 0);
}

TEST(LobbyLimits, FailedJoinsOfASiteRunOut) {
  LobbyConfig config;
  config.joins_per_minute = 3;
  World world(config);
  const auto alice = world.creator("Ada");  // from 192.0.2.1, like all that follow
  const JoinedRoom made = world.take<JoinedRoom>(alice);
  const auto mallory = world.greeted("Mallory");
  for (int i = 0; i < 3; ++i) {
    world.say(mallory, JoinRoom{"babababab", ""});
    EXPECT_EQ(world.take_error(mallory), "no_such_room");
  }
  world.say(mallory, JoinRoom{made.code, ""});
  EXPECT_EQ(world.take_error(mallory), "rate_limited") << "not even the right code tells now";
  const auto neighbour = world.joiner("Neighbour", made.code);
  EXPECT_EQ(world.take_error(neighbour), "rate_limited");
  const auto elsewhere = world.greeted("Bob", "192.0.2.2");
  world.say(elsewhere, JoinRoom{made.code, ""});
  world.take<JoinedRoom>(elsewhere);
  world.pass(seconds(20));
  world.say(mallory, JoinRoom{made.code, ""});
  world.take<JoinedRoom>(mallory);
}

TEST(LobbyLimits, SuccessfulJoinsAreNotCounted) {
  LobbyConfig config;
  config.joins_per_minute = 2;
  World world(config);
  const auto alice = world.creator("Ada", 64);
  const JoinedRoom made = world.take<JoinedRoom>(alice);
  for (int i = 0; i < 40; ++i) world.take<JoinedRoom>(world.joiner("Pupil", made.code));
}

TEST(LobbyLimits, GuessingFromManySitesOfOneNeighbourhoodIsSlowedDownToo) {
  LobbyConfig config;
  config.joins_per_minute = 2;
  World world(config);
  int refused = 0;
  for (int site = 0; site < 40; ++site) {
    const auto eve = world.greeted("Eve", "2001:db8:1:" + std::to_string(site) + "::1");
    world.say(eve, JoinRoom{"kamoridun", ""});
    if (world.take_error(eve) == "rate_limited") ++refused;
  }
  EXPECT_EQ(refused, 40 - 16) << "eight times what one site may";
  const auto bob = world.greeted("Bob", "2001:db8:2::1");
  world.say(bob, JoinRoom{"kamoridun", ""});
  EXPECT_EQ(world.take_error(bob), "no_such_room") << "another neighbourhood";
}

TEST(LobbyLimits, AFullRoomOrAnotherBuildIsNoGuess) {
  LobbyConfig config;
  config.joins_per_minute = 2;
  World world(config);
  const auto alice = world.creator("Ada", 2);
  const JoinedRoom made = world.take<JoinedRoom>(alice);
  world.take<JoinedRoom>(world.joiner("Bob", made.code));
  for (int i = 0; i < 5; ++i) EXPECT_EQ(world.take_error(world.joiner("Late", made.code)), "room_full");
  for (int i = 0; i < 5; ++i) {
    const auto other = world.open("version=1&game=cubes&build=2&name=Old&join=" + made.code);
    world.take<Welcome>(other);
    EXPECT_EQ(world.take_error(other), "build_mismatch");
  }
  const auto carol = world.joiner("Carol", "babababab");
  EXPECT_EQ(world.take_error(carol), "no_such_room") << "none of these has counted";
}

TEST(LobbyLimits, EveryWorkerLetsAWholeClassroomMistypeItsCode) {
  LobbyConfig config;
  config.joins_per_minute = 8;
  config.workers = 4;
  World world(config);
  const auto eve = world.greeted("Eve");
  // A code that is at home here: none other is looked up.
  base::SeededRandom random(1);
  std::string code;
  do {
    code = random_code(random);
  } while (home_worker(code, 4) != 0);
  for (int i = 0; i < 8; ++i) {
    world.say(eve, JoinRoom{code, ""});
    EXPECT_EQ(world.take_error(eve), "no_such_room");
  }
  world.say(eve, JoinRoom{code, ""});
  EXPECT_EQ(world.take_error(eve), "rate_limited");
}

TEST(LobbyLimits, WhoEntersRoomsTooOftenIsSlowedDown) {
  LobbyConfig config;
  config.entry_burst = 3;
  config.entries_per_second = 1;
  World world(config);
  const auto alice = world.creator("Ada");
  const JoinedRoom made = world.take<JoinedRoom>(alice);
  const auto eve = world.greeted("Eve");
  const auto enter = [&](const ClientMessage& how) {
    world.say(eve, how);
    auto& texts = world.inboxes[eve].texts;
    const bool entered = !texts.empty() && texts.front().find("\"joined\"") != std::string::npos;
    if (entered) {
      world.take<JoinedRoom>(eve);
      world.say(eve, LeaveRoom{});
      world.take<LeftRoom>(eve);
    } else {
      EXPECT_EQ(world.take_error(eve), "rate_limited");
    }
    return entered;
  };
  EXPECT_TRUE(enter(JoinRoom{made.code, ""}));
  EXPECT_TRUE(enter(CreateRoom{8, ""}));
  EXPECT_TRUE(enter(JoinRoom{made.code, ""}));
  EXPECT_FALSE(enter(JoinRoom{made.code, ""}));
  EXPECT_FALSE(enter(CreateRoom{8, ""}));
  EXPECT_EQ(world.inboxes[alice].texts.size(), 4U) << "her room heard of two comings and goings";
  world.pass(seconds(1));
  EXPECT_TRUE(enter(JoinRoom{made.code, ""}));
  EXPECT_FALSE(enter(JoinRoom{made.code, ""}));
  world.take<JoinedRoom>(world.joiner("Bob", made.code));
}

TEST(LobbyLimits, MovingToAnotherWorkerDoesNotRenewWhatMayBeEntered) {
  LobbyConfig config;
  config.entry_burst = 1;
  config.entries_per_second = 1;
  config.workers = 2;
  World world(config);
  const auto eve = world.greeted("Eve");
  world.say(eve, CreateRoom{8, ""});
  world.take<JoinedRoom>(eve);
  world.say(eve, LeaveRoom{});
  world.take<LeftRoom>(eve);
  base::SeededRandom random(1);
  std::string code;
  do {
    code = random_code(random);
  } while (home_worker(code, 2) != 1);
  world.say(eve, JoinRoom{code, ""});
  ASSERT_TRUE(world.inboxes[eve].moved);
  EXPECT_FALSE(world.inboxes[eve].moved->guest.budget.entries.take(world.now));
}

TEST(LobbyLimits, OneMemberCannotFillAnothersQueue) {
  LobbyConfig config;
  config.message_burst = 1'000'000;
  World world(config);
  const Two two = two_in_a_room(world);
  const ConnectionId alice = two.alice;
  const ConnectionId mallory = two.bob;
  const auto flood = [&](std::size_t bytes) {
    for (std::size_t said = 0; said < bytes; said += 1000) {
      world.say(mallory, Offer{two.alices, std::string(1000, 's')});
    }
    std::size_t heard = 0;
    for (const std::string& text : world.inboxes[alice].texts) heard += text.size();
    world.inboxes[alice].texts.clear();
    return heard;
  };
  const std::size_t at_once = flood(1'000'000);
  EXPECT_LE(at_once, config.signal_bytes_burst);
  EXPECT_GT(at_once, config.signal_bytes_burst - 2000);
  const Error refused = world.take<Error>(mallory);
  EXPECT_EQ(refused.code, ErrorCode::rate_limited);
  EXPECT_EQ(refused.message, "You send more to the members than is passed on.");
  world.pass(seconds(10));
  EXPECT_LE(flood(1'000'000), 10 * config.signal_bytes_from_per_second);
  EXPECT_EQ(world.closed(alice), 0);
}

TEST(LobbyLimits, ManyMembersTogetherCannotFillAnothersQueueEither) {
  LobbyConfig config;
  config.message_burst = 1'000'000;
  World world(config);
  const auto alice = world.creator("Ada", 64);
  const JoinedRoom made = world.take<JoinedRoom>(alice);
  std::vector<ConnectionId> crowd;
  for (int i = 0; i < 8; ++i) crowd.push_back(world.joiner("M" + std::to_string(i), made.code));
  world.inboxes[alice].texts.clear();
  for (const ConnectionId one : crowd) {
    for (int i = 0; i < 150; ++i) world.say(one, Offer{made.you, std::string(1000, 's')});
  }
  std::size_t heard = 0;
  for (const std::string& text : world.inboxes[alice].texts) heard += text.size();
  EXPECT_LE(heard, config.signal_bytes_burst);
  EXPECT_GT(heard, config.signal_bytes_burst - 2000);
  const Error refused = std::get<Error>(*parse_server_message(world.inboxes[crowd.back()].texts.back()));
  EXPECT_EQ(refused.message, "The member is being sent more than is passed on.");
}

TEST(LobbyLimits, WhatOneFloodsLeavesRoomForOthers) {
  LobbyConfig config;
  config.message_burst = 1'000'000;
  World world(config);
  const auto alice = world.creator("Ada");
  const JoinedRoom made = world.take<JoinedRoom>(alice);
  const auto mallory = world.joiner("Mallory", made.code);
  const auto bob = world.joiner("Bob", made.code);
  const PeerId bobs = world.take<JoinedRoom>(bob).you;
  for (int second = 0; second < 20; ++second) {
    for (int i = 0; i < 300; ++i) world.say(mallory, Offer{made.you, std::string(1000, 's')});
    world.pass(seconds(1));
  }
  world.inboxes[alice].texts.clear();
  for (int i = 0; i < 10; ++i) world.say(bob, Offer{made.you, std::string(1000, 's')});
  for (int i = 0; i < 10; ++i) EXPECT_EQ(world.take<Offer>(alice).peer, bobs);
}

TEST(LobbyLimits, LargeMessagesCostMoreOfTheBudget) {
  LobbyConfig config;
  config.message_burst = 20;
  config.messages_per_second = 1;
  World world(config);
  const Two two = two_in_a_room(world);
  const std::string large(kMaxSdp, 's');
  for (int i = 0; i < 5; ++i) world.say(two.bob, Offer{two.alices, large});
  EXPECT_EQ(world.inboxes[two.alice].texts.size(), 2U) << "nine units each, out of the twenty";
  EXPECT_EQ(world.take_error(two.bob), "rate_limited");
}

TEST(FailedJoins, RememberTheLatestSitesOnly) {
  FailedJoins failed(1, 3);
  const base::Time now = base::time_from(seconds(5));
  const auto site = [](std::uint8_t n) { return base::IpAddress::v4({10, 0, 0, n}); };
  for (std::uint8_t n = 1; n <= 3; ++n) failed.count(now, site(n));
  failed.count(now, site(1));  // again: now 2 is the oldest
  failed.count(now, site(4));
  EXPECT_EQ(failed.sites(), 3U);
  EXPECT_TRUE(failed.exhausted(now, site(1)));
  EXPECT_FALSE(failed.exhausted(now, site(2)));
  EXPECT_TRUE(failed.exhausted(now, site(3)));
  EXPECT_TRUE(failed.exhausted(now, site(4)));
}

TEST(FailedJoins, ComeBackOneByOne) {
  FailedJoins failed(6);
  const auto site = base::IpAddress::v4({10, 0, 0, 1});
  base::Time now = base::time_from(seconds(5));
  for (int i = 0; i < 6; ++i) {
    EXPECT_FALSE(failed.exhausted(now, site));
    failed.count(now, site);
  }
  EXPECT_TRUE(failed.exhausted(now, site));
  EXPECT_TRUE(failed.exhausted(now + seconds(10) - base::microseconds(1), site));
  now += seconds(10);
  EXPECT_FALSE(failed.exhausted(now, site));
  failed.count(now, site);
  EXPECT_TRUE(failed.exhausted(now, site));
}

TEST(FailedJoins, ZeroIsNoLimit) {
  FailedJoins failed(0);
  const auto site = base::IpAddress::v4({10, 0, 0, 1});
  for (int i = 0; i < 1000; ++i) failed.count(base::time_from(seconds(1)), site);
  EXPECT_FALSE(failed.exhausted(base::time_from(seconds(1)), site));
}

TEST(LobbyLimits, RoomsPerSiteCountIpv6ByThe64) {
  LobbyConfig config;
  config.rooms_per_site = 2;
  World world(config);
  const std::string create = "version=1&game=cubes&name=Ada&create=8";
  const auto first = world.open(create, "2001:db8::1");
  world.open(create, "2001:db8::2");
  const auto third = world.open(create, "2001:db8::ffff:3");
  world.take<Welcome>(third);
  EXPECT_EQ(world.take_error(third), "rate_limited");
  const auto elsewhere = world.open(create, "2001:db8:0:1::1");
  world.take<Welcome>(elsewhere);
  world.take<JoinedRoom>(elsewhere);
  world.close(first, true);
  world.say(third, CreateRoom{8, ""});
  world.take<JoinedRoom>(third);
}

TEST(LobbyLimits, ARoomCountsForItsMakersSiteUntilItDies) {
  LobbyConfig config;
  config.rooms_per_site = 1;
  World world(config);
  const auto alice = world.creator("Ada");
  const JoinedRoom made = world.take<JoinedRoom>(alice);
  const auto bob = world.greeted("Bob", "198.51.100.7");
  world.say(bob, JoinRoom{made.code, ""});
  world.say(alice, LeaveRoom{});
  world.take<PeerJoinedRoom>(alice);
  world.take<LeftRoom>(alice);
  world.say(alice, CreateRoom{8, ""});
  EXPECT_EQ(world.take_error(alice), "rate_limited") << "her room lives on without her";
  world.close(bob, true);
  world.say(alice, CreateRoom{8, ""});
  world.take<JoinedRoom>(alice);
}

TEST(LobbyLimits, RoomsAndConnectionsOfAServer) {
  LobbyConfig config;
  config.max_rooms = 1;
  config.max_connections = 3;
  World world(config);
  world.creator("Ada");
  const auto bob = world.creator("Bob");
  EXPECT_EQ(world.take_error(bob), "server_full");
  EXPECT_EQ(world.closed(bob), 0);
  world.open();
  const auto dave = world.open("version=1&game=cubes&name=Dave");
  EXPECT_EQ(world.take_error(dave), "server_full");
  EXPECT_EQ(world.closed(dave), 4013);
  EXPECT_EQ(world.lobby.counters().connections, 3U);
  world.close(bob, true);
  world.greeted("Dave");
}

TEST(LobbyLimits, RoomsNoLargerThanTheServerAllows) {
  LobbyConfig config;
  config.max_room_size = 4;
  World world(config);
  const auto alice = world.creator("Ada", 5);
  EXPECT_EQ(world.take_error(alice), "bad_message");
  world.say(alice, CreateRoom{4, ""});
  EXPECT_EQ(world.take<JoinedRoom>(alice).size, 4);
}

TEST(LobbyLimits, TheLargestRoomsJoinedMessageFitsIntoAFrame) {
  World world;
  const std::string name(kMaxNamePoints, 'n');
  const auto alice = world.creator(name, kMaxMembers);
  const JoinedRoom made = world.take<JoinedRoom>(alice);
  for (int i = 1; i < kMaxMembers; ++i) {
    const auto guest = world.joiner(name, made.code);
    EXPECT_LE(world.inboxes[guest].texts.front().size(), kMaxFrame);
    EXPECT_EQ(world.take<JoinedRoom>(guest).members.size(), static_cast<std::size_t>(i));
  }
  const auto late = world.joiner(name, made.code);
  EXPECT_EQ(world.take_error(late), "room_full");
}

}  // namespace
}  // namespace parlor::signaling
