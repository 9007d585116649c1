#include "sctp/tx/path_mtu.hpp"

#include <gtest/gtest.h>

namespace parlor::sctp {
namespace {

constexpr PacketSizes kSizes{.smallest = 912, .base = 1160, .largest = 1432};

class PathMtuTest : public testing::Test {
 protected:
  /// Probes as long as there is something to find, over a path that carries packets up to `carries`; how many
  /// probes that took.
  int search(std::size_t carries) {
    int probes = 0;
    while (mtu_.wants_probe(now_)) {
      const PathMtu::Probe probe = mtu_.probe(now_, base::milliseconds(300));
      EXPECT_LE(probe.size, kSizes.largest);
      EXPECT_EQ(probe.size % 4, 0U);
      ++probes;
      if (probe.size <= carries) mtu_.handle_answer(now_, probe);
      if (const auto at = mtu_.poll_timeout()) {
        now_ = *at;
        mtu_.handle_timeout(now_);
      }
    }
    return probes;
  }
  base::Time now_ = base::time_from(base::seconds(1000));
  PathMtu mtu_{kSizes};
};

TEST_F(PathMtuTest, BeginsAtTheBaseAndFindsTheLargestWithOneProbe) {
  EXPECT_EQ(mtu_.packet(), 1160U);
  EXPECT_EQ(search(5000), 1);
  EXPECT_EQ(mtu_.packet(), 1432U);
  now_ += PathMtu::kRaise;
  EXPECT_FALSE(mtu_.wants_probe(now_)) << "there is nothing above it";
}

TEST_F(PathMtuTest, FindsWhatAPathCarriesToWithinAFewBytes) {
  for (std::size_t carries = 1160; carries < 1432; carries += 4) {
    mtu_.begin_anew(kSizes);
    EXPECT_LE(search(carries), 18) << carries;
    EXPECT_LE(mtu_.packet(), carries);
    EXPECT_LT(carries - mtu_.packet(), PathMtu::kCloseEnough);
  }
}

TEST_F(PathMtuTest, OneLostProbeSaysNothing) {
  (void)mtu_.probe(now_, base::milliseconds(300));
  EXPECT_FALSE(mtu_.wants_probe(now_)) << "one at a time";
  now_ += base::milliseconds(300);
  mtu_.handle_timeout(now_);
  EXPECT_EQ(search(5000), 1);
  EXPECT_EQ(mtu_.packet(), 1432U);
}

TEST_F(PathMtuTest, AnAnswerThatComesLateCountsAndOneOfAnotherPathDoesNot) {
  const PathMtu::Probe probe = mtu_.probe(now_, base::milliseconds(300));
  for (int i = 0; i < 3; ++i) {
    now_ += base::milliseconds(300);
    mtu_.handle_timeout(now_);
    if (i < 2) (void)mtu_.probe(now_, base::milliseconds(300));
  }
  mtu_.handle_answer(now_, probe);
  EXPECT_EQ(mtu_.packet(), 1432U);
  mtu_.begin_anew(kSizes);
  mtu_.handle_answer(now_, probe);
  EXPECT_EQ(mtu_.packet(), 1160U);
  mtu_.handle_answer(now_, {probe.number + 100, 1432});
  EXPECT_EQ(mtu_.packet(), 1160U) << "never sent";
}

TEST_F(PathMtuTest, LooksAgainAfterTenMinutes) {
  search(1200);
  EXPECT_FALSE(mtu_.wants_probe(now_ + base::seconds(590)));
  now_ += PathMtu::kRaise;
  search(5000);
  EXPECT_EQ(mtu_.packet(), 1432U);
}

TEST_F(PathMtuTest, FallsToTheSmallestWhenOnlyLargePacketsAreLostAndLooksUpwardsAgain) {
  search(5000);
  for (int i = 0; i < 5; ++i) {
    mtu_.lost(1, 1432);
    mtu_.acknowledged(900);
  }
  EXPECT_EQ(mtu_.packet(), 1432U);
  EXPECT_TRUE(mtu_.is_suspicious());
  mtu_.lost(1, 1300);
  EXPECT_EQ(mtu_.packet(), 912U);
  search(1000);
  EXPECT_GT(mtu_.packet(), 980U);
  EXPECT_LE(mtu_.packet(), 1000U);
}

TEST_F(PathMtuTest, ALargePacketThatComesClearsTheOthers) {
  search(5000);
  for (int i = 0; i < 20; ++i) {
    mtu_.lost(5, 1432);
    mtu_.acknowledged(1432);
    EXPECT_FALSE(mtu_.is_suspicious());
  }
  EXPECT_EQ(mtu_.packet(), 1432U);
  for (int i = 0; i < 20; ++i) mtu_.lost(5, 900);
  EXPECT_EQ(mtu_.packet(), 1432U) << "small ones are lost for other reasons";
}

TEST_F(PathMtuTest, FallsAfterATimeoutOfALargePacketAlone) {
  mtu_.timed_out(912);
  EXPECT_EQ(mtu_.packet(), 1160U);
  mtu_.timed_out(1000);
  EXPECT_EQ(mtu_.packet(), 912U);
  EXPECT_EQ(search(5000), 2) << "the base, the largest";
}

TEST_F(PathMtuTest, BelievesWhoSaysWhatIsTooLarge) {
  search(5000);
  mtu_.handle_too_large(now_, 1250);
  EXPECT_EQ(mtu_.packet(), 1248U);
  EXPECT_EQ(search(5000), 0) << "for ten minutes";
  mtu_.handle_too_large(now_, 100);
  EXPECT_EQ(mtu_.packet(), 912U) << "never below";
  mtu_.handle_too_large(now_, 5000);
  EXPECT_EQ(mtu_.packet(), 912U);
}

TEST_F(PathMtuTest, AProbeThatTheSocketRefusesWasTooLarge) {
  const PathMtu::Probe probe = mtu_.probe(now_, base::milliseconds(300));
  mtu_.handle_too_large(now_, 0);
  EXPECT_EQ(mtu_.packet(), 1160U) << "the probe, not the data";
  EXPECT_FALSE(mtu_.poll_timeout());
  EXPECT_TRUE(mtu_.wants_probe(now_));
  EXPECT_LT(mtu_.probe(now_, base::milliseconds(300)).size, probe.size);
  mtu_.begin_anew(kSizes);
  mtu_.handle_too_large(now_, 0);
  EXPECT_EQ(mtu_.packet(), 912U);
}

}  // namespace
}  // namespace parlor::sctp
