#include "sctp/association/association.hpp"

#include "sctp/association/test_pair.hpp"

namespace parlor::sctp {
namespace {

constexpr int kAlice = TestPair::kAlice;
constexpr int kBob = TestPair::kBob;

TEST(Association, BothSidesAreToldOnceThatMessagesFlow) {
  for (const bool both : {false, true}) {
    TestPair pair;
    pair.alice().connect(pair.now());
    if (both) pair.bob().connect(pair.now());
    pair.run(seconds(5));
    for (const int side : {kAlice, kBob}) {
      EXPECT_EQ(pair.side(side).state(), AssociationState::established);
      const auto told = pair.all<Established>(side);
      ASSERT_EQ(told.size(), 1U) << side;
      EXPECT_EQ(told[0].extensions, AssociationOptions().extensions);
    }
    EXPECT_FALSE(pair.alice().poll_timeout()) << "nothing is left to do";
  }
}

TEST(Association, TakesTwoRoundTripsAndTheFirstMessageGoesAlong) {
  TestPair pair;
  const base::Time begun = pair.now();
  pair.alice().connect(pair.now());
  EXPECT_EQ(pair.alice().send(pair.now(), 1, 53, numbered(1, 100)), SendResult::queued);
  ASSERT_TRUE(pair.run(seconds(5), [&] { return !pair.all<ReceivedMessage>(kBob).empty(); }));
  EXPECT_EQ(pair.now() - begun, milliseconds(3 * 20)) << "INIT, INIT ACK, COOKIE ECHO with the message";
}

TEST(Association, BeginsWithoutAHandshakeWhereBothInitsAreKnown) {
  TestPair pair;
  const base::Bytes alice = pair.alice().local_init();
  const base::Bytes bob = pair.bob().local_init();
  EXPECT_FALSE(pair.alice().connect_with(pair.now(), base::BytesView(bob).first(10)));
  ASSERT_TRUE(pair.alice().connect_with(pair.now(), bob));
  ASSERT_TRUE(pair.bob().connect_with(pair.now(), alice));
  EXPECT_EQ(pair.alice().send(pair.now(), 1, 53, numbered(1, 100)), SendResult::queued);
  EXPECT_EQ(pair.bob().send(pair.now(), 1, 53, numbered(2, 100)), SendResult::queued);
  pair.run(milliseconds(20));
  EXPECT_EQ(pair.messages(kBob).size(), 1U);
  EXPECT_EQ(pair.messages(kAlice).size(), 1U);
}

TEST(Association, AHandshakeSurvivesTheLossOfAnyOneOfItsPackets) {
  for (int lost = 0; lost < 8; ++lost) {
    TestPair pair;
    int count = 0;
    pair.on_packet = [&](int, base::Bytes&) { return count++ != lost; };
    pair.connect();
    EXPECT_EQ(pair.alice().state(), AssociationState::established) << lost;
    EXPECT_EQ(pair.bob().state(), AssociationState::established) << lost;
    (void)pair.alice().send(pair.now(), 0, 53, numbered(1, 10));
    pair.run(seconds(3));
    EXPECT_EQ(pair.messages(kBob).size(), 1U) << lost;
  }
}

TEST(Association, WhoGetsNoAnswerIsToldSo) {
  TestPair pair;
  pair.network().down = true;
  pair.alice().connect(pair.now());
  ASSERT_TRUE(pair.run(seconds(200), [&] { return !pair.all<Closed>(kAlice).empty(); }));
  EXPECT_EQ(pair.all<Closed>(kAlice)[0].reason, CloseReason::no_answer);
  EXPECT_FALSE(pair.alice().poll_timeout());
}

TEST(Association, UsesOnlyWhatBothSidesHave) {
  AssociationOptions plain;
  plain.extensions = {};
  TestPair pair(1, {}, plain);
  pair.connect();
  EXPECT_EQ(pair.all<Established>(kAlice)[0].extensions, Extensions{});
  (void)pair.alice().send(pair.now(), 0, 53, numbered(1, 5000));
  (void)pair.bob().send(pair.now(), 0, 53, numbered(1, 5000), {.max_retransmits = std::uint16_t{0}});
  EXPECT_FALSE(pair.alice().reset_streams(pair.now(), std::array<StreamId, 1>{0}));
  pair.run(seconds(1));
  EXPECT_EQ(pair.messages(kBob).size(), 1U);
  EXPECT_EQ(pair.messages(kAlice).size(), 1U);
}

TEST(Association, MessagesOfAllSizesArriveAsTheyWere) {
  for (const bool interleaving : {false, true}) {
    AssociationOptions options;
    options.extensions.interleaving = interleaving;
    TestPair pair(1, options, options);
    pair.connect();
    const std::vector<std::size_t> sizes{4, 100, 1000, 1080, 1100, 1200, 16'384, 100'000, 262'144};
    for (std::size_t i = 0; i < sizes.size(); ++i)
      EXPECT_EQ(pair.alice().send(pair.now(), 3, 51, numbered(static_cast<std::uint32_t>(i), sizes[i])),
                SendResult::queued);
    pair.run(seconds(20));
    const auto messages = pair.messages(kBob);
    ASSERT_EQ(messages.size(), sizes.size());
    for (std::size_t i = 0; i < sizes.size(); ++i) {
      EXPECT_EQ(messages[i].bytes, numbered(static_cast<std::uint32_t>(i), sizes[i])) << sizes[i];
      EXPECT_EQ(messages[i].stream, 3);
      EXPECT_EQ(messages[i].ppid, 51U);
    }
    EXPECT_EQ(pair.alice().in_flight(), 0U);
  }
}

TEST(Association, PartsOfManyLargeMessagesAtOnceAllBecomeWhole) {
  TestPair pair;
  pair.connect();
  const AssociationOptions options;
  const std::size_t size = options.receive.largest_message;
  const std::size_t many = options.send_buffer / size;
  for (StreamId stream = 0; stream < many; ++stream)
    ASSERT_EQ(pair.alice().send(pair.now(), stream, 53, numbered(stream, size)), SendResult::queued);
  pair.network().loss = 2;
  EXPECT_TRUE(pair.run(seconds(120), [&] { return pair.all<ReceivedMessage>(kBob).size() == many; }))
      << pair.all<ReceivedMessage>(kBob).size();
}

TEST(Association, SaysWhyItDoesNotTakeAMessage) {
  AssociationOptions options;
  options.send_buffer = 1000;
  options.streams = 10;
  TestPair pair(1, options, options);
  EXPECT_EQ(pair.alice().send(pair.now(), 1, 53, {}), SendResult::empty);
  EXPECT_EQ(pair.alice().send(pair.now(), 1, 53, numbered(1, 1001)), SendResult::too_large);
  EXPECT_EQ(pair.alice().send(pair.now(), 10, 53, numbered(1, 10)), SendResult::no_such_stream);
  EXPECT_EQ(pair.alice().send(pair.now(), 9, 53, numbered(1, 900)), SendResult::queued);
  EXPECT_EQ(pair.alice().send(pair.now(), 9, 53, numbered(1, 900)), SendResult::would_block);
  EXPECT_EQ(pair.alice().buffered(9), 900U);
  pair.connect();
  pair.run(seconds(1));
  EXPECT_EQ(pair.alice().send(pair.now(), 9, 53, numbered(1, 900)), SendResult::queued);
  pair.alice().abort(pair.now(), "enough");
  EXPECT_EQ(pair.alice().send(pair.now(), 9, 53, numbered(1, 10)), SendResult::closed);
}

TEST(Association, WhoAbortsSaysWhy) {
  TestPair pair;
  pair.connect();
  pair.alice().abort(pair.now(), "the game is over");
  pair.run(seconds(1));
  ASSERT_EQ(pair.all<Closed>(kBob).size(), 1U);
  EXPECT_EQ(pair.all<Closed>(kBob)[0].reason, CloseReason::aborted_by_peer);
  EXPECT_EQ(pair.all<Closed>(kBob)[0].cause, CauseCode::user_abort);
  EXPECT_EQ(pair.all<Closed>(kBob)[0].info, "the game is over");
  EXPECT_EQ(pair.all<Closed>(kAlice)[0].reason, CloseReason::aborted);
}

TEST(Association, AnOrderlyEndComesBehindAllMessagesAlsoWhereBothBeginIt) {
  for (const bool both : {false, true}) {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
      TestPair pair(seed);
      pair.connect();
      pair.network().loss = 20;
      for (std::uint32_t i = 0; i < 50; ++i) (void)pair.alice().send(pair.now(), 1, 53, numbered(i, 1000));
      pair.alice().shut_down(pair.now());
      EXPECT_EQ(pair.alice().send(pair.now(), 1, 53, numbered(1, 10)), SendResult::closed);
      if (both) pair.bob().shut_down(pair.now());
      pair.run(seconds(300));
      EXPECT_EQ(pair.all<ReceivedMessage>(kBob).size(), 50U) << seed;
      for (const int side : {kAlice, kBob}) {
        ASSERT_EQ(pair.all<Closed>(side).size(), 1U) << seed << " side " << side;
      }
      EXPECT_EQ(pair.all<Closed>(kAlice)[0].reason, CloseReason::shutdown) << seed;
    }
  }
}

TEST(Association, WhoIsDoneWaitsForWhoIsNotHoweverLongThatTakes) {
  TestPair pair;
  pair.connect();
  // One message each 300 ms, of so many that the tries of a SHUTDOWN would be over long before.
  for (std::uint32_t i = 0; i < 1500; ++i) (void)pair.alice().send(pair.now(), 1, 53, numbered(i, 880));
  std::optional<base::Time> next;
  pair.on_packet = [&](int from, base::Bytes& packet) {
    if (from != kAlice || packet.size() < 500) return true;
    if (next && pair.now() < *next) return false;
    next = pair.now() + milliseconds(300);
    return true;
  };
  pair.bob().shut_down(pair.now());
  pair.run(seconds(300));
  EXPECT_TRUE(pair.all<Closed>(kBob).empty()) << pair.all<ReceivedMessage>(kBob).size();
  EXPECT_LT(pair.all<ReceivedMessage>(kBob).size(), 1500U);
  pair.on_packet = nullptr;
  pair.run(seconds(60));
  ASSERT_EQ(pair.all<Closed>(kBob).size(), 1U);
  EXPECT_EQ(pair.all<Closed>(kBob)[0].reason, CloseReason::shutdown);
}

TEST(Association, StreamsEndOnceAllOfThemHasComeAndBeginAtZeroAgain) {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    TestPair pair(seed);
    pair.connect();
    pair.network().loss = seed % 2 == 0 ? 0 : 20;
    for (std::uint32_t i = 0; i < 30; ++i) (void)pair.alice().send(pair.now(), 5, 53, numbered(i, 700));
    ASSERT_TRUE(pair.alice().reset_streams(pair.now(), std::array<StreamId, 2>{5, 6}));
    EXPECT_EQ(pair.alice().send(pair.now(), 5, 53, numbered(99, 10)), SendResult::would_block);
    ASSERT_TRUE(pair.run(seconds(60), [&] {
      return !pair.all<ResetDone>(kAlice).empty() && !pair.all<StreamsReset>(kBob).empty();
    }));
    EXPECT_TRUE(pair.all<ResetDone>(kAlice)[0].done);
    EXPECT_EQ(pair.all<StreamsReset>(kBob)[0].streams, (std::vector<StreamId>{5, 6}));
    EXPECT_EQ(pair.all<ReceivedMessage>(kBob).size(), 30U) << "seed " << seed;
    EXPECT_EQ(pair.alice().send(pair.now(), 5, 53, numbered(100, 10)), SendResult::queued);
    ASSERT_TRUE(pair.run(seconds(20), [&] { return pair.all<ReceivedMessage>(kBob).size() == 31; }))
        << "seed " << seed;
    EXPECT_EQ(pair.all<StreamsReset>(kBob).size(), 1U);
  }
}

TEST(Association, AnyNumberOfStreamsEndsAtOnce) {
  TestPair pair;
  pair.connect();
  std::vector<StreamId> streams;
  for (StreamId id = 0; id < 1000; ++id) streams.push_back(id);
  ASSERT_TRUE(pair.alice().reset_streams(pair.now(), streams));
  pair.run(seconds(10));
  std::size_t done = 0;
  for (const ResetDone& reset : pair.all<ResetDone>(kAlice)) done += reset.done ? reset.streams.size() : 0;
  EXPECT_EQ(done, 1000U);
}

TEST(Association, ALargeMessageHoldsUpNoSmallOneOfAnotherStream) {
  for (const bool interleaving : {true, false}) {
    AssociationOptions options;
    options.extensions.interleaving = interleaving;
    TestPair pair(1, options, options);
    pair.connect();
    (void)pair.alice().send(pair.now(), 1, 53, numbered(1, 200'000));
    pair.run(milliseconds(1));
    (void)pair.alice().send(pair.now(), 2, 53, numbered(2, 100));
    ASSERT_TRUE(pair.run(seconds(20), [&] { return pair.all<ReceivedMessage>(kBob).size() == 2; }));
    EXPECT_EQ(pair.all<ReceivedMessage>(kBob)[0].stream, interleaving ? 2 : 1);
  }
}

TEST(Association, AnotherLifeOfTheOtherSideIsMet) {
  TestPair pair;
  pair.connect();
  (void)pair.alice().send(pair.now(), 1, 53, numbered(1, 100));
  pair.run(seconds(1));
  (void)pair.messages(kBob);
  pair.begin_anew(kBob);
  pair.bob().connect(pair.now());
  pair.run(seconds(5));
  EXPECT_EQ(pair.bob().state(), AssociationState::established);
  EXPECT_EQ(pair.all<Restarted>(kAlice).size(), 1U);
  (void)pair.alice().send(pair.now(), 1, 53, numbered(2, 100));
  (void)pair.bob().send(pair.now(), 1, 53, numbered(3, 100));
  pair.run(seconds(1));
  EXPECT_EQ(pair.messages(kBob).size(), 1U);
  EXPECT_EQ(pair.messages(kAlice).size(), 1U);
}

TEST(Association, AfterAnOutageALossIsNotWaitedForAsLongAsDuringIt) {
  TestPair pair;
  pair.connect();
  (void)pair.alice().send(pair.now(), 0, 53, numbered(1, 10));
  pair.network().down = true;
  pair.run(seconds(20));
  pair.network().down = false;
  ASSERT_TRUE(pair.run(seconds(20), [&] { return pair.alice().in_flight() == 0; }));
  (void)pair.messages(kBob);
  pair.on_packet = [&](int from, base::Bytes&) { return from != kAlice; };
  (void)pair.alice().send(pair.now(), 0, 53, numbered(2, 10));
  pair.run(milliseconds(1));
  pair.on_packet = nullptr;
  (void)pair.alice().send(pair.now(), 0, 53, numbered(3, 10));
  pair.run(milliseconds(600));
  EXPECT_EQ(pair.messages(kBob).size(), 2U);
}

TEST(Association, NothingCountsAgainstTheOtherSideWhileThereIsNoWay) {
  TestPair pair;
  pair.connect();
  pair.run(seconds(1));
  pair.network().down = true;
  EXPECT_EQ(pair.alice().send(pair.now(), 1, 53, numbered(7, 50)), SendResult::queued);
  pair.alice().reset_streams(pair.now(), std::array<StreamId, 1>{2});
  pair.run(milliseconds(10));
  for (const int side : {0, 1}) pair.side(side).set_reachable(pair.now(), false);
  const int before = pair.packets;
  pair.run(seconds(3600));
  EXPECT_LE(pair.packets, before + 2) << "nothing is sent again into the void";
  EXPECT_EQ(pair.alice().state(), AssociationState::established);
  pair.network().down = false;
  for (const int side : {0, 1}) pair.side(side).set_reachable(pair.now(), true);
  EXPECT_TRUE(pair.run(milliseconds(60), [&] { return !pair.all<ReceivedMessage>(1).empty(); })) << "at once";
  EXPECT_TRUE(pair.run(milliseconds(600), [&] { return !pair.all<ResetDone>(0).empty(); }));
}

TEST(Association, AHandshakeWaitsForAWay) {
  TestPair pair;
  pair.network().down = true;
  pair.alice().connect(pair.now());
  pair.run(milliseconds(1));
  pair.alice().set_reachable(pair.now(), false);
  pair.run(seconds(3600));
  EXPECT_EQ(pair.alice().state(), AssociationState::cookie_wait);
  pair.network().down = false;
  pair.alice().set_reachable(pair.now(), true);
  EXPECT_TRUE(
      pair.run(milliseconds(100), [&] { return pair.alice().state() == AssociationState::established; }));
}

TEST(Association, AWindowThatWasNotUsedForLongIsSmallAgain) {
  TestPair pair;
  pair.connect();
  for (std::uint32_t i = 0; i < 4; ++i) (void)pair.alice().send(pair.now(), 1, 53, numbered(i, 250'000));
  pair.run(seconds(20));
  const std::size_t grown = pair.alice().congestion_window();
  ASSERT_GT(grown, 30'000U);
  EXPECT_EQ(pair.alice().in_flight(), 0U);
  (void)pair.alice().send(pair.now(), 1, 53, numbered(9, 10));
  pair.run(milliseconds(1));
  EXPECT_LT(pair.alice().congestion_window(), 6'000U);
}

TEST(Association, FewPacketsGoOutForSteadyTrafficBothWays) {
  // On one machine, at home, and far away; in step, and not.
  for (const int which : {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}) {
    const bool reliable = which % 2 == 1;
    const bool in_step = which < 6;
    constexpr std::array kDelays{base::microseconds(30), base::microseconds(2000),
                                 base::microseconds(40'000)};
    SCOPED_TRACE(which);
    TestPair pair;
    pair.connect();
    pair.network().delay = kDelays[static_cast<std::size_t>(which / 2 % 3)];
    pair.run(seconds(1));
    pair.packets = 0;
    pair.bytes = 0;
    constexpr int kMessages = 600;
    SendOptions options{.unordered = !reliable};
    if (!reliable) options.max_retransmits = std::uint16_t{0};
    for (std::uint32_t i = 0; i < kMessages; ++i) {
      for (const int side : {kAlice, kBob}) {
        (void)pair.side(side).send(pair.now(), 1, 53, numbered(i, 100), options);
        pair.run(base::microseconds(side == kAlice && in_step ? 0
                                    : side == kAlice          ? 7000
                                    : in_step                 ? 16'667
                                                              : 9667));
      }
    }
    pair.run(seconds(1));
    EXPECT_EQ(pair.messages(kBob).size(), std::size_t{kMessages});
    EXPECT_LE(pair.packets, 2 * kMessages + 12) << "acknowledgements go along";
    // Header, I-DATA and a SACK with each; around it DTLS with ChaCha20-Poly1305, UDP and IPv4.
    const double around = static_cast<double>(pair.bytes) / (2 * kMessages) - 100;
    EXPECT_LE(around, 12 + 20 + 16 + 1);
    EXPECT_LE(around + 29 + 28, 105 + 1);
    RecordProperty("bytes_around_a_message", std::to_string(around + 29 + 28));
  }
}

}  // namespace
}  // namespace parlor::sctp
