// What each lane does with what waits on it, and what goes before what.

#include <algorithm>

#include "relay/test_world.hpp"

namespace parlor::relay {
namespace {

using base::milliseconds;
using testing::generous;
using testing::Heard;
using testing::kAlice;
using testing::kBob;
using testing::kCarol;
using testing::World;
using Texts = std::vector<std::string>;

/// alice, bob and carol, of whom bob's socket takes nothing.
class Lanes : public ::testing::Test {
 protected:
  Lanes() {
    world.enter_all();
    world.block(kBob);
  }
  void say(Lane lane, const std::string& text, std::uint16_t age_ms = 0, std::uint32_t key = 0) {
    world.say(kAlice, {.lane = lane, .to = {kBob}, .payload = text, .age_ms = age_ms, .key = key});
  }
  Texts heard() {
    world.unblock(kBob);
    world.pass(base::seconds(1));
    return world.texts(kBob);
  }
  World world{generous()};
  std::string log;  // who was heard, a letter for each message
};

TEST_F(Lanes, EachKeepsItsOrder) {
  for (const Lane lane : {Lane::reliable, Lane::unreliable, Lane::bulk, Lane::control}) {
    world.block(kBob);
    Texts sent;
    for (int i = 0; i < 20; ++i) {
      sent.push_back(std::to_string(i));
      say(lane, sent.back());
    }
    EXPECT_EQ(heard(), sent) << to_string(lane);
  }
}

TEST_F(Lanes, OfAKeyTheNewestWaitsInThePlaceOfTheFirst) {
  say(Lane::latest, "a1", 0, 1);
  say(Lane::latest, "b1", 0, 2);
  say(Lane::latest, "a2", 0, 1);
  say(Lane::latest, "a3", 0, 1);
  EXPECT_EQ(world.relay.counters().waiting_frames, 2U);
  EXPECT_EQ(heard(), (Texts{"a3", "b1"}));
  EXPECT_EQ(world.relay.counters().replaced, 2U);
}

TEST_F(Lanes, KeysOfDifferentSendersAreDifferent) {
  say(Lane::latest, "alice's", 0, 1);
  world.say(kCarol, {.lane = Lane::latest, .to = {kBob}, .payload = "carol's", .key = 1});
  EXPECT_EQ(heard().size(), 2U);
}

TEST_F(Lanes, AReplacedValueHasTheAgeOfTheNewer) {
  say(Lane::latest, "old", 10, 1);
  world.pass(milliseconds(8));
  say(Lane::latest, "new", 10, 1);
  world.pass(milliseconds(8));
  EXPECT_EQ(heard(), Texts{"new"});
}

TEST_F(Lanes, WhatIsOlderThanItsAgeIsDroppedAsItsTurnComes) {
  for (const Lane lane : {Lane::unreliable, Lane::latest}) {
    world.block(kBob);
    say(lane, "for ever", 0, 1);
    say(lane, "short", 99, 2);
    say(lane, "long", 100, 3);
    world.pass(milliseconds(100));
    world.unblock(kBob);
    EXPECT_EQ(world.texts(kBob), (Texts{"for ever", "long"})) << "100 ms are not more than 100 ms";
  }
  EXPECT_EQ(world.dropped(Drop::stale), 2U);
}

TEST_F(Lanes, WhatIsPromisedDoesNotAge) {
  say(Lane::reliable, "reliable", 1);
  say(Lane::bulk, "bulk", 1);
  world.pass(base::seconds(60));
  EXPECT_EQ(heard().size(), 2U);
}

TEST_F(Lanes, ControlGoesFirstAndBulkLast) {
  say(Lane::bulk, "bulk");
  say(Lane::unreliable, "unreliable");
  say(Lane::reliable, "reliable");
  world.say(kCarol, {.lane = Lane::latest, .to = {kBob}, .payload = "latest"});
  say(Lane::control, "control");
  const Texts all = heard();
  ASSERT_EQ(all.size(), 5U);
  EXPECT_EQ(all.front(), "control");
  EXPECT_EQ(all.back(), "bulk");
}

TEST_F(Lanes, RefusalsGoBeforeEverything) {
  world.say(kAlice, {.lane = Lane::control, .to = {kBob}, .payload = "control"});
  world.say(kBob, {.to = {PeerId{9}}, .payload = "x"});
  world.unblock(kBob);
  const auto all = world.take(kBob);
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].kind, Heard::Kind::refusal);
}

TEST_F(Lanes, OneSendersReliableBacklogDoesNotHoldUpItsOwnState) {
  for (int i = 0; i < 50; ++i) say(Lane::reliable, "r");
  say(Lane::unreliable, "u");
  say(Lane::latest, "l");
  const Texts all = heard();
  const auto place = [&](const char* text) { return std::find(all.begin(), all.end(), text) - all.begin(); };
  EXPECT_LT(place("u"), 3);
  EXPECT_LT(place("l"), 3);
}

