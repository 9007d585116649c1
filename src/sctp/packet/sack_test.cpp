#include "sctp/packet/sack.hpp"

#include "sctp/packet/test_support.hpp"

namespace parlor::sctp {
namespace {

TEST(Sack, OfTheExampleInRfc9260Section334) {
  PacketPad pad;
  const std::array<GapBlock, 2> gaps{{{2, 3}, {5, 5}}};
  write_sack(pad.writer(), Tsn(12), 4660, gaps, {});
  const auto chunks = pad.chunks();
  EXPECT_EQ(base::to_hex(chunks[0].whole),
            "0300"
            "0018"
            "0000000c"
            "00001234"
            "0002"
            "0000"
            "00020003"
            "00050005");
  const auto sack = Sack::read(chunks[0]);
  ASSERT_TRUE(sack);
  EXPECT_EQ(sack->cumulative(), Tsn(12));
  EXPECT_EQ(sack->window(), 4660U);
  ASSERT_EQ(sack->gap_count(), 2U);
  EXPECT_EQ(sack->gap(0), (GapBlock{2, 3}));
  EXPECT_EQ(sack->gap(1), (GapBlock{5, 5}));
  EXPECT_EQ(sack->duplicate_count(), 0U);
}

TEST(Sack, TellsWhatCameTwice) {
  PacketPad pad;
  const std::array<Tsn, 2> twice{Tsn(19), Tsn(19)};
  write_sack(pad.writer(), Tsn(0xffffffff), 1, {}, twice);
  const auto sack = Sack::read(pad.chunks()[0]);
  ASSERT_TRUE(sack);
  ASSERT_EQ(sack->duplicate_count(), 2U);
  EXPECT_EQ(sack->duplicate(1), Tsn(19));
}

TEST(Sack, LeavesOutWhatDoesNotFitTheLastFirst) {
  PacketPad pad(kPacketHeaderSize + kChunkHeaderSize + kSackHeaderSize + 3 * 4);
  const std::vector<GapBlock> gaps{{2, 2}, {4, 4}};
  const std::vector<Tsn> twice{Tsn(1), Tsn(2), Tsn(3)};
  write_sack(pad.writer(), Tsn(7), 1, gaps, twice);
  const auto sack = Sack::read(pad.chunks()[0]);
  ASSERT_TRUE(sack);
  EXPECT_EQ(sack->gap_count(), 2U);
  EXPECT_EQ(sack->duplicate_count(), 1U);
}

TEST(Sack, ThatIsCutOffOrWhoseBlocksCannotBeIsRefused) {
  const auto read = [](std::initializer_list<int> block) {
    base::Bytes value = bytes_of({0, 0, 0, 1, 0, 0, 0, 1, 0, 1, 0, 0});
    const base::Bytes more = bytes_of(block);
    value.insert(value.end(), more.begin(), more.end());
    return Sack::read({ChunkType::sack, 0, value, value}).has_value();
  };
  EXPECT_FALSE(read({}));
  EXPECT_FALSE(read({0, 2, 0}));
  EXPECT_TRUE(read({0, 2, 0, 2}));
  EXPECT_FALSE(read({0, 0, 0, 2})) << "starts at the cumulative one";
  EXPECT_FALSE(read({0, 1, 0, 2})) << "leaves no gap behind it";
  EXPECT_FALSE(read({0, 3, 0, 2})) << "ends before it starts";
}

}  // namespace
}  // namespace parlor::sctp
