// Every limit of what waits is reached, and what happens beyond it.

#include "relay/test_world.hpp"

namespace parlor::relay {
namespace {

using testing::costing;
using testing::generous;
using testing::Heard;
using testing::kAlice;
using testing::kBob;
using testing::kCarol;
using testing::kRoom;
using testing::World;
using Texts = std::vector<std::string>;

std::uint64_t waiting(const World& world) {
  return world.relay.counters().waiting_frames;
}

// ---- what waits from one sender for one receiver

TEST(RelayQueues, OfTooManyThatPromiseNothingTheOldestAreDropped) {
  for (const Lane lane : {Lane::unreliable, Lane::control}) {
    RelayConfig config = generous();
    config.queues[index_of(lane)].frames = 3;
    World world(config);
    world.enter_all();
    world.block(kBob);
    for (const char* text : {"1", "2", "3", "4", "5"})
      world.say(kAlice, {.lane = lane, .to = {kBob}, .payload = text});
    EXPECT_EQ(world.dropped(Drop::displaced), 2U);
    world.unblock(kBob);
    EXPECT_EQ(world.texts(kBob), (Texts{"3", "4", "5"})) << to_string(lane);
  }
}

TEST(RelayQueues, OfTooManyBytesTheOldestAreDropped) {
  RelayConfig config = generous();
  config.queues[index_of(Lane::unreliable)].bytes = 20'000;
  World world(config);
  world.enter_all();
  world.block(kBob);
  for (int i = 0; i < 4; ++i)
    world.say(kAlice, {.lane = Lane::unreliable, .to = {kBob}, .payload = costing(5'000)});
  EXPECT_EQ(world.dropped(Drop::displaced), 0U);
  world.say(kAlice, {.lane = Lane::unreliable, .to = {kBob}, .payload = costing(10'001)});
  EXPECT_EQ(world.dropped(Drop::displaced), 3U);
  EXPECT_EQ(waiting(world), 2U);
}

TEST(RelayQueues, KeysThatWaitAreBounded) {
  RelayConfig config = generous();
  config.queues[index_of(Lane::latest)].frames = 2;
  World world(config);
  world.enter_all();
  world.block(kBob);
  for (const std::uint32_t key : {1U, 2U, 3U, 1U}) {
    world.say(kAlice, {.lane = Lane::latest, .to = {kBob}, .payload = std::to_string(key), .key = key});
  }
  EXPECT_EQ(world.dropped(Drop::keys), 1U);
  world.unblock(kBob);
  EXPECT_EQ(world.texts(kBob), (Texts{"1", "2"}));
}

TEST(RelayQueues, AValueThatGrowsBeyondTheLimitIsDroppedAndTheOneBeforeStays) {
  RelayConfig config = generous();
  config.queues[index_of(Lane::latest)].bytes = 20'000;
  World world(config);
  world.enter_all();
  world.block(kBob);
  const auto value = [&](std::uint32_t key, std::size_t cost) {
    world.say(kAlice, {.lane = Lane::latest, .to = {kBob}, .payload = costing(cost), .key = key});
  };
  value(1, 10'000);
  value(2, 8'000);
  value(1, 12'000);
  EXPECT_EQ(world.dropped(Drop::no_memory), 0U);
  value(1, 12'001);
  EXPECT_EQ(world.dropped(Drop::no_memory), 1U);
  EXPECT_EQ(world.relay.counters().waiting_bytes, 20'000U);
}

// ---- what waits for one receiver

TEST(RelayQueues, WhatManySendersHaveWaitingIsBoundedAndFallsOnTheHeaviest) {
  RelayConfig config = generous();
  config.queues[index_of(Lane::unreliable)] = {20'000, 20};
  World world(config);
  world.enter(kBob);
  world.block(kBob);
  for (std::uint16_t peer = 10; peer < 20; ++peer) {
    world.enter(PeerId{peer});
    const int messages = peer < 15 ? 20 : 2;
    for (int i = 0; i < messages; ++i) {
      world.say(PeerId{peer}, {.lane = Lane::unreliable, .to = {kBob}, .payload = costing(1'000)});
    }
  }
  EXPECT_EQ(world.relay.counters().waiting_bytes, kReceiverShare * 20'000U);
  world.unblock(kBob);
  std::map<PeerId, int> heard;
  for (const Heard& one : world.take(kBob)) ++heard[one.peer];
  for (std::uint16_t peer = 15; peer < 20; ++peer) EXPECT_EQ(heard[PeerId{peer}], 2);
  for (std::uint16_t peer = 10; peer < 15; ++peer) EXPECT_GE(heard[PeerId{peer}], 13);
}

TEST(RelayQueues, ValuesOfManySendersAreBoundedAlsoWhenTheyGrow) {
  RelayConfig config = generous();
  config.queues[index_of(Lane::latest)] = {20'000, 20};
  World world(config);
  world.enter(kBob);
  world.block(kBob);
  for (std::uint16_t peer = 10; peer < 40; ++peer) world.enter(PeerId{peer});
  for (const std::size_t cost : {100U, 10'000U, 16'000U}) {
    for (std::uint16_t peer = 10; peer < 40; ++peer) {
      world.say(PeerId{peer}, {.lane = Lane::latest, .to = {kBob}, .payload = costing(cost), .key = 1});
    }
  }
  EXPECT_LE(world.relay.counters().waiting_bytes, kReceiverShare * 20'000U);
}

TEST(RelayQueues, OneReliableMessageOfEachSenderAlwaysHasAPlace) {
  RelayConfig config = generous();
  config.queues[index_of(Lane::reliable)] = {20'000, 20};
  World world(config);
  world.enter(kBob);
  world.block(kBob);
  for (std::uint16_t peer = 10; peer < 18; ++peer) {
    world.enter(PeerId{peer});
    for (int i = 0; i < 2; ++i) world.say(PeerId{peer}, {.to = {kBob}, .payload = costing(10'000)});
  }
  EXPECT_EQ(waiting(world), 12U) << "two of the first four, one of the others";
  world.unblock(kBob);
  EXPECT_EQ(world.texts(kBob).size(), 12U);
}

// ---- what waits elsewhere

/// How many messages of 10,000 bytes wait when `send` says as many as it can.
template <class Send>
std::uint64_t most_that_wait(World& world, const Send& send) {
  for (int i = 0; i < 30; ++i) send(i);
  return waiting(world);
}

TEST(RelayMemory, WhatWaitsOfOneSenderIsBounded) {
  RelayConfig config = generous();
  config.sender_waiting = 50'000;
  World world(config);
  world.enter_all();
  world.block(kBob);
  world.block(kCarol);
  const auto send = [&](int i) {
    world.say(kAlice,
              {.lane = Lane::unreliable, .to = {i % 2 == 0 ? kBob : kCarol}, .payload = costing(10'000)});
  };
  EXPECT_EQ(most_that_wait(world, send), 5U);
  EXPECT_GT(world.dropped(Drop::no_memory), 0U);
  world.say(kAlice, {.to = {kBob}, .payload = costing(10'000)});
  const auto heard = world.take(kAlice);
  ASSERT_EQ(heard.size(), 1U);
  EXPECT_EQ(heard[0].reason, Refusal::over_budget);
  EXPECT_EQ(heard[0].wait_ms, 250U);
  world.say(kCarol, {.to = {kBob}, .payload = costing(10'000)});
  EXPECT_EQ(waiting(world), 6U);
}

TEST(RelayMemory, WhatWaitsInARoomIsBounded) {
  RelayConfig config = generous();
  config.room_waiting = 50'000;
  World world(config);
  world.enter_all();
  world.block(kBob);
  const auto send = [&](int i) {
    world.say(i % 2 == 0 ? kAlice : kCarol, {.lane = Lane::bulk, .to = {kBob}, .payload = costing(10'000)});
  };
  EXPECT_EQ(most_that_wait(world, send), 5U);
}

TEST(RelayMemory, WhatWaitsOfASiteIsBounded) {
  RelayConfig config = generous();
  config.site_waiting = 50'000;
  World world(config);
  const base::IpAddress site = World::address(1);
  world.enter(kAlice, kRoom, site);
  world.enter(kCarol, kRoom, site);
  world.enter(kBob);
  world.block(kBob);
  const auto send = [&](int i) {
    world.say(i % 2 == 0 ? kAlice : kCarol,
              {.lane = Lane::unreliable, .to = {kBob}, .payload = costing(10'000)});
  };
  EXPECT_EQ(most_that_wait(world, send), 5U);
}

TEST(RelayMemory, WhatWaitsOfAnIpv6Slash48IsBounded) {
  RelayConfig config = generous();
  config.neighbourhood_waiting = 50'000;
  World world(config);
  world.enter(kAlice, kRoom, base::IpAddress::parse("2001:db8:1:2::1"));
  world.enter(kCarol, kRoom, base::IpAddress::parse("2001:db8:1:3::1"));
  world.enter(kBob);
  world.block(kBob);
  const auto send = [&](int i) {
    world.say(i % 2 == 0 ? kAlice : kCarol,
              {.lane = Lane::unreliable, .to = {kBob}, .payload = costing(10'000)});
  };
  EXPECT_EQ(most_that_wait(world, send), 5U);
}

TEST(RelayMemory, WhatWaitsInAllIsBounded) {
  RelayConfig config = generous();
  config.server_waiting = 50'000;
  World world(config);
  const RoomId other{8};
  for (const RoomId room : {kRoom, other}) {
    world.enter(kAlice, room, World::address(static_cast<int>(room)));
    world.enter(kBob, room);
    world.writable(kBob, 0, room);
  }
  const auto send = [&](int i) {
    world.say(kAlice,
              {.lane = Lane::latest, .payload = costing(10'000), .key = static_cast<std::uint32_t>(i)},
              i % 2 == 0 ? kRoom : other);
  };
  EXPECT_EQ(most_that_wait(world, send), 5U);
  world.unblock(kBob);
  EXPECT_EQ(waiting(world), 2U) << "what has gone out waits no more";
}

// ---- how long it waits

class RelayStandstill : public ::testing::Test {
 protected:
  RelayStandstill() : world(config()) {
    world.enter_all();
    world.block(kBob);
  }
  static RelayConfig config() {
    RelayConfig config = generous();
    config.patience = base::seconds(60);
    return config;
  }
  void say(const char* text = "x", Lane lane = Lane::reliable) {
    world.say(kAlice, {.lane = lane, .to = {kBob}, .payload = text});
  }
  [[nodiscard]] bool bob_stalled() const { return world.stalled == std::vector{World::connection_of(kBob)}; }
  World world;
};

TEST_F(RelayStandstill, EndsForWhoTakesNothingOfWhatWaits) {
  world.pass(base::seconds(100));
  say();
  world.pass(base::seconds(30));
  say("another does not begin it anew");
  world.pass(base::seconds(30) - base::milliseconds(1));
  EXPECT_TRUE(world.stalled.empty());
  world.pass(base::milliseconds(1));
  EXPECT_TRUE(bob_stalled());
  EXPECT_EQ(waiting(world), 2U) << "nothing promised is gone before its receiver is";
  world.relay.handle_gone(world.now, kRoom, kBob);
  EXPECT_EQ(waiting(world), 0U);
  EXPECT_FALSE(world.relay.poll_timeout());
}

TEST_F(RelayStandstill, BeginsAnewWithEachTimeThatTheSocketTakesSomething) {
  for (int i = 0; i < 10; ++i) say();
  for (int i = 0; i < 9; ++i) {
    world.pass(base::seconds(59));
    world.writable(kBob, 1);  // one frame
  }
  EXPECT_TRUE(world.stalled.empty());
  EXPECT_EQ(world.texts(kBob).size(), 9U);
  world.pass(base::seconds(60));
  EXPECT_TRUE(bob_stalled());
}

TEST_F(RelayStandstill, IsNotNeededWhereNothingWaits) {
  say();
  world.pass(base::seconds(59));
  world.unblock(kBob);
  world.block(kBob);
  world.pass(base::seconds(100));
  EXPECT_TRUE(world.stalled.empty()) << "what waited went out";
  say();
  world.relay.handle_gone(world.now, kRoom, kAlice);
  world.pass(base::seconds(100));
  EXPECT_TRUE(world.stalled.empty()) << "what waited went with its sender";
}

TEST_F(RelayStandstill, IsNotRenewedByValuesThatReplaceEachOther) {
  for (int i = 0; i < 60; ++i) {
    say("x", Lane::latest);
    world.pass(base::seconds(1));
  }
  EXPECT_TRUE(bob_stalled());
}

TEST(RelayStandstills, IsNotTriedByAPauseOfBulk) {
  RelayConfig slow = generous();
  slow.patience = base::seconds(60);
  slow.bulk_pause = base::seconds(100);
  World other(slow);
  other.enter_all();
  for (int i = 0; i < 40; ++i) {
    other.say(kAlice, {.lane = Lane::bulk, .to = {kBob}, .payload = costing(1'000)});
  }
  other.pass(base::seconds(99));
  EXPECT_GT(waiting(other), 0U);
  EXPECT_TRUE(other.stalled.empty());
}

}  // namespace
}  // namespace parlor::relay
