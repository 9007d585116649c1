#include "server/descriptor_shares.hpp"

#include <gtest/gtest.h>

namespace parlor::server {
namespace {

TEST(DescriptorShares, NeverPromiseMoreThanThereIs) {
  for (const std::size_t files : {256U, 400U, 1024U, 4096U, 20'000U, 65'536U, 1'048'576U}) {
    for (const std::size_t workers : {1U, 2U, 7U, 16U}) {
      for (const bool stun : {false, true}) {
        const auto shares = share_descriptors(files, {10'000'000, workers, stun});
        const std::size_t promised =
            shares.connections + workers * (shares.refused + (stun ? shares.stun_connections : 0));
        EXPECT_LE(promised + 64, files) << files << " files, " << workers << " workers, STUN " << stun;
        EXPECT_GE(shares.connections, files / 4) << files << " files, " << workers << " workers";
      }
    }
  }
}

TEST(DescriptorShares, GiveWhatIsConfiguredWhereThereIsRoom) {
  const auto shares = share_descriptors(65'536, {20'000, 4, true});
  EXPECT_EQ(shares.connections, 20'000U);
  EXPECT_EQ(shares.refused, 256U);
  EXPECT_EQ(shares.stun_connections, 250U);
}

TEST(DescriptorShares, LeaveMostOfStunToOthersThanOneSite) {
  for (const std::size_t workers : {1U, 4U, 16U}) {
    const auto shares = share_descriptors(65'536, {20'000, workers, true});
    EXPECT_LE(shares.stun_of_one_site * workers, 1'000U / 8);
    EXPECT_GE(shares.stun_of_one_site * workers, 64U);
  }
}

TEST(DescriptorShares, LeaveSomethingOfNextToNothing) {
  for (const std::size_t files : {0U, 1U, 8U, 64U}) {
    const auto shares = share_descriptors(files, {20'000, 64, true});
    EXPECT_GE(shares.connections, 1U);
    EXPECT_GE(shares.refused, 1U);
    EXPECT_GE(shares.stun_connections, 1U);
    EXPECT_GE(shares.stun_of_one_site, 1U);
  }
}

}  // namespace
}  // namespace parlor::server
