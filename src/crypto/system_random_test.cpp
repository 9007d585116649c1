#include "crypto/system_random.hpp"

#include <gtest/gtest.h>

#include <array>
#include <set>

namespace parlor::crypto {
namespace {

TEST(SystemRandom, FillsEveryByteAndDoesNotRepeat) {
  SystemRandom alice;
  SystemRandom bob;
  std::set<std::uint64_t> seen;
  for (int i = 0; i < 64; ++i) {
    seen.insert(alice.next_u64());
    seen.insert(bob.next_u64());
  }
  EXPECT_EQ(seen.size(), 128u);

  std::array<bool, 33>
      touched{};  // each byte differs from zero within 64 draws, but for a chance of 33 * 2^-512
  for (int i = 0; i < 64; ++i) {
    std::array<std::byte, 33> bytes{};
    alice.fill(bytes);
    for (std::size_t at = 0; at < bytes.size(); ++at) touched[at] = touched[at] || bytes[at] != std::byte{0};
  }
  for (const bool byte : touched) EXPECT_TRUE(byte);
}

TEST(SystemRandom, TakesAnEmptyBuffer) {
  SystemRandom random;
  random.fill({});
}

}  // namespace
}  // namespace parlor::crypto
