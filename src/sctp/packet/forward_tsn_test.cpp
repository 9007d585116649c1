#include "sctp/packet/forward_tsn.hpp"

#include "sctp/packet/test_support.hpp"

namespace parlor::sctp {
namespace {

TEST(ForwardTsn, ComesBackInBothForms) {
  for (const bool interleaved : {false, true}) {
    const std::vector<Skipped> skipped{{3, false, 9}, {4, interleaved, interleaved ? 0x10000U : 8U}};
    PacketPad pad;
    write_forward_tsn(pad.writer(), Tsn(100), skipped, interleaved);
    const auto chunks = pad.chunks();
    EXPECT_EQ(chunks[0].type, interleaved ? ChunkType::i_forward_tsn : ChunkType::forward_tsn);
    EXPECT_EQ(chunks[0].value.size(), interleaved ? 20U : 12U);
    const auto read = ForwardTsn::read(chunks[0]);
    ASSERT_TRUE(read);
    EXPECT_EQ(read->cumulative(), Tsn(100));
    ASSERT_EQ(read->count(), 2U);
    EXPECT_EQ(read->skipped(0), skipped[0]);
    EXPECT_EQ(read->skipped(1), skipped[1]);
  }
}

TEST(ForwardTsn, ThatIsCutOffWithinAnEntryIsRefused) {
  const base::Bytes value(20);
  for (std::size_t size = 0; size <= value.size(); ++size) {
    const base::BytesView part = base::BytesView(value).first(size);
    EXPECT_EQ(ForwardTsn::read({ChunkType::forward_tsn, 0, part, part}).has_value(),
              size >= 4 && size % 4 == 0)
        << size;
    EXPECT_EQ(ForwardTsn::read({ChunkType::i_forward_tsn, 0, part, part}).has_value(),
              size >= 4 && size % 8 == 4)
        << size;
  }
}

TEST(ForwardTsn, SaysHowManyEntriesFit) {
  PacketPad pad(kPacketHeaderSize + 4 + 4 + 17);
  EXPECT_EQ(room_for_skipped(pad.writer(), false), 4U);
  EXPECT_EQ(room_for_skipped(pad.writer(), true), 2U);
  PacketPad full(kPacketHeaderSize + 4);
  EXPECT_EQ(room_for_skipped(full.writer(), false), 0U);
}

}  // namespace
}  // namespace parlor::sctp
