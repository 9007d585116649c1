#include "base/bytes.hpp"

#include <gtest/gtest.h>

#include <array>

#include "base/random.hpp"

namespace parlor::base {
namespace {

TEST(ByteReader, ReadsBigEndianAndStopsAtTheEnd) {
  const std::array<std::byte, 7> bytes{std::byte{1}, std::byte{2}, std::byte{3}, std::byte{4},
                                       std::byte{5}, std::byte{6}, std::byte{7}};
  ByteReader reader(bytes);
  EXPECT_EQ(reader.u8(), 1);
  EXPECT_EQ(reader.u16(), 0x0203);
  EXPECT_EQ(reader.u64(), std::nullopt);
  EXPECT_EQ(reader.remaining(), 4U) << "a failed read must not move";
  EXPECT_EQ(reader.u32(), 0x04050607U);
  EXPECT_EQ(reader.u8(), std::nullopt);
}

TEST(ByteReader, ReadsLittleEndianWhereTheNameSaysSo) {
  const std::array<std::byte, 7> bytes{std::byte{1}, std::byte{2}, std::byte{3},   std::byte{4},
                                       std::byte{5}, std::byte{6}, std::byte{0x87}};
  ByteReader reader(bytes);
  EXPECT_EQ(reader.u16_le(), 0x0201);
  EXPECT_EQ(reader.u32_le(), 0x06050403U);
  EXPECT_EQ(reader.u16_le(), std::nullopt);
  EXPECT_EQ(reader.remaining(), 1U) << "a failed read must not move";
}

TEST(ByteWriter, WritesLittleEndianWhereTheNameSaysSo) {
  std::array<std::byte, 7> buffer{};
  ByteWriter writer(buffer);
  writer.u16_le(0x0102);
  writer.u32_le(0x83040506U);
  EXPECT_EQ(to_hex(writer.written()), "020106050483");
  writer.u16_le(7);
  EXPECT_FALSE(writer.ok());
}

TEST(ByteWriter, RefusesWhatDoesNotFitAndStaysRefused) {
  std::array<std::byte, 3> buffer{};
  ByteWriter writer(buffer);
  writer.u16(0x0102);
  EXPECT_TRUE(writer.ok());
  writer.u16(0x0304);
  EXPECT_FALSE(writer.ok());
  EXPECT_EQ(writer.size(), 2U);
  writer.u8(5);
  EXPECT_EQ(writer.size(), 2U) << "nothing after a hole";
  EXPECT_EQ(buffer[2], std::byte{0});
}

TEST(ByteWriter, PatchesALengthWrittenBefore) {
  std::array<std::byte, 4> buffer{};
  ByteWriter writer(buffer);
  writer.u16(0);
  writer.u16(7);
  writer.patch_u16(0, 0xabcd);
  EXPECT_EQ(to_hex(writer.written()), "abcd0007");
}

TEST(Base64Url, MatchesRfc4648Vectors) {
  const std::pair<const char*, const char*> cases[] = {
      {"", ""},           {"f", "Zg"},          {"fo", "Zm8"},         {"foo", "Zm9v"},
      {"foob", "Zm9vYg"}, {"fooba", "Zm9vYmE"}, {"foobar", "Zm9vYmFy"}};
  for (const auto& [plain, coded] : cases) {
    EXPECT_EQ(to_base64url(as_bytes(plain)), coded);
    const auto back = from_base64url(coded);
    ASSERT_TRUE(back) << coded;
    EXPECT_EQ(as_text(*back), plain);
  }
}

TEST(Base64Url, RejectsForeignCharactersImpossibleLengthsAndLooseBits) {
  for (const char* text : {"A", "Zg==", "Zm9v+g", "Zm 9", "Zh"}) EXPECT_FALSE(from_base64url(text)) << text;
}

TEST(Base64Url, RoundTripsRandomBytes) {
  SeededRandom random(7);
  for (std::size_t size = 0; size < 70; ++size) {
    Bytes bytes(size);
    random.fill(bytes);
    EXPECT_EQ(from_base64url(to_base64url(bytes)), bytes);
  }
}

TEST(Base64, GivesTheExamplesOfRfc4648Section10) {
  for (const auto& [plain, coded] :
       std::initializer_list<std::pair<const char*, const char*>>{{"", ""},
                                                                  {"f", "Zg=="},
                                                                  {"fo", "Zm8="},
                                                                  {"foo", "Zm9v"},
                                                                  {"foobar", "Zm9vYmFy"},
                                                                  {"\xfb\xff", "+/8="}}) {
    EXPECT_EQ(to_base64(as_bytes(plain)), coded);
    const auto back = from_base64(coded);
    ASSERT_TRUE(back) << coded;
    EXPECT_EQ(as_text(*back), plain);
  }
  for (const char* text : {"A", "Zg", "Zg=", "Zg===", "Z===", "Zm9v-g==", "Zh==", "=Zg=", "Zg==Zg=="})
    EXPECT_FALSE(from_base64(text)) << text;
}

}  // namespace
}  // namespace parlor::base
