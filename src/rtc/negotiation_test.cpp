// How two agree: offers that cross, get lost or come late, restarts, what is no description.

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

TEST(RtcNegotiation, OffersThatCrossEndInOneConnection) {
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

TEST(RtcNegotiation, AnOfferThatWasLostIsMadeAgain) {
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

TEST(RtcNegotiation, AnAnswerThatWasLostIsMadeAgain) {
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

TEST(RtcNegotiation, AnAnswerToAnEarlierOfferIsNotTaken) {
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

TEST(RtcNegotiation, CandidatesAreToldBehindTheirDescription) {
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

TEST(RtcNegotiation, RestartsFromBothSidesAtOnceEndInOneWay) {
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

TEST(RtcNegotiation, AnOfferThatCrossesARestartEndsInOneWay) {
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

TEST(RtcNegotiation, EventsThatNobodyTakesAreBounded) {
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

TEST(RtcNegotiation, WhatIsNotSdpChangesNothing) {
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

TEST(RtcNegotiation, AnOfferWithoutADataChannelIsRefusedAndSaid) {
  Two two;
  two.b.call([](Connection& connection, base::Time now) {
    EXPECT_EQ(connection.handle_description(now, true, "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n"),
              TakeError::not_sdp);
  });
  EXPECT_TRUE(two.b.descriptions.empty());
}

TEST(RtcNegotiation, CandidatesThatOvertakeTheirDescriptionAreKept) {
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

TEST(RtcNegotiation, SnapIsAgreedOnOnlyWhereBothKnowIt) {
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

TEST(RtcNegotiation, AFurtherOfferWaitsForTheAnswerToTheFirst) {
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

TEST(RtcNegotiation, ThePartsInDtlsAreAsTheAnswerSaysAndStaySo) {
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

TEST(RtcNegotiation, CandidatesThatWaitForADescriptionAreBounded) {
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

TEST(RtcNegotiation, AnInitThatIsNoneIsNotAgreedTo) {
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

}  // namespace
}  // namespace parlor::rtc
