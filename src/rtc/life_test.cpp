// Once connected: outages, restarts, messages of every size, and the end.

#include "ice/binding.hpp"
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

TEST(RtcLife, AnAnswerGoesInOneDatagramWithTheAcknowledgementOfWhatItAnswers) {
  Two two;
  two.open_channel();
  ASSERT_TRUE(two.connect());
  two.world.run_for(seconds(1));
  std::size_t records = 0;
  two.bob.on_send = [&](base::Bytes& datagram) {
    if (datagram[0] == std::byte{23}) ++records;  // data of DTLS: no checks
    return true;
  };
  two.b.on_message = [&](const ChannelMessage& message) { two.b.say(0, base::as_text(message.bytes)); };
  for (std::size_t asked = 1; asked <= 5; ++asked) {
    // After a pause, so that the acknowledgement is asked for at once.
    two.a.say(0, "echo");
    two.world.run_for(milliseconds(500));
    EXPECT_EQ(two.a.texts(0).size(), asked);
    EXPECT_EQ(records, asked);
  }
}

TEST(RtcLife, ClosingTellsTheOtherSide) {
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

TEST(RtcLife, EitherOfItsTwoLastWordsIsEnough) {
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

TEST(RtcLife, AChannelIsClosedFromEitherSide) {
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

TEST(RtcLife, ARestartFindsAWayAfterAnOutageThatEndedConsent) {
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

TEST(RtcLife, AnOutageOfAnHourEndsNothing) {
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

sim::LinkOptions checks_only() {
  sim::LinkOptions options = Two::delay(milliseconds(20));
  options.mtu = 300;
  options.black_hole = true;
  return options;
}

TEST(RtcLife, AWayThatCarriesNothingButChecksForMinutesEndsNothing) {
  Two two;
  two.open_channel();
  ASSERT_TRUE(two.connect());
  two.world.run_for(seconds(1));
  two.alice.host().interface().set(checks_only());
  const std::string large(2000, 'x');
  two.a.say(0, large);
  two.world.run_for(seconds(170));
  EXPECT_TRUE(two.a.is_connected() && two.b.is_connected());
  two.alice.host().interface().set(Two::delay(milliseconds(20)));
  two.world.run_for(seconds(4));
  EXPECT_EQ(two.b.texts(0), std::vector<std::string>{large});
}

TEST(RtcLife, AWayThatCarriesNothingButChecksForGoodFailsAndSaysSo) {
  Two two;
  two.open_channel();
  ASSERT_TRUE(two.connect());
  two.world.run_for(seconds(1));
  two.alice.host().interface().set(checks_only());
  two.a.say(0, std::string(2000, 'x'));
  two.world.run_for(seconds(190));
  EXPECT_EQ(two.a.connection.state(), State::failed);
  EXPECT_EQ(two.a.changes.back().reason, Reason::sctp);
  EXPECT_FALSE(two.a.changes.back().detail.empty());
}

TEST(RtcLife, OverALongWayWhatIsSentNowAndThenIsSentOnceAndMeasured) {
  Two two(1, Two::delay(milliseconds(1100)));
  two.open_channel();
  ASSERT_TRUE(two.connect(seconds(120)));
  two.world.run_for(seconds(20));
  int records = 0;
  two.alice.on_send = [&](base::Bytes& datagram) {
    if (datagram[0] > std::byte{3}) ++records;
    return true;
  };
  for (int i = 0; i < 10; ++i) {
    two.a.say(0, "now and then");
    two.world.run_for(seconds(20));
  }
  EXPECT_EQ(two.b.texts(0).size(), 10U);
  EXPECT_EQ(records, 10);
  ASSERT_TRUE(two.a.connection.stats().sctp_round_trip);
  EXPECT_GT(*two.a.connection.stats().sctp_round_trip, milliseconds(4000));
}

TEST(RtcLife, WhatIsLostDuringARestartIsSentAgainOnTheFormerWay) {
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

TEST(RtcLife, WhoClosesDuringTheHandshakeSaysSo) {
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

TEST(RtcLife, TwoWhoAreIntroducedOnceMoreBySomebodyElseKeepTheirConnection) {
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

TEST(RtcLife, WhoWritesAPeersAddressOnChecksTakesNothingFromIt) {
  Two two;
  two.open_channel({.ordered = false, .max_retransmits = std::uint16_t{0}});
  // Mallory and Mallet are in bob's room, too, and know alice's address.
  Program mallory(two.network.host("mallory", {"192.0.2.66"}, Two::delay(milliseconds(10))));
  Program mallet(two.network.host("mallet", {"192.0.2.67"}, Two::delay(milliseconds(10))));
  const std::map<ConnectionId, Program*> liars{{2, &mallory}, {3, &mallet}};
  for (const auto& [id, liar] : liars) {
    End& theirs = liar->open(id);
    two.signaling.join(theirs, two.bob.open(id, {.polite = false}));
    theirs.call([](Connection& connection, base::Time now) { connection.negotiate(now); });
  }
  const auto are_connected = [&] { return mallory.end(2).is_connected() && mallet.end(3).is_connected(); };
  ASSERT_TRUE(two.world.run_until(are_connected, seconds(2)));
  base::SeededRandom random(1);
  const auto lie = [&] {
    for (const auto& [id, liar] : liars) {
      stun::TransactionId transaction{};
      random.fill(transaction);
      const base::Bytes check = ice::write_request(
          transaction, liar->end(id).connection.agent().local_credentials(),
          two.bob.end(id).connection.agent().local_credentials(), {.priority = 1, .tie_breaker = 1});
      two.bob.receive({.source = two.alice.local(), .bytes = check});
    }
  };
  std::function<void()> go_on = [&] {
    lie();
    two.world.after(milliseconds(1), [&] { go_on(); });
  };
  go_on();
  ASSERT_TRUE(two.connect(seconds(1)));
  two.world.run_for(milliseconds(200));
  for (int i = 0; i < 50; ++i) {
    two.a.say(0, "x");
    two.world.run_for(milliseconds(20));
  }
  two.world.run_for(milliseconds(100));
  EXPECT_EQ(two.b.texts(0).size(), 50U);
  EXPECT_TRUE(are_connected()) << "as themselves";
}

TEST(RtcLife, ItIsSaidOnceLittleIsBuffered) {
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

TEST(RtcLife, MessagesOfEverySizeUpToTheLimitArriveWhole) {
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

}  // namespace
}  // namespace parlor::rtc
