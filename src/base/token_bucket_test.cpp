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

TEST(TokenBucket, SaysWhenItWillHaveWhatIsMissing) {
  TokenBucket bucket(10, 3);
  const Time start = time_from(seconds(100));
  EXPECT_TRUE(bucket.take(start, 10));
  for (const std::uint32_t count : {1U, 2U, 10U}) {
    const Time at = bucket.ready_at(count);
    TokenBucket early = bucket;
    EXPECT_FALSE(early.take(at - microseconds(1), count)) << count;
    TokenBucket due = bucket;
    EXPECT_TRUE(due.take(at, count)) << count;
  }
  EXPECT_TRUE(bucket.take(start + seconds(2), 1));
  EXPECT_LE(bucket.ready_at(5), start + seconds(2)) << "they are there";
}

TEST(TokenBucket, SlowRatesLoseNothingToManySmallSteps) {
  TokenBucket bucket(1, 1);
  Time now = time_from(seconds(5));
  EXPECT_TRUE(bucket.take(now));
  int given = 0;
  for (int i = 0; i < 3'000'000; i += 7) given += bucket.take(now + microseconds(i)) ? 1 : 0;
  EXPECT_EQ(given, 2);
}

}  // namespace
}  // namespace parlor::base
