// What a room says of a link, and what a conditioner does to one, in virtual time: 30 ms to a peer, 20 ms to
// the server.

#include <gtest/gtest.h>

#include "room/test_channels.hpp"
#include "room/test_world.hpp"

namespace parlor::room::testing {
namespace {

using base::milliseconds;
using base::seconds;

class StatisticsTest : public ::testing::Test {
 protected:
  void build(bool rtc, std::uint64_t seed = 1) {
    WorldOptions options;
    options.seed = seed;
    options.relay = true;
    options.rtc = rtc;
    world = std::make_unique<TestWorld>(options);
    RoomOptions room;
    room.channels = {
        {"events", Delivery::reliable}, {"state", Delivery::unreliable}, {"doors", Delivery::latest}};
    world->enter("p0", room);
    ASSERT_TRUE(world->run_until([&] { return alice().machine->state() == RoomState::playing; }));
    room.entry = Join{std::string(alice().machine->code()), ""};
    world->enter("p1", room);
    const Path wanted = rtc ? Path::direct : Path::relay;
    ASSERT_TRUE(
        world->run_until([&] { return alice().path_to("p1") == wanted && bob().path_to("p0") == wanted; }));
  }
  void condition(Player& player, const std::optional<Conditions>& conditions) {
    EXPECT_EQ(player.machine->set_conditioner(world->now(), conditions), ConditionsResult::taken);
    world->drain(player);
  }
  /// Both send 60 messages a second for so long, numbered.
  void play(base::Duration time, Channel channel = kUnreliable) {
    const base::Time end = world->now() + time;
    while (world->now() < end) {
      world->run(base::microseconds(16'667));
      (void)world->say(alice(), bobs(), std::to_string(said++), channel);
      (void)world->say(bob(), alices(), "from the other side", channel);
    }
  }
  [[nodiscard]] PeerStats stats() const { return *world->operator[](0).machine->stats(bobs()); }
  [[nodiscard]] std::vector<std::string> heard(Channel channel) {
    return bob().heard_from(alices(), channel);
  }
  [[nodiscard]] std::vector<std::string> all_said() const {
    std::vector<std::string> all;
    for (int i = 0; i < said; ++i) all.push_back(std::to_string(i));
    return all;
  }
  Player& alice() { return (*world)[0]; }
  Player& bob() { return (*world)[1]; }
  [[nodiscard]] PeerId bobs() const { return (*world)[1].machine->me(); }
  [[nodiscard]] PeerId alices() const { return (*world)[0].machine->me(); }

  std::unique_ptr<TestWorld> world;
  int said = 0;
};

/// By WebRTC or, where it is false, by the relay.
class EachWay : public StatisticsTest, public ::testing::WithParamInterface<bool> {
 protected:
  [[nodiscard]] static base::Duration plain_round_trip() { return milliseconds(GetParam() ? 60 : 80); }
};

INSTANTIATE_TEST_SUITE_P(Statistics, EachWay, ::testing::Values(true, false),
                         [](const auto& way) { return way.param ? "Rtc" : "Relay"; });

// ---- statistics

TEST_P(EachWay, TellWhatIsThereAndNothingThatIsNotMeasured) {
  build(GetParam());
  EXPECT_EQ(stats().jitter, std::nullopt);
  EXPECT_EQ(stats().loss, std::nullopt);
  EXPECT_EQ(stats().send_messages_per_second, 0);
  play(seconds(5));
  EXPECT_EQ(stats().path, GetParam() ? Path::direct : Path::relay);
  EXPECT_EQ(stats().round_trip, plain_round_trip());
  EXPECT_EQ(stats().jitter, base::Duration{});
  EXPECT_EQ(stats().loss, 0.0);
  EXPECT_EQ(stats().carrier_round_trip, std::nullopt) << "nobody measured below";
}

TEST_P(EachWay, LossIsNoneUntilSixteenMessagesWereSent) {
  build(GetParam());
  world->run(seconds(12));  // pings that tell of nothing
  const auto say_ten = [&] {
    for (int i = 0; i < 10; ++i) (void)world->say(bob(), alices(), "ten", kUnreliable);
    world->run(seconds(3));
  };
  say_ten();
  EXPECT_EQ(stats().loss, std::nullopt);
  say_ten();
  EXPECT_EQ(stats().loss, 0.0);
}

TEST_P(EachWay, RatesAreThoseOfTheLastTwoSeconds) {
  build(GetParam());
  play(seconds(5));
  EXPECT_NEAR(stats().send_messages_per_second, 60, 4);
  EXPECT_NEAR(stats().receive_messages_per_second, 60, 4);
  EXPECT_NEAR(stats().receive_bytes_per_second, 60 * 19, 80);
  EXPECT_NEAR(stats().send_bytes_per_second, 60 * 2.8, 20);
  world->run(seconds(5));
  EXPECT_EQ(stats().send_bytes_per_second, 0);
  EXPECT_EQ(stats().receive_messages_per_second, 0);
}

TEST_P(EachWay, QueuedBytesAreWhatWaitsAndWhatIsNotAcknowledged) {
  build(GetParam());
  (void)world->say(alice(), bobs(), std::string(1000, 'x'), kReliable);
  EXPECT_EQ(stats().queued_bytes, 1000u);
  world->run(seconds(2));
  EXPECT_EQ(stats().queued_bytes, 0u);
  if (!GetParam()) return;
  (void)world->say(alice(), bobs(), std::string(1000, 'x'), kUnreliable);
  EXPECT_EQ(stats().queued_bytes, 1003u) << "with its header";
}

// ---- a conditioner

TEST_P(EachWay, ADelayIsTwiceInTheRoundTripAndGoesAwayAgain) {
  build(GetParam());
  play(seconds(3));
  condition(alice(), Conditions{.delay = milliseconds(50)});
  play(seconds(4));
  EXPECT_EQ(stats().round_trip, plain_round_trip() + milliseconds(100));
  EXPECT_EQ(bob().machine->stats(alices())->round_trip, stats().round_trip) << "the other one's, too";
  condition(alice(), Conditions{.delay = milliseconds(50), .incoming = false});
  play(seconds(4));
  EXPECT_EQ(stats().round_trip, plain_round_trip() + milliseconds(50));
  condition(alice(), std::nullopt);
  play(seconds(4));
  EXPECT_EQ(stats().round_trip, plain_round_trip());
  EXPECT_EQ(stats().path, GetParam() ? Path::direct : Path::relay);
}

TEST_P(EachWay, JitterIsMeasured) {
  build(GetParam());
  condition(alice(), Conditions{.jitter = milliseconds(40)});
  play(seconds(60));
  // Of the sums of two uniform times, those of two neighbours differ by 18.7 ms in the mean.
  ASSERT_TRUE(stats().jitter);
  EXPECT_NEAR(static_cast<double>(stats().jitter->count()), 18'700, 7'000);
}

TEST_F(StatisticsTest, LossByWebRtcIsMeasured) {
  build(true);
  condition(alice(), Conditions{.loss = 0.2});
  play(seconds(60));
  ASSERT_TRUE(stats().loss);
  EXPECT_NEAR(*stats().loss, 0.2, 0.05);
  EXPECT_NEAR(*bob().machine->stats(alices())->loss, 0.2, 0.05);
  EXPECT_NEAR(static_cast<double>(heard(kUnreliable).size()) / said, 0.8, 0.03);
}

TEST_F(StatisticsTest, ALossByTheRelayIsADelay) {
  build(false);
  condition(alice(), Conditions{.loss = 0.2});
  play(seconds(10));
  world->run(seconds(2));
  EXPECT_EQ(heard(kUnreliable).size(), static_cast<std::size_t>(said));
  EXPECT_LT(stats().loss.value_or(1), 0.05);
}

TEST_P(EachWay, NothingReliableIsLostOrOutOfTurnInBadConditions) {
  build(GetParam());
  condition(alice(), conditions_by_name("awful"));
  condition(bob(), conditions_by_name("mobile_bad"));
  play(seconds(20), kReliable);
  condition(alice(), Conditions{.loss = 0.5});
  play(seconds(5), kReliable);
  condition(alice(), Conditions{.delay = seconds(1)});
  play(seconds(5), kReliable);
  condition(alice(), std::nullopt);
  play(seconds(1), kReliable);
  condition(alice(), conditions_by_name("satellite"));
  play(seconds(1), kReliable);
  world->run(seconds(60));
  EXPECT_EQ(heard(kReliable), all_said());
  EXPECT_EQ(stats().queued_bytes, 0u);
}

TEST_P(EachWay, AMessageThatComesTwiceIsHeardOnce) {
  build(GetParam());
  condition(alice(), Conditions{.duplicate = 1});
  condition(bob(), Conditions{.duplicate = 1});
  const int sent_before = world->count(alice(), "send");
  play(seconds(5));
  if (GetParam()) {
    EXPECT_EQ(world->count(alice(), "send") - sent_before, 2 * said) << "really sent";
  }
  world->run(seconds(1));
  EXPECT_EQ(heard(kUnreliable).size(), static_cast<std::size_t>(said));
  EXPECT_EQ(stats().loss, 0.0);
}

TEST_P(EachWay, ASlowRateIsFeltAsOnASlowLink) {
  build(GetParam());
  condition(alice(), Conditions{.rate = 50'000});
  SendResult result = SendResult::queued;
  int taken = 0;
  while (result == SendResult::queued && taken < 100) {
    result = world->say(alice(), bobs(), std::string(60'000, 'x'), kReliable);
    if (result == SendResult::queued) ++taken;
  }
  EXPECT_EQ(result, SendResult::would_block);
  const base::Time begun = world->now();
  ASSERT_TRUE(world->run_until([&] { return heard(kReliable).size() == static_cast<std::size_t>(taken); }));
  const double seconds_taken = static_cast<double>((world->now() - begun).count()) / 1e6;
  EXPECT_NEAR(60'000 * taken / seconds_taken, 50'000, 5'000);
  EXPECT_EQ(stats().path, GetParam() ? Path::direct : Path::relay);
}

TEST_P(EachWay, OfLatestValuesASlowRateCarriesTheNewest) {
  build(GetParam());
  condition(alice(), Conditions{.rate = 5'000});
  for (int i = 0; i < 300; ++i) {
    (void)world->say_value(alice(), bobs(), 1, std::to_string(i) + std::string(500, ' '), kLatest);
    world->run(milliseconds(10));
  }
  world->run(seconds(20));
  const auto values = heard(kLatest);
  ASSERT_FALSE(values.empty());
  EXPECT_EQ(std::stoi(values.back()), 299);
  EXPECT_LT(values.size(), 150u);
}

TEST_F(StatisticsTest, WhatWaitsForRoomGoesOnAsSoonAsThereIsSome) {
  build(true);
  condition(alice(), Conditions{.rate = 50'000});
  for (std::uint32_t key = 0; key < 20; ++key)
    (void)world->say_value(alice(), bobs(), key, std::string(1'500, 'x'), kLatest);
  world->run(milliseconds(30 + 20 * 30 + 50));
  EXPECT_EQ(heard(kLatest).size(), 20u);
}

TEST_P(EachWay, WhatIsHeldGoesOutBeforeTheRoomIsLeft) {
  build(GetParam());
  condition(alice(), Conditions{.delay = seconds(3), .incoming = false});
  (void)world->say(alice(), bobs(), "the last words", kReliable);
  alice().machine->leave();
  world->drain(alice());
  world->run(seconds(2));
  EXPECT_EQ(heard(kReliable), std::vector<std::string>{"the last words"});
  EXPECT_EQ(alice().machine->poll_timeout(), std::nullopt);
}

TEST_F(StatisticsTest, WhatCameBeforeACarrierWasClosedIsHeard) {
  build(true);
  condition(bob(), Conditions{.delay = seconds(3)});
  (void)world->say(alice(), bobs(), "the last words", kReliable);
  world->run(milliseconds(40));
  EXPECT_TRUE(heard(kReliable).empty());
  world->close_between(alice(), bob());
  EXPECT_EQ(heard(kReliable), std::vector<std::string>{"the last words"});
}

TEST_F(StatisticsTest, AWayThatCarriesNothingIsLeftForTheOther) {
  build(true);
  play(seconds(2));
  condition(alice(), Conditions{.loss = 1});
  play(seconds(5));
  EXPECT_EQ(stats().path, Path::relay) << "where a loss is a delay";
  condition(alice(), std::nullopt);
  play(seconds(30));
  EXPECT_EQ(stats().path, Path::direct);
}

TEST_P(EachWay, ALostServerTakesWithItWhatWasUnderWay) {
  build(GetParam());
  condition(alice(), Conditions{.delay = milliseconds(300)});
  play(seconds(1), kReliable);
  world->cut_socket(alice());
  const int relayed = world->count(alice(), "relay");
  (void)world->run_until([&] { return !alice().all<ServerBack>().empty(); }, milliseconds(400));
  EXPECT_EQ(world->count(alice(), "relay"), relayed) << "not to its next connection";
  play(seconds(5), kReliable);
  world->run(seconds(10));
  EXPECT_EQ(heard(kReliable), all_said());
}

TEST_P(EachWay, AConditionerWithoutConditionsChangesNothing) {
  std::string logs[2];
  for (const bool conditioned : {false, true}) {
    build(GetParam());
    if (conditioned) condition(alice(), Conditions{});
    said = 0;
    play(seconds(5), kReliable);
    play(seconds(5));
    logs[conditioned ? 1 : 0] = world->log();
  }
  EXPECT_EQ(logs[0], logs[1]);
}

TEST_P(EachWay, OneSeedGivesOneRun) {
  const auto run = [&](std::uint64_t seed) {
    build(GetParam());
    Conditions conditions = *conditions_by_name("awful");
    conditions.seed = seed;
    condition(alice(), conditions);
    said = 0;
    play(seconds(5));
    return world->log();
  };
  EXPECT_EQ(run(1), run(1));
  EXPECT_NE(run(1), run(2));
}

TEST_F(StatisticsTest, ConditionsOutOfTheirLimitsChangeNothing) {
  build(true);
  condition(alice(), Conditions{.delay = milliseconds(50)});
  Conditions bad;
  bad.loss = 2;
  EXPECT_EQ(alice().machine->set_conditioner(world->now(), bad), ConditionsResult::bad_loss);
  play(seconds(4));
  EXPECT_EQ(stats().round_trip, milliseconds(160));
}

// ---- the story

TEST_F(StatisticsTest, TheStoryTellsHowMessagesWentAndWhy) {
  build(true);
  const auto tells = [&](const std::string& what) {
    for (const std::string& line : alice().machine->explain(bobs())) {
      if (line.find(" s " + what + ": ") != std::string::npos) return true;
    }
    return false;
  };
  EXPECT_EQ(alice().machine->explain(bobs()).front(), "+0.000 s began: The link began.");
  for (const char* step : {"path_relay", "rtc_open", "path_direct"}) EXPECT_TRUE(tells(step)) << step;
  EXPECT_FALSE(tells("doubted"));
  world->cut(alice(), bob());
  play(seconds(10));
  for (const char* step : {"doubted", "rtc_given_up", "ice_restart"}) EXPECT_TRUE(tells(step)) << step;
  world->heal(alice(), bob());
  play(seconds(60));
  EXPECT_TRUE(tells("rtc_used_again"));
  EXPECT_TRUE(alice().machine->explain(PeerId{99}).empty());
}

TEST(LinkStory, KeepsTheFirstAndTheLastSteps) {
  const base::Time begin = base::time_from(seconds(100));
  LinkStory story(begin);
  for (int i = 1; i < 1000; ++i) story.add(begin + milliseconds(i), Step::rtc_failed, std::string(500, 'x'));
  const auto lines = story.lines();
  ASSERT_EQ(lines.size(), LinkStory::kFirstSteps + 1 + LinkStory::kLastSteps);
  EXPECT_EQ(lines[LinkStory::kFirstSteps], "(968 steps are left out)");
  EXPECT_EQ(lines[1], "+0.001 s rtc_failed: WebRTC says that it failed. (" +
                          std::string(LinkStory::kMaxDetail, 'x') + ")");
  EXPECT_EQ(lines.back().substr(0, 8), "+0.999 s");
}

TEST(LinkStory, HasACodeOfItsOwnForEveryStep) {
  std::set<std::string_view> codes;
  for (int i = 0; i <= static_cast<int>(Step::member_lost); ++i) {
    EXPECT_TRUE(codes.insert(to_string(static_cast<Step>(i))).second) << i;
    EXPECT_FALSE(sentence(static_cast<Step>(i)).empty()) << i;
  }
  EXPECT_EQ(codes.count("unknown"), 0u);
  EXPECT_EQ(to_string(Step::member_lost), "member_lost");
  EXPECT_EQ(to_string(Step{200}), "unknown");
}

TEST(RateMeter, CountsWhatIsInItsWindowAlone) {
  RateMeter meter;
  const base::Time begin = base::time_from(seconds(10));
  EXPECT_EQ(meter.rate(begin).bytes, 0);
  for (int i = 0; i < 100; ++i) meter.add(begin + milliseconds(10 * i), 50);
  const auto after = meter.rate(begin + milliseconds(1999));
  EXPECT_NEAR(after.bytes, 2500, 10);
  EXPECT_NEAR(after.messages, 50, 1);
  EXPECT_EQ(meter.rate(begin + seconds(3)).messages, 0);
  EXPECT_EQ(meter.rate(begin - seconds(3)).messages, 0) << "time that went back";
}

}  // namespace
}  // namespace parlor::room::testing
