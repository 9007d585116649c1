// Lanes that promise: nothing of theirs is lost without a word.

#include "relay/test_world.hpp"

namespace parlor::relay {
namespace {

using base::milliseconds;
using base::seconds;
using testing::generous;
using testing::Heard;
using testing::kAlice;
using testing::kBob;
using testing::kCarol;
using testing::kRoom;
using testing::World;
using Texts = std::vector<std::string>;
using Kind = Heard::Kind;

/// alice and bob, whose socket takes nothing; eight messages may wait.
class Windows : public ::testing::TestWithParam<Lane> {
 protected:
  static RelayConfig config() {
    RelayConfig config = generous();
    config.queues[index_of(GetParam())].frames = 8;
    config.bulk_burst = testing::kUnlimited;
    return config;
  }
  Windows() : world(config()) {
    world.enter_all();
    world.block(kBob);
  }
  void say(int number, bool again = false) {
    world.say(
        kAlice,
        {.lane = GetParam(), .to = {kBob}, .payload = "m", .header = std::to_string(number), .again = again});
  }
  /// One frame to bob.
  void step() { world.writable(kBob, 1); }
  World world;
};
INSTANTIATE_TEST_SUITE_P(Promised, Windows, ::testing::Values(Lane::reliable, Lane::bulk),
                         [](const auto& lane) { return std::string(to_string(lane.param)); });

TEST_P(Windows, CloseAtHalfAndOpenAtAQuarter) {
  for (int i = 1; i <= 4; ++i) say(i);
  EXPECT_TRUE(world.take(kAlice).empty());
  say(5);
  auto heard = world.take(kAlice);
  ASSERT_EQ(heard.size(), 1U);
  EXPECT_EQ(heard[0].kind, Kind::window);
  EXPECT_EQ(heard[0].lane, GetParam());
  EXPECT_EQ(heard[0].peer, kBob);
  EXPECT_FALSE(heard[0].open);
  say(6);
  EXPECT_TRUE(world.take(kAlice).empty()) << "told once";
  for (int i = 0; i < 3; ++i) step();
  EXPECT_TRUE(world.take(kAlice).empty()) << "three wait";
  step();
  heard = world.take(kAlice);
  ASSERT_EQ(heard.size(), 1U);
  EXPECT_TRUE(heard[0].open);
  EXPECT_EQ(world.relay.counters().windows, 2U);
}

TEST_P(Windows, AMessageThatHasNoPlaceIsNamedAndWhatFollowsIsNotTaken) {
  for (int i = 1; i <= 12; ++i) say(i);
  const auto heard = world.take(kAlice);
  ASSERT_EQ(heard.size(), 2U);
  EXPECT_EQ(heard[0].kind, Kind::window);
  EXPECT_EQ(heard[1].kind, Kind::refusal);
  EXPECT_EQ(heard[1].reason, Refusal::full);
  EXPECT_EQ(heard[1].lane, GetParam());
  EXPECT_EQ(heard[1].peer, kBob);
  EXPECT_EQ(heard[1].text, "9");
  for (int i = 0; i < 4; ++i) step();
  say(13);
  EXPECT_EQ(world.dropped(Drop::stopped), 4U) << "though there is place again";
  world.unblock(kBob);
  EXPECT_EQ(world.texts(kBob).size(), 8U);
}

TEST_P(Windows, AgainTakesUpWhereItStopped) {
  for (int i = 1; i <= 12; ++i) say(i);
  (void)world.take(kAlice);
  for (int i = 0; i < 6; ++i) step();
  const auto heard = world.take(kAlice);
  ASSERT_EQ(heard.size(), 1U);
  EXPECT_TRUE(heard[0].open);
  for (int i = 9; i <= 12; ++i) say(i, i == 9);
  world.unblock(kBob);
  Texts sent;
  for (int i = 1; i <= 12; ++i) sent.push_back(std::to_string(i) + "m");
  EXPECT_EQ(world.texts(kBob), sent);
}

TEST_P(Windows, AgainIsNotTakenBeforeTheRefusalHasGoneOut) {
  world.block(kAlice);
  for (int i = 1; i <= 9; ++i) say(i);
  for (int i = 0; i < 4; ++i) step();
  say(10, true);
  world.unblock(kAlice);
  auto heard = world.take(kAlice);
  ASSERT_EQ(heard.size(), 2U) << "the window closed, and the refusal; nothing about 10";
  EXPECT_EQ(heard[1].text, "9");
  world.unblock(kBob);
  EXPECT_EQ(world.texts(kBob).size(), 8U);
  heard = world.take(kAlice);
  ASSERT_EQ(heard.size(), 1U);
  EXPECT_TRUE(heard[0].open);
}

TEST_P(Windows, OpenIsSaidAlsoWhenItCameBeforeTheRefusalWentOut) {
  world.block(kAlice);
  for (int i = 1; i <= 9; ++i) say(i);
  world.unblock(kBob);
  world.unblock(kAlice);
  const auto heard = world.take(kAlice);
  ASSERT_EQ(heard.size(), 2U) << "closed and opened again is no news";
  EXPECT_EQ(heard[0].kind, Kind::refusal);
  EXPECT_EQ(heard[1].kind, Kind::window);
  EXPECT_TRUE(heard[1].open);
}

TEST_P(Windows, AgainThatHasNoPlaceIsRefusedAgain) {
  for (int i = 1; i <= 9; ++i) say(i);
  (void)world.take(kAlice);
  say(9, true);
  const auto heard = world.take(kAlice);
  ASSERT_EQ(heard.size(), 1U);
  EXPECT_EQ(heard[0].reason, Refusal::full);
  EXPECT_EQ(heard[0].text, "9");
}

TEST_P(Windows, AMessageTooLargeForWhatIsLeftClosesTheWindowToo) {
  RelayConfig narrow = config();
  narrow.queues[index_of(GetParam())].bytes = 20'000;
  World small(narrow);
  small.enter(kAlice);
  small.enter(kBob);
  small.block(kBob);
  for (const std::size_t cost : {9'000U, 12'000U}) {
    small.say(kAlice, {.lane = GetParam(), .to = {kBob}, .payload = testing::costing(cost)});
  }
  auto heard = small.take(kAlice);
  ASSERT_EQ(heard.size(), 1U);
  EXPECT_EQ(heard[0].reason, Refusal::full);
  small.unblock(kBob);
  heard = small.take(kAlice);
  ASSERT_EQ(heard.size(), 1U);
  EXPECT_TRUE(heard[0].open);
}

TEST_P(Windows, AFloodCausesOneRefusal) {
  world.block(kAlice);
  for (int i = 0; i < 10'000; ++i) say(i, i % 2 == 0);
  world.unblock(kAlice);
  EXPECT_EQ(world.take(kAlice).size(), 2U);
}

TEST_P(Windows, AStopIsOfOneLaneAndOneReceiver) {
  for (int i = 1; i <= 9; ++i) say(i);
  const Lane other = GetParam() == Lane::reliable ? Lane::bulk : Lane::reliable;
  world.say(kAlice, {.lane = other, .to = {kBob}, .payload = "other lane"});
  world.say(kAlice, {.lane = GetParam(), .to = {kCarol}, .payload = "other receiver"});
  world.say(kCarol, {.lane = GetParam(), .to = {kBob}, .payload = "other sender"});
  EXPECT_EQ(world.texts(kCarol), Texts{"other receiver"});
  world.unblock(kBob);
  EXPECT_EQ(world.texts(kBob).size(), 8U + 2);
}

TEST_P(Windows, AStopEndsWithTheReceiversConnection) {
  for (int i = 1; i <= 9; ++i) say(i);
  world.relay.handle_gone(world.now, kRoom, kBob);
  world.enter(kBob);
  (void)world.take(kAlice);
  say(10);
  EXPECT_EQ(world.texts(kBob), Texts{"10m"});
}

TEST_P(Windows, NothingIsSaidAboutAReceiverThatHasGone) {
  world.block(kAlice);
  for (int i = 1; i <= 9; ++i) say(i);
  world.relay.handle_gone(world.now, kRoom, kBob);
  world.enter(kBob);
  world.unblock(kAlice);
  EXPECT_TRUE(world.take(kAlice).empty());
}

TEST_P(Windows, OverBudgetSaysWhenToComeAgain) {
  RelayConfig slow = config();
  slow.sender_rate = {20'000, 10'000};
  World small(slow);
  small.enter(kAlice);
  small.enter(kBob);
  const testing::Say large{.lane = GetParam(), .to = {kBob}, .payload = std::string(9'936, 'x')};
  for (int i = 0; i < 4; ++i) small.say(kAlice, large);
  const auto heard = small.take(kAlice);
  ASSERT_EQ(heard.size(), 1U);
  EXPECT_EQ(heard[0].reason, Refusal::over_budget);
  EXPECT_EQ(heard[0].wait_ms, 2000U) << "for the whole budget, which is less than 32 KiB";
  EXPECT_EQ(small.texts(kBob).size(), 2U);
  testing::Say again = large;
  again.again = true;
  small.pass(milliseconds(heard[0].wait_ms));
  small.say(kAlice, again);
  small.say(kAlice, large);
  EXPECT_EQ(small.texts(kBob).size(), 2U);
}

TEST_P(Windows, ACrowdedReceiverClosesTheWindowsOfThoseWhoSend) {
  world.enter(PeerId{4});
  world.enter(PeerId{5});
  for (const PeerId peer : {kAlice, kCarol, PeerId{4}, PeerId{5}}) {
    for (int i = 0; i < 4; ++i) world.say(peer, {.lane = GetParam(), .to = {kBob}, .payload = "m"});
    EXPECT_TRUE(world.take(peer).empty());
  }
  world.enter(PeerId{6});
  world.enter(PeerId{7});
  world.say(PeerId{6}, {.lane = GetParam(), .to = {kBob}, .payload = "m"});
  const auto heard = world.take(PeerId{6});
  ASSERT_EQ(heard.size(), 1U) << "17 of 32";
  EXPECT_FALSE(heard[0].open);
  world.unblock(kBob);
  EXPECT_TRUE(world.take(PeerId{6}).back().open);
  EXPECT_TRUE(world.take(PeerId{7}).empty()) << "it has sent nothing";
}

TEST_P(Windows, InACrowdOpensWhenItsOwnQueueIsEmpty) {
  // Frames of which one is a turn. Eight of 32 are a quarter.
  const testing::Say large{.lane = GetParam(), .to = {kBob}, .payload = std::string(2'000, 'x')};
  for (const PeerId peer : {kCarol, PeerId{4}, PeerId{5}, PeerId{6}, PeerId{7}}) {
    if (peer != kCarol) world.enter(peer);
    for (int i = 0; i < 4; ++i) world.say(peer, large);
  }
  for (int i = 0; i < 2; ++i) world.say(kAlice, large);
  ASSERT_EQ(world.take(kAlice).size(), 1U);
  std::size_t of_alice = 0;
  for (int frames = 22; of_alice < 2; --frames) {
    ASSERT_GT(frames, 0);
    EXPECT_TRUE(world.take(kAlice).empty()) << of_alice << " of two are out, " << frames << " wait";
    step();
    for (const Heard& one : world.take(kBob)) of_alice += one.peer == kAlice ? 1 : 0;
  }
  EXPECT_GT(world.relay.counters().waiting_frames, 8U) << "it is still a crowd";
  const auto heard = world.take(kAlice);
  ASSERT_EQ(heard.size(), 1U);
  EXPECT_TRUE(heard[0].open);
}

TEST_P(Windows, NewsOfAWindowWaitsOnce) {
  world.block(kAlice);
  for (int round = 0; round < 1000; ++round) {
    for (int i = 0; i < 5; ++i) say(i);  // closes
    world.unblock(kBob);                 // opens
    world.block(kBob);
  }
  EXPECT_EQ(world.relay.counters().waiting_notices, 1U);
  world.unblock(kAlice);
  EXPECT_TRUE(world.take(kAlice).empty()) << "it is open, as alice knew";
  EXPECT_EQ(world.relay.counters().waiting_notices, 0U);
}

TEST_P(Windows, OpenWhenTheOthersGo) {
  world.enter(PeerId{4});
  world.enter(PeerId{5});
  world.enter(PeerId{6});
  for (const PeerId peer : {kAlice, kCarol, PeerId{4}, PeerId{5}}) {
    for (int i = 0; i < 4; ++i) world.say(peer, {.lane = GetParam(), .to = {kBob}, .payload = "m"});
  }
  world.say(PeerId{6}, {.lane = GetParam(), .to = {kBob}, .payload = "m"});
  ASSERT_EQ(world.take(PeerId{6}).size(), 1U);
  for (const PeerId peer : {kAlice, kCarol, PeerId{4}}) world.relay.handle_gone(world.now, kRoom, peer);
  world.drain();
  const auto heard = world.take(PeerId{6});
  ASSERT_EQ(heard.size(), 1U);
  EXPECT_TRUE(heard[0].open);
}

}  // namespace
}  // namespace parlor::relay
