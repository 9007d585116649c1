#include "sim/pcap.hpp"

#include "sim/test_internet.hpp"

namespace parlor::sim {
namespace {

using base::milliseconds;
using base::seconds;
using testing::delay_of;
using testing::Ear;

Packet packet_of(std::string_view from, std::string_view to, std::string_view text) {
  Packet packet;
  packet.source = endpoint(from, 5000);
  packet.destination = endpoint(to, 3478);
  const base::BytesView bytes = base::as_bytes(text);
  packet.bytes.assign(bytes.begin(), bytes.end());
  packet.number = 7;
  return packet;
}

// The expected bytes were made with another program.
TEST(Pcap, MakesUdpOverIpv4) {
  EXPECT_EQ(base::to_hex(to_ip(packet_of("192.0.2.1", "203.0.113.9", "odd"))),
            "4500001f0007400040113cbcc0000201cb00710913880d96000b0d4a6f6464");
}

TEST(Pcap, MakesUdpOverIpv6) {
  EXPECT_EQ(base::to_hex(to_ip(packet_of("2001:db8::1", "2001:db8::9", "even"))),
            "60000000000c114020010db800000000000000000000000120010db8000000000000000000000009"
            "13880d96000cb8576576656e");
}

TEST(Pcap, MakesTcp) {
  Packet packet = packet_of("192.0.2.1", "203.0.113.9", "hello");
  packet.protocol = Protocol::tcp;
  packet.segment.sequence = 0x1'0000'0002;  // wraps in the file
  packet.segment.acknowledgement = 0x1234;
  packet.segment.window = 100'000;
  packet.segment.ack = true;
  packet.segment.fin = true;
  EXPECT_EQ(base::to_hex(to_ip(packet)),
            "4500002d0007400040063cb9c0000201cb00710913880d9600000002000012345019ffff3a950000"
            "68656c6c6f");
}

TEST(Pcap, HasWhatAHostSendsAndReceivesAtVirtualTimes) {
  World world;
  Network internet(world);
  Host& alice = internet.host("alice", {"192.0.2.1"}, delay_of(milliseconds(10)));
  Host& bob = internet.host("bob", {"203.0.113.9"});
  Ear a(alice, 5000);
  Ear b(bob, 3478);
  Capture capture;
  capture.watch(alice);
  a.say(endpoint("203.0.113.9", 3478), "ping");
  world.run_for(milliseconds(500));
  b.say(endpoint("192.0.2.1", 5000), "pong!");
  world.run_for(seconds(1));
  EXPECT_EQ(capture.packets(), 2U);
  base::ByteReader file(capture.file());
  EXPECT_EQ(base::to_hex(*file.take(24)), "a1b2c3d40002000400000000000000000000ffff00000065");
  EXPECT_EQ(file.u32(), 1000U);
  EXPECT_EQ(file.u32(), 0U);
  EXPECT_EQ(file.u32(), 32U);
  EXPECT_EQ(file.u32(), 32U);
  EXPECT_EQ(base::as_text(*file.take(32)).substr(28), "ping");
  EXPECT_EQ(file.u32(), 1000U);
  EXPECT_EQ(file.u32(), 510'000U) << "as alice sees it";
  EXPECT_EQ(file.u32(), 33U);
  EXPECT_EQ(file.u32(), 33U);
  EXPECT_EQ(base::as_text(*file.take(33)).substr(28), "pong!");
  EXPECT_EQ(file.remaining(), 0U);
  Capture::stop(alice);
  a.say(endpoint("203.0.113.9", 3478), "unseen");
  EXPECT_EQ(capture.packets(), 2U);
}

TEST(Pcap, KeepsNoMoreThanItMay) {
  Capture capture(24 + 3 * (16 + 31) - 1);
  for (int i = 0; i < 5; ++i) capture.add(World::kStart, packet_of("192.0.2.1", "203.0.113.9", "odd"));
  EXPECT_EQ(capture.packets(), 2U);
  EXPECT_EQ(capture.left_out(), 3U);
  EXPECT_EQ(capture.file().size(), 24U + 2 * (16 + 31));
}

}  // namespace
}  // namespace parlor::sim
