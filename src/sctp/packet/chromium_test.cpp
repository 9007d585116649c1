// Packets of another stack as they came out of DTLS: dcSCTP in Chromium 156 (Debian 12), by
// tests/interop/peer.cpp --dump.

#include <gtest/gtest.h>

#include "sctp/packet/data.hpp"
#include "sctp/packet/forward_tsn.hpp"
#include "sctp/packet/init.hpp"
#include "sctp/packet/reconfig.hpp"
#include "sctp/packet/sack.hpp"
#include "sctp/packet/test_support.hpp"

namespace parlor::sctp {
namespace {

constexpr std::string_view kInit =
    "1388138800000000a4c0930c0100001eaef474e300500000ffffffff280da0f8c00000048008000682c00000";
constexpr std::string_view kInitAck =
    "1388138859a40ecf4abd864602000052aef474e300500000ffffffff280da0f800070034646353435450303059a40ecf"
    "aef474e362d248e0280da0f80010000000000000000000000101010000000001ffffffffc00000048008000682c00000";
constexpr std::string_view kCookieEcho =
    "1388138859a40ecf746a7b830a00003450724c310000001305c631fb59a40ecfaef474e362d248e0280da0f800500000"
    "ffffffff000000030000000000000000";
constexpr std::string_view kOpen =
    "1388138859a40ecf1cfb3a3f0003001f280da0f8000000000000003203810100000000000003000063757400";
constexpr std::string_view kMessage =
    "1388138859a40ecfec4f606300070038280da0f9000000000000003561686f76636a7178656c737a676e756269707764"
    "6b7279666d7461686f76636a7178656c737a676e";
constexpr std::string_view kSack = "1388138859a40ecf82cac5540300001462d248e2004800000000000162d248e2";
constexpr std::string_view kReset =
    "1388138859a40ecfee80987182000016000d0012280da0f8280da0f8280da11800000000";
constexpr std::string_view kResponse = "1388138859a40ecf14d17a2e820000100010000c62d248e000000001";
constexpr std::string_view kForwardTsn =
    "138813884e7e541da7cb2be4c000000ce5ee01d700030008000b004ae5ee01db0003000a00000035737a676e75626970"
    "77646b7279666d7461686f76636a7178656c737a676e7562697077646b7279666d7461686f76636a7178656c737a676e"
    "75620000";

/// The chunks of a packet, whose checksum is right, and whose ports and tag are these.
class FromChromium : public testing::Test {
 protected:
  std::vector<Chunk> chunks_of(std::string_view hex, VerificationTag tag) {
    bytes_ = from_hex(hex);
    const auto packet = Packet::parse(bytes_, Checksum::required);
    EXPECT_TRUE(packet);
    if (!packet) return {};
    EXPECT_EQ(packet->source_port(), 5000);
    EXPECT_EQ(packet->destination_port(), 5000);
    EXPECT_EQ(packet->tag(), tag);
    std::vector<Chunk> chunks;
    for (const Chunk& chunk : *packet) chunks.push_back(chunk);
    return chunks;
  }
  base::Bytes bytes_;
};
constexpr VerificationTag kTag = 0x59a40ecf;

TEST_F(FromChromium, Init) {
  const auto chunks = chunks_of(kInit, 0);
  ASSERT_EQ(chunks.size(), 1U);
  EXPECT_EQ(chunks[0].type, ChunkType::init);
  const auto init = read_init(chunks[0].value);
  ASSERT_TRUE(init);
  EXPECT_EQ(init->tag, 0xaef474e3U);
  EXPECT_EQ(init->window, 5U << 20);
  EXPECT_EQ(init->outbound_streams, 65535);
  EXPECT_EQ(init->inbound_streams, 65535);
  EXPECT_EQ(init->initial_tsn, Tsn(0x280da0f8));
  EXPECT_EQ(init->extensions, (Extensions{.partial_reliability = true, .reset = true}));
  EXPECT_TRUE(init->cookie.empty());
  EXPECT_TRUE(init->unrecognized.empty());
}

TEST_F(FromChromium, InitAck) {
  const auto chunks = chunks_of(kInitAck, kTag);
  ASSERT_EQ(chunks.size(), 1U);
  EXPECT_EQ(chunks[0].type, ChunkType::init_ack);
  const auto init = read_init(chunks[0].value);
  ASSERT_TRUE(init);
  EXPECT_EQ(init->tag, 0xaef474e3U);
  EXPECT_EQ(init->cookie.size(), 48U);
  EXPECT_EQ(base::as_text(init->cookie.first(8)), "dcSCTP00");
  EXPECT_TRUE(init->extensions.partial_reliability && init->extensions.reset);
  EXPECT_FALSE(init->extensions.interleaving);
}

TEST_F(FromChromium, CookieEcho) {
  const auto chunks = chunks_of(kCookieEcho, kTag);
  ASSERT_EQ(chunks.size(), 1U);
  EXPECT_EQ(chunks[0].type, ChunkType::cookie_echo);
  EXPECT_EQ(chunks[0].value.size(), 48U);
}

TEST_F(FromChromium, Data) {
  const auto opens = chunks_of(kOpen, kTag);
  ASSERT_EQ(opens.size(), 1U);
  EXPECT_EQ(opens[0].type, ChunkType::data);
  const auto open = read_data(opens[0]);
  ASSERT_TRUE(open);
  EXPECT_EQ(open->tsn, Tsn(0x280da0f8));
  EXPECT_EQ(open->stream, 0);
  EXPECT_EQ(open->ppid, 50U);
  EXPECT_TRUE(open->first && open->last && !open->unordered && !open->immediate);
  EXPECT_EQ(open->payload.size(), 15U);
  const auto messages = chunks_of(kMessage, kTag);
  ASSERT_EQ(messages.size(), 1U);
  const auto message = read_data(messages[0]);
  ASSERT_TRUE(message);
  EXPECT_EQ(message->tsn, Tsn(0x280da0f9));
  EXPECT_EQ(message->ppid, 53U);
  EXPECT_TRUE(message->first && message->last && message->unordered);
  EXPECT_EQ(base::as_text(message->payload), "ahovcjqxelszgnubipwdkryfmtahovcjqxelszgn");
}

TEST_F(FromChromium, SackOfWhatCameTwice) {
  const auto chunks = chunks_of(kSack, kTag);
  ASSERT_EQ(chunks.size(), 1U);
  EXPECT_EQ(chunks[0].type, ChunkType::sack);
  const auto sack = Sack::read(chunks[0]);
  ASSERT_TRUE(sack);
  EXPECT_EQ(sack->cumulative(), Tsn(0x62d248e2));
  EXPECT_EQ(sack->window(), 0x480000U);
  EXPECT_EQ(sack->gap_count(), 0U);
  ASSERT_EQ(sack->duplicate_count(), 1U);
  EXPECT_EQ(sack->duplicate(0), Tsn(0x62d248e2));
}

TEST_F(FromChromium, Reconfig) {
  const auto requests = chunks_of(kReset, kTag);
  ASSERT_EQ(requests.size(), 1U);
  EXPECT_EQ(requests[0].type, ChunkType::reconfig);
  const auto request = read_reconfig(requests[0].value);
  ASSERT_TRUE(request && request->outgoing);
  EXPECT_EQ(request->outgoing->request, RequestNumber(0x280da0f8));
  EXPECT_EQ(request->outgoing->last_assigned, Tsn(0x280da118));
  EXPECT_EQ(request->outgoing->streams, std::vector<StreamId>{0});
  const auto responses = chunks_of(kResponse, kTag);
  ASSERT_EQ(responses.size(), 1U);
  const auto response = read_reconfig(responses[0].value);
  ASSERT_TRUE(response);
  ASSERT_EQ(response->responses.size(), 1U);
  EXPECT_EQ(response->responses[0].response, RequestNumber(0x62d248e0));
  EXPECT_EQ(response->responses[0].result, ReconfigResult::performed);
}

TEST_F(FromChromium, ForwardTsnAndDataBehindIt) {
  const auto chunks = chunks_of(kForwardTsn, 0x4e7e541d);
  ASSERT_EQ(chunks.size(), 2U);
  EXPECT_EQ(chunks[0].type, ChunkType::forward_tsn);
  const auto forward = ForwardTsn::read(chunks[0]);
  ASSERT_TRUE(forward);
  EXPECT_EQ(forward->cumulative(), Tsn(0xe5ee01d7));
  ASSERT_EQ(forward->count(), 1U);
  EXPECT_EQ(forward->skipped(0), (Skipped{.stream = 3, .message = 8}));
  const auto data = read_data(chunks[1]);
  ASSERT_TRUE(data);
  EXPECT_EQ(data->tsn, Tsn(0xe5ee01db));
  EXPECT_TRUE(data->immediate);
  EXPECT_EQ(data->message, 10U);
}

}  // namespace
}  // namespace parlor::sctp
