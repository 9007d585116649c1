// From an offer to the first message.

#include "rtc/test_peer.hpp"
#include "sdp/description.hpp"

namespace parlor::rtc {
namespace {

using base::milliseconds;
using base::seconds;
using testing::End;
using testing::Program;
using testing::Signaling;
using testing::Two;

TEST(RtcConnect, AMessageArrivesOnANegotiatedChannel) {
  Two two;
  two.open_channel();
  ASSERT_TRUE(two.connect());
  EXPECT_EQ(two.a.say(0, "hello"), sctp::SendResult::queued);
  EXPECT_EQ(two.b.say(0, "there"), sctp::SendResult::queued);
  two.world.run_for(milliseconds(200));
  EXPECT_EQ(two.b.texts(0), std::vector<std::string>{"hello"});
  EXPECT_EQ(two.a.texts(0), std::vector<std::string>{"there"});
  EXPECT_EQ(two.a.states, (std::vector{State::connecting, State::connected}));
  EXPECT_EQ(two.a.opened.size(), 1U);
}

TEST(RtcConnect, AChannelOpenedBeforeAnythingIsAgreedOnOpensOnBothSides) {
  for (const bool offerer_opens : {true, false}) {
    Two two;
    End& opener = offerer_opens ? two.a : two.b;
    End& other = offerer_opens ? two.b : two.a;
    opener.call([](Connection& connection, base::Time now) {
      const auto id =
          connection.open_channel(now, {.label = "game", .protocol = "p", .reliability = {.ordered = false}});
      ASSERT_TRUE(id);
      EXPECT_FALSE(*id) << "the number is not known yet";
    });
    ASSERT_TRUE(two.connect());
    two.world.run_for(seconds(1));
    ASSERT_EQ(opener.opened.size(), 1U);
    ASSERT_EQ(other.opened.size(), 1U);
    EXPECT_EQ(opener.opened[0].id, other.opened[0].id);
    EXPECT_TRUE(other.opened[0].by_peer);
    EXPECT_EQ(other.opened[0].how.label, "game");
    EXPECT_FALSE(other.opened[0].how.reliability.ordered);
    EXPECT_EQ(other.say(other.opened[0].id, "back"), sctp::SendResult::queued);
    two.world.run_for(milliseconds(100));
    EXPECT_EQ(opener.texts(opener.opened[0].id), std::vector<std::string>{"back"});
  }
}

TEST(RtcConnect, TheFirstMessageTakesTheTripsThatTheStandardsAllow) {
  // Peers 40 ms apart (one way 20), signaling 40 ms one way.
  const auto first_message = [](bool snap) {
    Two two(1, Two::delay(milliseconds(10)), {.snap = snap}, {.snap = snap});
    two.open_channel();
    const base::Time begin = two.world.now();
    two.a.say(0, "x");  // waits until it can go
    two.b.say(0, "y");
    two.offer();
    EXPECT_TRUE(
        two.world.run_until([&] { return !two.b.texts(0).empty() && !two.a.texts(0).empty(); }, seconds(5)));
    return two.world.now() - begin;
  };
  // Offer 40; bob checks at once, as its candidate is in it: 40. His answer is with alice at 80, and her
  // check back at 120, before which she sends no data (RFC 7675): so she answers his ClientHello 20 later
  // than she had it. DTLS is two trips, in the fake as in 1.2, and with SNAP messages follow its last
  // flights.
  const base::Duration with = first_message(true);
  const base::Duration without = first_message(false);
  EXPECT_LE(with, milliseconds(40 + 40 + 20 + 80 + 20));
  EXPECT_LE(without - with, milliseconds(80)) << "SCTP's handshake is two trips";
  EXPECT_GT(without, with);
}

TEST(RtcConnect, OffersThatCrossEndInOneConnection) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE(seed);
    Two two(seed);
    two.open_channel();
    for (End* end : {&two.a, &two.b})
      end->call([](Connection& connection, base::Time now) { connection.negotiate(now); });
    ASSERT_TRUE(
        two.world.run_until([&] { return two.a.is_connected() && two.b.is_connected(); }, seconds(5)));
    EXPECT_FALSE(two.a.connection.is_offering());
    EXPECT_FALSE(two.b.connection.is_offering()) << "the impolite side's offer was answered";
    EXPECT_EQ(two.a.connection.agent().role(), ice::Role::controlled) << "who answered";
    EXPECT_EQ(two.b.connection.agent().role(), ice::Role::controlling);
    two.a.say(0, "hello");
    two.world.run_for(milliseconds(200));
    EXPECT_EQ(two.b.texts(0).size(), 1U);
  }
}

