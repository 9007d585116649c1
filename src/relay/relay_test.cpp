// Who hears what from whom.

#include "relay/test_world.hpp"

namespace parlor::relay {
namespace {

using testing::Heard;
using testing::kAlice;
using testing::kBob;
using testing::kCarol;
using testing::kRoom;
using testing::World;
using Texts = std::vector<std::string>;

TEST(Relay, PassesHeaderAndPayloadOnWithTheSendersId) {
  World world;
  world.enter_all();
  world.say(kAlice, {.lane = Lane::latest, .to = {kBob}, .payload = "payload", .header = "h:"});
  const auto heard = world.take(kBob);
  ASSERT_EQ(heard.size(), 1U);
  EXPECT_EQ(heard[0].lane, Lane::latest);
  EXPECT_EQ(heard[0].peer, kAlice);
  EXPECT_EQ(heard[0].text, "h:payload");
  EXPECT_TRUE(world.take(kCarol).empty());
  EXPECT_TRUE(world.take(kAlice).empty());
}

TEST(Relay, AFrameToAllReachesEveryOtherOnce) {
  World world;
  world.enter_all();
  world.say(kBob, {.payload = "hi", .header = "1"});
  EXPECT_EQ(world.texts(kAlice), Texts{"1hi"});
  EXPECT_EQ(world.texts(kCarol), Texts{"1hi"});
  EXPECT_TRUE(world.take(kBob).empty());
}

TEST(Relay, EachRecipientGetsItsOwnHeaderAndAllShareThePayload) {
  World world;
  world.enter_all();
  ClientFrame frame;
  frame.recipients.push_back({kBob, false, base::as_bytes("b")});
  frame.recipients.push_back({kCarol, false, base::as_bytes("cc")});
  frame.payload = base::as_bytes("shared");
  world.say_raw(kAlice, write(frame));
  EXPECT_EQ(world.texts(kBob), Texts{"bshared"});
  EXPECT_EQ(world.texts(kCarol), Texts{"ccshared"});
  ASSERT_EQ(world.payloads.size(), 2U);
  EXPECT_EQ(world.payloads[0].get(), world.payloads[1].get());
}

TEST(Relay, AMemberThatIsNamedTwiceHearsItTwice) {
  World world;
  world.enter_all();
  world.say(kAlice, {.to = {kBob, kBob}, .payload = "x"});
  EXPECT_EQ(world.texts(kBob), (Texts{"x", "x"}));
}

TEST(Relay, NothingLeavesItsRoom) {
  World world;
  const RoomId other{8};
  world.enter(kAlice);
  world.enter(kBob);
  world.enter(kCarol, other);
  world.enter(kBob, other);
  world.say(kAlice, {.payload = "all"});
  world.say(kAlice, {.to = {kCarol, kBob}, .payload = "both"});
  EXPECT_TRUE(world.take(kCarol, other).empty());
  EXPECT_TRUE(world.take(kBob, other).empty());
  EXPECT_EQ(world.relay.counters().rooms, 2U);
  EXPECT_EQ(world.texts(kBob).size(), 2U) << "in both orders of one frame's recipients";
}

TEST(Relay, AMemberThatIsNotThereIsRefusedOnceForEachLaneThatPromises) {
  World world;
  world.enter(kAlice);
  for (const Lane lane : {Lane::reliable, Lane::bulk, Lane::latest, Lane::unreliable, Lane::control}) {
    world.say(kAlice, {.lane = lane, .to = {kBob}, .payload = "x", .header = "h"});
  }
  const auto heard = world.take(kAlice);
  ASSERT_EQ(heard.size(), 2U);
  for (const Heard& one : heard) {
    EXPECT_EQ(one.reason, Refusal::no_such_peer);
    EXPECT_EQ(one.peer, kBob);
    EXPECT_EQ(one.text, "h");
  }
  EXPECT_EQ(heard[1].lane, Lane::bulk);
  EXPECT_EQ(world.dropped(Drop::absent), 5U);
  ASSERT_EQ(world.events.size(), 2U);
  EXPECT_EQ(world.events[0].reason, Refusal::no_such_peer);
}

TEST(Relay, NobodySendsToItself) {
  World world;
  world.enter_all();
  world.say(kAlice, {.to = {kAlice}, .payload = "x"});
  const auto heard = world.take(kAlice);
  ASSERT_EQ(heard.size(), 1U);
  EXPECT_EQ(heard[0].reason, Refusal::no_such_peer);
}

TEST(Relay, AbsentMembersOfWhomASenderIsToBeToldAreBounded) {
  World world;
  world.enter(kAlice);
  world.block(kAlice);
  for (int i = 0; i < 1000; ++i) {
    const PeerId peer{static_cast<std::uint16_t>(100 + i % 200)};
    world.say(kAlice, {.to = {peer}, .payload = "x"});
  }
  world.unblock(kAlice);
  EXPECT_EQ(world.take(kAlice).size(), kMaxAbsent);
  world.say(kAlice, {.to = {PeerId{500}}, .payload = "x"});
  EXPECT_EQ(world.take(kAlice).size(), 1U) << "those that were told count no more";
}

TEST(Relay, WhatIsNoFrameIsRefusedOnceUntilThatHasGoneOut) {
  World world;
  world.enter(kAlice);
  world.block(kAlice);
  for (int i = 0; i < 100; ++i) world.say_raw(kAlice, base::as_bytes("?"));
  for (int i = 0; i < 100; ++i) world.say_raw(kAlice, base::Bytes(kMaxFrame + 1));
  world.unblock(kAlice);
  auto heard = world.take(kAlice);
  ASSERT_EQ(heard.size(), 2U);
  EXPECT_EQ(heard[0].reason, Refusal::malformed);
  EXPECT_EQ(heard[1].reason, Refusal::too_large);
  world.say_raw(kAlice, base::as_bytes("?"));
  EXPECT_EQ(world.take(kAlice).size(), 1U);
  EXPECT_EQ(world.dropped(Drop::outside), 201U);
}

TEST(Relay, ARelayThatIsOffRefusesEverything) {
  RelayConfig config;
  config.on = false;
  World world(config);
  world.enter_all();
  world.say(kAlice, {.payload = "x"});
  const auto heard = world.take(kAlice);
  ASSERT_EQ(heard.size(), 1U);
  EXPECT_EQ(heard[0].reason, Refusal::off);
  EXPECT_TRUE(world.take(kBob).empty());
}

TEST(Relay, AfterShuttingDownNothingWaitsAndEverythingIsRefused) {
  World world;
  world.enter_all();
  world.block(kBob);
  world.say(kAlice, {.payload = "x"});
  ASSERT_EQ(world.relay.counters().waiting_frames, 1U);
  world.relay.shut_down(world.now);
  EXPECT_EQ(world.relay.counters().waiting_frames, 0U);
  world.unblock(kBob);
  EXPECT_TRUE(world.take(kBob).empty());
  world.say(kAlice, {.payload = "y"});
  const auto heard = world.take(kAlice);
  ASSERT_EQ(heard.size(), 1U);
  EXPECT_EQ(heard[0].reason, Refusal::off);
}

TEST(Relay, AConnectionInNoRoomIsNotHeard) {
  World world;
  world.enter(kAlice);
  world.say(kBob, {.payload = "x"});
  EXPECT_TRUE(world.take(kAlice).empty());
  EXPECT_TRUE(world.take(kBob).empty());
  EXPECT_EQ(world.dropped(Drop::outside), 1U);
}

TEST(Relay, WhoHasGoneHearsNothingAndWhatItSaidIsNotPassedOn) {
  World world;
  world.enter_all();
  for (const PeerId peer : {kAlice, kBob, kCarol}) world.block(peer);
  world.say(kAlice, {.payload = "from alice"});
  world.say(kBob, {.payload = "from bob"});
  world.say(kBob, {.to = {PeerId{9}}, .payload = "to nobody"});
  world.relay.handle_gone(world.now, kRoom, kBob);
  EXPECT_EQ(world.relay.counters().members, 2U);
  EXPECT_EQ(world.relay.counters().waiting_frames, 1U) << "from alice for carol";
  for (const PeerId peer : {kAlice, kBob, kCarol}) world.unblock(peer);
  EXPECT_TRUE(world.take(kAlice).empty());
  EXPECT_TRUE(world.take(kBob).empty());
  EXPECT_EQ(world.texts(kCarol), Texts{"from alice"});
  EXPECT_EQ(world.dropped(Drop::gone), 3U);
  world.relay.handle_gone(world.now, kRoom, kBob);
  EXPECT_EQ(world.relay.counters().members, 2U) << "gone twice is gone once";
}

TEST(Relay, AMemberMayGoWhileThereIsStillSomethingToHandOut) {
  World world;
  world.enter_all();
  world.relay.handle_frame(world.now, World::connection_of(kAlice), World::frame_of({.payload = "x"}));
  world.relay.handle_gone(world.now, kRoom, kBob);
  world.relay.handle_gone(world.now, kRoom, kAlice);
  world.drain();
  EXPECT_TRUE(world.take(kBob).empty());
  EXPECT_TRUE(world.take(kCarol).empty());
}

TEST(Relay, WhenAllHaveGoneNothingIsLeftButTheirSites) {
  World world;
  world.enter_all();
  for (const PeerId peer : {kAlice, kBob, kCarol}) world.block(peer);
  for (const PeerId peer : {kAlice, kBob, kCarol}) {
    for (std::uint8_t lane = 0; lane < kLanes; ++lane) world.say(peer, {.lane = Lane{lane}, .payload = "x"});
    world.say_raw(peer, base::as_bytes("?"));
  }
  ASSERT_EQ(world.relay.counters().waiting_frames, 3U * 2 * kLanes);
  ASSERT_EQ(world.relay.counters().waiting_notices, 3U);
  for (const PeerId peer : {kCarol, kAlice, kBob}) world.relay.handle_gone(world.now, kRoom, peer);
  const RelayCounters& counters = world.relay.counters();
  EXPECT_EQ(counters.members, 0U);
  EXPECT_EQ(counters.rooms, 0U);
  EXPECT_EQ(counters.waiting_frames, 0U);
  EXPECT_EQ(counters.waiting_bytes, 0U);
  EXPECT_EQ(counters.waiting_notices, 0U);
  EXPECT_EQ(counters.sites, 3U);
}

TEST(Relay, AnotherConnectionOfAMemberTakesItsPlace) {
  World world;
  world.enter(kAlice);
  world.enter(kBob);
  world.block(kBob);
  world.say(kAlice, {.payload = "lost"});
  const ConnectionId second{99};
  world.relay.handle_member(world.now, kRoom, kBob, second, World::address(1));
  world.relay.handle_writable(world.now, second, testing::kUnlimited);
  world.unblock(kBob);
  world.say(kAlice, {.payload = "new"});
  EXPECT_TRUE(world.take(kBob).empty()) << "on the former connection";
  EXPECT_EQ(world.relay.counters().members, 2U);
  EXPECT_EQ(world.relay.counters().frames_out[index_of(Lane::reliable)], 1U);
}

TEST(Relay, ASeatThatIsTakenAgainHasNoMemoryOfWhoSatThere) {
  World world;
  world.enter_all();
  world.block(kCarol);
  world.say(kAlice, {.lane = Lane::bulk, .to = {kCarol}, .payload = "a"});
  world.relay.handle_gone(world.now, kRoom, kAlice);
  const PeerId dora{4};
  world.enter(dora);
  world.say(dora, {.lane = Lane::bulk, .to = {kCarol}, .payload = "d"});
  world.unblock(kCarol);
  const auto heard = world.take(kCarol);
  ASSERT_EQ(heard.size(), 1U);
  EXPECT_EQ(heard[0].peer, dora);
}

TEST(Relay, NothingGoesToASocketThatDoesNotTakeIt) {
  World world;
  world.enter(kAlice);
  world.relay.handle_member(world.now, kRoom, kBob, World::connection_of(kBob), World::address(2));
  for (int i = 0; i < 6; ++i) world.say(kAlice, {.payload = std::string(100, 'x')});
  EXPECT_TRUE(world.take(kBob).empty()) << "nobody has said that it is writable";
  world.writable(kBob, 200);
  EXPECT_EQ(world.texts(kBob).size(), 2U) << "104 bytes each: the second is larger than what is left";
  world.writable(kBob, 104);
  EXPECT_EQ(world.texts(kBob).size(), 1U);
  world.writable(kBob, testing::kUnlimited);
  world.block(kBob);
  EXPECT_EQ(world.texts(kBob).size(), 3U);
  world.say(kAlice, {.payload = "x"});
  EXPECT_TRUE(world.take(kBob).empty()) << "not writable any more";
}

TEST(Relay, CountsWhatItPassesOn) {
  World world;
  world.enter_all();
  world.say(kAlice, {.lane = Lane::unreliable, .payload = "12345", .header = "h"});
  const RelayCounters& counters = world.relay.counters();
  EXPECT_EQ(counters.frames_in, 1U);
  EXPECT_EQ(counters.bytes_in, 1U + 1 + 2 + 1 + 1 + 1 + 5);
  EXPECT_EQ(counters.frames_out[index_of(Lane::unreliable)], 2U);
  EXPECT_EQ(counters.bytes_out, 2U * (4 + 1 + 5));
}

}  // namespace
}  // namespace parlor::relay
