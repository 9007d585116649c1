// How soon what is lost is sent again, where little is sent: in virtual time, over 50 ms of round trip.

#include <set>

#include "sctp/association/test_pair.hpp"

namespace parlor::sctp {
namespace {

constexpr base::Duration kWay = milliseconds(25);
constexpr SendOptions kOnce{.unordered = true, .max_retransmits = std::uint16_t{0}};

class Recovery : public testing::Test {
 protected:
  Recovery() {
    pair_.network().delay = kWay;
    pair_.connect();
    for (int i = 0; i < 10; ++i) {
      send(TestPair::kAlice);
      pair_.run(milliseconds(500));
    }
    (void)pair_.take(TestPair::kBob);
  }
  void send(int from, const SendOptions& options = {}, std::size_t size = 100) {
    EXPECT_EQ(pair_.side(from).send(pair_.now(), 1, 53, numbered(++sent_, size), options),
              SendResult::queued);
  }
  /// The next packets of alice's, from this one on.
  void lose(int first, int count = 1) {
    pair_.on_packet = [this, first, count, seen = 0](int from, base::Bytes&) mutable {
      if (from != TestPair::kAlice) return true;
      ++packets_;
      const int which = seen++;
      return which < first || which >= first + count;
    };
  }
  std::size_t count_messages() { return pair_.all<ReceivedMessage>(TestPair::kBob).size(); }
  base::Duration time_until(std::size_t count) {
    const base::Time begun = pair_.now();
    EXPECT_TRUE(pair_.run(seconds(20), [&] { return count_messages() >= count; }));
    return pair_.now() - begun;
  }
  TestPair pair_;
  std::uint32_t sent_ = 0;
  int packets_ = 0;
};

TEST_F(Recovery, ALoneMessageComesWithinTwoAndAHalfRoundTrips) {
  lose(0);
  const std::size_t window = pair_.alice().congestion_window();
  send(TestPair::kAlice);
  EXPECT_LE(time_until(1), milliseconds(125 + 12));
  pair_.run(milliseconds(26));
  EXPECT_EQ(pair_.alice().in_flight(), 0U) << "its acknowledgement is not held back";
  pair_.run(seconds(1));
  EXPECT_GE(pair_.alice().congestion_window(), window) << "as before";
  EXPECT_EQ(packets_, 2);
}

TEST_F(Recovery, SoDoesTheLastOfABurst) {
  lose(3);
  for (int i = 0; i < 4; ++i) send(TestPair::kAlice, {}, 850);
  EXPECT_LE(time_until(4), milliseconds(125 + 12));
}

TEST_F(Recovery, OneBeforeTheLastNeedsNoThreeSacks) {
  for (const int lost : {0, 1, 2}) {
    (void)pair_.take(TestPair::kBob);
    lose(lost);
    for (int i = 0; i < 4; ++i) send(TestPair::kAlice, {}, 850);
    EXPECT_LE(time_until(4), milliseconds(50 + 25 + 8)) << lost;
    pair_.run(seconds(1));
  }
}

TEST_F(Recovery, OneOfASteadyStreamIsSentAgainAsSoonAsTheNextWasHeardOf) {
  for (int i = 0; i < 20; ++i) {
    send(TestPair::kAlice, {.unordered = true});
    pair_.run(base::microseconds(16'667));
  }
  pair_.run(milliseconds(25));
  (void)pair_.take(TestPair::kBob);
  const base::Time begun = pair_.now();
  lose(0);
  std::optional<base::Time> repeated;
  for (int i = 0; i < 20; ++i) {
    send(TestPair::kAlice, {.unordered = true});
    pair_.run(base::microseconds(16'667));
    if (!repeated && count_messages() == static_cast<std::size_t>(i)) continue;
    if (!repeated) repeated = pair_.now();
  }
  ASSERT_TRUE(repeated);
  EXPECT_LE(*repeated - begun, milliseconds(17 + 50 + 25 + 17)) << "the third SACK would come 33 ms later";
}

TEST_F(Recovery, ARepetitionThatIsLostTooIsSeenByWhatWasSentBehindIt) {
  int repetitions = 0;
  std::uint32_t missing = 0;
  pair_.on_packet = [&](int from, base::Bytes& bytes) {
    if (from != TestPair::kAlice) return true;
    const auto packet = Packet::parse(bytes, Checksum::zero_too);
    for (const Chunk& chunk : *packet) {
      const auto data = chunk.type == ChunkType::i_data ? read_data(chunk) : std::nullopt;
      if (!data) continue;
      if (missing == 0) missing = data->tsn.value();
      if (data->tsn.value() == missing && ++repetitions <= 2) return false;
    }
    return true;
  };
  const base::Time begun = pair_.now();
  base::Duration took{};
  for (std::uint32_t i = 0; i < 60; ++i) {
    send(TestPair::kAlice, {.unordered = true});
    pair_.run(base::microseconds(16'667));
    if (took == base::Duration{} && repetitions == 3) took = pair_.now() - begun;
  }
  EXPECT_EQ(repetitions, 3);
  EXPECT_LE(took, milliseconds(180)) << "a timeout takes 250 from the first repetition on";
}

TEST_F(Recovery, WhatIsNotRepeatedIsGivenUpAsSoon) {
  lose(0);
  send(TestPair::kAlice, kOnce);
  pair_.run(milliseconds(115));
  EXPECT_EQ(pair_.alice().in_flight(), 0U);
  const std::size_t window = pair_.alice().congestion_window();
  pair_.run(seconds(1));
  EXPECT_EQ(pair_.alice().congestion_window(), window);
  EXPECT_EQ(packets_, 2) << "it, and a FORWARD TSN";
}

TEST_F(Recovery, AProbeThatIsLostIsFollowedByTheTimeout) {
  lose(0, 2);
  send(TestPair::kAlice);
  EXPECT_LE(time_until(1), milliseconds(110 + 250 + 25 + 5));
}

TEST_F(Recovery, ARoundTripThatGrewIsMeasuredAgain) {
  pair_.network().delay = milliseconds(90);
  lose(1000);
  for (int i = 0; i < 20; ++i) {
    send(TestPair::kAlice);
    pair_.run(seconds(1));
  }
  EXPECT_LE(packets_, 22) << "sent again twice";
  EXPECT_GT(*pair_.alice().round_trip(), milliseconds(150));
}

TEST_F(Recovery, ABadPathIsNotWaitedForWhileAnythingGetsThrough) {
  base::Duration all{};
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    TestPair pair(seed);
    pair.connect();
    pair.network().loss = 35;
    for (std::uint32_t i = 0; i < 50; ++i) (void)pair.alice().send(pair.now(), 1, 53, numbered(i, 1000));
    const base::Time begun = pair.now();
    ASSERT_TRUE(pair.run(seconds(300), [&] { return pair.alice().in_flight() == 0; })) << seed;
    all += pair.now() - begun;
  }
  EXPECT_LE(all / 20, seconds(24));
}

TEST_F(Recovery, WhatOvertakesOtherPacketsIsGotUsedTo) {
  pair_.network().jitter = milliseconds(30);
  std::set<std::uint32_t> tsns;
  int repeated = 0;
  pair_.on_packet = [&](int from, base::Bytes& bytes) {
    const auto packet = Packet::parse(bytes, Checksum::zero_too);
    for (const Chunk& chunk : *packet) {
      const auto data = chunk.type == ChunkType::i_data && from == 0 ? read_data(chunk) : std::nullopt;
      if (data && !tsns.insert(data->tsn.value()).second) ++repeated;
    }
    return true;
  };
  for (int i = 0; i < 1000; ++i) {
    send(TestPair::kAlice, {.unordered = true});
    pair_.run(base::microseconds(16'667));
  }
  EXPECT_LE(repeated, 30);
}

TEST_F(Recovery, WhoHearsMuchAsksForNoAcknowledgementOfItsOwn) {
  lose(1000);
  int from_bob = 0;
  pair_.on_packet = [&](int from, base::Bytes&) {
    if (from == TestPair::kBob) ++from_bob;
    return true;
  };
  for (int i = 0; i < 600; ++i) {
    send(TestPair::kBob);
    if (i % 12 == 0) send(TestPair::kAlice);
    pair_.run(base::microseconds(16'667));
  }
  EXPECT_LE(from_bob, 600 + 4) << "acknowledgements go along with what it sends";
}

TEST_F(Recovery, WhereNothingIsLostNothingOfASteadyStreamIsSentTwice) {
  std::set<std::pair<int, std::uint32_t>> tsns;
  int repeated = 0;
  pair_.on_packet = [&](int from, base::Bytes& bytes) {
    const auto packet = Packet::parse(bytes, Checksum::zero_too);
    for (const Chunk& chunk : *packet) {
      const auto data = chunk.type == ChunkType::i_data ? read_data(chunk) : std::nullopt;
      if (data && !tsns.emplace(from, data->tsn.value()).second) ++repeated;
    }
    return true;
  };
  for (const auto every : {milliseconds(16), milliseconds(70), milliseconds(150), milliseconds(400)}) {
    // Questions and answers, then one side alone.
    for (const bool answers : {true, false}) {
      for (int i = 0; i < 100; ++i) {
        send(TestPair::kAlice);
        pair_.run(kWay + milliseconds(1));
        if (answers) send(TestPair::kBob);
        pair_.run(every);
      }
      pair_.run(seconds(1));
    }
  }
  EXPECT_EQ(tsns.size(), 8 * 100U + 4 * 100U);
  EXPECT_EQ(repeated, 0);
}

}  // namespace
}  // namespace parlor::sctp
