// How large packets become, and what happens where the path carries fewer bytes than before.

#include "sctp/association/test_pair.hpp"

namespace parlor::sctp {
namespace {

/// alice sends; the path drops what is larger than `mtu`.
class PathOfAnAssociation : public testing::Test {
 protected:
  void connect(std::size_t mtu) {
    mtu_ = mtu;
    pair_.on_packet = [this](int, base::Bytes& packet) {
      largest_ = std::max(largest_, packet.size());
      return packet.size() <= mtu_;
    };
    pair_.connect();
  }
  void send(std::size_t size, const SendOptions& options = {}) {
    EXPECT_EQ(pair_.alice().send(pair_.now(), 1, 53, numbered(++sent_, size), options), SendResult::queued);
  }
  std::size_t count_messages() { return pair_.all<ReceivedMessage>(TestPair::kBob).size(); }
  bool arrives(std::size_t count, base::Duration limit) {
    return pair_.run(limit, [&] { return count_messages() >= count; });
  }

  static AssociationOptions options() {
    AssociationOptions options;
    options.packet = 1160;
    options.largest_packet = 1432;
    options.smallest_packet = 912;
    return options;
  }
  TestPair pair_{1, options(), options()};
  std::size_t mtu_ = 0;
  std::size_t largest_ = 0;
  std::uint32_t sent_ = 0;
};

TEST_F(PathOfAnAssociation, IsFoundToBeTheLargestWhileALotIsSent) {
  connect(5000);
  EXPECT_EQ(pair_.alice().packet(), 1160U);
  for (int i = 0; i < 4; ++i) send(100'000);
  ASSERT_TRUE(arrives(4, seconds(10)));
  EXPECT_EQ(pair_.alice().packet(), 1432U);
  EXPECT_EQ(largest_, 1432U);
  EXPECT_EQ(pair_.bob().packet(), 1160U) << "who sends little looks for nothing";
}

TEST_F(PathOfAnAssociation, IsFoundWithSomebodyWhoDoesNotKnowPadding) {
  AssociationOptions plain = options();
  plain.extensions.padding = false;
  TestPair pair(1, options(), plain);
  pair.connect();
  bool padded = false;
  pair.on_packet = [&](int, base::Bytes& bytes) {
    const auto packet = Packet::parse(bytes, Checksum::zero_too);
    for (const Chunk& chunk : *packet) padded = padded || chunk.type == ChunkType::pad;
    return true;
  };
  for (std::uint32_t i = 0; i < 4; ++i) (void)pair.alice().send(pair.now(), 1, 53, numbered(i, 100'000));
  pair.run(seconds(10));
  EXPECT_EQ(pair.alice().packet(), 1432U);
  EXPECT_FALSE(padded);
}

TEST_F(PathOfAnAssociation, IsNotLookedForByAGame) {
  connect(5000);
  for (int i = 0; i < 300; ++i) {
    send(400);
    pair_.run(milliseconds(16));
  }
  EXPECT_EQ(pair_.alice().packet(), 1160U);
  EXPECT_LE(largest_, 1160U);
}

TEST_F(PathOfAnAssociation, ALostProbeIsNoCongestion) {
  connect(1160);
  for (int i = 0; i < 4; ++i) send(100'000);
  std::size_t window = 0;
  ASSERT_TRUE(pair_.run(seconds(20), [&] {
    EXPECT_GE(pair_.alice().congestion_window(), window) << "it never shrinks";
    window = pair_.alice().congestion_window();
    return count_messages() == 4;
  }));
  EXPECT_EQ(largest_, 1432U) << "probes there were";
  EXPECT_EQ(pair_.alice().packet(), 1160U);
}

TEST_F(PathOfAnAssociation, ThatShrinksStrandsNothing) {
  // Sizes of packets below which none of it would pass whole: 1,280 and 1,000 bytes of IP.
  for (const std::size_t mtu : {1212U, 932U}) {
    TestPair pair(2, options(), options());
    std::size_t carries = 5000;
    pair.on_packet = [&](int, base::Bytes& packet) { return packet.size() <= carries; };
    pair.connect();
    for (std::uint32_t i = 0; i < 8; ++i) (void)pair.alice().send(pair.now(), 1, 53, numbered(i, 200'000));
    ASSERT_TRUE(pair.run(seconds(10), [&] { return pair.alice().packet() == 1432; }));
    carries = mtu;
    const base::Time shrunk = pair.now();
    const std::size_t came = pair.all<ReceivedMessage>(TestPair::kBob).size();
    ASSERT_TRUE(
        pair.run(seconds(10), [&] { return pair.all<ReceivedMessage>(TestPair::kBob).size() > came; }));
    EXPECT_LT(pair.now() - shrunk, seconds(2)) << mtu;
    ASSERT_TRUE(pair.run(seconds(60), [&] { return pair.alice().in_flight() == 0; }));
    EXPECT_EQ(pair.all<ReceivedMessage>(TestPair::kBob).size(), 8U);
    EXPECT_LE(pair.alice().packet(), mtu);
  }
}

TEST_F(PathOfAnAssociation, ThatShrinksIsSeenByMessagesThatAreNotRepeated) {
  connect(5000);
  for (int i = 0; i < 100; ++i) {
    if (i == 50) mtu_ = 1000;
    send(3000, {.unordered = true, .max_retransmits = std::uint16_t{0}});
    pair_.run(milliseconds(50));
  }
  pair_.run(seconds(1));
  EXPECT_EQ(pair_.alice().packet(), 912U);
  EXPECT_GT(count_messages(), 90U);
}

TEST_F(PathOfAnAssociation, ThatShrinksCostsALoneMessageTwoRoundTripsMore) {
  connect(5000);
  for (int i = 0; i < 5; ++i) {
    send(100);
    pair_.run(milliseconds(500));
  }
  mtu_ = 1000;
  send(3000);
  const base::Time begun = pair_.now();
  ASSERT_TRUE(arrives(6, seconds(5)));
  EXPECT_LE(pair_.now() - begun, milliseconds(90 + 40 + 20 + 10)) << "a probe, its answer, the others";
}

TEST_F(PathOfAnAssociation, IsTakenForNarrowAfterATimeoutAndLookedAtAgain) {
  connect(5000);
  for (int i = 0; i < 8; ++i) send(200'000);
  ASSERT_TRUE(pair_.run(seconds(10), [&] { return pair_.alice().packet() == 1432; }));
  mtu_ = 0;
  ASSERT_TRUE(pair_.run(seconds(2), [&] { return pair_.alice().packet() == 912; }));
  mtu_ = 5000;
  ASSERT_TRUE(pair_.run(seconds(20), [&] { return pair_.alice().packet() == 1432; }));
  ASSERT_TRUE(arrives(8, seconds(60)));
}

TEST_F(PathOfAnAssociation, ThatLosesAtRandomIsNotTakenForNarrow) {
  connect(5000);
  for (int i = 0; i < 8; ++i) send(200'000);
  ASSERT_TRUE(pair_.run(seconds(10), [&] { return pair_.alice().packet() == 1432; }));
  pair_.network().loss = 2;
  ASSERT_TRUE(pair_.run(seconds(120), [&] {
    EXPECT_EQ(pair_.alice().packet(), 1432U);
    return HasFailure() || count_messages() == 8;
  }));
}

TEST_F(PathOfAnAssociation, IsBelievedToBeNarrowWhereTheSocketSaysSo) {
  connect(5000);
  for (int i = 0; i < 8; ++i) send(200'000);
  ASSERT_TRUE(pair_.run(seconds(10), [&] { return pair_.alice().packet() == 1432; }));
  mtu_ = 1212;
  pair_.run(milliseconds(1));
  const std::size_t window = pair_.alice().congestion_window();
  pair_.alice().handle_too_large(pair_.now(), 1212);
  EXPECT_EQ(pair_.alice().packet(), 1212U);
  EXPECT_LE(pair_.alice().in_flight(), 1200U) << "nearly all of it was in larger ones";
  EXPECT_EQ(pair_.alice().congestion_window(), window);
  ASSERT_TRUE(arrives(8, seconds(20)));
}

TEST_F(PathOfAnAssociation, BeginsAtTheBaseAgainWhereItIsAnother) {
  connect(5000);
  for (int i = 0; i < 4; ++i) send(100'000);
  ASSERT_TRUE(arrives(4, seconds(10)));
  pair_.alice().set_reachable(pair_.now(), false);
  pair_.alice().set_reachable(pair_.now(), true);
  EXPECT_EQ(pair_.alice().packet(), 1160U);
  pair_.alice().set_path(pair_.now(), 1168, 1440);
  EXPECT_EQ(pair_.alice().packet(), 1168U);
  EXPECT_EQ(pair_.alice().largest_packet(), 1440U);
}

TEST_F(PathOfAnAssociation, NoChunkIsLargerThanTheSmallestPacketCarries) {
  connect(5000);
  pair_.on_packet = [&](int, base::Bytes& bytes) {
    const auto packet = Packet::parse(bytes, Checksum::zero_too);
    EXPECT_TRUE(packet);
    for (const Chunk& chunk : *packet) {
      if (chunk.type == ChunkType::i_data) {
        EXPECT_LE(padded(chunk.whole.size()), 912U - kPacketHeaderSize);
      }
    }
    return true;
  };
  for (const std::size_t size : {880U, 881U, 1100U, 200'000U}) send(size);
  ASSERT_TRUE(arrives(4, seconds(10)));
}

}  // namespace
}  // namespace parlor::sctp
