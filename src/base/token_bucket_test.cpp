#include "base/token_bucket.hpp"

#include <gtest/gtest.h>

namespace parlor::base {
namespace {

TEST(TokenBucket, GivesTheBurstThenTheRate) {
  TokenBucket bucket(3, 2);
  const Time start = time_from(seconds(100));
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(bucket.take(start));
  EXPECT_FALSE(bucket.take(start));
  EXPECT_FALSE(bucket.take(start + milliseconds(499)));
  EXPECT_TRUE(bucket.take(start + milliseconds(500)));
  EXPECT_FALSE(bucket.take(start + milliseconds(500)));
}

TEST(TokenBucket, NeverHoldsMoreThanTheBurst) {
  TokenBucket bucket(2, 1000);
  EXPECT_TRUE(bucket.take(time_from(seconds(1)), 2));
  EXPECT_TRUE(bucket.take(time_from(seconds(1'000'000'000)), 2));
  EXPECT_FALSE(bucket.take(time_from(seconds(1'000'000'000))));
}

TEST(TokenBucket, TimeGoingBackwardsAddsNothing) {
  TokenBucket bucket(1, 1);
  EXPECT_TRUE(bucket.take(time_from(seconds(50))));
  EXPECT_FALSE(bucket.take(time_from(seconds(10))));
  EXPECT_FALSE(bucket.take(time_from(seconds(50) + milliseconds(999))));
  EXPECT_TRUE(bucket.take(time_from(seconds(51))));
}

TEST(TokenBucket, SlowRatesLoseNothingToManySmallSteps) {
  TokenBucket bucket(1, 1);
  Time now = time_from(seconds(5));
  EXPECT_TRUE(bucket.take(now));
  int given = 0;
  for (int i = 0; i < 3'000'000; i += 7) given += bucket.take(now + microseconds(i)) ? 1 : 0;
  EXPECT_EQ(given, 2);
}

TEST(TokenBucket, SaysHowLongToWaitToTheMicrosecond) {
  TokenBucket bucket(10, 4);
  const Time start = time_from(seconds(100));
  EXPECT_EQ(bucket.wait(start, 10), Duration{});
  ASSERT_TRUE(bucket.take(start, 9));
  EXPECT_EQ(bucket.wait(start, 3), milliseconds(500));
  EXPECT_FALSE(bucket.take(start + milliseconds(500) - microseconds(1), 3));
  EXPECT_TRUE(bucket.take(start + milliseconds(500), 3));
}

TEST(TokenBucket, WaitsWithoutEndForMoreThanItHolds) {
  EXPECT_EQ(TokenBucket(10, 4).wait(time_from(seconds(1)), 11), Duration::max());
  TokenBucket dry(1, 0);
  ASSERT_TRUE(dry.take(time_from(seconds(1))));
  EXPECT_EQ(dry.wait(time_from(seconds(1))), Duration::max());
}

}  // namespace
}  // namespace parlor::base
