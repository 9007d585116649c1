// Our records and OpenSSL's, which are to be the same.

#include <gtest/gtest.h>
#include <openssl/err.h>

#include "dtls/record.hpp"
#include "dtls/test_openssl_end.hpp"

namespace parlor::dtls {
namespace {

constexpr int kAlice = TestWorld::kAlice;
constexpr int kBob = TestWorld::kBob;
constexpr Role kRoles[] = {Role::client, Role::server};

class WithOpenssl {
 public:
  explicit WithOpenssl(const OpensslEnd::Options& theirs = {}, const TransportOptions& ours = {})
      : world(make_real_end(ours), std::make_unique<OpensslEnd>(theirs)) {}

  [[nodiscard]] TransportEnd& alice() { return static_cast<TransportEnd&>(world.end(kAlice)); }
  [[nodiscard]] OpensslEnd& openssl() { return static_cast<OpensslEnd&>(world.end(kBob)); }
  TestWorld world;
};

TEST(DtlsWithOpenssl, TalksInBothRolesWithEverySuite) {
  for (const Role role : kRoles) {
    for (const bool rsa : {false, true}) {
      for (const bool aes : {false, true}) {
        const std::string suite = std::string("ECDHE+") + (aes ? "AESGCM" : "CHACHA20");
        WithOpenssl with({.suites = suite.c_str(), .rsa = rsa});
        with.world.connect(role);
        ASSERT_TRUE(with.world.both_connected()) << suite << rsa;
        EXPECT_TRUE(with.openssl().sees_expected_certificate());
        EXPECT_EQ(with.alice().transport().header_size(), aes ? 21U : 13U);
        EXPECT_EQ(with.alice().transport().overhead(), aes ? 37U : 29U);
        for (int i = 0; i < 100; ++i) {
          with.world.send(kAlice, "from alice " + std::to_string(i));
          with.world.send(kBob, "from bob " + std::to_string(i));
        }
        with.world.send(kAlice, std::string(1200, 'a'));
        with.world.run(seconds(1));
        ASSERT_EQ(with.alice().received.size(), 100U);
        ASSERT_EQ(with.openssl().received.size(), 101U);
        EXPECT_EQ(with.openssl().received[99], "from alice 99");
        EXPECT_EQ(with.alice().received[99], "from bob 99");
      }
    }
  }
}

TEST(DtlsWithOpenssl, NeverRepeatsANonceThatOpensslHasUsed) {
  for (const Role role : kRoles) {
    WithOpenssl with({.suites = "ECDHE+AESGCM"});
    bool loses = true;  // so that OpenSSL says its own Finished several times
    with.world.set_way([&](int from, int, Bytes& datagram) -> std::vector<base::Duration> {
      if (from == kBob && role == Role::client && loses && datagram[0] == std::byte{20}) return {};
      return {TestWorld::kDelay};
    });
    with.world.introduce();
    with.world.start(role);
    with.world.run(seconds(2));
    loses = false;
    with.world.run(seconds(10), [&] { return with.world.both_connected(); });
    for (int i = 0; i < 5; ++i) with.world.send(kAlice, "data");
    std::vector<std::string> nonces;
    std::vector<std::uint64_t> numbers;
    for (Bytes datagram : with.world.sent(kAlice)) {
      std::span<std::byte> rest = datagram;
      while (const auto record = take_record(rest)) {
        if (record->header.epoch == 0) continue;
        nonces.push_back(base::to_hex(record->body().first(8)));
        numbers.push_back(record->header.sequence);
      }
    }
    EXPECT_GT(nonces.size(), role == Role::client ? 7U : 5U);
    for (std::size_t i = 0; i < numbers.size(); ++i) EXPECT_EQ(numbers[i], i);
    std::ranges::sort(nonces);
    EXPECT_TRUE(std::ranges::adjacent_find(nonces) == nonces.end());
  }
}

TEST(DtlsWithOpenssl, TakesTwoRoundTrips) {
  for (const Role role : kRoles) {
    WithOpenssl with;
    const base::Time begun = with.world.now();
    with.world.connect(role);
    EXPECT_EQ(with.world.now() - begun, 4 * TestWorld::kDelay);
  }
}

TEST(DtlsWithOpenssl, ExtendsTheMasterSecretAndDoesWithoutWhereTheOtherDoes) {
  for (const Role role : kRoles) {
    for (const bool extended : {true, false}) {
      WithOpenssl with({.extended_master_secret = extended});
      with.world.connect(role);
      ASSERT_TRUE(with.world.both_connected());
      EXPECT_EQ(SSL_get_extms_support(with.openssl().ssl()), extended ? 1 : 0);
      with.world.send(kAlice, "hello");
      with.world.run(seconds(1));
      EXPECT_EQ(with.openssl().received, std::vector<std::string>{"hello"});
    }
  }
}

TEST(DtlsWithOpenssl, ChoosesTheSuiteThatIsPreferred) {
  for (const Role role : kRoles) {
    for (const auto preference : {CipherPreference::fewest_bytes, CipherPreference::least_work}) {
      TestWorld world(make_real_end({.preference = preference}), make_real_end());
      world.connect(role);
      auto& server = static_cast<TransportEnd&>(world.end(role == Role::server ? kAlice : kBob));
      const bool aes = role == Role::server && preference == CipherPreference::least_work;
      EXPECT_EQ(server.transport().overhead(), aes ? 37U : 29U) << "the server's preference counts";
    }
    // A server without one takes what the client names first, as BoringSSL's does.
    WithOpenssl with({}, {.preference = CipherPreference::least_work});
    with.world.connect(role);
    EXPECT_EQ(with.alice().transport().overhead(), 37U);
  }
}

TEST(DtlsWithOpenssl, RefusesDtls10AndSuitesThatItDoesNotHave) {
  for (const Role role : kRoles) {
    for (const auto& options : {OpensslEnd::Options{.suites = "ALL:@SECLEVEL=0", .version = DTLS1_VERSION},
                                OpensslEnd::Options{.suites = "ECDHE-ECDSA-AES256-GCM-SHA384"}}) {
      WithOpenssl with(options);
      with.world.connect(role);
      const auto failed = with.alice().all<Failed>();
      ASSERT_EQ(failed.size(), 1U);
      EXPECT_EQ(failed[0].reason, FailReason::handshake) << failed[0].detail;
      EXPECT_LT(with.world.now(), base::time_from(seconds(22)));
    }
  }
}

TEST(DtlsWithOpenssl, AgreesOnSrtpWithThoseWhoWantIt) {
  for (const Role role : kRoles) {
    WithOpenssl with({.media = true});
    with.world.connect(role);
    ASSERT_TRUE(with.world.both_connected());
    EXPECT_TRUE(with.openssl().has_agreed_on_media());
  }
}

TEST(DtlsWithOpenssl, RefusesAClientThatShowsNoCertificate) {
  WithOpenssl with({.shows_certificate = false});
  with.world.connect(Role::server);
  ASSERT_EQ(with.alice().all<Failed>().size(), 1U);
  EXPECT_EQ(with.alice().all<Failed>()[0].reason, FailReason::handshake);
  EXPECT_EQ(with.openssl().error(), SSL_ERROR_SSL) << "it is told";
}

TEST(DtlsWithOpenssl, TakesAClientHelloThatIsLargerThanADatagram) {
  WithOpenssl with({.hello_padding = 1500});
  with.world.connect(Role::server);
  EXPECT_TRUE(with.world.both_connected());
  EXPECT_GT(with.world.sent(kBob).size(), 2U) << "it came in fragments";
}

TEST(DtlsWithOpenssl, TakesFragmentsInAnyOrder) {
  WithOpenssl with({.hello_padding = 3000});
  with.world.set_way([](int from, int index, Bytes&) -> std::vector<base::Duration> {
    if (from == kBob && index < 3) return {milliseconds(30 - 10 * index)};
    return {TestWorld::kDelay};
  });
  const base::Time begun = with.world.now();
  with.world.connect(Role::server);
  EXPECT_TRUE(with.world.both_connected());
  EXPECT_LT(with.world.now() - begun, milliseconds(100)) << "nothing had to be said again";
}

TEST(DtlsWithOpenssl, KeepsEveryDatagramWithinTheMtu) {
  for (const Role role : kRoles) {
    WithOpenssl with({}, {.mtu = 300});
    with.world.connect(role);
    ASSERT_TRUE(with.world.both_connected());
    EXPECT_GT(with.world.sent(kAlice).size(), 2U);
    for (const Bytes& datagram : with.world.sent(kAlice)) EXPECT_LE(datagram.size(), 300U);
  }
}

TEST(DtlsWithOpenssl, SaysAFlightAgainInAsFewDatagramsAsTheFirstTime) {
  for (const Role role : kRoles) {
    WithOpenssl with;
    with.world.set_way([&](int from, int index, Bytes&) -> std::vector<base::Duration> {
      if (from == kAlice && index >= (role == Role::client ? 1 : 0)) return {};
      return {TestWorld::kDelay};
    });
    with.world.introduce();
    with.world.start(role);
    with.world.run(milliseconds(350));
    const auto& sent = with.world.sent(kAlice);
    ASSERT_EQ(sent.size(), role == Role::client ? 4U : 3U) << "the flight and two times more";
    EXPECT_EQ(sent.end()[-1].size(), sent.end()[-3].size());
  }
}

TEST(DtlsWithOpenssl, SurvivesTheLossOfAnyOneDatagramOfTheHandshake) {
  for (const Role role : kRoles) {
    for (const int loser : {kAlice, kBob}) {
      for (int lost = 0; lost < 4; ++lost) {
        WithOpenssl with({.mtu = 600}, {.mtu = 600});
        with.world.set_way([=](int from, int index, Bytes&) -> std::vector<base::Duration> {
          if (from == loser && index == lost) return {};
          return {TestWorld::kDelay};
        });
        const base::Time begun = with.world.now();
        with.world.connect(role);
        ASSERT_TRUE(with.world.both_connected()) << loser << " loses " << lost;
        EXPECT_LT(with.world.now() - begun, milliseconds(500));
        with.world.set_way({});
        with.world.send(kAlice, "hello");
        with.world.send(kBob, "hello");
        with.world.run(seconds(1));
        EXPECT_EQ(with.openssl().received, std::vector<std::string>{"hello"});
        EXPECT_EQ(with.alice().received, std::vector<std::string>{"hello"});
      }
    }
  }
}

TEST(DtlsWithOpenssl, SaysItsLastFlightAgainThoughOpensslIsGone) {
  for (const bool aes : {false, true}) {
    WithOpenssl with({.suites = aes ? "ECDHE+AESGCM" : "ECDHE+CHACHA20"});
    bool loses = true;
    with.world.set_way([&](int from, int index, Bytes&) -> std::vector<base::Duration> {
      if (from == kAlice && index >= 1 && loses) return {};
      return {TestWorld::kDelay};
    });
    with.world.introduce();
    with.world.start(Role::server);
    ASSERT_TRUE(with.world.run(seconds(1), [&] { return with.alice().is_connected(); }));
    for (int i = 0; i < 300; ++i) with.world.send(kAlice, "lost");  // more than a window
    EXPECT_FALSE(with.openssl().is_connected());
    loses = false;
    const std::size_t before = with.world.sent(kAlice).size();
    ASSERT_TRUE(with.world.run(seconds(1), [&] { return with.openssl().is_connected(); }));
    EXPECT_EQ(with.world.sent(kAlice).size(), before + 1)
        << "one datagram for each Finished that comes again";
    with.world.send(kAlice, "hello");
    with.world.send(kBob, "hello");
    with.world.run(seconds(1));
    EXPECT_EQ(with.openssl().received, std::vector<std::string>{"hello"});
    EXPECT_EQ(with.alice().received, std::vector<std::string>{"hello"});
  }
}

TEST(DtlsWithOpenssl, ClosesFromEitherSide) {
  for (const Role role : kRoles) {
    {
      WithOpenssl with;
      with.world.connect(role);
      with.alice().close(with.world.now());
      EXPECT_EQ(with.alice().transport().state(), State::closed);
      EXPECT_FALSE(with.alice().seal("late"));
      with.world.run(seconds(1));
      EXPECT_TRUE(with.openssl().saw_close());
      EXPECT_TRUE(with.alice().all<Closed>().empty());
    }
    WithOpenssl with;
    with.world.connect(role);
    with.openssl().close(with.world.now());
    with.world.run(seconds(1));
    EXPECT_EQ(with.alice().all<Closed>().size(), 1U);
    EXPECT_EQ(with.alice().transport().state(), State::closed);
    EXPECT_TRUE(with.openssl().saw_close()) << "it is answered (RFC 5246 §7.2.1)";
  }
}

TEST(DtlsWithOpenssl, TellsAPeerWithAnotherCertificateAndGivesNoneOfItsData) {
  for (const Role role : kRoles) {
    WithOpenssl with;
    with.alice().expect(with.world.now(), Fingerprint{std::byte{1}});
    with.world.start(role);
    bool sent = false;
    with.world.run(seconds(1), [&] {
      if (with.openssl().is_connected() && !sent) {
        with.world.send(kBob, "data");
        sent = true;
      }
      return false;
    });
    EXPECT_TRUE(with.alice().received.empty());
    EXPECT_TRUE(with.alice().all<Connected>().empty());
    ASSERT_EQ(with.alice().all<Failed>().size(), 1U);
    EXPECT_EQ(with.alice().all<Failed>()[0].reason, FailReason::wrong_certificate);
    EXPECT_EQ(with.alice().transport().state(), State::failed);
    EXPECT_FALSE(with.alice().seal("late"));
    EXPECT_FALSE(with.alice().poll_timeout());
    EXPECT_EQ(with.openssl().error(), SSL_ERROR_SSL) << "bad_certificate";
  }
}

TEST(DtlsWithOpenssl, DoesNotRenegotiate) {
  WithOpenssl with;
  with.world.connect(Role::server);
  EXPECT_EQ(SSL_renegotiate(with.openssl().ssl()), 1);
  (void)SSL_do_handshake(with.openssl().ssl());
  with.openssl().handle_datagram(with.world.now(), {});
  const std::size_t before = with.world.sent(kAlice).size();
  with.world.run(milliseconds(90));
  EXPECT_EQ(with.world.sent(kAlice).size(), before);
  EXPECT_EQ(with.alice().transport().state(), State::connected);
}

}  // namespace
}  // namespace parlor::dtls
