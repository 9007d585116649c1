#include "crypto/siphash.hpp"

#include <gtest/gtest.h>

namespace parlor::crypto {
namespace {

// Key 00 01 … 0f; the messages are 00 01 02 … of growing length.
constexpr SipHashKey kKey{0x0706050403020100, 0x0f0e0d0c0b0a0908};

base::Bytes counting(std::size_t size) {
  base::Bytes bytes;
  for (std::size_t i = 0; i < size; ++i) bytes.push_back(static_cast<std::byte>(i));
  return bytes;
}

TEST(SipHash, GivesTheAuthorsVectors) {
  EXPECT_EQ(siphash(kKey, counting(0)), 0x726fdb47dd0e0e31u);
  EXPECT_EQ(siphash(kKey, counting(1)), 0x74f839c593dc67fdu);
  EXPECT_EQ(siphash(kKey, counting(8)), 0x93f5f5799a932462u);
  EXPECT_EQ(siphash(kKey, counting(15)), 0xa129ca6149be45e5u);  // Appendix A of the paper
}

TEST(SipHash, DependsOnTheKey) {
  EXPECT_NE(siphash({1, 2}, counting(8)), siphash({1, 3}, counting(8)));
  EXPECT_NE(siphash({1, 2}, counting(8)), siphash({2, 2}, counting(8)));
}

}  // namespace
}  // namespace parlor::crypto
