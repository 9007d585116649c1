#include "sctp/tx/round_trip.hpp"

#include <gtest/gtest.h>

namespace parlor::sctp {
namespace {

using base::milliseconds;

TEST(RoundTrip, FollowsRulesC1ToC3OfRfc9260Section631) {
  RoundTrip round_trip(
      {.initial = milliseconds(1000), .shortest = milliseconds(1), .delayed_ack = milliseconds(0)});
  EXPECT_FALSE(round_trip.smoothed());
  EXPECT_EQ(round_trip.timeout(), milliseconds(1000));
  round_trip.measured(milliseconds(80));
  EXPECT_EQ(round_trip.smoothed(), milliseconds(80));
  EXPECT_EQ(round_trip.timeout(), milliseconds(80 + 4 * 40));
  round_trip.measured(milliseconds(160));
  // RTTVAR = 3/4 * 40 + 1/4 * 80 = 50; SRTT = 7/8 * 80 + 1/8 * 160 = 90.
  EXPECT_EQ(round_trip.smoothed(), milliseconds(90));
  EXPECT_EQ(round_trip.timeout(), milliseconds(90 + 4 * 50));
}

TEST(RoundTrip, WaitsForAnAcknowledgementThatTheOtherSideHoldsBack) {
  RoundTrip round_trip;
  for (int i = 0; i < 100; ++i) round_trip.measured(milliseconds(100));
  EXPECT_EQ(round_trip.timeout(), milliseconds(300));
}

TEST(RoundTrip, DoublesUpToTheLongestAndComesBackWithAMeasurement) {
  RoundTrip round_trip({.initial = milliseconds(500), .longest = milliseconds(3000)});
  round_trip.timed_out();
  EXPECT_EQ(round_trip.timeout(), milliseconds(1000));
  round_trip.timed_out();
  round_trip.timed_out();
  EXPECT_EQ(round_trip.timeout(), milliseconds(3000));
  round_trip.measured(milliseconds(20));
  EXPECT_EQ(round_trip.timeout(), milliseconds(250)) << "never shorter than that";
  round_trip.measured(milliseconds(-5));
  EXPECT_GE(round_trip.smoothed(), milliseconds(0));
}

TEST(RoundTrip, WhatOthersHaveMeasuredIsWaitedForUntilSomethingWasMeasured) {
  RoundTrip round_trip;
  round_trip.expect(milliseconds(20));
  EXPECT_EQ(round_trip.timeout(), milliseconds(500)) << "never shorter for that";
  round_trip.expect(milliseconds(2500));
  EXPECT_EQ(round_trip.timeout(), milliseconds(5200));
  round_trip.timed_out();
  EXPECT_EQ(round_trip.timeout(), milliseconds(5200)) << "doublings end there";
  round_trip.measured(milliseconds(20));
  EXPECT_EQ(round_trip.timeout(), milliseconds(250));
  round_trip.expect(milliseconds(2500));
  EXPECT_EQ(round_trip.timeout(), milliseconds(250));
}

TEST(RoundTrip, DoublingsEndBeforeTheLongestWhereNoMoreWasMeasured) {
  RoundTrip round_trip;
  for (int i = 0; i < 5; ++i) round_trip.timed_out();
  EXPECT_EQ(round_trip.timeout(), milliseconds(3000));
  for (int i = 0; i < 50; ++i) round_trip.measured(milliseconds(5000));
  for (int i = 0; i < 5; ++i) round_trip.timed_out();
  EXPECT_EQ(round_trip.timeout(), milliseconds(5200));
}

TEST(RoundTrip, WhileSomethingGetsThroughTheTimeoutIsAtMostTwiceDoubled) {
  RoundTrip round_trip;
  for (int i = 0; i < 20; ++i) round_trip.measured(milliseconds(50));
  for (int i = 0; i < 5; ++i) round_trip.timed_out();
  EXPECT_EQ(round_trip.timeout(), milliseconds(3000));
  round_trip.progressed();
  EXPECT_EQ(round_trip.timeout(), milliseconds(1000));
  round_trip.progressed();
  EXPECT_EQ(round_trip.timeout(), milliseconds(1000)) << "never less without a measurement";
}

TEST(RoundTrip, AProbeComesAfterTwoRoundTripsLaterWhereTheyVaryAndLaterEachTime) {
  RoundTrip round_trip;
  EXPECT_FALSE(round_trip.probe());
  round_trip.measured(milliseconds(50));
  EXPECT_EQ(round_trip.probe(), milliseconds(50 + 4 * 25 + 10)) << "measured once";
  for (int i = 0; i < 50; ++i) round_trip.measured(milliseconds(50));
  EXPECT_EQ(round_trip.probe(), milliseconds(110));
  round_trip.probed();
  EXPECT_EQ(round_trip.probe(), milliseconds(220));
  for (int i = 0; i < 20; ++i) round_trip.probed();
  EXPECT_EQ(round_trip.probe(), milliseconds(110 * 32));
  round_trip.measured(milliseconds(50));
  EXPECT_EQ(round_trip.probe(), milliseconds(110));
}

}  // namespace
}  // namespace parlor::sctp
