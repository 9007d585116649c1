#include "stun/rate_limit.hpp"

#include <gtest/gtest.h>

#include <string>

#include "base/random.hpp"

namespace parlor::stun {
namespace {

using base::IpAddress;
using base::milliseconds;
using base::seconds;
using base::Time;

IpAddress ip(std::string_view text) {
  return *IpAddress::parse(text);
}
/// One of 2^24 IPv4 addresses.
IpAddress ip(std::uint32_t number) {
  return IpAddress::v4({10, static_cast<std::uint8_t>(number >> 16), static_cast<std::uint8_t>(number >> 8),
                        static_cast<std::uint8_t>(number)});
}

class StunRateLimit : public testing::Test {
 protected:
  int takes(RateLimit& limit, Time now, const IpAddress& source, int tries) {
    int taken = 0;
    for (int i = 0; i < tries; ++i) taken += limit.take(now, source) ? 1 : 0;
    return taken;
  }
  base::SeededRandom random_{1};
  const Time start_ = base::time_from(seconds(1'000));
};

TEST_F(StunRateLimit, LetsTheBurstThroughAndThenTheRate) {
  RateTable<PlainCell> limit({.per_second = 10, .burst = 25}, random_);
  EXPECT_EQ(takes(limit, start_, ip("192.0.2.1"), 100), 25);
  EXPECT_EQ(takes(limit, start_ + milliseconds(99), ip("192.0.2.1"), 5), 0);
  EXPECT_EQ(takes(limit, start_ + milliseconds(100), ip("192.0.2.1"), 5), 1);
  EXPECT_EQ(takes(limit, start_ + seconds(1), ip("192.0.2.1"), 100), 9);
  EXPECT_EQ(takes(limit, start_ + seconds(60), ip("192.0.2.1"), 100), 25);
}

TEST_F(StunRateLimit, HoldsOverALongTime) {
  RateTable<PlainCell> limit({.per_second = 7, .burst = 7}, random_);
  int taken = 0;
  for (int ms = 0; ms < 100'000; ++ms)
    taken += limit.take(start_ + milliseconds(ms), ip("192.0.2.1")) ? 1 : 0;
  EXPECT_NEAR(taken, 7 * 100 + 7, 2);
  EXPECT_LE(taken, 7 * 100 + 7);
}

TEST_F(StunRateLimit, AWorkerThatReadTheClockEarlierFillsNoBucket) {
  // Workers read the clock once for a batch, and may be interrupted in it.
  RateTable<PlainCell> limit({.per_second = 10, .burst = 25}, random_);
  ASSERT_EQ(takes(limit, start_, ip("192.0.2.1"), 100), 25);
  for (const auto late : {base::microseconds(1), base::microseconds(200), base::microseconds(999'999)}) {
    EXPECT_EQ(takes(limit, start_ - late, ip("192.0.2.1"), 100), 0) << late.count() << " us";
  }
}

TEST_F(StunRateLimit, CountsEveryIpv4AddressByItself) {
  RateTable<PlainCell> limit({.per_second = 1, .burst = 1}, random_);
  EXPECT_TRUE(limit.take(start_, ip("192.0.2.1")));
  EXPECT_FALSE(limit.take(start_, ip("192.0.2.1")));
  EXPECT_TRUE(limit.take(start_, ip("192.0.2.2")));
}

TEST_F(StunRateLimit, CountsAnIpv6NetworkOf64BitsAsOne) {
  RateTable<PlainCell> limit({.per_second = 1, .burst = 1}, random_);
  EXPECT_TRUE(limit.take(start_, ip("2001:db8:1:2::1")));
  EXPECT_FALSE(limit.take(start_, ip("2001:db8:1:2:ffff::9")));
  EXPECT_TRUE(limit.take(start_, ip("2001:db8:1:3::1")));
}

TEST_F(StunRateLimit, CountsAMappedIpv4AddressAsIpv4) {
  RateTable<PlainCell> limit({.per_second = 1, .burst = 1}, random_);
  EXPECT_TRUE(limit.take(start_, ip("::ffff:192.0.2.1")));
  EXPECT_FALSE(limit.take(start_, ip("192.0.2.1")));
  EXPECT_TRUE(limit.take(start_, ip("::ffff:192.0.2.2")));  // the same /64 if it were IPv6
}

TEST_F(StunRateLimit, RemembersTheNoisyOnesAmongManyQuietSources) {
  RateTable<PlainCell> limit({.per_second = 10, .burst = 10, .sources = 1024}, random_);
  ASSERT_EQ(takes(limit, start_, ip("192.0.2.1"), 20), 10);
  // Half as many others as there are words, at once: the noisy one owes most and is kept where its set is
  // full.
  for (std::uint32_t i = 0; i < 512; ++i) EXPECT_TRUE(limit.take(start_, ip(i)));
  EXPECT_EQ(takes(limit, start_, ip("192.0.2.1"), 5), 0);
}

TEST_F(StunRateLimit, FloodOfMoreSourcesThanWordsSilencesNobody) {
  RateTable<PlainCell> limit({.per_second = 1, .burst = 2, .sources = 64}, random_);
  for (std::uint32_t i = 0; i < 100'000; ++i) ASSERT_TRUE(limit.take(start_, ip(i))) << i;
}

TEST_F(StunRateLimit, FullBucketsTakeNoRoom) {
  RateTable<PlainCell> limit({.per_second = 10, .burst = 1, .sources = 64}, random_);
  Time now = start_;
  // Thousands of sources, each twice: their words are free again 100 ms later, so that none is lost while it
  // counts.
  for (std::uint32_t i = 0; i < 4'000; ++i) {
    now += milliseconds(50);
    EXPECT_TRUE(limit.take(now, ip(i)));
    EXPECT_FALSE(limit.take(now, ip(i)));
  }
}

TEST_F(StunRateLimit, SurvivesTheWrapOfItsClock) {
  RateTable<PlainCell> limit({.per_second = 10, .burst = 5}, random_);
  const Time wrap = base::time_from(base::microseconds(std::int64_t{1} << 40));
  EXPECT_EQ(takes(limit, wrap - milliseconds(50), ip("192.0.2.1"), 9), 5);
  EXPECT_EQ(takes(limit, wrap - milliseconds(1), ip("192.0.2.1"), 9), 0);
  EXPECT_EQ(takes(limit, wrap + milliseconds(50), ip("192.0.2.1"), 9), 1);
  EXPECT_EQ(takes(limit, wrap + seconds(5), ip("192.0.2.1"), 9), 5);
}

TEST_F(StunRateLimit, ForgetsWhatIsDaysOld) {
  RateTable<PlainCell> limit({.per_second = 1, .burst = 5}, random_);
  ASSERT_EQ(takes(limit, start_, ip("192.0.2.1"), 9), 5);
  // Six and a half days on, the time in the word seems to lie ahead.
  EXPECT_EQ(takes(limit, start_ + std::chrono::hours(24 * 13 / 2), ip("192.0.2.1"), 9), 5);
}

TEST_F(StunRateLimit, TakesHugeRatesAndBurstsAsItsMost) {
  RateTable<PlainCell> burst({.per_second = 4'000'000'000, .burst = 4'000'000'000}, random_);
  EXPECT_EQ(takes(burst, start_, ip("192.0.2.1"), 10'000), 10'000);
  RateTable<PlainCell> rate({.per_second = 4'000'000'000, .burst = 1}, random_);
  EXPECT_EQ(takes(rate, start_, ip("192.0.2.1"), 10), 1);
  EXPECT_EQ(takes(rate, start_ + base::microseconds(1), ip("192.0.2.1"), 10), 1);
}

TEST_F(StunRateLimit, KeyDecidesWhoSharesASet) {
  // The same 64 sources fall into the sets differently under another key: nobody can compute a collision.
  base::SeededRandom other(2);
  const crypto::SipHashKey a{random_.next_u64(), random_.next_u64()};
  const crypto::SipHashKey b{other.next_u64(), other.next_u64()};
  int same = 0;
  for (std::uint32_t i = 0; i < 64; ++i)
    same += (hash_site(a, ip(i)) & 1023) == (hash_site(b, ip(i)) & 1023) ? 1 : 0;
  EXPECT_LT(same, 8);
}

}  // namespace
}  // namespace parlor::stun
