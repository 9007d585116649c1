#include "dtls/openssl_handshake.hpp"

#include <gtest/gtest.h>

#include "dtls/session.hpp"
#include "dtls/test_world.hpp"

namespace parlor::dtls {
namespace {

std::vector<Bytes> all_said(Handshake& handshake) {
  std::vector<Bytes> said;
  while (auto datagram = handshake.poll_transmit()) said.push_back(std::move(*datagram));
  return said;
}

TEST(OpensslHandshake, SaysItsFlightAgainWhenItIsToldThatItIsTime) {
  OpensslHandshake handshake(Context::make(), {});
  base::Time now = base::time_from(seconds(1));
  handshake.start(now, Role::client);
  const auto hello = all_said(handshake);
  ASSERT_EQ(hello.size(), 1U);
  handshake.handle_timeout(now);
  EXPECT_TRUE(all_said(handshake).empty()) << "it is not time";
  for (int i = 0; i < Retransmission::kMost; ++i) {
    const auto at = handshake.poll_timeout();
    ASSERT_TRUE(at && *at > now) << i;
    now = *at;
    handshake.handle_timeout(now);
    const auto again = all_said(handshake);
    ASSERT_EQ(again.size(), 1U) << i;
    EXPECT_EQ(again[0].size(), hello[0].size());
    EXPECT_NE(again[0], hello[0]) << "with a number of its own";
  }
  EXPECT_FALSE(handshake.poll_timeout());
  EXPECT_EQ(handshake.state(), HandshakeState::running);
}

TEST(OpensslHandshake, SaysItsFlightAgainWithAnOpensslWhoseTimerIsOutOfReach) {
  OpensslHandshake handshake(Context::make(), {}, false);
  base::Time now = base::time_from(seconds(1));
  handshake.start(now, Role::client);
  ASSERT_EQ(all_said(handshake).size(), 1U);
  std::size_t said = 0;
  for (int i = 0; i < 50'000'000 && said == 0; ++i) {  // until its 20 ms are over
    now = std::max(now, handshake.poll_timeout().value_or(now));
    handshake.handle_timeout(now);
    said = all_said(handshake).size();
  }
  EXPECT_EQ(said, 1U);
  EXPECT_EQ(handshake.state(), HandshakeState::running);
}

TEST(OpensslHandshake, FailsWithASentenceWhereAMessageMakesNoSense) {
  OpensslHandshake handshake(Context::make(), {});
  const base::Time now = base::time_from(seconds(1));
  handshake.start(now, Role::server);
  Bytes hello(12 + 40, std::byte{0xff});  // a header that says ClientHello, whole, and 40 bytes of nothing
  base::ByteWriter writer(hello);
  for (const int byte : {1, 0, 0, 40, 0, 0, 0, 0, 0, 0, 0, 40}) writer.u8(static_cast<std::uint8_t>(byte));
  handshake.handle_record(now, write_plain_record(ContentType::handshake, 0, hello));
  EXPECT_EQ(handshake.state(), HandshakeState::failed);
  EXPECT_GT(handshake.detail().size(), 25U) << handshake.detail();
  const auto said = all_said(handshake);
  ASSERT_EQ(said.size(), 1U);
  EXPECT_EQ(said[0][0], std::byte{21}) << "an alert";
  EXPECT_FALSE(handshake.poll_timeout());
}

}  // namespace
}  // namespace parlor::dtls
