// What holds for every Transport, checked with the real handshake and with the fake one.

#include "dtls/session.hpp"

#include <gtest/gtest.h>

#include "base/random.hpp"
#include "dtls/aead.hpp"
#include "dtls/alert.hpp"
#include "dtls/fake_transport.hpp"
#include "dtls/test_openssl_end.hpp"

namespace parlor::dtls {
namespace {

enum class Kind : std::uint8_t { fake, chacha, aes };

class Session : public testing::TestWithParam<Kind> {
 protected:
  static constexpr int kAlice = TestWorld::kAlice;
  static constexpr int kBob = TestWorld::kBob;

  std::unique_ptr<TransportEnd> make_end() {
    if (GetParam() == Kind::fake) {
      const FakeTransportOptions options{.fingerprint = {std::byte(made_++ + 1)}};
      return std::make_unique<TransportEnd>(make_fake_transport(random_, options), options.fingerprint);
    }
    return make_real_end({.preference = GetParam() == Kind::aes ? CipherPreference::least_work
                                                                : CipherPreference::fewest_bytes});
  }
  void anew() { world_ = std::make_unique<TestWorld>(make_end(), make_end()); }
  void SetUp() override { anew(); }

  TestWorld& world() { return *world_; }
  TransportEnd& alice() { return static_cast<TransportEnd&>(world_->end(kAlice)); }
  TransportEnd& bob() { return static_cast<TransportEnd&>(world_->end(kBob)); }
  void give(TransportEnd& to, const Bytes& datagram) { to.handle_datagram(world_->now(), datagram); }

