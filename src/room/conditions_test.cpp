#include "room/conditions.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <set>
#include <string>

#include "sim/presets.hpp"

namespace parlor::room {
namespace {

using std::chrono::microseconds;

template <class Change>
ConditionsResult changed(Change change) {
  Conditions conditions;
  change(conditions);
  return check(conditions);
}

TEST(Conditions, AreTakenUpToTheirLimits) {
  EXPECT_EQ(check({}), ConditionsResult::taken);
  Conditions most;
  most.delay = most.jitter = kMaxConditionDelay;
  most.loss = most.duplicate = 1;
  most.burst = kMaxConditionBurst;
  most.rate = kMaxConditionRate;
  most.queue = kMaxConditionQueue;
  EXPECT_EQ(check(most), ConditionsResult::taken);
  EXPECT_EQ(changed([](auto& c) { c.rate = kMinConditionRate; }), ConditionsResult::taken);
  EXPECT_EQ(changed([](auto& c) { c.queue = kMinConditionQueue; }), ConditionsResult::taken);
}

TEST(Conditions, AreRefusedBeyondTheirLimitsByName) {
  using enum ConditionsResult;
  const double no_number = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(changed([](auto& c) { c.delay = microseconds(-1); }), bad_delay);
  EXPECT_EQ(changed([](auto& c) { c.delay = kMaxConditionDelay + microseconds(1); }), bad_delay);
  EXPECT_EQ(changed([](auto& c) { c.jitter = microseconds(-1); }), bad_jitter);
  EXPECT_EQ(changed([](auto& c) { c.jitter = microseconds::max(); }), bad_jitter);
  for (const double value : {-0.01, 1.01, no_number}) {
    EXPECT_EQ(changed([&](auto& c) { c.loss = value; }), bad_loss) << value;
    EXPECT_EQ(changed([&](auto& c) { c.duplicate = value; }), bad_duplicate) << value;
  }
  for (const double value : {0.99, kMaxConditionBurst + 1, no_number})
    EXPECT_EQ(changed([&](auto& c) { c.burst = value; }), bad_burst) << value;
  EXPECT_EQ(changed([](auto& c) { c.rate = kMinConditionRate - 1; }), bad_rate);
  EXPECT_EQ(changed([](auto& c) { c.rate = kMaxConditionRate + 1; }), bad_rate);
  EXPECT_EQ(changed([](auto& c) { c.queue = kMinConditionQueue - 1; }), bad_queue);
  EXPECT_EQ(changed([](auto& c) { c.queue = kMaxConditionQueue + 1; }), bad_queue);
}

TEST(Conditions, OfANameAreThoseOfTheSimulation) {
  for (const std::string name : {"lan", "wifi", "mobile", "mobile_bad", "satellite", "awful"}) {
    const auto ours = conditions_by_name(name);
    const auto theirs = sim::conditions_by_name(name);
    ASSERT_TRUE(ours && theirs) << name;
    EXPECT_EQ(check(*ours), ConditionsResult::taken) << name;
    EXPECT_EQ(ours->delay, theirs->delay) << name;
    EXPECT_EQ(ours->jitter, theirs->jitter) << name;
    EXPECT_EQ(ours->rate, theirs->rate) << name;
    EXPECT_EQ(ours->queue, theirs->queue) << name;
    EXPECT_EQ(ours->duplicate, theirs->duplicate) << name;
    EXPECT_NEAR(ours->loss, theirs->loss + theirs->bursts.expected_loss(), 0.002) << name;
    if (theirs->bursts.to_bad > 0) {
      EXPECT_EQ(ours->burst, 1 / theirs->bursts.to_good) << name;
    }
  }
  EXPECT_EQ(conditions_by_name("dial_up"), std::nullopt);
}

TEST(Conditions, EveryResultHasAWordOfItsOwn) {
  std::set<std::string_view> words;
  for (int i = 0; i <= static_cast<int>(ConditionsResult::bad_queue); ++i)
    EXPECT_TRUE(words.insert(to_string(static_cast<ConditionsResult>(i))).second);
  EXPECT_EQ(words.count("unknown"), 0u);
  EXPECT_EQ(to_string(ConditionsResult::bad_loss), "bad_loss");
  EXPECT_EQ(to_string(static_cast<ConditionsResult>(200)), "unknown");
}

}  // namespace
}  // namespace parlor::room
