// Records of a session with keys and numbers of the test's choice, and what each transport has of its own.

#include <gtest/gtest.h>

#include "base/random.hpp"
#include "dtls/aead.hpp"
#include "dtls/alert.hpp"
#include "dtls/fake_transport.hpp"
#include "dtls/session.hpp"
#include "dtls/test_openssl_end.hpp"

namespace parlor::dtls {
namespace {

/// Over at once, with keys and numbers of the test's choice.
class DoneHandshake final : public Handshake {
 public:
  static Aead protection(Direction direction) {
    return {Suite::chacha20_poly1305, direction, {Bytes(32, std::byte{1}), Bytes(12, std::byte{2})}};
  }
  explicit DoneHandshake(std::uint64_t write_sequence) : write_sequence_(write_sequence) {}

  void set_round_trip(base::Duration) override {}
  void start(base::Time, Role) override {}
  void handle_record(base::Time, BytesView) override {}
  void handle_timeout(base::Time) override {}
  [[nodiscard]] std::optional<base::Time> poll_timeout() const override { return std::nullopt; }
  std::optional<Bytes> poll_transmit() override { return std::nullopt; }
  [[nodiscard]] HandshakeState state() const override { return HandshakeState::done; }
  [[nodiscard]] std::string detail() const override { return {}; }
  [[nodiscard]] std::uint64_t plain_sequence() const override { return 0; }
  std::optional<Secured> secured() override {
    Secured secured;
    secured.write = std::make_unique<Aead>(protection(Direction::seal));
    secured.read = std::make_unique<Aead>(protection(Direction::open));
    secured.write_sequence = write_sequence_;
    return secured;
  }

 private:
  std::uint64_t write_sequence_;
};

Session secured_session(std::uint64_t write_sequence) {
  Session session(std::make_unique<DoneHandshake>(write_sequence), {});
  session.set_remote_fingerprints({}, std::array<Fingerprint, 1>{});
  session.start({}, Role::client);
  EXPECT_EQ(session.state(), State::connected);
  return session;
}

TEST(SessionRecords, AreNoMoreOnceTheirNumbersAreUsedUp) {
  Session session = secured_session(kLastSequence - 1);
  Bytes out(100);
  EXPECT_EQ(session.records_left(), 2U);
  EXPECT_EQ(session.seal(bytes_of("x"), out), 30U);
  EXPECT_EQ(session.seal(bytes_of("x"), out), 30U);
  EXPECT_EQ(base::to_hex(BytesView(out).subspan(3, 8)), "0001ffffffffffff");
  EXPECT_EQ(session.seal(bytes_of("x"), out), 0U);
  EXPECT_EQ(session.seal_in_place(out, 1), 0U);
  session.close({});
  out.resize(1200);
  EXPECT_EQ(session.poll_transmit({}, out), 0U);
}

TEST(SessionRecords, AreOfDtls12) {
  for (const std::uint16_t version : {kVersion12, std::uint16_t{0xfeff}}) {
    Session session = secured_session(0);
    Bytes record(1 + 29);
    Aead writer = DoneHandshake::protection(Direction::seal);
    ASSERT_TRUE(writer.seal({.type = ContentType::application_data, .version = version, .epoch = 1}, record));
    std::span<std::byte> rest = record;
    EXPECT_EQ(session.take({}, rest).has_value(), version == kVersion12);
  }
}

TEST(SessionRecords, OfAnAlertThatWarnsOrIsNoneEndNothing) {
  Session session = secured_session(0);
  Aead writer = DoneHandshake::protection(Direction::seal);
  std::uint64_t sequence = 0;
  for (const std::size_t size : {0U, 1U, 2U, 3U}) {
    Bytes record(size + 29, std::byte{1});  // level 1, a warning, and 1, which is no description
    ASSERT_TRUE(writer.seal({.type = ContentType::alert, .epoch = 1, .sequence = sequence++}, record));
    std::span<std::byte> rest = record;
    EXPECT_FALSE(session.take({}, rest));
  }
  EXPECT_EQ(session.state(), State::connected);
  EXPECT_EQ(sequence, 4U);
}

TEST(FakeTransport, MakesTheSameBytesFromTheSameSeed) {
  std::array<std::vector<Bytes>, 2> sent;
  for (auto& one : sent) {
    base::SeededRandom random(7);
    const FakeTransportOptions alice{.fingerprint = {std::byte{1}}};
    const FakeTransportOptions bob{.fingerprint = {std::byte{2}}};
    TestWorld world(std::make_unique<TransportEnd>(make_fake_transport(random, alice), alice.fingerprint),
                    std::make_unique<TransportEnd>(make_fake_transport(random, bob), bob.fingerprint));
    world.connect(Role::client);
    world.send(TestWorld::kAlice, "hello");
    one = world.sent(TestWorld::kAlice);
    EXPECT_EQ(one.back().size(), 5U + 29U) << "as long as a real one";
  }
  EXPECT_EQ(sent[0], sent[1]);
}

TEST(OpensslTransport, HoldsABoundedNumberOfDatagramsWhereNobodySendsThem) {
  const base::Time begun = base::time_from(seconds(1));
  auto alice = make_real_end();
  auto bob = make_real_end({.mtu = kSmallestMtu});
  alice->start(begun, Role::client);
  bob->start(begun, Role::server);
  bob->handle_datagram(begun, *alice->poll_transmit(begun));
  for (int i = 0; i < 20; ++i) {
    const auto at = bob->poll_timeout();
    if (at) bob->handle_timeout(*at);
  }
  std::size_t waiting = 0;
  while (bob->poll_transmit(begun)) ++waiting;
  EXPECT_EQ(waiting, Session::kMostWaiting);
}

TEST(OpensslTransport, ClosedDuringItsHandshakeTellsTheOtherSide) {
  TestWorld world(make_real_end(), make_real_end());
  world.introduce();
  world.start(Role::client);
  world.run(milliseconds(15));
  world.end(TestWorld::kAlice).close(world.now());
  world.run(seconds(4));  // believed once nothing more comes
  auto& bob = static_cast<TransportEnd&>(world.end(TestWorld::kBob));
  ASSERT_EQ(bob.all<Failed>().size(), 1U);
  EXPECT_EQ(bob.all<Failed>()[0].reason, FailReason::handshake);
}

}  // namespace
}  // namespace parlor::dtls
