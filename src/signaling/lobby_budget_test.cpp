// What a connection may say, and how much of it to the others.

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
  crowd.reserve(8);
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

}  // namespace
}  // namespace parlor::signaling