TEST(RtcConnect, AnOfferThatWasLostIsMadeAgain) {
  Two two;
  two.open_channel();
  bool lose = true;
  two.signaling.filter = [&](const Event&) { return !lose; };
  two.offer();
  two.world.run_for(seconds(5));
  lose = false;
  two.a.call([](Connection& connection, base::Time now) { connection.restart_ice(now); });
  ASSERT_TRUE(two.world.run_until([&] { return two.a.is_connected() && two.b.is_connected(); }, seconds(5)));
}

TEST(RtcConnect, AnAnswerThatWasLostIsMadeAgain) {
  Two two;
  two.open_channel();
  bool lose = true;
  two.signaling.filter = [&](const Event& event) {
    const auto* description = std::get_if<DescriptionMade>(&event);
    return !(lose && description && !description->offer);
  };
  two.offer();
  two.world.run_for(seconds(2));
  lose = false;
  two.a.call([](Connection& connection, base::Time now) { connection.restart_ice(now); });
  ASSERT_TRUE(two.world.run_until([&] { return two.a.is_connected() && two.b.is_connected(); }, seconds(5)));
  two.a.say(0, "hello");
  two.world.run_for(milliseconds(200));
  EXPECT_EQ(two.b.texts(0).size(), 1U);
}

TEST(RtcConnect, AnAnswerToAnEarlierOfferIsNotTaken) {
  Two two;
  std::vector<std::string> answers;
  two.signaling.filter = [&](const Event& event) {
    const auto* description = std::get_if<DescriptionMade>(&event);
    if (description && !description->offer) answers.push_back(description->sdp);
    return true;
  };
  two.open_channel();
  ASSERT_TRUE(two.connect());
  two.signaling.filter = [](const Event&) { return false; };
  two.a.call([&](Connection& connection, base::Time now) {
    connection.restart_ice(now);
    EXPECT_EQ(connection.handle_description(now, false, answers.at(0)), TakeError::late);
    EXPECT_TRUE(connection.is_offering());
  });
}

TEST(RtcConnect, SomebodyElsesCertificateEndsIt) {
  Two two;
  two.signaling.filter = [](const Event&) { return true; };
  two.open_channel();
  // Whoever carries the answer puts another fingerprint in it.
  two.b.on_signal = [&](Event event) {
    if (const auto* description = std::get_if<DescriptionMade>(&event)) {
      auto read = sdp::parse(description->sdp);
      ASSERT_TRUE(read);
      read->fingerprints = {testing::fingerprint_of("mallory")};
      const std::string sdp = sdp::write(*read);
      two.a.call([&](Connection& connection, base::Time now) {
        EXPECT_FALSE(connection.handle_description(now, false, sdp));
      });
    }
  };
  two.a.say(0, "secret");
  two.offer();
  two.world.run_for(seconds(3));
  EXPECT_EQ(two.a.connection.state(), State::failed);
  ASSERT_FALSE(two.a.changes.empty());
  EXPECT_EQ(two.a.changes.back().reason, Reason::wrong_certificate);
  EXPECT_FALSE(two.a.changes.back().detail.empty());
  EXPECT_TRUE(two.b.texts(0).empty());
}

TEST(RtcConnect, ClosingTellsTheOtherSide) {
  Two two;
  two.open_channel();
  ASSERT_TRUE(two.connect());
  two.world.run_for(seconds(1));
  two.a.call([](Connection& connection, base::Time now) { connection.close(now); });
  EXPECT_EQ(two.a.connection.state(), State::closed);
  two.world.run_for(milliseconds(30));
  EXPECT_EQ(two.b.connection.state(), State::closed);
  EXPECT_EQ(two.b.changes.back().reason, Reason::closed_by_peer);
  EXPECT_EQ(two.b.closed.size(), 1U) << "its channel as well";
  EXPECT_EQ(two.b.say(0, "x"), sctp::SendResult::closed);
  EXPECT_FALSE(two.b.connection.poll_timeout());
}

