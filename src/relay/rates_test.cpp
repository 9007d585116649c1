// Every limit of what is sent is reached, and what happens beyond it.

#include "relay/test_world.hpp"

namespace parlor::relay {
namespace {

using base::seconds;
using testing::costing;
using testing::generous;
using testing::kAlice;
using testing::kBob;
using testing::kCarol;
using testing::kRoom;
using testing::World;
using Texts = std::vector<std::string>;

/// How many messages of 10,000 bytes alice gets through at once, to bob or to all.
std::size_t messages_at_once(World& world, Lane lane, bool to_all = false) {
  std::size_t sent = 0;
  while (sent < 100) {
    world.say(
        kAlice,
        {.lane = lane, .to = to_all ? std::vector<PeerId>{} : std::vector{kBob}, .payload = costing(10'000)});
    if (world.take(kBob).empty()) break;
    ++sent;
  }
  return sent;
}

TEST(RelayRates, WhatAMemberSendsIsLimited) {
  RelayConfig config = generous();
  config.sender_rate = {100'000, 20'000};
  World world(config);
  world.enter_all();
  EXPECT_EQ(messages_at_once(world, Lane::unreliable), 10U);
  EXPECT_EQ(world.dropped(Drop::over_budget), 1U);
  EXPECT_TRUE(world.take(kAlice).empty()) << "nobody is told of what promised nothing";
  world.pass(seconds(1));
  EXPECT_EQ(messages_at_once(world, Lane::reliable), 2U);
  const auto heard = world.take(kAlice);
  ASSERT_EQ(heard.size(), 1U);
  EXPECT_EQ(heard[0].reason, Refusal::over_budget);
  EXPECT_EQ(heard[0].wait_ms, 1639U) << "for 32 KiB";
  world.say(kCarol, {.to = {kBob}, .payload = "x"});
  EXPECT_EQ(world.texts(kBob), Texts{"x"}) << "the others have budgets of their own";
}

TEST(RelayRates, AMessageCountsForEachRecipient) {
  RelayConfig config = generous();
  config.sender_rate = {100'000, 20'000};
  World world(config);
  world.enter_all();
  EXPECT_EQ(messages_at_once(world, Lane::unreliable, true), 5U);
}

TEST(RelayRates, HandlingAFrameCostsForEachRecipientAndEachAgain) {
  RelayConfig config = generous();
  config.sender_rate = {20'000, 1};
  World world(config);
  world.enter_all();
  world.enter(PeerId{4});
  const auto cost = [&](const testing::Say& say) {
    return world.relay.handle_frame(world.now, World::connection_of(kAlice), World::frame_of(say));
  };
  EXPECT_EQ(cost({.to = {kBob}}), kHandlingCost);
  EXPECT_EQ(cost({.to = {kBob, kCarol}}), kHandlingCost + kRecipientHandlingCost);
  EXPECT_EQ(cost({.payload = "to all"}), kHandlingCost + 2 * kRecipientHandlingCost);
  EXPECT_EQ(cost({.lane = Lane::unreliable}), kHandlingCost + 2 * kRecipientHandlingCost);
  while (world.dropped(Drop::refused) == 0) world.say(kAlice, {.payload = costing(1'000)});
  const std::size_t repeated = kHandlingCost + 2 * kRecipientHandlingCost + 3 * kAgainHandlingCost;
  EXPECT_EQ(cost({.payload = costing(1'000), .again = true}), repeated) << "refused as well as taken";
  EXPECT_EQ(cost({.to = {kBob, PeerId{99}, kAlice}, .again = true}), repeated);
  world.say_raw(kAlice, base::as_bytes("?"));
  EXPECT_EQ(world.relay.handle_frame(world.now, World::connection_of(kAlice), base::as_bytes("?")),
            kHandlingCost);
  EXPECT_EQ(world.relay.handle_frame(world.now, ConnectionId{1}, {}), kHandlingCost) << "in no room";
}

TEST(RelayRates, WhatPromisesNothingAndIsAboveTheBudgetIsDroppedForAllAtOnce) {
  RelayConfig config = generous();
  config.sender_rate = {20'000, 1};
  World world(config);
  world.enter_all();
  EXPECT_EQ(messages_at_once(world, Lane::unreliable, true), 1U);
  const std::uint64_t before = world.dropped(Drop::over_budget);
  const testing::Say say{.lane = Lane::latest, .payload = costing(10'000)};
  EXPECT_EQ(world.relay.handle_frame(world.now, World::connection_of(kAlice), World::frame_of(say)),
            kHandlingCost);
  EXPECT_EQ(world.dropped(Drop::over_budget), before + 2) << "counted for each all the same";
}

TEST(RelayRates, WhatIsSentWithinARoomIsLimited) {
  RelayConfig config = generous();
  config.room_rate = {100'000, 20'000};
  World world(config);
  world.enter_all();
  EXPECT_EQ(messages_at_once(world, Lane::unreliable), 10U);
  world.say(kCarol, {.to = {kBob}, .payload = costing(10'000)});
  EXPECT_EQ(world.dropped(Drop::refused), 1U);
  const RoomId other{8};
  world.enter(kAlice, other);
  world.enter(kBob, other);
  world.say(kAlice, {.payload = costing(10'000)}, other);
  EXPECT_EQ(world.take(kBob, other).size(), 1U);
}

TEST(RelayRates, WhatASiteSendsIsLimitedOverAllItsRooms) {
  RelayConfig config = generous();
  config.site_rate = {100'000, 20'000};
  World world(config);
  const RoomId other{8};
  const base::IpAddress site = World::address(1);
  world.enter(kAlice, kRoom, site);
  world.enter(kBob);
  world.enter(kAlice, other, site);
  world.enter(kBob, other);
  EXPECT_EQ(messages_at_once(world, Lane::unreliable), 10U);
  world.say(kAlice, {.lane = Lane::unreliable, .payload = costing(10'000)}, other);
  EXPECT_TRUE(world.take(kBob, other).empty());
  world.say(kBob, {.lane = Lane::unreliable, .payload = costing(10'000)}, other);
  EXPECT_EQ(world.take(kAlice, other).size(), 1U);
}

TEST(RelayRates, AnIpv6SiteIsItsSlash64) {
  RelayConfig config = generous();
  config.site_rate = {100'000, 20'000};
  World world(config);
  world.enter(kAlice, kRoom, base::IpAddress::parse("2001:db8:1:2::1"));
  world.enter(kCarol, kRoom, base::IpAddress::parse("2001:db8:1:2:ffff::1"));
  world.enter(kBob);
  EXPECT_EQ(world.relay.counters().sites, 2U);
  EXPECT_EQ(messages_at_once(world, Lane::unreliable), 10U);
  world.say(kCarol, {.lane = Lane::unreliable, .to = {kBob}, .payload = costing(10'000)});
  EXPECT_TRUE(world.take(kBob).empty());
}

TEST(RelayRates, TheSitesOfAnIpv6Slash48HaveALimitTogether) {
  RelayConfig config = generous();
  config.neighbourhood_rate = {100'000, 20'000};
  World world(config);
  world.enter(kAlice, kRoom, base::IpAddress::parse("2001:db8:1:2::1"));
  world.enter(kCarol, kRoom, base::IpAddress::parse("2001:db8:1:3::1"));
  world.enter(kBob, kRoom, base::IpAddress::parse("2001:db8:2:2::1"));
  EXPECT_EQ(world.relay.counters().neighbourhoods, 2U);
  EXPECT_EQ(messages_at_once(world, Lane::unreliable), 10U);
  world.say(kCarol, {.lane = Lane::unreliable, .to = {kBob}, .payload = costing(10'000)});
  EXPECT_TRUE(world.take(kBob).empty()) << "another site of the same /48";
  world.say(kBob, {.lane = Lane::unreliable, .to = {kAlice}, .payload = costing(10'000)});
  EXPECT_EQ(world.take(kAlice).size(), 1U) << "another /48";
}

TEST(RelayRates, AnIpv4Slash24IsManyCustomers) {
  RelayConfig config = generous();
  config.neighbourhood_rate = {100'000, 20'000};
  World world(config);
  world.enter(kAlice, kRoom, base::IpAddress::parse("192.0.2.1"));
  world.enter(kBob, kRoom, base::IpAddress::parse("::ffff:192.0.2.2"));
  EXPECT_EQ(messages_at_once(world, Lane::unreliable), 100U);
  EXPECT_EQ(world.relay.counters().neighbourhoods, 0U);
}

TEST(RelayRates, ASlash48IsRememberedAsLongAsItsSites) {
  RelayConfig config = generous();
  config.neighbourhood_rate = {100'000, 1};
  World world(config);
  world.enter(kAlice, kRoom, base::IpAddress::parse("2001:db8:1:2::1"));
  world.enter(kBob);
  EXPECT_EQ(messages_at_once(world, Lane::unreliable), 10U);
  world.relay.handle_gone(world.now, kRoom, kAlice);
  world.enter(kAlice, kRoom, base::IpAddress::parse("2001:db8:1:3::1"));
  EXPECT_EQ(messages_at_once(world, Lane::unreliable), 0U) << "no new budget by another site";
  world.relay.handle_gone(world.now, kRoom, kAlice);
  world.pass(seconds(60));
  world.enter(kCarol);
  EXPECT_EQ(world.relay.counters().neighbourhoods, 0U);
}

TEST(RelayRates, WhatAllSendIsLimited) {
  RelayConfig config = generous();
  config.server_rate = {100'000, 20'000};
  World world(config);
  const RoomId other{8};
  world.enter(kAlice);
  world.enter(kBob);
  world.enter(PeerId{11}, other);
  world.enter(PeerId{12}, other);
  EXPECT_EQ(messages_at_once(world, Lane::unreliable), 10U);
  world.say(PeerId{11}, {.lane = Lane::unreliable, .payload = costing(10'000)}, other);
  EXPECT_TRUE(world.take(PeerId{12}, other).empty());
}

TEST(RelayRates, ASiteThatComesBackHasNoNewBudget) {
  RelayConfig config = generous();
  config.site_rate = {100'000, 1};
  World world(config);
  world.enter(kAlice);
  world.enter(kBob);
  EXPECT_EQ(messages_at_once(world, Lane::unreliable), 10U);
  world.relay.handle_gone(world.now, kRoom, kAlice);
  world.enter(kAlice);
  EXPECT_EQ(messages_at_once(world, Lane::unreliable), 0U);
  world.relay.handle_gone(world.now, kRoom, kAlice);
  world.pass(seconds(60));
  world.enter(kAlice);
  EXPECT_EQ(messages_at_once(world, Lane::unreliable), 10U) << "a minute later it is forgotten";
}

TEST(RelayRates, SitesThatAreRememberedAreBounded) {
  World world;
  for (int i = 0; i < static_cast<int>(kMaxIdleSites) + 500; ++i) {
    world.enter(kAlice, kRoom, World::address(i));
    world.relay.handle_gone(world.now, kRoom, kAlice);
  }
  EXPECT_LE(world.relay.counters().sites, kMaxIdleSites + 1);
  world.pass(seconds(60));
  world.enter(kAlice);
  EXPECT_EQ(world.relay.counters().sites, 1U);
}

TEST(RelayRates, ABudgetThatEndsWithinFramesIsSharedByTheirRecipients) {
  RelayConfig config = generous();
  config.sender_rate = {20'000, 1'000};
  World world(config);
  world.enter_all();
  world.enter(PeerId{4});
  world.enter(PeerId{5});
  std::map<PeerId, std::size_t> heard;
  for (int i = 0; i < 200; ++i) {
    world.say(kAlice, {.lane = Lane::unreliable, .payload = costing(1'000)});
    world.pass(seconds(1));  // for one recipient of four
    for (const PeerId peer : {kBob, kCarol, PeerId{4}, PeerId{5}}) heard[peer] += world.take(peer).size();
  }
  for (const auto& [peer, count] : heard) {
    EXPECT_GE(count, 30U);
    EXPECT_LE(count, 90U);
  }
}

}  // namespace
}  // namespace parlor::relay
