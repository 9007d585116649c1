#include "sctp/packet/data.hpp"

#include "sctp/packet/test_support.hpp"

namespace parlor::sctp {
namespace {

TEST(Data, ComesBackWithEveryFlagInBothForms) {
  const base::Bytes payload = bytes_of({1, 2, 3, 4, 5});
  for (const bool interleaved : {false, true}) {
    for (int flags = 0; flags < 16; ++flags) {
      DataChunk data;
      data.tsn = Tsn(0xfffffffe);
      data.stream = 7;
      data.message = interleaved ? 0x12345678U : 0x5678U;
      data.first = (flags & 1) != 0;
      data.last = (flags & 2) != 0;
      data.unordered = (flags & 4) != 0;
      data.immediate = (flags & 8) != 0;
      data.ppid = !interleaved || data.first ? 53 : 0;
      data.fragment = interleaved && !data.first ? 9 : 0;
      data.payload = payload;
      PacketPad pad;
      write_data(pad.writer(), data, interleaved);
      const auto chunks = pad.chunks();
      ASSERT_EQ(chunks.size(), 1U);
      EXPECT_EQ(chunks[0].type, interleaved ? ChunkType::i_data : ChunkType::data);
      const auto read = read_data(chunks[0]);
      ASSERT_TRUE(read);
      EXPECT_EQ(read->tsn, data.tsn);
      EXPECT_EQ(read->stream, 7);
      EXPECT_EQ(read->message, data.message);
      EXPECT_EQ(read->fragment, data.fragment);
      EXPECT_EQ(read->ppid, data.ppid);
      EXPECT_EQ(read->first, data.first);
      EXPECT_EQ(read->last, data.last);
      EXPECT_EQ(read->unordered, data.unordered);
      EXPECT_EQ(read->immediate, data.immediate);
      EXPECT_EQ(base::to_hex(read->payload), "0102030405");
    }
  }
}

TEST(Data, LiesInTheChunkAsRfc9260Section331Draws) {
  const base::Bytes payload = bytes_of({0xaa});
  DataChunk data{.tsn = Tsn(0x01020304), .stream = 5, .message = 6, .ppid = 51, .payload = payload};
  PacketPad pad;
  write_data(pad.writer(), data, false);
  EXPECT_EQ(base::to_hex(pad.chunks()[0].whole),
            "000300110102030400050006"
            "00000033"
            "aa");
}

TEST(Data, LiesInTheChunkAsRfc8260Section21Draws) {
  const base::Bytes payload = bytes_of({0xaa});
  DataChunk data{.tsn = Tsn(0x01020304), .stream = 5, .message = 6, .ppid = 51, .payload = payload};
  PacketPad pad;
  write_data(pad.writer(), data, true);
  EXPECT_EQ(base::to_hex(pad.chunks()[0].whole),
            "40030015"
            "01020304"
            "00050000"
            "00000006"
            "00000033"
            "aa");
}

TEST(Data, WhoseHeaderIsCutOffIsRefusedAndAnEmptyPayloadIsGiven) {
  const base::Bytes value(kIDataHeaderSize);
  for (std::size_t size = 0; size <= value.size(); ++size) {
    const base::BytesView part = base::BytesView(value).first(size);
    EXPECT_EQ(read_data({ChunkType::data, 3, part, part}).has_value(), size >= kDataHeaderSize) << size;
    EXPECT_EQ(read_data({ChunkType::i_data, 3, part, part}).has_value(), size >= kIDataHeaderSize) << size;
  }
}

}  // namespace
}  // namespace parlor::sctp
