// When an association ends because the other side is silent, or does not come to an end, and that what a
// silent one may cost is bounded: in virtual time.

#include <limits>
#include <set>

#include "sctp/association/test_pair.hpp"

namespace parlor::sctp {
namespace {

constexpr SendOptions kNotRepeated{.unordered = true, .max_retransmits = std::uint16_t{0}};

bool has(const base::Bytes& bytes, ChunkType type) {
  const auto packet = Packet::parse(bytes, Checksum::zero_too);
  for (const Chunk& chunk : *packet) {
    if (chunk.type == type) return true;
  }
  return false;
}

class End : public testing::Test {
 protected:
  End() {
    pair_.connect();
    pair_.run(seconds(1));
  }
  void send(int from, const SendOptions& options = {}) {
    EXPECT_EQ(pair_.side(from).send(pair_.now(), 1, 53, base::Bytes(10), options), SendResult::queued);
  }
  std::vector<Closed> ends(int side) { return pair_.all<Closed>(side); }
  void expect_given_up_between(base::Duration least, base::Duration most) {
    pair_.run(least);
    EXPECT_TRUE(ends(TestPair::kAlice).empty());
    pair_.run(most - least);
    ASSERT_EQ(ends(TestPair::kAlice).size(), 1U);
    EXPECT_EQ(ends(TestPair::kAlice)[0].reason, CloseReason::no_answer);
  }
  TestPair pair_;
};

TEST_F(End, ThreeMinutesOfSilenceAreWaitedForAndNoMore) {
  pair_.network().down = true;
  send(TestPair::kAlice);
  expect_given_up_between(seconds(175), seconds(185));
}

TEST_F(End, WhatWaitsGoesOnSoonAfterASilenceAndSoDoesAStreamThatIsToEnd) {
  pair_.network().down = true;
  send(TestPair::kAlice);
  EXPECT_TRUE(pair_.alice().reset_streams(pair_.now(), std::array<StreamId, 1>{2}));
  pair_.run(seconds(170));
  pair_.network().down = false;
  EXPECT_TRUE(pair_.run(seconds(4), [&] {
    return !pair_.all<ReceivedMessage>(TestPair::kBob).empty() &&
           !pair_.all<ResetDone>(TestPair::kAlice).empty();
  }));
}

TEST_F(End, WhereNothingWasSentForAnHourTheSilenceBeginsWithWhatIsSent) {
  for (const bool resets : {false, true}) {
    pair_.run(seconds(3600));
    pair_.network().down = true;
    if (resets) {
      EXPECT_TRUE(pair_.alice().reset_streams(pair_.now(), std::array<StreamId, 1>{2}));
    } else {
      send(TestPair::kAlice);
    }
    pair_.run(seconds(100));
    EXPECT_TRUE(ends(TestPair::kAlice).empty()) << resets;
    pair_.network().down = false;
    pair_.run(seconds(10));
  }
}

TEST_F(End, AStreamWhoseEndNobodyAnswersEndsItTooAfterASilence) {
  pair_.network().down = true;
  EXPECT_TRUE(pair_.alice().reset_streams(pair_.now(), std::array<StreamId, 1>{2}));
  pair_.run(seconds(185));
  EXPECT_EQ(ends(TestPair::kAlice).size(), 1U);
}

TEST_F(End, WhoSendsAndAcknowledgesNothingIsSilent) {
  pair_.on_packet = [](int from, base::Bytes& bytes) {
    return from == TestPair::kAlice || !has(bytes, ChunkType::sack);
  };
  for (int i = 0; i < 1850; ++i) {
    if (!ends(TestPair::kAlice).empty()) break;
    send(TestPair::kAlice, kNotRepeated);
    if (ends(TestPair::kBob).empty()) send(TestPair::kBob);
    pair_.run(milliseconds(100));
  }
  EXPECT_EQ(ends(TestPair::kAlice).size(), 1U);
}

TEST_F(End, WhoAcknowledgesAgainAndAgainWhatIsKnownIsSilent) {
  std::optional<base::Bytes> known;
  pair_.on_packet = [&](int from, base::Bytes& bytes) {
    if (from == TestPair::kAlice) return true;
    if (!known && has(bytes, ChunkType::sack)) known = bytes;
    return false;
  };
  send(TestPair::kAlice);
  pair_.run(milliseconds(300));
  ASSERT_TRUE(known);
  for (int i = 0; i < 1850 && ends(TestPair::kAlice).empty(); ++i) {
    send(TestPair::kAlice);
    pair_.put(TestPair::kAlice, *known);
    pair_.run(milliseconds(100));
  }
  EXPECT_EQ(ends(TestPair::kAlice).size(), 1U);
}

TEST(EndOfALife, IsTakenBackByAnotherOneUnlessOnlyItsLastWordIsMissing) {
  for (const bool all_but_over : {false, true}) {
    TestPair pair;
    pair.connect();
    pair.run(seconds(1));
    if (all_but_over) {
      pair.bob().shut_down(pair.now());
      bool told = false;
      pair.on_packet = [&](int from, base::Bytes&) {
        return from == TestPair::kAlice || !std::exchange(told, true);
      };
      ASSERT_TRUE(
          pair.run(seconds(1), [&] { return pair.alice().state() == AssociationState::shutdown_ack_sent; }));
    } else {
      pair.network().down = true;
      pair.alice().shut_down(pair.now());
      pair.run(seconds(1));
      ASSERT_EQ(pair.alice().state(), AssociationState::shutdown_sent);
    }
    pair.network().down = false;
    pair.on_packet = nullptr;
    pair.begin_anew(TestPair::kBob);
    pair.bob().connect(pair.now());
    pair.run(seconds(60));
    EXPECT_EQ(pair.alice().state(), all_but_over ? AssociationState::closed : AssociationState::established);
    EXPECT_EQ(pair.all<Closed>(TestPair::kAlice).size(), all_but_over ? 1U : 0U) << "and none waits for ever";
  }
}

TEST_F(End, ACookieFromBeforeItDoesNotTakeItBack) {
  std::optional<VerificationTag> tag;
  base::Bytes echo;
  pair_.on_packet = [&](int from, base::Bytes& bytes) {
    if (from == TestPair::kAlice) return true;
    if (!tag) tag = Packet::parse(bytes, Checksum::zero_too)->tag();
    if (!has(bytes, ChunkType::cookie_echo)) return true;
    echo = bytes;
    return false;
  };
  send(TestPair::kBob);
  pair_.run(milliseconds(1));
  pair_.begin_anew(TestPair::kBob);
  pair_.bob().connect(pair_.now());
  ASSERT_TRUE(pair_.run(seconds(1), [&] { return !echo.empty(); }));
  base::Bytes end(100);
  PacketWriter writer(end, 5000, 5000, *tag);
  writer.add(ChunkType::shutdown, 0, base::Bytes(4));
  const auto written = writer.finish(false);
  pair_.put(TestPair::kAlice, {written.begin(), written.end()});
  ASSERT_TRUE(
      pair_.run(seconds(1), [&] { return pair_.alice().state() == AssociationState::shutdown_ack_sent; }));
  for (int i = 0; i < 60 && ends(TestPair::kAlice).empty(); ++i) {
    pair_.put(TestPair::kAlice, echo);
    pair_.run(seconds(1));
  }
  EXPECT_EQ(ends(TestPair::kAlice).size(), 1U);
}

TEST_F(End, ResetsOfAFormerLifeAreForgottenWithIt) {
  pair_.network().down = true;
  EXPECT_TRUE(pair_.alice().reset_streams(pair_.now(), std::array<StreamId, 1>{2}));
  pair_.run(seconds(1));
  pair_.network().down = false;
  pair_.begin_anew(TestPair::kBob);
  pair_.bob().connect(pair_.now());
  pair_.run(seconds(10));
  EXPECT_EQ(pair_.all<Restarted>(TestPair::kAlice).size(), 1U);
  EXPECT_TRUE(pair_.all<ResetDone>(TestPair::kAlice).empty());
  EXPECT_EQ(pair_.alice().send(pair_.now(), 2, 53, base::Bytes(10)), SendResult::queued);
}

TEST(EndOfWhoIsPatient, HasNoMoreOnItsWayThanIsBounded) {
  AssociationOptions patient;
  patient.longest_silence = seconds(3600);
  TestPair pair(1, patient);
  pair.connect();
  pair.run(seconds(1));
  std::set<std::uint32_t> tsns;
  pair.on_packet = [&](int from, base::Bytes& bytes) {
    const auto packet = Packet::parse(bytes, Checksum::zero_too);
    for (const Chunk& chunk : *packet) {
      const auto data = chunk.type == ChunkType::i_data ? read_data(chunk) : std::nullopt;
      if (data && from == TestPair::kAlice) tsns.insert(data->tsn.value());
    }
    return from == TestPair::kAlice;
  };
  std::size_t before = 0;
  for (int second = 0; second < 1800; ++second) {
    for (int i = 0; i < 60; ++i) (void)pair.alice().send(pair.now(), 1, 53, base::Bytes(1), kNotRepeated);
    pair.run(seconds(1));
    if (second == 1500) before = tsns.size();
  }
  EXPECT_LE(tsns.size(), Outstanding::kMost);
  EXPECT_EQ(tsns.size(), before) << "it was reached";
  EXPECT_GT(tsns.size(), Outstanding::kMost / 2);
}

TEST(EndOfWhoIsImpatient, IsHeardOfByTheOtherSideWhenTheWayIsBack) {
  AssociationOptions impatient;
  impatient.longest_silence = seconds(20);
  TestPair pair(1, impatient);
  pair.connect();
  pair.run(seconds(1));
  pair.network().down = true;
  for (Association* side : {&pair.alice(), &pair.bob()})
    EXPECT_EQ(side->send(pair.now(), 1, 51, base::Bytes(100)), SendResult::queued);
  ASSERT_TRUE(pair.run(seconds(60), [&] { return !pair.all<Closed>(TestPair::kAlice).empty(); }));
  pair.network().down = false;
  ASSERT_TRUE(pair.run(seconds(10), [&] { return !pair.all<Closed>(TestPair::kBob).empty(); }));
  EXPECT_EQ(pair.all<Closed>(TestPair::kBob)[0].reason, CloseReason::aborted_by_peer);
}

TEST_F(End, OfTwoThatHaveEndedNeitherAnswersTheOthersEnd) {
  std::map<int, base::Bytes> last_data;
  pair_.on_packet = [&](int from, base::Bytes& bytes) {
    if (has(bytes, ChunkType::i_data)) last_data[from] = bytes;
    return true;
  };
  send(TestPair::kAlice);
  send(TestPair::kBob);
  pair_.run(seconds(1));
  // Both at once, and each end is lost.
  std::map<int, base::Bytes> aborts;
  pair_.on_packet = [&](int from, base::Bytes& bytes) {
    aborts[from] = bytes;
    return false;
  };
  pair_.alice().abort(pair_.now(), "");
  pair_.bob().abort(pair_.now(), "");
  pair_.run(seconds(1));
  ASSERT_TRUE(has(aborts[0], ChunkType::abort) && has(aborts[1], ChunkType::abort));
  for (const int from : {TestPair::kAlice, TestPair::kBob}) pair_.put(1 - from, aborts[from]);
  const int packets = pair_.packets;
  pair_.run(seconds(1));
  EXPECT_EQ(pair_.packets, packets);
  // What else comes late is answered: one for one.
  for (int i = 0; i < 3; ++i) {
    pair_.put(TestPair::kBob, last_data[TestPair::kAlice]);
    pair_.run(seconds(1));
    EXPECT_EQ(pair_.packets, packets + i + 1);
  }
}

TEST_F(End, WhoAcknowledgesBehindAGapAgainAndAgainIsSilent) {
  std::optional<base::Bytes> gap;
  std::optional<Tsn> first;
  pair_.on_packet = [&](int from, base::Bytes& bytes) {
    if (from == TestPair::kBob) {
      if (!gap && first && has(bytes, ChunkType::sack)) {
        gap.emplace(100);
        PacketWriter writer(*gap, 5000, 5000, Packet::parse(bytes, Checksum::zero_too)->tag());
        const std::array<GapBlock, 1> second{GapBlock{2, 2}};
        write_sack(writer, Tsn(first->value() - 1), 100'000, second, {});
        gap->resize(writer.finish(true).size());
      }
      return false;
    }
    const auto packet = Packet::parse(bytes, Checksum::zero_too);
    for (const Chunk& chunk : *packet) {
      if (chunk.type == ChunkType::i_data && !first) first = read_data(chunk)->tsn;
    }
    return true;
  };
  for (int i = 0; i < 1850 && ends(TestPair::kAlice).empty(); ++i) {
    send(TestPair::kAlice);
    if (gap) pair_.put(TestPair::kAlice, *gap);
    pair_.run(milliseconds(100));
  }
  EXPECT_EQ(ends(TestPair::kAlice).size(), 1U);
}

TEST_F(End, WaitsForNothingThatHasExpired) {
  EXPECT_EQ(pair_.alice().send(pair_.now(), 1, 53, base::Bytes(10), {.lifetime = base::Duration{}}),
            SendResult::queued);
  pair_.alice().shut_down(pair_.now());
  EXPECT_TRUE(pair_.run(seconds(1), [&] { return ends(TestPair::kAlice).size() == 1; }));
  EXPECT_EQ(ends(TestPair::kAlice)[0].reason, CloseReason::shutdown);
}

TEST_F(End, AnEndThatTheOtherSideBeginsAndNeverFinishesIsOverInTime) {
  pair_.bob().shut_down(pair_.now());
  bool told = false;
  pair_.on_packet = [&](int from, base::Bytes&) {
    return from == TestPair::kAlice || !std::exchange(told, true);  // SHUTDOWN, and nothing after it
  };
  ASSERT_TRUE(
      pair_.run(seconds(1), [&] { return pair_.alice().state() == AssociationState::shutdown_ack_sent; }));
  expect_given_up_between(seconds(30), seconds(45));
}

TEST(EndOfAHandshake, ThatAlwaysFindsItsCookieStaleIsReached) {
  AssociationOptions forgetful;
  forgetful.cookie_life = -seconds(1);
  TestPair pair(1, {}, forgetful);
  pair.alice().connect(pair.now());
  ASSERT_TRUE(pair.run(seconds(600), [&] { return !pair.all<Closed>(TestPair::kAlice).empty(); }));
  EXPECT_EQ(pair.all<Closed>(TestPair::kAlice)[0].reason, CloseReason::no_answer);
  EXPECT_LE(pair.packets, 100);
}

TEST(EndOfAHandshake, ACookieFromAnyTimeDoesNoHarm) {
  TestPair pair;
  pair.on_packet = [&](int, base::Bytes& bytes) {
    if (!has(bytes, ChunkType::cookie_echo)) return true;
    const auto packet = Packet::parse(bytes, Checksum::required);
    auto cookie = read_cookie(packet->begin()->value);
    EXPECT_TRUE(cookie);
    for (const auto made :
         {std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max()}) {
      cookie->made = base::time_from(base::Duration(made));
      base::Bytes other(200);
      PacketWriter writer(other, 5000, 5000, packet->tag());
      writer.add(ChunkType::cookie_echo, 0, write_cookie(*cookie));
      const auto written = writer.finish(true);
      pair.put(TestPair::kBob, {written.begin(), written.end()});
    }
    return false;
  };
  pair.alice().connect(pair.now());
  pair.run(seconds(1));
  EXPECT_EQ(pair.bob().state(), AssociationState::closed);
}

TEST(EndOfTheBuffer, SmallMessagesThatWaitAreBoundedByTheirNumber) {
  AssociationOptions options;
  options.send_buffer = 6400;
  TestPair pair(1, options);
  pair.network().down = true;
  pair.alice().connect(pair.now());
  std::size_t taken = 0;
  while (pair.alice().send(pair.now(), 1, 53, base::Bytes(1)) == SendResult::queued) ++taken;
  EXPECT_EQ(taken, 100U);
  EXPECT_EQ(pair.alice().send(pair.now(), 1, 53, base::Bytes(1), kNotRepeated), SendResult::would_block);
  pair.network().down = false;
  pair.run(seconds(5));
  EXPECT_EQ(pair.messages(TestPair::kBob).size(), taken);
  EXPECT_EQ(pair.alice().send(pair.now(), 1, 53, base::Bytes(1)), SendResult::queued);
}

TEST_F(End, OfOnePacketOneAcknowledgementCounts) {
  std::optional<Tsn> first;
  pair_.on_packet = [&](int from, base::Bytes& bytes) {
    const auto packet = Packet::parse(bytes, Checksum::zero_too);
    for (const Chunk& chunk : *packet) {
      if (from == TestPair::kAlice && chunk.type == ChunkType::i_data && !first)
        first = read_data(chunk)->tsn;
      if (from != TestPair::kBob || chunk.type != ChunkType::sack || !first) continue;
      // Of each of the two messages one.
      base::Bytes both(200);
      PacketWriter writer(both, 5000, 5000, packet->tag());
      write_sack(writer, *first, 100'000, {}, {});
      write_sack(writer, *first + 1, 100'000, {}, {});
      const auto written = writer.finish(true);
      pair_.put(TestPair::kAlice, {written.begin(), written.end()});
    }
    return from == TestPair::kAlice;
  };
  send(TestPair::kAlice);
  pair_.run(milliseconds(1));
  const std::size_t of_two = 2 * pair_.alice().in_flight();
  send(TestPair::kAlice);
  pair_.run(milliseconds(1));
  EXPECT_EQ(pair_.alice().in_flight(), of_two);
  pair_.run(milliseconds(45));
  EXPECT_EQ(pair_.alice().in_flight(), of_two / 2);
}

}  // namespace
}  // namespace parlor::sctp
