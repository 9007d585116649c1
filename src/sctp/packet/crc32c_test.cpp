#include "sctp/packet/crc32c.hpp"

#include <gtest/gtest.h>

#include "base/random.hpp"

namespace parlor::sctp {
namespace {

base::Bytes filled(std::size_t size, auto value) {
  base::Bytes bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::byte>(value(i));
  return bytes;
}

TEST(Crc32c, GivesWhatRfc3720AppendixB4Says) {
  for (const auto crc : {&crc32c, &crc32c_portable}) {
    EXPECT_EQ(crc(0, filled(32, [](std::size_t) { return 0; })), 0x8a9136aaU);
    EXPECT_EQ(crc(0, filled(32, [](std::size_t) { return 0xff; })), 0x62a8ab43U);
    EXPECT_EQ(crc(0, filled(32, [](std::size_t i) { return i; })), 0x46dd794eU);
    EXPECT_EQ(crc(0, filled(32, [](std::size_t i) { return 31 - i; })), 0x113fdb5cU);
    EXPECT_EQ(crc(0, base::as_bytes("123456789")), 0xe3069283U);
    EXPECT_EQ(crc(0, {}), 0U);
  }
}

TEST(Crc32c, IsTheSameByInstructionAndByTablesAndInPieces) {
  base::SeededRandom random(1);
  for (std::size_t size = 0; size < 200; ++size) {
    const base::Bytes bytes = filled(size, [&random](std::size_t) { return random.below(256); });
    const base::BytesView view(bytes);
    EXPECT_EQ(crc32c(0, bytes), crc32c_portable(0, bytes)) << size;
    const std::size_t cut = size / 3;
    EXPECT_EQ(crc32c(crc32c(0, view.first(cut)), view.subspan(cut)), crc32c(0, bytes)) << size;
    EXPECT_EQ(crc32c_portable(crc32c_portable(0, view.first(cut)), view.subspan(cut)), crc32c(0, bytes))
        << size;
  }
}

TEST(Crc32c, OfAPacketDoesNotDependOnItsChecksumField) {
  base::Bytes packet = filled(40, [](std::size_t i) { return i * 7; });
  const std::uint32_t before = packet_checksum(packet);
  for (std::size_t i = 8; i < 12; ++i) packet[i] = std::byte{0};
  EXPECT_EQ(packet_checksum(packet), before);
  EXPECT_EQ(packet_checksum(packet), crc32c(0, packet));
  packet[12] ^= std::byte{1};
  EXPECT_NE(packet_checksum(packet), before);
}

}  // namespace
}  // namespace parlor::sctp