TEST_F(Lanes, SendersTakeTurnsByBytes) {
  // alice floods with large messages, carol sends small ones: by the time that all of carol's have gone out,
  // about as many bytes of alice have.
  for (int i = 0; i < 7; ++i) say(Lane::reliable, std::string(16'000, 'A'));
  for (int i = 0; i < 60; ++i) {
    world.say(kCarol, {.to = {kBob}, .payload = std::string(400, 'C')});
  }
  const Texts all = heard();
  ASSERT_EQ(all.size(), 67U);
  std::size_t of_carol = 0;
  std::size_t bytes_of_alice = 0;
  for (const std::string& text : all) {
    if (text[0] == 'A') bytes_of_alice += text.size();
    if (text[0] == 'C' && ++of_carol == 60) break;
  }
  EXPECT_LE(bytes_of_alice, 60 * 464 + 2 * 16'500U);
  EXPECT_GE(bytes_of_alice, 16'000U);
}

TEST_F(Lanes, ADebtIsNotForgottenWhenAQueueRunsEmpty) {
  // alice has one large message waiting at a time, carol always many small ones.
  std::size_t of_alice = 0;
  std::size_t of_carol = 0;
  for (int i = 0; i < 400; ++i) {
    if (of_alice == static_cast<std::size_t>(std::count(log.begin(), log.end(), 'A'))) {
      say(Lane::unreliable, std::string(16'000, 'A'));
      ++of_alice;
    }
    while (of_carol < static_cast<std::size_t>(std::count(log.begin(), log.end(), 'C')) + 20) {
      world.say(kCarol, {.lane = Lane::unreliable, .to = {kBob}, .payload = std::string(400, 'C')});
      ++of_carol;
    }
    world.writable(kBob, 1);  // one frame
    for (const std::string& text : world.texts(kBob)) log += text[0];
  }
  const auto large = std::count(log.begin(), log.end(), 'A');
  EXPECT_GE(large, 8) << "one in 36 is a fair share of the bytes";
  EXPECT_LE(large, 14);
}

TEST_F(Lanes, ControlTakesHalfAtMostOfWhatASlowReceiverTakes) {
  std::size_t control = 0;
  std::size_t play = 0;
  for (int i = 0; i < 400; ++i) {
    for (int k = 0; k < 4; ++k) say(Lane::control, std::string(250, 'C'));
    say(Lane::reliable, std::string(100, 'R'));
    world.writable(kBob, 1);  // one frame
    for (const std::string& text : world.texts(kBob)) (text[0] == 'C' ? control : play) += text.size();
  }
  EXPECT_GE(play + 6000, control) << "4 KiB and what headers make of it";
  EXPECT_GE(control, play) << "and it goes first";
}

TEST_F(Lanes, AFewBytesOfControlGoFirstBehindAFloodOfItThatIsOver) {
  for (int i = 0; i < 32; ++i) say(Lane::control, std::string(250, 'C'));
  world.unblock(kBob);
  EXPECT_EQ(world.texts(kBob).size(), 32U) << "nothing else waited";
  world.block(kBob);
  say(Lane::reliable, "r");
  say(Lane::control, "c");
  EXPECT_EQ(heard(), (Texts{"c", "r"}));
}

TEST_F(Lanes, ReceiversTakeTurns) {
  world.block(kCarol);
  for (int i = 0; i < 10; ++i) world.say(kAlice, {.payload = "x"});
  world.relay.handle_writable(world.now, World::connection_of(kBob), testing::kUnlimited);
  world.relay.handle_writable(world.now, World::connection_of(kCarol), testing::kUnlimited);
  std::string order;
  while (const auto out = world.relay.poll_transmit()) {
    order += out->connection == World::connection_of(kBob) ? 'b' : 'c';
  }
  EXPECT_EQ(order, "bcbcbcbcbcbcbcbcbcbc");
}

TEST_F(Lanes, BulkPausesAndNothingElseDoes) {
  const std::string large(16'000, 'x');
  for (int i = 0; i < 5; ++i) say(Lane::bulk, large);
  world.unblock(kBob);
  EXPECT_EQ(world.texts(kBob).size(), 3U) << "32 KiB, and what begins in them";
  EXPECT_EQ(world.relay.poll_timeout(), world.now + milliseconds(20));
  say(Lane::reliable, "r");
  EXPECT_EQ(world.texts(kBob), Texts{"r"});
  world.pass(milliseconds(19));
  EXPECT_TRUE(world.take(kBob).empty());
  world.pass(milliseconds(1));
  EXPECT_EQ(world.texts(kBob).size(), 2U);
}

TEST_F(Lanes, APauseEndsWithItsMember) {
  for (int i = 0; i < 5; ++i) say(Lane::bulk, std::string(16'000, 'x'));
  world.unblock(kBob);
  ASSERT_TRUE(world.relay.poll_timeout());
  world.relay.handle_gone(world.now, testing::kRoom, kBob);
  EXPECT_FALSE(world.relay.poll_timeout());
}

}  // namespace
}  // namespace parlor::relay
