#include "base/random.hpp"

#include <gtest/gtest.h>

#include <array>

#include "base/bytes.hpp"

namespace parlor::base {
namespace {

TEST(SeededRandom, SameSeedSameBytesOtherSeedOthers) {
  std::array<std::byte, 37> a{};
  std::array<std::byte, 37> b{};
  std::array<std::byte, 37> c{};
  SeededRandom(1).fill(a);
  SeededRandom(1).fill(b);
  SeededRandom(2).fill(c);
  EXPECT_EQ(a, b);
  EXPECT_NE(a, c);
}

TEST(Random, BelowReachesEveryValueEvenly) {
  SeededRandom random(3);
  std::array<int, 6> counts{};
  for (int i = 0; i < 60'000; ++i) ++counts.at(random.below(6));
  for (int count : counts) EXPECT_NEAR(count, 10'000, 500);
}

/// Gives a scripted sequence of 64-bit words.
class Script final : public Random {
 public:
  explicit Script(std::vector<std::uint64_t> words) : words_(std::move(words)) {}
  void fill(std::span<std::byte> out) override {
    const std::uint64_t word = words_.at(at_++);
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<std::byte>(word >> (56 - 8 * i) & 255);
  }
  std::size_t used() const { return at_; }

 private:
  std::vector<std::uint64_t> words_;
  std::size_t at_ = 0;
};

TEST(Random, BelowDrawsAgainWhereTheModuloWouldBeBiased) {
  Script script({0xffffffff00000000U, 0x0000000500000000U});
  EXPECT_EQ(script.below(3), 2U);  // 2^32 - 1 is the one value above the last multiple of 3
  EXPECT_EQ(script.used(), 2U);
}

}  // namespace
}  // namespace parlor::base
