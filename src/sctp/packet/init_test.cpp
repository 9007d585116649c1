#include "sctp/packet/init.hpp"

#include "sctp/packet/test_support.hpp"

namespace parlor::sctp {
namespace {

Init plain() {
  Init init;
  init.tag = 0xdeadbeef;
  init.window = 1 << 20;
  init.outbound_streams = 65535;
  init.inbound_streams = 2048;
  init.initial_tsn = Tsn(77);
  return init;
}

TEST(Init, ComesBackWithAnySetOfExtensions) {
  const base::Bytes cookie = bytes_of({1, 2, 3, 4, 5});
  for (int set = 0; set < 16; ++set) {
    Init init = plain();
    init.extensions = {(set & 1) != 0, (set & 2) != 0, (set & 4) != 0, (set & 8) != 0};
    init.cookie = cookie;
    const base::Bytes bytes = write_init(init);
    const auto read = read_init(bytes);
    ASSERT_TRUE(read);
    EXPECT_EQ(read->tag, init.tag);
    EXPECT_EQ(read->window, init.window);
    EXPECT_EQ(read->outbound_streams, 65535);
    EXPECT_EQ(read->inbound_streams, 2048);
    EXPECT_EQ(read->initial_tsn, Tsn(77));
    EXPECT_EQ(read->extensions, init.extensions) << set;
    EXPECT_EQ(base::to_hex(read->cookie), "0102030405");
    EXPECT_TRUE(read->unrecognized.empty());
  }
}

TEST(Init, WhatNobodyKnowsIsSkippedOrEndsTheRestAndIsReportedAsItsTypeSays) {
  struct Case {
    std::uint16_t type;
    bool rest_counts;
    bool reported;
  };
  for (const Case& one : {Case{0x0fff, false, false}, Case{0x4fff, false, true}, Case{0x8fff, true, false},
                          Case{0xcfff, true, true}}) {
    base::Bytes bytes = write_init(plain());
    base::Bytes more(4 + 4 + 4);
    base::ByteWriter writer(more);
    write_tlv(writer, one.type, bytes_of({1, 2, 3, 4}));
    write_tlv(writer, static_cast<std::uint16_t>(ParameterType::forward_tsn), {});
    bytes.insert(bytes.end(), more.begin(), more.end());
    const auto read = read_init(bytes);
    ASSERT_TRUE(read);
    EXPECT_EQ(read->extensions.partial_reliability, one.rest_counts) << one.type;
    EXPECT_EQ(read->unrecognized.size(), one.reported ? 1U : 0U) << one.type;
  }
}

TEST(Init, ReportsOnlySoManyUnknownParameters) {
  base::Bytes bytes = write_init(plain());
  const std::size_t fixed = bytes.size();
  bytes.resize(fixed + 4 * 100);
  base::ByteWriter writer(std::span<std::byte>(bytes).subspan(fixed));
  for (int i = 0; i < 100; ++i) write_tlv(writer, 0xcfff, {});
  const auto read = read_init(bytes);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->unrecognized.size(), kMostUnrecognized);
}

TEST(Init, ReportsNoUnknownParameterThatWouldFillTheAnswer) {
  for (const std::size_t size : {kLongestUnrecognized - kChunkHeaderSize, kLongestUnrecognized}) {
    base::Bytes bytes = write_init(plain());
    const std::size_t fixed = bytes.size();
    bytes.resize(fixed + kChunkHeaderSize + size);
    base::ByteWriter writer(std::span<std::byte>(bytes).subspan(fixed));
    write_tlv(writer, 0xcfff, base::Bytes(size));
    EXPECT_EQ(read_init(bytes)->unrecognized.size(), size < kLongestUnrecognized ? 1U : 0U);
  }
}

TEST(Init, ThatCannotBeIsRefused) {
  const base::Bytes good = write_init(plain());
  EXPECT_TRUE(read_init(good));
  for (std::size_t size = 0; size < good.size(); ++size)
    EXPECT_FALSE(read_init(base::BytesView(good).first(size))) << size;
  for (const auto spoil : {+[](Init& init) { init.tag = 0; }, +[](Init& init) { init.outbound_streams = 0; },
                           +[](Init& init) { init.inbound_streams = 0; }}) {
    Init init = plain();
    spoil(init);
    EXPECT_FALSE(read_init(write_init(init)));
  }
  base::Bytes cut = good;
  cut.push_back(std::byte{0xc0});
  EXPECT_FALSE(read_init(cut)) << "a parameter that does not fit";
}

TEST(Init, OnlyTheChecksumThatDtlsMakesNeedlessCanBeLeftOut) {
  base::Bytes bytes = write_init(plain());
  const std::size_t fixed = bytes.size();
  bytes.resize(fixed + 8);
  base::ByteWriter writer(std::span<std::byte>(bytes).subspan(fixed));
  write_tlv(writer, static_cast<std::uint16_t>(ParameterType::zero_checksum), bytes_of({0, 0, 0, 2}));
  EXPECT_FALSE(read_init(bytes)->extensions.zero_checksum);
  bytes.back() = std::byte{1};
  EXPECT_TRUE(read_init(bytes)->extensions.zero_checksum);
}

TEST(Init, IsReadAsAWholeChunkAsChromiumTellsItInADescription) {
  // a=sctp-init of Chromium 156 with WebRtcSctpSnap.
  const auto chunk = base::from_base64("AQAAHsH4qhQAUAAA/////9eIYerAAAAEgAgABoLA");
  ASSERT_TRUE(chunk);
  const auto init = read_init_chunk(*chunk);
  ASSERT_TRUE(init);
  EXPECT_EQ(init->tag, 0xc1f8aa14U);
  EXPECT_EQ(init->window, 0x500000U);
  EXPECT_EQ(init->outbound_streams, 65535);
  EXPECT_TRUE(init->extensions.partial_reliability);
  EXPECT_TRUE(init->extensions.reset);
  EXPECT_FALSE(init->extensions.interleaving);
  for (std::size_t size = 0; size < chunk->size(); ++size)
    EXPECT_FALSE(read_init_chunk(base::BytesView(*chunk).first(size))) << size;
  base::Bytes longer = *chunk;
  longer.resize(longer.size() + 2);
  EXPECT_TRUE(read_init_chunk(longer)) << "its padding";
  longer.resize(longer.size() + 2);
  EXPECT_FALSE(read_init_chunk(longer));
  base::Bytes other = *chunk;
  other[0] = std::byte{2};
  EXPECT_FALSE(read_init_chunk(other));
  EXPECT_EQ(read_init_chunk(write_init_chunk(*init))->tag, init->tag);
}

}  // namespace
}  // namespace parlor::sctp