TEST(RtcConnect, EitherOfItsTwoLastWordsIsEnough) {
  for (const std::byte lost : {std::byte{21}, std::byte{23}}) {  // DTLS's alert, SCTP's ABORT
    Two two;
    two.open_channel();
    ASSERT_TRUE(two.connect());
    two.world.run_for(seconds(1));
    two.alice.on_send = [&](base::Bytes& datagram) { return datagram[0] != lost; };
    two.a.call([](Connection& connection, base::Time now) { connection.close(now); });
    two.world.run_for(milliseconds(50));
    EXPECT_EQ(two.b.connection.state(), State::closed);
    EXPECT_EQ(two.b.changes.back().reason, Reason::closed_by_peer);
    EXPECT_EQ(two.b.closed.size(), 1U);
  }
}

TEST(RtcConnect, WhereTheDtlsServersInitIsLostTheClientBegins) {
  Two two(1, Two::delay(milliseconds(10)), {.snap = false}, {.snap = false});
  two.open_channel();
  bool lose = true;
  two.alice.on_send = [&](base::Bytes& datagram) {
    return datagram[0] != std::byte{23} || !std::exchange(lose, false);
  };
  ASSERT_TRUE(two.connect());
  EXPECT_TRUE(two.world.run_until([&] { return !two.b.opened.empty(); }, milliseconds(250)))
      << "sooner than the INIT is sent again";
}

TEST(RtcConnect, ChannelsThatWaitForTheirNumberAreBounded) {
  Two two;
  two.a.call([](Connection& connection, base::Time now) {
    for (std::size_t i = 0; i < Connection::kMostHeldChannels; ++i)
      EXPECT_TRUE(connection.open_channel(now, {.label = "x"}));
    const auto one_more = connection.open_channel(now, {.label = "x"});
    ASSERT_FALSE(one_more);
    EXPECT_EQ(one_more.error(), datachannel::OpenError::no_number);
  });
  ASSERT_TRUE(two.connect());
  two.world.run_for(seconds(2));
  EXPECT_EQ(two.a.opened.size(), Connection::kMostHeldChannels);
  EXPECT_EQ(two.b.opened.size(), Connection::kMostHeldChannels);
}

TEST(RtcConnect, AChannelIsClosedFromEitherSide) {
  for (const bool offerer : {true, false}) {
    Two two;
    two.open_channel();
    ASSERT_TRUE(two.connect());
    two.world.run_for(seconds(1));
    End& closer = offerer ? two.a : two.b;
    closer.say(0, "last");
    closer.call([](Connection& connection, base::Time now) { connection.close_channel(now, 0); });
    two.world.run_for(seconds(1));
    EXPECT_EQ(two.a.closed.size(), 1U);
    EXPECT_EQ(two.b.closed.size(), 1U);
    EXPECT_EQ((offerer ? two.b : two.a).texts(0), std::vector<std::string>{"last"});
    EXPECT_TRUE(two.a.is_connected());
  }
}

TEST(RtcConnect, ARestartFindsAWayAfterAnOutageThatEndedConsent) {
  Two two;
  two.open_channel();
  ASSERT_TRUE(two.connect());
  two.world.run_for(seconds(1));
  two.alice.host().cut();
  two.a.say(0, "kept");
  two.world.run_for(seconds(40));
  EXPECT_EQ(two.a.connection.state(), State::failed);
  EXPECT_EQ(two.a.changes.back().reason, Reason::no_way);
  two.alice.host().mend();
  two.a.call([](Connection& connection, base::Time now) { connection.restart_ice(now); });
  ASSERT_TRUE(two.world.run_until([&] { return two.a.is_connected() && two.b.is_connected(); }, seconds(5)));
  two.world.run_for(milliseconds(100));
  EXPECT_EQ(two.b.texts(0), std::vector<std::string>{"kept"})
      << "at once, not when SCTP would have tried again";
}

