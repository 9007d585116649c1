// Data, records and the end of a session, whatever shook hands.

#include "dtls/session.hpp"

#include "dtls/aead.hpp"
#include "dtls/alert.hpp"
#include "dtls/test_transports.hpp"

namespace parlor::dtls {
namespace {

TEST_P(AnyTransport, ConnectsInTwoRoundTripsAndSaysSoOnce) {
  const base::Time begun = world().now();
  world().connect(Role::client);
  EXPECT_EQ(world().now() - begun, 4 * TestWorld::kDelay);
  for (auto* end : {&alice(), &bob()}) {
    ASSERT_EQ(end->events.size(), 1U);
    EXPECT_EQ(end->all<Connected>().size(), 1U);
    EXPECT_FALSE(end->poll_timeout()) << "nothing is left to do";
  }
}

TEST_P(AnyTransport, GivesDataAsItWasSent) {
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

TEST_P(AnyTransport, NamesBoundsForItsRecordsBeforeItKnowsThem) {
  for (const bool connected : {false, true}) {
    if (connected) world().connect(Role::client);
    const bool widest = !connected || GetParam() == TransportKind::aes;
    EXPECT_EQ(alice().transport().header_size(), widest ? 21U : 13U);
    EXPECT_EQ(alice().transport().overhead(), widest ? 37U : 29U);
  }
  EXPECT_EQ(alice().seal("0123456789")->size(), 10 + alice().transport().overhead());
}

TEST_P(AnyTransport, SealsInPlaceAsItDoesWithACopy) {
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

TEST_P(AnyTransport, TakesSeveralRecordsOfOneDatagram) {
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

TEST_P(AnyTransport, GivesARecordOnceHoweverOftenItComes) {
  world().connect(Role::client);
  std::vector<Bytes> records;
  records.reserve(5);
  for (int i = 0; i < 5; ++i) records.push_back(*alice().seal(std::to_string(i)));
  for (const int i : {0, 2, 1, 2, 0, 4, 3, 4, 3, 1}) give(bob(), records[static_cast<std::size_t>(i)]);
  EXPECT_EQ(bob().received, (Strings{"0", "2", "1", "4", "3"}));
}

TEST_P(AnyTransport, GivesNothingThatIsOlderThanTheWindow) {
  world().connect(Role::client);
  const Bytes old = *alice().seal("old");
  for (std::uint64_t i = 0; i < ReplayWindow::kSize; ++i) give(bob(), *alice().seal("new"));
  give(bob(), old);
  EXPECT_EQ(bob().received.size(), ReplayWindow::kSize);
}

TEST_P(AnyTransport, DiscardsForgedRecordsAndIsNotMovedByThem) {
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

TEST_P(AnyTransport, DiscardsRecordsOfOtherEpochs) {
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

TEST_P(AnyTransport, TakesNoAlertThatIsNotProtected) {
  world().connect(Role::client);
  for (const std::uint8_t description : {std::uint8_t{0}, std::uint8_t{40}}) {
    for (auto* end : {&alice(), &bob()}) {
      give(*end, write_plain_record(ContentType::alert, 9, Alert{2, description}.bytes()));
      EXPECT_TRUE(end->is_connected());
      EXPECT_EQ(end->events.size(), 1U);
    }
  }
}

TEST_P(AnyTransport, AnAlertThatAnybodyCouldHaveMadeEndsNoHandshake) {
  for (const Role role : {Role::client, Role::server}) {
    for (const Alert alert : {Alert{Alert::kFatal, 40}, Alert{Alert::kWarning, Alert::kCloseNotify}}) {
      anew();
      world().introduce();
      world().start(role);
      for (int i = 0; i < 5; ++i) {
        world().run(milliseconds(4));
        for (auto* end : {&alice(), &bob()})
          give(*end, write_plain_record(ContentType::alert, 1000U + static_cast<unsigned>(i), alert.bytes()));
      }
      ASSERT_TRUE(world().run(seconds(5), [&] { return world().both_connected(); }));
    }
  }
}

TEST_P(AnyTransport, IgnoresGarbage) {
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

TEST_P(AnyTransport, AnswersAFinishedThatComesAgainForAsLongAsItLives) {
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

TEST_P(AnyTransport, ClosesBothSides) {
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

TEST_P(AnyTransport, TakesNothingMoreOnceItIsClosed) {
  world().connect(Role::client);
  const Bytes late = *bob().seal("late");
  alice().close(world().now());
  give(alice(), late);
  EXPECT_TRUE(alice().received.empty());
  alice().close(world().now());
  alice().expect(world().now(), bob().fingerprint());
  EXPECT_EQ(alice().events.size(), 1U);
}

TEST_P(AnyTransport, ThatIsClosedBeforeItBeganSaysNothing) {
  alice().close(world().now());
  EXPECT_FALSE(alice().poll_transmit(world().now()));
  EXPECT_EQ(alice().transport().state(), State::closed);
  EXPECT_TRUE(alice().events.empty());
}

TEST_P(AnyTransport, SaysNothingToALastFlightThatComesTwice) {
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

TEST_P(AnyTransport, KeepsToTheCertificateThatItHasFound) {
  world().connect(Role::client);
  alice().expect(world().now(), bob().fingerprint());
  alice().expect(world().now(), Fingerprint{std::byte{77}});
  EXPECT_TRUE(alice().is_connected());
  EXPECT_EQ(alice().events.size(), 1U);
}

TEST_P(AnyTransport, AnswersEachFinishedOnce) {
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

INSTANTIATE_TEST_SUITE_P(Dtls, AnyTransport,
                         testing::Values(TransportKind::fake, TransportKind::chacha, TransportKind::aes),
                         [](const auto& tested) {
                           return tested.param == TransportKind::fake  ? "Fake"
                                  : tested.param == TransportKind::aes ? "Aes"
                                                                       : "ChaCha";
                         });

}  // namespace
}  // namespace parlor::dtls