  base::SeededRandom random_{1};
  int made_ = 0;
  std::unique_ptr<TestWorld> world_;
};

using Strings = std::vector<std::string>;

TEST_P(Session, ConnectsInTwoRoundTripsAndSaysSoOnce) {
  const base::Time begun = world().now();
  world().connect(Role::client);
  EXPECT_EQ(world().now() - begun, 4 * TestWorld::kDelay);
  for (auto* end : {&alice(), &bob()}) {
    ASSERT_EQ(end->events.size(), 1U);
    EXPECT_EQ(end->all<Connected>().size(), 1U);
    EXPECT_FALSE(end->poll_timeout()) << "nothing is left to do";
  }
}

TEST_P(Session, GivesDataAsItWasSent) {
  world().connect(Role::server);
  for (const std::size_t size : {1U, 100U, 1200U, 16384U}) {
    world().send(kAlice, std::string(size, 'a'));
    world().send(kBob, std::string(size, 'b'));
    world().run(seconds(1));
    ASSERT_FALSE(bob().received.empty() || alice().received.empty());
    EXPECT_EQ(bob().received.back(), std::string(size, 'a'));
    EXPECT_EQ(alice().received.back(), std::string(size, 'b'));
  }
}

TEST_P(Session, NamesBoundsForItsRecordsBeforeItKnowsThem) {
  for (const bool connected : {false, true}) {
    if (connected) world().connect(Role::client);
    const bool widest = !connected || GetParam() == Kind::aes;
    EXPECT_EQ(alice().transport().header_size(), widest ? 21U : 13U);
    EXPECT_EQ(alice().transport().overhead(), widest ? 37U : 29U);
  }
  EXPECT_EQ(alice().seal("0123456789")->size(), 10 + alice().transport().overhead());
}

TEST_P(Session, SealsInPlaceAsItDoesWithACopy) {
  world().connect(Role::client);
  Transport& transport = alice().transport();
  Bytes out(transport.overhead() + 5);
  const Bytes plain = bytes_of("hello");
  std::ranges::copy(plain, out.begin() + static_cast<std::ptrdiff_t>(transport.header_size()));
  ASSERT_EQ(transport.seal_in_place(out, 5), out.size());
  give(bob(), out);
  ASSERT_EQ(transport.seal(plain, out), out.size());
  give(bob(), out);
  EXPECT_EQ(bob().received, (Strings{"hello", "hello"}));
}

TEST_P(Session, TakesSeveralRecordsOfOneDatagram) {
  world().connect(Role::client);
  Bytes datagram = *alice().seal("one");
  Bytes forged = *alice().seal("forged");
  forged.back() ^= std::byte{1};
  for (const Bytes& next : {forged, *alice().seal(""), *alice().seal("two")}) {
    datagram.insert(datagram.end(), next.begin(), next.end());
  }
  give(bob(), datagram);
  EXPECT_EQ(bob().received, (Strings{"one", "two"}));
}

TEST_P(Session, GivesARecordOnceHoweverOftenItComes) {
  world().connect(Role::client);
  std::vector<Bytes> records;
  records.reserve(5);
  for (int i = 0; i < 5; ++i) records.push_back(*alice().seal(std::to_string(i)));
  for (const int i : {0, 2, 1, 2, 0, 4, 3, 4, 3, 1}) give(bob(), records[static_cast<std::size_t>(i)]);
  EXPECT_EQ(bob().received, (Strings{"0", "2", "1", "4", "3"}));
}

TEST_P(Session, GivesNothingThatIsOlderThanTheWindow) {
  world().connect(Role::client);
  const Bytes old = *alice().seal("old");
  for (std::uint64_t i = 0; i < ReplayWindow::kSize; ++i) give(bob(), *alice().seal("new"));
  give(bob(), old);
  EXPECT_EQ(bob().received.size(), ReplayWindow::kSize);
}

TEST_P(Session, DiscardsForgedRecordsAndIsNotMovedByThem) {
  world().connect(Role::client);
  const Bytes genuine = *alice().seal("genuine");
  for (std::size_t i = 0; i < genuine.size(); ++i) {
    Bytes forged = genuine;
    forged[i] ^= std::byte{0x10};
    give(bob(), forged);
  }
  Bytes far_ahead = genuine;
  far_ahead[5] = std::byte{0xff};  // a number of which the genuine ones would be too old
  give(bob(), far_ahead);
  EXPECT_TRUE(bob().received.empty());
  give(bob(), genuine);
  EXPECT_EQ(bob().received, Strings{"genuine"});
  EXPECT_EQ(bob().events.size(), 1U);
  EXPECT_TRUE(world().end(kBob).is_connected());
}

TEST_P(Session, DiscardsRecordsOfOtherEpochs) {
  world().connect(Role::client);
  for (const int epoch : {0, 2, 255}) {
    Bytes record = *alice().seal("data");
    record[4] = static_cast<std::byte>(epoch);
    give(bob(), record);
  }
  give(bob(), write_plain_record(ContentType::application_data, 9, bytes_of("in the clear")));
  EXPECT_TRUE(bob().received.empty());
  EXPECT_TRUE(bob().is_connected());
}

TEST_P(Session, TakesNoAlertThatIsNotProtected) {
  world().connect(Role::client);
  for (const std::uint8_t description : {std::uint8_t{0}, std::uint8_t{40}}) {
    for (auto* end : {&alice(), &bob()}) {
      give(*end, write_plain_record(ContentType::alert, 9, Alert{2, description}.bytes()));
      EXPECT_TRUE(end->is_connected());
      EXPECT_EQ(end->events.size(), 1U);
    }
  }
}

TEST_P(Session, IgnoresGarbage) {
  world().connect(Role::client);
  for (int i = 0; i < 2000; ++i) {
    Bytes garbage(random_.below(100));
    random_.fill(garbage);
    if (!garbage.empty()) garbage[0] = std::byte{23};
    bob().handle_datagram(world().now(), garbage);
  }
  world().send(kAlice, "hello");
  world().run(seconds(1));
  EXPECT_EQ(bob().received, Strings{"hello"});
}

TEST_P(Session, SurvivesTheLossOfAnyOneDatagram) {
  for (const int loser : {kAlice, kBob}) {
    for (int lost = 0; lost < 3; ++lost) {
      anew();
      world().set_way([=](int from, int index, Bytes&) -> std::vector<base::Duration> {
        if (from == loser && index == lost) return {};
        return {TestWorld::kDelay};
      });
      world().connect(Role::client);
      ASSERT_TRUE(world().both_connected()) << loser << " loses " << lost;
      EXPECT_LE(world().now(), base::time_from(milliseconds(1000 + 40 + 100 + 20)));
    }
  }
}

TEST_P(Session, SurvivesLossSwapsAndDoubles) {
  const std::uint64_t seeds = GetParam() == Kind::fake ? 300 : 15;
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    base::SeededRandom random(seed);
    anew();
    world().set_way([&](int, int, Bytes&) -> std::vector<base::Duration> {
      std::vector<base::Duration> copies;
      for (int i = 0; i < 2; ++i) {
        if (random.below(10) < 6) copies.push_back(milliseconds(5 + random.below(60)));
      }
      return copies;
    });
    world().connect(seed % 2 == 0 ? Role::client : Role::server);
    ASSERT_TRUE(world().both_connected()) << "seed " << seed;
    Strings sent;
    for (int i = 0; i < 50; ++i) {
      sent.push_back(std::to_string(i));
      world().send(kAlice, sent.back());
    }
    world().run(seconds(1));
    EXPECT_GT(bob().received.size(), 10U) << "seed " << seed;
    std::ranges::sort(bob().received);
    EXPECT_TRUE(std::ranges::adjacent_find(bob().received) == bob().received.end()) << "seed " << seed;
  }
}

TEST_P(Session, GivesUpInTime) {
  for (const Role role : {Role::client, Role::server}) {
    anew();
    world().set_way([](int, int, Bytes&) { return std::vector<base::Duration>{}; });
    world().introduce();
    world().start(role);
    world().run(seconds(60));
    const auto failed = alice().all<Failed>();
    ASSERT_EQ(failed.size(), 1U);
    EXPECT_EQ(failed[0].reason, FailReason::timeout);
    EXPECT_FALSE(failed[0].detail.empty());
    EXPECT_EQ(alice().transport().state(), State::failed);
    EXPECT_FALSE(alice().poll_timeout());
  }
}

TEST_P(Session, RepeatsItsFlightAtGrowingDistances) {
  std::vector<base::Time> at;
  world().set_way([&](int, int, Bytes&) -> std::vector<base::Duration> {
    at.push_back(world().now());
    return {};
  });
  world().introduce();
  const base::Time begun = world().now();
  world().start(Role::client);
  world().run(milliseconds(3200));
  std::vector<base::Duration> after;
  after.reserve(at.size());
  for (const base::Time one : at) after.push_back(one - begun);
  EXPECT_EQ(after, (std::vector<base::Duration>{milliseconds(0), milliseconds(100), milliseconds(300),
                                                milliseconds(700), milliseconds(1500), milliseconds(3100)}));
}

TEST_P(Session, SaysNothingMoreOftenThanItsTimerSays) {
  world().introduce();
  int from_alice = 0;
  world().set_way([&](int from, int index, Bytes&) -> std::vector<base::Duration> {
    from_alice += from == kAlice ? 1 : 0;
    if (from == kAlice && index > 0) return {};
    return {TestWorld::kDelay, 2 * TestWorld::kDelay, 3 * TestWorld::kDelay};
  });
  world().start(Role::client);
  world().run(milliseconds(110));
  EXPECT_EQ(from_alice, 2) << "a hello and an answer, whatever comes twice";
}

TEST_P(Session, IgnoresTimeThatGoesBack) {
  const base::Time begun = world().now();
  world().introduce();
  alice().start(begun, Role::client);
  bob().start(begun, Role::server);
  bob().handle_datagram(begun, *alice().poll_transmit(begun));
  alice().handle_timeout(begun + milliseconds(100));
  EXPECT_EQ(alice().poll_timeout(), begun + milliseconds(300));
  alice().handle_timeout(begun);
  EXPECT_EQ(alice().poll_timeout(), begun + milliseconds(300));
  while (auto datagram = bob().poll_transmit(begun)) alice().handle_datagram(begun, *datagram);
  EXPECT_EQ(alice().poll_timeout(), begun + milliseconds(200)) << "a flight of now, which is 100 ms";
}

TEST_P(Session, RefusesACertificateThatWasNotAnnounced) {
  alice().expect(world().now(), Fingerprint{std::byte{77}});
  bob().expect(world().now(), alice().fingerprint());
  world().start(Role::client);
  world().run(seconds(1));
  ASSERT_EQ(alice().events.size(), 1U);
  ASSERT_EQ(alice().all<Failed>().size(), 1U);
  EXPECT_EQ(alice().all<Failed>()[0].reason, FailReason::wrong_certificate);
  ASSERT_EQ(bob().all<Failed>().size(), 1U) << "it is told";
  EXPECT_EQ(bob().all<Failed>()[0].reason, FailReason::handshake);
}

TEST_P(Session, RefusesACertificateThatDiffersInOneBit) {
  for (const std::size_t at : {0U, 17U, 31U}) {
    anew();
    Fingerprint almost = bob().fingerprint();
    almost[at] ^= std::byte{1};
    alice().expect(world().now(), almost);
    world().start(Role::client);
    world().run(seconds(1));
    EXPECT_TRUE(alice().all<Connected>().empty());
    EXPECT_EQ(alice().all<Failed>().size(), 1U);
  }
}

TEST_P(Session, TakesAnyOfSeveralFingerprints) {
  const std::array<Fingerprint, 3> announced{Fingerprint{std::byte{77}}, bob().fingerprint(), Fingerprint{}};
  alice().transport().set_remote_fingerprints(world().now(), announced);
  bob().expect(world().now(), alice().fingerprint());
  world().start(Role::server);
  world().run(seconds(1));
  EXPECT_TRUE(world().both_connected());
}

TEST_P(Session, WaitsForTheFingerprintAndGivesDataOnlyThen) {
  for (const Role role : {Role::client, Role::server}) {
    anew();
    bob().expect(world().now(), alice().fingerprint());
    world().start(role);
    ASSERT_TRUE(world().run(seconds(1), [&] { return bob().is_connected(); }));
    world().send(kBob, "one");
    world().send(kBob, "two");
    world().run(seconds(1));
    EXPECT_TRUE(alice().received.empty());
    EXPECT_TRUE(alice().events.empty());
    EXPECT_FALSE(alice().seal("early"));
    EXPECT_EQ(alice().transport().state(), State::handshaking);
    alice().expect(world().now(), bob().fingerprint());
    EXPECT_EQ(alice().all<Connected>().size(), 1U);
    EXPECT_EQ(alice().received, (Strings{"one", "two"}));
    world().send(kBob, "three");
    world().run(seconds(1));
    EXPECT_EQ(alice().received.back(), "three");
  }
}

TEST_P(Session, GivesNoDataOfWhomItWaitedForInVain) {
  bob().expect(world().now(), alice().fingerprint());
  world().start(Role::client);
  ASSERT_TRUE(world().run(seconds(1), [&] { return bob().is_connected(); }));
  world().send(kBob, "data");
  world().run(seconds(1));
  alice().expect(world().now(), Fingerprint{std::byte{77}});
  EXPECT_TRUE(alice().received.empty());
  EXPECT_EQ(alice().all<Failed>().size(), 1U);
  anew();
  bob().expect(world().now(), alice().fingerprint());
  world().start(Role::client);
  world().run(seconds(40));
  ASSERT_EQ(alice().all<Failed>().size(), 1U);
  EXPECT_EQ(alice().all<Failed>()[0].reason, FailReason::timeout);
}

TEST_P(Session, KeepsDataThatOvertakesTheEndOfTheHandshake) {
  world().introduce();
  world().set_way([&](int from, int index, Bytes&) -> std::vector<base::Duration> {
    if (from == kBob && index == 1) return {milliseconds(40)};  // its Finished, the last flight
    return {TestWorld::kDelay};
  });
  world().start(Role::client);
  ASSERT_TRUE(world().run(seconds(1), [&] { return bob().is_connected(); }));
  const std::size_t more = EarlyRecords::kMost + 5;
  for (std::size_t i = 0; i < more; ++i) world().send(kBob, std::to_string(i));
  world().run(milliseconds(20));
  EXPECT_TRUE(alice().received.empty());
  EXPECT_FALSE(alice().is_connected());
  world().run(seconds(1));
  ASSERT_EQ(alice().received.size(), EarlyRecords::kMost) << "and no more";
  EXPECT_EQ(alice().received.front(), "0");
}

TEST_P(Session, KeepsNoMoreThanSomeBytesOfEarlyData) {
  bob().expect(world().now(), alice().fingerprint());
  world().start(Role::server);
  ASSERT_TRUE(world().run(seconds(1), [&] { return bob().is_connected(); }));
  for (int i = 0; i < 5; ++i) world().send(kBob, std::string(EarlyRecords::kMostBytes / 3, 'x'));
  world().run(seconds(1));
  alice().expect(world().now(), bob().fingerprint());
  EXPECT_EQ(alice().received.size(), 2U);
}

TEST_P(Session, AnswersAFinishedThatComesAgainForAsLongAsItLives) {
  world().introduce();
  int lost = 0;
  world().set_way([&](int from, int index, Bytes&) -> std::vector<base::Duration> {
    if (from == kBob && index >= 1 && lost < 3) return ++lost, std::vector<base::Duration>{};
    return {TestWorld::kDelay};
  });
  world().start(Role::client);
  ASSERT_TRUE(world().run(seconds(5), [&] { return world().both_connected(); }));
  EXPECT_EQ(lost, 3);
  EXPECT_EQ(bob().all<Connected>().size(), 1U);
}

TEST_P(Session, ClosesBothSides) {
  for (const int closer : {kAlice, kBob}) {
    anew();
    world().connect(Role::client);
    world().end(closer).close(world().now());
    world().run(seconds(1));
    TransportEnd& other = closer == kAlice ? bob() : alice();
    TransportEnd& self = closer == kAlice ? alice() : bob();
    EXPECT_EQ(other.all<Closed>().size(), 1U);
    EXPECT_TRUE(self.all<Closed>().empty());
    for (TransportEnd* end : {&other, &self}) {
      EXPECT_EQ(end->transport().state(), State::closed);
      EXPECT_FALSE(end->seal("late"));
      EXPECT_FALSE(end->poll_timeout());
    }
  }
}

TEST_P(Session, TakesNothingMoreOnceItIsClosed) {
  world().connect(Role::client);
  const Bytes late = *bob().seal("late");
  alice().close(world().now());
  give(alice(), late);
  EXPECT_TRUE(alice().received.empty());
  alice().close(world().now());
  alice().expect(world().now(), bob().fingerprint());
  EXPECT_EQ(alice().events.size(), 1U);
}

TEST_P(Session, ThatIsClosedBeforeItBeganSaysNothing) {
  alice().close(world().now());
  EXPECT_FALSE(alice().poll_transmit(world().now()));
  EXPECT_EQ(alice().transport().state(), State::closed);
  EXPECT_TRUE(alice().events.empty());
}

TEST_P(Session, SaysNothingToALastFlightThatComesTwice) {
  world().introduce();
  world().set_way([&](int from, int index, Bytes&) -> std::vector<base::Duration> {
    if (from == kBob && index >= 1) return {milliseconds(120)};  // so that alice asks once more
    return {TestWorld::kDelay};
  });
  world().start(Role::client);
  ASSERT_TRUE(world().run(seconds(5), [&] { return world().both_connected(); }));
  const std::size_t before = world().sent(kAlice).size();
  world().run(seconds(5));
  EXPECT_EQ(world().sent(kBob).size(), 3U) << "the last flight twice";
  EXPECT_EQ(world().sent(kAlice).size(), before);
  EXPECT_TRUE(world().both_connected());
}

TEST_P(Session, KeepsToTheCertificateThatItHasFound) {
  world().connect(Role::client);
  alice().expect(world().now(), bob().fingerprint());
  alice().expect(world().now(), Fingerprint{std::byte{77}});
  EXPECT_TRUE(alice().is_connected());
  EXPECT_EQ(alice().events.size(), 1U);
}

TEST_P(Session, AnswersEachFinishedOnce) {
  world().introduce();
  std::vector<Bytes> finished;
  world().set_way([&](int from, int, Bytes& datagram) -> std::vector<base::Duration> {
    if (from == kBob && bob().is_connected()) return {};
    if (from == kAlice) finished.push_back(datagram);
    return {TestWorld::kDelay};
  });
  world().start(Role::client);
  world().run(seconds(20));  // alice says her Finished again and again
  ASSERT_GT(finished.size(), 8U);
  for (int i = 0; i < 20; ++i) {
    for (const Bytes& one : finished) give(bob(), one);
  }
  EXPECT_FALSE(bob().poll_transmit(world().now())) << "each is answered once, as it comes";
}

INSTANTIATE_TEST_SUITE_P(Dtls, Session, testing::Values(Kind::fake, Kind::chacha, Kind::aes),
                         [](const auto& tested) {
                           return tested.param == Kind::fake  ? "Fake"
                                  : tested.param == Kind::aes ? "Aes"
                                                              : "ChaCha";
                         });

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

dtls::Session secured_session(std::uint64_t write_sequence) {
  dtls::Session session(std::make_unique<DoneHandshake>(write_sequence), {});
  session.set_remote_fingerprints({}, std::array<Fingerprint, 1>{});
  session.start({}, Role::client);
  EXPECT_EQ(session.state(), State::connected);
  return session;
}

TEST(SessionRecords, AreNoMoreOnceTheirNumbersAreUsedUp) {
  dtls::Session session = secured_session(kLastSequence - 1);
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
    dtls::Session session = secured_session(0);
    Bytes record(1 + 29);
    Aead writer = DoneHandshake::protection(Direction::seal);
    ASSERT_TRUE(writer.seal({.type = ContentType::application_data, .version = version, .epoch = 1}, record));
    std::span<std::byte> rest = record;
    EXPECT_EQ(session.take({}, rest).has_value(), version == kVersion12);
  }
}

TEST(SessionRecords, OfAnAlertThatWarnsOrIsNoneEndNothing) {
  dtls::Session session = secured_session(0);
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
  EXPECT_EQ(waiting, dtls::Session::kMostWaiting);
}

TEST(OpensslTransport, ClosedDuringItsHandshakeTellsTheOtherSide) {
  TestWorld world(make_real_end(), make_real_end());
  world.introduce();
  world.start(Role::client);
  world.run(milliseconds(15));
  world.end(TestWorld::kAlice).close(world.now());
  world.run(seconds(1));
  auto& bob = static_cast<TransportEnd&>(world.end(TestWorld::kBob));
  ASSERT_EQ(bob.all<Failed>().size(), 1U);
  EXPECT_EQ(bob.all<Failed>()[0].reason, FailReason::handshake);
}

}  // namespace
}  // namespace parlor::dtls