TEST(RtcConnect, AnOutageOfAnHourEndsNothing) {
  Two two;
  two.open_channel();
  ASSERT_TRUE(two.connect());
  two.world.run_for(seconds(1));
  two.alice.host().cut();
  two.a.say(0, "kept");
  two.world.run_for(seconds(3600));
  two.alice.host().mend();
  two.a.call([](Connection& connection, base::Time now) { connection.restart_ice(now); });
  ASSERT_TRUE(two.world.run_until([&] { return two.a.is_connected() && two.b.is_connected(); }, seconds(5)));
  two.world.run_for(milliseconds(100));
  EXPECT_EQ(two.b.texts(0), std::vector<std::string>{"kept"});
}

TEST(RtcConnect, ARecordFromWhereNoCheckCameFromIsNotLookedAt) {
  Two two;
  two.open_channel();
  // Bob's records reach alice from another address than his checks.
  const base::SocketAddress elsewhere = *base::SocketAddress::parse("192.0.2.66:66");
  two.bob.on_send = [&](base::Bytes& datagram) {
    if (datagram[0] <= std::byte{3}) return true;
    two.world.after(milliseconds(20), [&two, elsewhere, copy = datagram]() mutable {
      two.a.call([&](Connection& connection, base::Time now) {
        connection.handle_datagram(now, two.alice.local(), elsewhere, copy);
      });
    });
    return false;
  };
  two.offer();
  two.world.run_for(seconds(20));
  EXPECT_EQ(two.a.connection.agent().state(), ice::AgentState::connected);
  EXPECT_EQ(two.a.connection.state(), State::connecting) << "no handshake has begun with it";
}

TEST(RtcConnect, CandidatesAreToldBehindTheirDescription) {
  Two two;
  two.open_channel();
  std::vector<std::string> ufrags;  // of descriptions, and of candidates that have none yet
  two.signaling.filter = [&](const Event& event) {
    if (const auto* description = std::get_if<DescriptionMade>(&event))
      ufrags.push_back(sdp::parse(description->sdp)->ufrag);
    if (const auto* candidate = std::get_if<CandidateMade>(&event)) {
      EXPECT_EQ(std::ranges::count(ufrags, candidate->ufrag), 1) << "told to who knows nothing of it";
    }
    return true;
  };
  ASSERT_TRUE(two.connect());
  two.a.call([](Connection& connection, base::Time now) { connection.restart_ice(now); });
  two.world.run_for(seconds(1));
  two.b.call([](Connection& connection, base::Time now) { connection.restart_ice(now); });
  two.world.run_for(seconds(1));
  EXPECT_EQ(ufrags.size(), 6U);
  EXPECT_TRUE(two.a.is_connected() && two.b.is_connected());
}

TEST(RtcConnect, RestartsFromBothSidesAtOnceEndInOneWay) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE(seed);
    Two two(seed);
    two.open_channel();
    ASSERT_TRUE(two.connect());
    two.world.run_for(seconds(1));
    for (End* end : {&two.a, &two.b})
      end->call([](Connection& connection, base::Time now) { connection.restart_ice(now); });
    two.a.say(0, "meanwhile");
    two.world.run_for(seconds(40));
    EXPECT_TRUE(two.a.is_connected() && two.b.is_connected());
    EXPECT_EQ(two.b.texts(0).size(), 1U);
    EXPECT_FALSE(two.a.connection.is_offering());
    EXPECT_FALSE(two.b.connection.is_offering());
  }
}

TEST(RtcConnect, AnOfferThatCrossesARestartEndsInOneWay) {
  Two two;
  two.open_channel();
  ASSERT_TRUE(two.connect());
  two.world.run_for(seconds(1));
  two.a.call([](Connection& connection, base::Time now) { connection.restart_ice(now); });  // polite
  two.b.call([](Connection& connection, base::Time now) { connection.negotiate(now); });
  two.world.run_for(seconds(2));
  EXPECT_EQ(two.a.connection.agent().remote_credentials(), two.b.connection.agent().local_credentials());
  EXPECT_EQ(two.b.connection.agent().remote_credentials(), two.a.connection.agent().local_credentials());
  two.world.run_for(seconds(120));
  EXPECT_TRUE(two.a.is_connected() && two.b.is_connected());
}

