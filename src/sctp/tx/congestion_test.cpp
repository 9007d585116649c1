#include "sctp/tx/congestion.hpp"

#include <gtest/gtest.h>

namespace parlor::sctp {
namespace {

constexpr std::size_t kPacket = 1000;

TEST(Congestion, GrowsByAPacketForEachSackWhileItIsUsed) {
  Congestion congestion(kPacket);
  EXPECT_EQ(congestion.window(), 10 * kPacket);
  congestion.acknowledged(2 * kPacket, 10 * kPacket, false);
  EXPECT_EQ(congestion.window(), 11 * kPacket);
  congestion.acknowledged(400, 11 * kPacket, false);
  EXPECT_EQ(congestion.window(), 11 * kPacket + 400);
}

TEST(Congestion, DoesNotGrowWhereItIsNotUsedNorWhileLossIsRepaired) {
  Congestion congestion(kPacket);
  for (int i = 0; i < 1000; ++i) congestion.acknowledged(100, 200, false);
  congestion.acknowledged(kPacket, 10 * kPacket, true);
  EXPECT_EQ(congestion.window(), 10 * kPacket);
}

TEST(Congestion, HalvesAfterALossAndThenGrowsByAPacketForEachWindow) {
  Congestion congestion(kPacket);
  for (int i = 0; i < 10; ++i) congestion.acknowledged(kPacket, congestion.window(), false);
  ASSERT_EQ(congestion.window(), 20 * kPacket);
  congestion.lost();
  EXPECT_EQ(congestion.window(), 10 * kPacket);
  congestion.acknowledged(kPacket, 10 * kPacket, false);
  EXPECT_EQ(congestion.window(), 11 * kPacket) << "at the threshold it is still slow start";
  EXPECT_FALSE(congestion.in_slow_start());
  for (int i = 0; i < 11; ++i) congestion.acknowledged(kPacket, congestion.window(), false);
  EXPECT_EQ(congestion.window(), 12 * kPacket);
  for (int i = 0; i < 11; ++i) congestion.acknowledged(kPacket, congestion.window(), false);
  EXPECT_EQ(congestion.window(), 12 * kPacket) << "a whole window has to be acknowledged";
  congestion.acknowledged(kPacket, congestion.window(), false);
  EXPECT_EQ(congestion.window(), 13 * kPacket);
}

TEST(Congestion, NeverHalvesBelowFourPackets) {
  Congestion congestion(kPacket);
  for (int i = 0; i < 10; ++i) congestion.lost();
  EXPECT_EQ(congestion.window(), 4 * kPacket);
}

TEST(Congestion, BeginsWithOnePacketAfterATimeout) {
  Congestion congestion(kPacket);
  congestion.timed_out();
  EXPECT_EQ(congestion.window(), kPacket);
  EXPECT_TRUE(congestion.in_slow_start());
  for (int i = 0; i < 5; ++i) congestion.acknowledged(kPacket, congestion.window(), false);
  EXPECT_EQ(congestion.window(), 6 * kPacket) << "slow start up to half of what it was, and then slowly";
  congestion.acknowledged(kPacket, congestion.window(), false);
  EXPECT_EQ(congestion.window(), 6 * kPacket);
}

TEST(Congestion, IsHalvedByIdleTimeButRememberedAsTheThreshold) {
  Congestion congestion(kPacket);
  for (int i = 0; i < 30; ++i) congestion.acknowledged(kPacket, congestion.window(), false);
  ASSERT_EQ(congestion.window(), 40 * kPacket);
  congestion.idle();
  EXPECT_EQ(congestion.window(), 20 * kPacket);
  EXPECT_TRUE(congestion.in_slow_start());
  for (int i = 0; i < 10; ++i) congestion.idle();
  EXPECT_EQ(congestion.window(), 4 * kPacket);
  congestion.timed_out();
  congestion.idle();
  EXPECT_EQ(congestion.window(), kPacket) << "idle time makes nothing larger";
}

}  // namespace
}  // namespace parlor::sctp
