#include "room/link/frames.hpp"

#include <gtest/gtest.h>

#include <string>

#include "base/random.hpp"
#include "room/link/channels_digest.hpp"

namespace parlor::room {
namespace {

Bytes written(const FrameHeader& header, BytesView payload) {
  const HeaderBytes written_head = write_header(header);
  const BytesView head = written_head.view();
  Bytes bytes(head.begin(), head.end());
  bytes.insert(bytes.end(), payload.begin(), payload.end());
  return bytes;
}

FrameHeader random_header(base::SeededRandom& random, bool of_host) {
  FrameHeader header;
  header.kind = static_cast<FrameKind>(random.below(kFrameKinds));
  header.from_life = static_cast<std::uint8_t>(random.below(4));
  header.to_life = static_cast<std::uint8_t>(random.below(4));
  const auto u16 = [&] { return static_cast<std::uint16_t>(random.below(65536)); };
  if (header.kind <= FrameKind::ordered_more || header.kind == FrameKind::latest) header.number = u16();
  if (header.kind == FrameKind::unreliable || header.kind == FrameKind::unreliable_copy) header.stamp = u16();
  if (header.kind == FrameKind::unreliable_copy) header.copy = u16();
  if (header.kind == FrameKind::latest)
    header.key = static_cast<std::uint32_t>(random.next_u64()) >> random.below(32);
  if (of_host && header.kind != FrameKind::control)
    header.term = static_cast<std::uint8_t>(random.below(256));
  if (random.below(2) == 0) {
    header.ack = Ack{static_cast<Channel>(random.below(kMaxChannels)),
                     static_cast<std::uint16_t>(random.below(kAckNumbers))};
  }
  return header;
}

TEST(LinkFrames, AreReadAsTheyWereWritten) {
  base::SeededRandom random(1);
  for (int i = 0; i < 10'000; ++i) {
    const bool of_host = random.below(2) == 0;
    const FrameHeader header = random_header(random, of_host);
    Bytes payload(random.below(20));
    for (std::byte& byte : payload) byte = static_cast<std::byte>(random.below(256));
    const Bytes bytes = written(header, payload);
    const auto frame = parse_frame(bytes, of_host);
    ASSERT_TRUE(frame);
    EXPECT_EQ(frame->header, header);
    EXPECT_EQ(Bytes(frame->payload.begin(), frame->payload.end()), payload);
    for (std::size_t size = 0; size < bytes.size() - payload.size(); ++size)
      EXPECT_FALSE(parse_frame(BytesView(bytes).first(size), of_host)) << "a header that is cut short";
  }
}

TEST(LinkFrames, HaveAtMostFourBytesInFrontOfWhatIsCommon) {
  FrameHeader header;
  for (const FrameKind kind : {FrameKind::ordered, FrameKind::ordered_more, FrameKind::unreliable}) {
    header.kind = kind;
    EXPECT_LE(write_header(header).size(), 3u);
  }
  header.kind = FrameKind::latest;
  header.key = 127;
  EXPECT_LE(write_header(header).size(), 4u);
}

TEST(LinkFrames, NeverHaveALongerHeaderThanIsSaid) {
  FrameHeader header;
  header.kind = FrameKind::latest;
  header.key = 0xffffffff;
  header.term = 1;
  header.ack = Ack{7, 8191};
  EXPECT_LE(write_header(header, RelayMark{7, 31}).size(), kMaxLinkHeader);
  const HeaderBytes head = write_header(header, RelayMark{7, 31});
  EXPECT_EQ(head.view()[0], std::byte{0xFF});
}

TEST(LinkFrames, OfReservedKindsAreIgnored) {
  for (unsigned kind = kFrameKinds; kind < 8; ++kind) {
    const Bytes bytes(8, static_cast<std::byte>(kind << 5));
    EXPECT_FALSE(parse_frame(bytes, false));
  }
}

TEST(LinkFrames, TakeNoKeyThatIsLongerThanNeeded) {
  const auto with_key = [](std::initializer_list<unsigned> key) {
    Bytes bytes{std::byte{4 << 5}, std::byte{0}, std::byte{0}};
    for (const unsigned byte : key) bytes.push_back(static_cast<std::byte>(byte));
    return parse_frame(bytes, false).has_value();
  };
  EXPECT_TRUE(with_key({0}));
  EXPECT_TRUE(with_key({0xff, 0xff, 0xff, 0xff, 0x0f}));
  EXPECT_FALSE(with_key({0x80, 0})) << "a byte too many";
  EXPECT_FALSE(with_key({0xff, 0xff, 0xff, 0xff, 0x1f})) << "33 bits";
  EXPECT_FALSE(with_key({0xff, 0xff, 0xff, 0xff, 0xff, 0}));
}

TEST(LinkControl, IsReadAsItWasWritten) {
  Control control;
  control.hello = Hello{1, 77};
  control.ping = Ping{1, 2, 3, true, 4};
  control.pong = Pong{5, 6};
  control.bye = Bye::left;
  for (std::size_t i = 0; i < kMaxChannels; ++i) control.acks.push_back({static_cast<Channel>(i), 8191});
  for (std::size_t i = 0; i < kMaxLatestAcks; ++i) control.latest_acks.push_back({7, 0xffffffff, 65535});
  const Bytes bytes = write_control(control);
  EXPECT_EQ(parse_control(bytes), control);
  EXPECT_LE(bytes.size(), 256u) << "what the relay takes";
}

TEST(LinkControl, SkipsWhatItDoesNotKnow) {
  const Bytes later{std::byte{99}, std::byte{2}, std::byte{1}, std::byte{1},
                    std::byte{5},  std::byte{2}, std::byte{1}, std::byte{9}};
  const auto control = parse_control(later);
  ASSERT_TRUE(control);
  EXPECT_EQ(control->bye, Bye::left) << "with content that is longer than it is known here";
}

TEST(LinkControl, IsBounded) {
  const auto of = [](unsigned type, std::size_t length) {
    Bytes bytes{static_cast<std::byte>(type), static_cast<std::byte>(length)};
    bytes.resize(2 + length);
    return bytes;
  };
  EXPECT_TRUE(parse_control(of(3, 2 * kMaxChannels)));
  EXPECT_FALSE(parse_control(of(3, 2 * kMaxChannels + 2)));
  EXPECT_TRUE(parse_control(of(4, 4 * kMaxLatestAcks)));
  EXPECT_FALSE(parse_control(of(4, 4 * kMaxLatestAcks + 4)));
  Bytes twice = of(3, 2 * kMaxChannels);
  const Bytes again = of(3, 2);
  twice.insert(twice.end(), again.begin(), again.end());
  EXPECT_FALSE(parse_control(twice)) << "in two sections neither";
}

TEST(ChannelsDigest, TellsListsApart) {
  const auto digest = [](std::vector<ChannelOptions> channels) { return channels_digest(channels); };
  ChannelOptions of_host{"a", Delivery::reliable};
  of_host.of_host = true;
  const auto one = digest({{"a", Delivery::reliable}});
  EXPECT_EQ(one, digest({{"b", Delivery::reliable}})) << "names are for people";
  EXPECT_NE(one, digest({{"a", Delivery::unreliable}}));
  EXPECT_NE(one, digest({of_host}));
  EXPECT_NE(one, digest({{"a", Delivery::reliable}, {"a", Delivery::reliable}}));
}

}  // namespace
}  // namespace parlor::room