TEST(RtcConnect, WhatIsLostDuringARestartIsSentAgainOnTheFormerWay) {
  Two two;
  two.open_channel();
  ASSERT_TRUE(two.connect());
  two.world.run_for(seconds(1));
  // New checks get nowhere; records do, but for the first.
  bool lose = true;
  for (Program* program : {&two.alice, &two.bob}) {
    program->on_send = [&](base::Bytes& datagram) {
      return datagram[0] > std::byte{3} && !std::exchange(lose, false);
    };
  }
  for (End* end : {&two.a, &two.b})
    end->call([](Connection& connection, base::Time now) { connection.restart_ice(now); });
  two.world.run_for(milliseconds(500));
  lose = true;
  two.a.say(0, "again");
  two.world.run_for(seconds(2));
  EXPECT_EQ(two.b.texts(0), std::vector<std::string>{"again"});
  EXPECT_TRUE(two.a.is_connected()) << "and says so";
}

TEST(RtcConnect, WhoClosesDuringTheHandshakeSaysSo) {
  Two two(1, Two::delay(milliseconds(100)));
  two.open_channel();
  two.offer();
  ASSERT_TRUE(two.world.run_until([&] { return two.b.connection.route().has_value(); }, seconds(5)));
  two.world.run_for(milliseconds(1));
  ASSERT_EQ(two.b.connection.state(), State::connecting);
  const std::size_t before = two.b.datagrams;
  two.b.call([](Connection& connection, base::Time now) { connection.close(now); });
  EXPECT_GT(two.b.datagrams, before);
}

TEST(RtcConnect, EventsThatNobodyTakesAreBounded) {
  base::SeededRandom random(1);
  const base::Time now = base::time_from(seconds(100));
  Connection connection(now, {}, dtls::make_fake_transport(random, {}), random);
  connection.add_address(now, *base::SocketAddress::parse("192.0.2.1:1"), 1);
  for (int i = 0; i < 5000; ++i) connection.restart_ice(now);
  std::size_t events = 0;
  std::size_t offers = 0;
  while (const auto event = connection.poll_event()) {
    ++events;
    offers += std::holds_alternative<DescriptionMade>(*event) ? 1U : 0U;
  }
  EXPECT_LE(events, 256U);
  EXPECT_EQ(offers, 1U) << "the latest";
}

TEST(RtcConnect, TwoWhoAreIntroducedOnceMoreBySomebodyElseKeepTheirConnection) {
  // Mallory, who is in the room with both, passes alice's offer to bob as her own, and bob's answer back.
  Two two;
  two.open_channel();
  ASSERT_TRUE(two.connect());
  End& a2 = two.alice.open(2);
  End& b2 = two.bob.open(2, {.polite = false});
  two.signaling.join(a2, b2);
  a2.call([](Connection& connection, base::Time now) { connection.negotiate(now); });
  int arrived = 0;
  two.b.on_message = [&](const ChannelMessage&) { ++arrived; };
  for (int i = 0; i < 20 * 120; ++i) {
    two.a.say(0, "x");
    two.world.run_for(milliseconds(50));
  }
  EXPECT_EQ(arrived, 20 * 120);
  EXPECT_TRUE(two.a.is_connected() && two.b.is_connected());
}

TEST(RtcConnect, WhatIsNotSdpChangesNothing) {
  Two two;
  two.open_channel();
  two.offer();
  two.a.call([](Connection& connection, base::Time now) {
    EXPECT_EQ(connection.handle_description(now, false, "nonsense"), TakeError::not_sdp);
    EXPECT_EQ(connection.handle_candidate(now, "candidate:nonsense"), TakeError::malformed);
    EXPECT_TRUE(connection.is_offering());
  });
  EXPECT_TRUE(two.world.run_until([&] { return two.a.is_connected() && two.b.is_connected(); }, seconds(5)));
}

TEST(RtcConnect, AnOfferWithoutADataChannelIsRefusedAndSaid) {
  Two two;
  two.b.call([](Connection& connection, base::Time now) {
    EXPECT_EQ(connection.handle_description(now, true, "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n"),
              TakeError::not_sdp);
  });
  EXPECT_TRUE(two.b.descriptions.empty());
}

