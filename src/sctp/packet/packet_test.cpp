#include "sctp/packet/packet.hpp"

#include "sctp/packet/test_support.hpp"

namespace parlor::sctp {
namespace {

TEST(Packet, ComesBackAsItWasWritten) {
  PacketPad pad;
  pad.writer().add(ChunkType::cookie_echo, 0, bytes_of({1, 2, 3}));
  pad.writer().add(ChunkType::cookie_ack, 5, {});
  const auto whole = pad.writer().finish(false);
  EXPECT_EQ(whole.size(), kPacketHeaderSize + 8 + 4) << "padded to 4";
  const auto packet = Packet::parse(whole, Checksum::required);
  ASSERT_TRUE(packet);
  EXPECT_EQ(packet->source_port(), 5000);
  EXPECT_EQ(packet->destination_port(), 5001);
  EXPECT_EQ(packet->tag(), 0x12345678U);
  const auto chunks = pad.chunks();
  ASSERT_EQ(chunks.size(), 2U);
  EXPECT_EQ(chunks[0].type, ChunkType::cookie_echo);
  EXPECT_EQ(base::to_hex(chunks[0].value), "010203");
  EXPECT_EQ(base::to_hex(chunks[0].whole), "0a000007010203");
  EXPECT_EQ(chunks[1].type, ChunkType::cookie_ack);
  EXPECT_EQ(chunks[1].flags, 5);
  EXPECT_TRUE(chunks[1].value.empty());
}

TEST(Packet, WithAnyBitWrongIsRefused) {
  PacketPad pad;
  pad.writer().add(ChunkType::cookie_echo, 0, bytes_of({1, 2, 3, 4, 5}));
  const auto whole = pad.writer().finish(false);
  for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
    base::Bytes wrong(whole.begin(), whole.end());
    wrong[bit / 8] ^= static_cast<std::byte>(1U << bit % 8);
    EXPECT_FALSE(Packet::parse(wrong, Checksum::required)) << bit;
  }
}

TEST(Packet, WithoutAChecksumIsTakenWhereThatWasAgreed) {
  PacketPad pad;
  pad.writer().add(ChunkType::cookie_ack, 0, {});
  const auto whole = pad.writer().finish(true);
  EXPECT_FALSE(Packet::parse(whole, Checksum::required));
  EXPECT_TRUE(Packet::parse(whole, Checksum::zero_too));
  base::Bytes wrong(whole.begin(), whole.end());
  wrong[8] = std::byte{1};
  EXPECT_FALSE(Packet::parse(wrong, Checksum::zero_too)) << "a wrong one is not";
}

TEST(Packet, WhoseChunksDoNotFitIsRefused) {
  const auto parse = [](std::initializer_list<int> chunks) {
    base::Bytes bytes(kPacketHeaderSize);
    const base::Bytes more = bytes_of(chunks);
    bytes.insert(bytes.end(), more.begin(), more.end());
    return Packet::parse(bytes, Checksum::unchecked).has_value();
  };
  EXPECT_FALSE(parse({})) << "none";
  EXPECT_FALSE(parse({11, 0, 0})) << "half a header";
  EXPECT_FALSE(parse({11, 0, 0, 3})) << "shorter than its header";
  EXPECT_FALSE(parse({11, 0, 0, 5})) << "longer than the packet";
  EXPECT_TRUE(parse({11, 0, 0, 4}));
  EXPECT_TRUE(parse({11, 0, 0, 5, 9})) << "the padding of the last may lack";
  EXPECT_FALSE(parse({11, 0, 0, 4, 11})) << "something behind it";
  EXPECT_FALSE(parse({11, 0, 0, 5, 9, 0, 0, 0, 11, 0, 0, 8}));
}

TEST(Packet, EveryShorterOneIsRefused) {
  PacketPad pad;
  pad.writer().add(ChunkType::cookie_echo, 0, bytes_of({1, 2, 3, 4}));
  const base::BytesView whole = pad.writer().finish(false);
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_FALSE(Packet::parse(whole.first(size), Checksum::unchecked)) << size;
}

TEST(PacketWriter, SaysWhatStillFits) {
  PacketPad pad(kPacketHeaderSize + 16 + 3);  // three bytes that no chunk can use
  EXPECT_TRUE(pad.writer().empty());
  EXPECT_TRUE(pad.writer().fits(12));
  EXPECT_FALSE(pad.writer().fits(13));
  pad.writer().add(ChunkType::cookie_echo, 0, bytes_of({1}));
  EXPECT_EQ(pad.writer().room(), 8U);
  EXPECT_TRUE(pad.writer().fits(4));
  EXPECT_FALSE(pad.writer().fits(5));
}

TEST(Unknown, IsHandledAsItsTwoHighestBitsSay) {
  EXPECT_FALSE(unknown_chunk(0x3f).skip);
  EXPECT_FALSE(unknown_chunk(0x3f).report);
  EXPECT_TRUE(unknown_chunk(0x40).report);
  EXPECT_FALSE(unknown_chunk(0x40).skip);
  EXPECT_TRUE(unknown_chunk(0x80).skip);
  EXPECT_FALSE(unknown_chunk(0x80).report);
  EXPECT_TRUE(unknown_chunk(0xc0).skip && unknown_chunk(0xc0).report);
  EXPECT_TRUE(unknown_parameter(0xc000).skip && unknown_parameter(0xc000).report);
  EXPECT_FALSE(unknown_parameter(0x3fff).skip || unknown_parameter(0x3fff).report);
}

}  // namespace
}  // namespace parlor::sctp
