// The smaller parts of a link: latest values, copies, clocks, the relay's lanes.

#include <gtest/gtest.h>

#include "base/random.hpp"
#include "room/link/copies.hpp"
#include "room/link/latest_in.hpp"
#include "room/link/latest_out.hpp"
#include "room/link/link_clock.hpp"
#include "room/link/relay_lane.hpp"

namespace parlor::room {
namespace {

using base::milliseconds;
using base::seconds;
const base::Time kPartsNow = base::time_from(seconds(100));

Slice slice_of(std::size_t size) {
  return Slice(std::make_shared<const Bytes>(size));
}

TEST(LatestOut, ANewerValueTakesThePlaceOfTheOneThatWaits) {
  LatestOut out;
  EXPECT_TRUE(out.set(1, slice_of(10)));
  EXPECT_TRUE(out.set(2, slice_of(20)));
  EXPECT_TRUE(out.set(1, slice_of(30)));
  ASSERT_NE(out.next(), nullptr);
  EXPECT_EQ(out.next()->key, 1u) << "in its place";
  EXPECT_EQ(out.next()->number, 1u);
  EXPECT_EQ(out.next()->bytes.size(), 30u);
  EXPECT_EQ(out.bytes(), 50u);
}

TEST(LatestOut, IsSaidAgainInGrowingPausesUntilItIsAcknowledged) {
  LatestOut out;
  EXPECT_TRUE(out.set(1, slice_of(10)));
  base::Time now = kPartsNow;
  base::Duration pause{};
  for (int i = 0; i < 8; ++i) {
    ASSERT_NE(out.next(), nullptr);
    out.said(now, milliseconds(0));
    EXPECT_EQ(out.next(), nullptr);
    ASSERT_TRUE(out.due());
    EXPECT_GE(*out.due() - now, pause);
    pause = *out.due() - now;
    EXPECT_LE(pause, LatestOut::kLastRepeat);
    now = *out.due();
    out.handle_timeout(now);
  }
  EXPECT_EQ(pause, LatestOut::kLastRepeat);
  out.acknowledge(1, 0);
  EXPECT_EQ(out.next(), nullptr);
  EXPECT_FALSE(out.due());
  EXPECT_EQ(out.bytes(), 0u);
}

TEST(LatestOut, AnAcknowledgementOfAnOlderValueSaysNothing) {
  LatestOut out;
  EXPECT_TRUE(out.set(1, slice_of(10)));
  out.said(kPartsNow, milliseconds(0));
  EXPECT_TRUE(out.set(1, slice_of(20)));
  out.acknowledge(1, 0);
  ASSERT_NE(out.next(), nullptr);
  EXPECT_EQ(out.next()->number, 1u);
  out.acknowledge(7, 0);
  EXPECT_EQ(out.bytes(), 20u);
}

TEST(LatestOut, WaitsForARoundTripBeforeItRepeats) {
  LatestOut out;
  EXPECT_TRUE(out.set(1, slice_of(10)));
  out.said(kPartsNow, milliseconds(600));
  EXPECT_EQ(*out.due(), kPartsNow + milliseconds(1250));
}

TEST(LatestIn, NeverTakesAnOlderValue) {
  LatestIn in;
  EXPECT_EQ(in.take(1, 5), LatestIn::Taken::newer);
  EXPECT_EQ(in.take(1, 4), LatestIn::Taken::known);
  EXPECT_EQ(in.take(1, 5), LatestIn::Taken::known);
  EXPECT_EQ(in.take(2, 4), LatestIn::Taken::newer);
  EXPECT_EQ(in.take(1, 32'772), LatestIn::Taken::newer);
  EXPECT_EQ(in.take(1, 65'535), LatestIn::Taken::newer);
  EXPECT_EQ(in.take(1, 0), LatestIn::Taken::newer) << "around";
}

TEST(LatestIn, BoundsItsKeys) {
  LatestIn in;
  for (std::uint32_t key = 0; key < kMaxLatestKeys; ++key) EXPECT_EQ(in.take(key, 0), LatestIn::Taken::newer);
  EXPECT_EQ(in.take(kMaxLatestKeys, 0), LatestIn::Taken::too_many);
  EXPECT_EQ(in.take(0, 1), LatestIn::Taken::newer);
}

TEST(Copies, AreEachTakenOnceInAnyOrder) {
  base::SeededRandom random(3);
  Copies copies;
  std::uint16_t newest = 65'000;
  std::set<std::uint16_t> seen;
  for (int i = 0; i < 20'000; ++i) {
    if (random.below(3) == 0) ++newest;
    const auto copy = static_cast<std::uint16_t>(newest - random.below(i < 200 ? 1 : 100));
    // Among the last hundred, no number comes again after 65,536 others.
    if (static_cast<std::uint16_t>(newest - copy) < 100 && seen.count(copy) == 0) {
      EXPECT_TRUE(copies.is_first(copy)) << copy;
      seen.insert(copy);
    } else {
      EXPECT_FALSE(copies.is_first(copy)) << copy;
    }
    seen.erase(static_cast<std::uint16_t>(newest + 1));
  }
  EXPECT_FALSE(copies.is_first(static_cast<std::uint16_t>(newest - Copies::kWindow))) << "too far behind";
}

TEST(LinkClock, KnowsAnAgeToHalfARoundTrip) {
  for (const int there : {0, 20, 50, 100}) {  // of a round trip of 100 ms, how much is the way there
    LinkClock clock;
    const std::uint32_t theirs = 4'000'000'000U;  // their clock at kPartsNow; it wraps soon
    clock.sample(kPartsNow, kPartsNow + milliseconds(100), theirs + static_cast<std::uint32_t>(there));
    for (const int age : {0, 30, 49, 51, 200, 5000}) {
      const base::Time now = kPartsNow + seconds(20);
      const auto stamp = static_cast<std::uint16_t>(theirs + 20'000U - static_cast<unsigned>(age));
      const auto least = clock.least_age(now, stamp);
      ASSERT_TRUE(least);
      EXPECT_LE(*least, milliseconds(age)) << "never said to be older than it is";
      EXPECT_GE(*least, milliseconds(age - 102)) << "and by no more than a round trip younger";
    }
  }
}

TEST(LinkClock, KnowsAgesOfUpToAMinute) {
  LinkClock clock;
  clock.sample(kPartsNow, kPartsNow + milliseconds(100), 50);
  const base::Time now = kPartsNow + seconds(100);
  for (const int age : {-50, 0, 20'000, 33'000, 45'000, 59'900}) {
    const auto least = clock.least_age(now, static_cast<std::uint16_t>(100'000 - age));
    ASSERT_TRUE(least);
    EXPECT_EQ(*least, milliseconds(std::max(0, age - 51))) << age;
  }
}

TEST(LinkClock, BelievesTheSmallestRoundTripOfTheLastMinute) {
  LinkClock clock;
  clock.sample(kPartsNow, kPartsNow + milliseconds(20), 1010);  // the clocks differ by 99,000
  clock.sample(kPartsNow + seconds(1), kPartsNow + seconds(3), 9999);
  EXPECT_EQ(clock.round_trip(), seconds(2)) << "the latest is told";
  const auto stamp = static_cast<std::uint16_t>(11'000);
  EXPECT_LE(*clock.least_age(kPartsNow + seconds(10), stamp), milliseconds(1)) << "but not believed";
  clock.sample(kPartsNow + seconds(40), kPartsNow + seconds(40) + milliseconds(30), 41'020);
  clock.sample(kPartsNow + seconds(70), kPartsNow + seconds(70) + milliseconds(100), 71'070);
  EXPECT_TRUE(clock.least_age(kPartsNow + seconds(71), static_cast<std::uint16_t>(72'000)));
}

TEST(LinkClock, SmoothsHowMuchRoundTripsDiffer) {
  LinkClock clock;
  for (int i = 0; i < 200; ++i) {
    const base::Time sent = kPartsNow + seconds(i);
    clock.sample(sent, sent + milliseconds(i % 2 == 0 ? 50 : 70), 0);
  }
  EXPECT_NEAR(static_cast<double>(clock.jitter().count()), 20'000, 500);
}

TEST(LatestOut, WhatWasSaidWhileARoundTripTookLongIsSaidAgainSoonOnceItDoesNot) {
  LatestOut out;
  EXPECT_TRUE(out.set(1, slice_of(10)));
  out.said(kPartsNow, seconds(7));
  EXPECT_EQ(out.due(), kPartsNow + milliseconds(14'050));
  out.handle_round_trip(kPartsNow + seconds(2), milliseconds(50));
  EXPECT_EQ(out.due(), kPartsNow + seconds(3));
  out.handle_round_trip(kPartsNow + milliseconds(2100), seconds(3));
  EXPECT_EQ(out.due(), kPartsNow + seconds(3)) << "never later";
}

TEST(RelayLane, StopsAtARefusalAndSaysWhatIsLost) {
  RelayLane lane;
  for (std::uint16_t number = 0; number < 4; ++number) EXPECT_FALSE(lane.give({1, number}));
  EXPECT_EQ(lane.refuse(kPartsNow, RelayLane::Given{1, 2}, false, milliseconds(250)),
            (std::vector<RelayLane::Given>{{1, 2}, {1, 3}}));
  EXPECT_FALSE(lane.may_give(kPartsNow));
  EXPECT_EQ(lane.due(), kPartsNow + milliseconds(250));
  EXPECT_TRUE(lane.may_give(kPartsNow + milliseconds(250)));
  EXPECT_TRUE(lane.give({1, 2})) << "the first says that it is again";
  EXPECT_FALSE(lane.give({1, 3}));
}

TEST(RelayLane, WhoseTimeHasComeWithNothingToSendIsDueNoMore) {
  RelayLane lane;
  EXPECT_FALSE(lane.give({1, 0}));
  EXPECT_EQ(lane.refuse(kPartsNow, RelayLane::Given{1, 0}, false, milliseconds(10)).size(), 1u);
  lane.handle_timeout(kPartsNow + milliseconds(10));
  EXPECT_FALSE(lane.due());
  EXPECT_TRUE(lane.may_give(kPartsNow + milliseconds(10)));
  EXPECT_TRUE(lane.give({1, 0}));
}

TEST(RelayLane, ThatIsFullWaitsForItsWindow) {
  RelayLane lane;
  EXPECT_FALSE(lane.give({0, 0}));
  EXPECT_EQ(lane.refuse(kPartsNow, RelayLane::Given{0, 0}, true, {}).size(), 1u);
  EXPECT_FALSE(lane.may_give(kPartsNow + seconds(60)));
  EXPECT_FALSE(lane.due());
  lane.set_window(true);
  EXPECT_TRUE(lane.may_give(kPartsNow));
}

TEST(RelayLane, TakesARefusalOfWhatItDoesNotKnowForOneOfEverything) {
  RelayLane lane;
  EXPECT_FALSE(lane.give({0, 5}));
  EXPECT_FALSE(lane.give({0, 6}));
  EXPECT_EQ(lane.refuse(kPartsNow, RelayLane::Given{0, 4}, false, {}).size(), 2u);
}

}  // namespace
}  // namespace parlor::room