TEST(RtcConnect, CandidatesThatOvertakeTheirDescriptionAreKept) {
  Two two;
  two.open_channel();
  // Descriptions without candidates; those come first, and slowly after.
  for (End* from : {&two.a, &two.b}) {
    End* to = from == &two.a ? &two.b : &two.a;
    from->on_signal = [&two, from, to](Event event) {
      const auto* description = std::get_if<DescriptionMade>(&event);
      if (!description) return;
      auto read = sdp::parse(description->sdp);
      const auto candidates = std::exchange(read->candidates, {});
      to->call([&](Connection& connection, base::Time now) {
        for (const sdp::Candidate& candidate : candidates)
          EXPECT_FALSE(connection.handle_candidate(now, sdp::write_candidate(candidate), read->ufrag));
      });
      const bool offer = description->offer;
      two.world.after(milliseconds(50), [to, offer, sdp = sdp::write(*read)] {
        to->call([&](Connection& connection, base::Time now) {
          EXPECT_FALSE(connection.handle_description(now, offer, sdp));
        });
      });
      (void)from;
    };
  }
  EXPECT_TRUE(two.connect(seconds(2)));
}

TEST(RtcConnect, SnapIsAgreedOnOnlyWhereBothKnowIt) {
  for (const bool alice_knows : {true, false}) {
    for (const bool bob_knows : {true, false}) {
      Two two(1, Two::delay(milliseconds(10)), {.snap = alice_knows}, {.snap = bob_knows});
      two.open_channel();
      ASSERT_TRUE(two.connect());
      two.a.say(0, "hello");
      two.world.run_for(seconds(1));
      EXPECT_EQ(two.b.texts(0).size(), 1U);
      const bool offered = two.a.descriptions.at(0).find("a=sctp-init") != std::string::npos;
      const bool answered = two.b.descriptions.at(0).find("a=sctp-init") != std::string::npos;
      EXPECT_EQ(offered, alice_knows);
      EXPECT_EQ(answered, alice_knows && bob_knows);
      two.a.call([](Connection& connection, base::Time now) { connection.restart_ice(now); });
      const bool offered_again = two.a.descriptions.at(1).find("a=sctp-init") != std::string::npos;
      EXPECT_EQ(offered_again, alice_knows && bob_knows) << "Chromium would try to begin SCTP anew";
    }
  }
}

TEST(RtcConnect, AFurtherOfferWaitsForTheAnswerToTheFirst) {
  Two two;
  two.open_channel();
  two.offer();
  two.offer();
  EXPECT_EQ(two.a.descriptions.size(), 1U);
  two.world.run_for(seconds(2));
  EXPECT_EQ(two.a.descriptions.size(), 2U);
  EXPECT_EQ(two.b.descriptions.size(), 2U);
  EXPECT_FALSE(two.a.connection.is_offering());
  EXPECT_TRUE(two.a.is_connected());
}

TEST(RtcConnect, ThePartsInDtlsAreAsTheAnswerSaysAndStaySo) {
  // The answer is there long before anything else comes.
  Two two(1, Two::delay(milliseconds(150)));
  two.open_channel();
  ASSERT_TRUE(two.connect());
  EXPECT_EQ(sdp::parse(two.a.descriptions.at(0))->setup, sdp::Setup::actpass);
  EXPECT_EQ(sdp::parse(two.b.descriptions.at(0))->setup, sdp::Setup::active);
  for (End* end : {&two.a, &two.b}) {
    end->call([](Connection& connection, base::Time now) { connection.restart_ice(now); });
    two.world.run_for(seconds(3));
  }
  ASSERT_EQ(two.a.descriptions.size(), 3U);
  ASSERT_EQ(two.b.descriptions.size(), 3U);
  EXPECT_EQ(sdp::parse(two.a.descriptions[1])->setup, sdp::Setup::passive);
  EXPECT_EQ(sdp::parse(two.b.descriptions[1])->setup, sdp::Setup::active);
  EXPECT_EQ(sdp::parse(two.b.descriptions[2])->setup, sdp::Setup::active);
  EXPECT_EQ(sdp::parse(two.a.descriptions[2])->setup, sdp::Setup::passive);
}

TEST(RtcConnect, CandidatesThatWaitForADescriptionAreBounded) {
  Two two;
  two.b.call([](Connection& connection, base::Time now) {
    for (int i = 1; i <= 1000; ++i) {
      EXPECT_FALSE(connection.handle_candidate(
          now, "candidate:1 1 udp 5 192.0.2.200 " + std::to_string(i) + " typ host", ""));
    }
  });
  two.offer();
  two.world.run_for(milliseconds(45));
  // Those, and the one in the offer.
  EXPECT_EQ(two.b.connection.agent().pairs().size(), Connection::kMostHeldCandidates + 1);
}

