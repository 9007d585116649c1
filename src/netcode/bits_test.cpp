#include "netcode/bits.hpp"

#include <gtest/gtest.h>

#include <array>
#include <vector>

#include "base/random.hpp"

namespace parlor::netcode {
namespace {

TEST(BitWriter, FillsBytesFromTheHighestBit) {
  std::array<std::byte, 3> buffer{std::byte{0xff}, std::byte{0xff}, std::byte{0xff}};
  BitWriter writer(buffer);
  writer.bits(0b101, 3);
  writer.bits(0b1'1111'0000, 9);
  EXPECT_EQ(writer.bit_count(), 12U);
  EXPECT_EQ(base::to_hex(writer.written()), "bf00") << "the rest of the last byte is zero";
  EXPECT_EQ(buffer[2], std::byte{0xff}) << "nothing beyond what was written";
}

TEST(BitWriter, RefusesWhatDoesNotFitAndStaysRefused) {
  std::array<std::byte, 1> buffer{};
  BitWriter writer(buffer);
  writer.bits(1, 4);
  writer.bits(0, 5);
  EXPECT_FALSE(writer.ok());
  writer.bits(1, 1);
  EXPECT_EQ(writer.bit_count(), 4U) << "nothing after a hole";
}

TEST(BitReader, StopsAtTheEndAndStaysWhereItWas) {
  const std::array<std::byte, 1> bytes{std::byte{0b1010'0001}};
  BitReader reader(bytes);
  EXPECT_EQ(reader.bits(9), std::nullopt);
  EXPECT_EQ(reader.bits(4), 0b1010U);
  EXPECT_EQ(reader.bits(5), std::nullopt);
  EXPECT_EQ(reader.flag(), false);
  EXPECT_EQ(reader.bits(3), 1U);
  EXPECT_EQ(reader.flag(), std::nullopt);
  EXPECT_TRUE(reader.at_end());
}

TEST(BitReader, IsAtItsEndOnlyBeforeZeroBitsOfTheLastByte) {
  const std::array<std::byte, 2> dirty{std::byte{0xf0}, std::byte{0x01}};
  BitReader reader(dirty);
  EXPECT_FALSE(reader.at_end());
  (void)reader.bits(4);
  EXPECT_FALSE(reader.at_end()) << "a whole byte is left";
  (void)reader.bits(5);
  EXPECT_FALSE(reader.at_end()) << "the last bit is set";
  (void)reader.bits(7);
  EXPECT_TRUE(reader.at_end());
}

TEST(BitStream, RoundTripsRandomWidths) {
  base::SeededRandom random(3);
  for (int run = 0; run < 200; ++run) {
    std::array<std::byte, 256> buffer{};
    BitWriter writer(buffer);
    std::vector<std::pair<std::uint32_t, unsigned>> written;
    for (;;) {
      const unsigned width = 1 + random.below(32);
      const auto value = static_cast<std::uint32_t>(random.next_u64()) >> (32 - width);
      writer.bits(value, width);
      if (!writer.ok()) break;
      written.emplace_back(value, width);
    }
    BitReader reader(writer.written());
    for (const auto& [value, width] : written) ASSERT_EQ(reader.bits(width), value) << "run " << run;
    EXPECT_TRUE(reader.at_end());
  }
}

}  // namespace
}  // namespace parlor::netcode
