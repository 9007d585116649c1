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
  EXPECT_EQ(with, milliseconds(40 + 40 + 20 + 80 + 20));
  // SCTP's handshake is two trips, of which the DTLS server's INIT saves one: it leaves with the last flight.
  EXPECT_EQ(without - with, milliseconds(40));
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

TEST(RtcConnect, WhoAcceptsNoChannelsHasThoseThatBothAgreedOn) {
  Two two(1, Two::delay(milliseconds(10)), {}, {.accepts_channels = false});
  two.open_channel();
  two.a.call([](Connection& connection, base::Time now) {
    EXPECT_TRUE(connection.open_channel(now, {.label = "x"}));
  });
  ASSERT_TRUE(two.connect());
  two.a.say(0, "hello");
  two.world.run_for(seconds(1));
  EXPECT_EQ(two.b.texts(0), std::vector<std::string>{"hello"});
  ASSERT_EQ(two.b.opened.size(), 1U);
  EXPECT_EQ(two.b.opened[0].id, 0);
  EXPECT_EQ(two.a.closed.size(), 1U);
  EXPECT_TRUE(two.b.closed.empty());
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
