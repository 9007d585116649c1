// What a peer may send that means no good: it is bounded, and changes nothing.

#include <array>

#include "sctp/association/test_pair.hpp"

namespace parlor::sctp {
namespace {

/// One that is established with a peer whose packets the test writes.
class Besieged {
 public:
  Besieged() : association_(AssociationOptions(), random_) {
    const base::Bytes own = association_.local_init();
    peer_ = *read_init_chunk(own);
    tag_ = peer_.tag;
    peer_.tag = 7;
    EXPECT_TRUE(association_.connect_with(now_, write_init_chunk(peer_)));
    (void)packets();
  }
  void send(VerificationTag tag, ChunkType type, base::BytesView value, int times = 1) {
    base::Bytes bytes(1200);
    PacketWriter writer(bytes, 5000, 5000, tag);
    for (; times > 0; --times) writer.add(type, 0, value);
    association_.handle_packet(now_, writer.finish(false));
  }
  int packets() {
    int count = 0;
    while (association_.poll_transmit()) ++count;
    return count;
  }
  std::size_t events() {
    std::size_t count = 0;
    while (association_.poll_event()) ++count;
    return count;
  }
  Association& association() { return association_; }
  [[nodiscard]] VerificationTag tag() const { return tag_; }
  [[nodiscard]] const Init& peer() const { return peer_; }

 private:
  base::Time now_ = base::time_from(seconds(1));
  base::SeededRandom random_{1};
  Association association_;
  Init peer_;
  VerificationTag tag_ = 0;
};

TEST(Association, ResetsThatNobodyHearsOfAreBoundedAndNoneIsLost) {
  Besieged one;
  (void)one.events();
  Reconfig reconfig;
  reconfig.outgoing = OutgoingReset{
      RequestNumber(one.peer().initial_tsn.value()), {}, one.peer().initial_tsn + 0xffffffffU, {1}};
  for (std::uint32_t i = 0; i < 1000; ++i) {
    reconfig.outgoing->request = RequestNumber(one.peer().initial_tsn.value() + i);
    one.send(one.tag(), ChunkType::reconfig, write_reconfig(reconfig));
    (void)one.packets();
  }
  EXPECT_EQ(one.events(), Association::kMostEvents);
  reconfig.outgoing->request =
      RequestNumber(one.peer().initial_tsn.value()) + static_cast<std::uint32_t>(Association::kMostEvents);
  one.send(one.tag(), ChunkType::reconfig, write_reconfig(reconfig));
  EXPECT_EQ(one.events(), 1U) << "asked again once there is room";
}

TEST(Association, OfOnePacketOneRequestToEndStreamsIsLookedAt) {
  Besieged one;
  (void)one.events();
  Reconfig reconfig;
  const RequestNumber first(one.peer().initial_tsn.value());
  reconfig.outgoing = OutgoingReset{first, {}, one.peer().initial_tsn + 0xffffffffU, {1}};
  const base::Bytes value = write_reconfig(reconfig);
  one.send(one.tag(), ChunkType::reconfig, value, 20);
  int answers = 0;
  while (const auto bytes = one.association().poll_transmit()) {
    const auto packet = Packet::parse(*bytes, Checksum::zero_too);
    for (const Chunk& chunk : *packet) answers += chunk.type == ChunkType::reconfig ? 1 : 0;
  }
  EXPECT_EQ(answers, 1);
  EXPECT_EQ(one.events(), 1U);
}

TEST(Association, AFloodOfInitsOrOldCookiesIsAnsweredOnceAndChangesNothing) {
  Besieged one;
  Init again = one.peer();
  again.tag = 99;
  for (int i = 0; i < 1000; ++i) one.send(0, ChunkType::init, write_init(again));
  EXPECT_EQ(one.packets(), 1);
  Cookie cookie;
  cookie.local_tag = 5;
  cookie.peer_tag = 6;
  cookie.outbound_streams = cookie.inbound_streams = 1;
  AssociationOptions options;
  cookie.made = base::time_from(seconds(1)) - options.cookie_life - milliseconds(1);
  for (int i = 0; i < 1000; ++i) one.send(5, ChunkType::cookie_echo, write_cookie(cookie));
  EXPECT_EQ(one.packets(), 1);
  EXPECT_EQ(one.association().state(), AssociationState::established);
}

}  // namespace
}  // namespace parlor::sctp