TEST(RtcConnect, ItIsSaidOnceLittleIsBuffered) {
  Two two;
  two.open_channel();
  int low = 0;
  two.a.on_low = [&](const BufferedLow& one) { low += one.id == 0 ? 1 : 100; };
  ASSERT_TRUE(two.connect());
  two.a.call([](Connection& connection, base::Time) { connection.set_buffered_low(0, 1000); });
  for (int i = 0; i < 40; ++i) two.a.say(0, std::string(10'000, 'x'));
  low = 0;  // of the first, which went out at once
  EXPECT_GT(two.a.connection.buffered(0), 1000U);
  two.world.run_for(seconds(10));
  EXPECT_EQ(low, 1);
  EXPECT_EQ(two.a.connection.buffered(0), 0U);
}

TEST(RtcConnect, AnInitThatIsNoneIsNotAgreedTo) {
  Two two;
  two.open_channel();
  two.a.on_signal = [&](Event event) {
    const auto* description = std::get_if<DescriptionMade>(&event);
    if (!description) return;
    auto read = sdp::parse(description->sdp);
    read->sctp_init = base::Bytes(5);
    two.b.call([&](Connection& connection, base::Time now) {
      EXPECT_FALSE(connection.handle_description(now, true, sdp::write(*read)));
    });
  };
  ASSERT_TRUE(two.connect());
  EXPECT_EQ(two.b.descriptions.at(0).find("a=sctp-init"), std::string::npos);
  two.a.say(0, "hello");
  two.world.run_for(seconds(1));
  EXPECT_EQ(two.b.texts(0).size(), 1U);
}

TEST(RtcConnect, MessagesOfEverySizeUpToTheLimitArriveWhole) {
  Two two;
  two.open_channel();
  ASSERT_TRUE(two.connect());
  std::vector<std::string> sent;
  for (const std::size_t size : {0UL, 1UL, 100UL, 1200UL, 16384UL, 262143UL, 262144UL}) {
    sent.push_back(std::string(size, static_cast<char>('a' + sent.size())));
    EXPECT_EQ(two.a.say(0, sent.back()), sctp::SendResult::queued);
  }
  EXPECT_EQ(two.a.say(0, std::string(262145, 'x')), sctp::SendResult::too_large);
  two.world.run_for(seconds(20));
  EXPECT_EQ(two.b.texts(0), sent);
}

TEST(RtcConnect, EightProgramsMeetEachOtherOnOnePortEach) {
  sim::World world(5);
  sim::Network network(world);
  Signaling signaling(world);
  std::vector<std::unique_ptr<Program>> programs;
  for (ConnectionId i = 0; i < 8; ++i) {
    programs.push_back(std::make_unique<Program>(network.host(
        "p" + std::to_string(i), {"192.0.2." + std::to_string(i + 1)}, Two::delay(milliseconds(10)))));
  }
  for (ConnectionId i = 0; i < 8; ++i) {
    for (ConnectionId j = 0; j < i; ++j) {
      End& a = programs[i]->open(j, {});
      End& b = programs[j]->open(i, {.polite = false});
      signaling.join(a, b);
      for (End* end : {&a, &b}) {
        end->call([](Connection& connection, base::Time now) {
          (void)connection.open_channel(now, {.label = "game", .negotiated = datachannel::ChannelId{0}});
        });
      }
      a.call([](Connection& connection, base::Time now) { connection.negotiate(now); });
    }
  }
  world.run_for(seconds(3));
  for (ConnectionId i = 0; i < 8; ++i) {
    for (ConnectionId j = 0; j < 8; ++j) {
      if (i != j) programs[i]->end(j).say(0, std::to_string(i) + " to " + std::to_string(j));
    }
  }
  world.run_for(seconds(1));
  for (ConnectionId i = 0; i < 8; ++i) {
    for (ConnectionId j = 0; j < 8; ++j) {
      if (i == j) continue;
      EXPECT_EQ(programs[j]->end(i).texts(0),
                std::vector<std::string>{std::to_string(i) + " to " + std::to_string(j)});
    }
    EXPECT_EQ(programs[i]->for_nobody, 0U);
  }
}

}  // namespace
}  // namespace parlor::rtc
