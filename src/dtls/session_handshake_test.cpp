// The handshake of a session, whoever does it: loss, time, certificates, and data that comes before its end.

#include "dtls/alert.hpp"
#include "dtls/session.hpp"
#include "dtls/test_transports.hpp"

namespace parlor::dtls {
namespace {

TEST_P(AnyTransport, SurvivesTheLossOfAnyOneDatagram) {
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

TEST_P(AnyTransport, SurvivesLossSwapsAndDoubles) {
  const std::uint64_t seeds = GetParam() == TransportKind::fake ? 300 : 15;
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

TEST_P(AnyTransport, GivesUpInTime) {
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

TEST_P(AnyTransport, RepeatsItsFlightAtGrowingDistances) {
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

TEST_P(AnyTransport, SaysNothingMoreOftenThanItsTimerSays) {
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

TEST_P(AnyTransport, IgnoresTimeThatGoesBack) {
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

TEST_P(AnyTransport, RefusesACertificateThatWasNotAnnounced) {
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

TEST_P(AnyTransport, RefusesACertificateThatDiffersInOneBit) {
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

TEST_P(AnyTransport, TakesAnyOfSeveralFingerprints) {
  const std::array<Fingerprint, 3> announced{Fingerprint{std::byte{77}}, bob().fingerprint(), Fingerprint{}};
  alice().transport().set_remote_fingerprints(world().now(), announced);
  bob().expect(world().now(), alice().fingerprint());
  world().start(Role::server);
  world().run(seconds(1));
  EXPECT_TRUE(world().both_connected());
}

TEST_P(AnyTransport, WaitsForTheFingerprintAndGivesDataOnlyThen) {
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

TEST_P(AnyTransport, GivesNoDataOfWhomItWaitedForInVain) {
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

TEST_P(AnyTransport, KeepsDataThatOvertakesTheEndOfTheHandshake) {
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

TEST_P(AnyTransport, KeepsNoMoreThanSomeBytesOfEarlyData) {
  bob().expect(world().now(), alice().fingerprint());
  world().start(Role::server);
  ASSERT_TRUE(world().run(seconds(1), [&] { return bob().is_connected(); }));
  for (int i = 0; i < 5; ++i) world().send(kBob, std::string(EarlyRecords::kMostBytes / 3, 'x'));
  world().run(seconds(1));
  alice().expect(world().now(), bob().fingerprint());
  EXPECT_EQ(alice().received.size(), 2U);
}

}  // namespace
}  // namespace parlor::dtls
