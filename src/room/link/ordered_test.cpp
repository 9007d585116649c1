// Both ends of an ordered channel.

#include <gtest/gtest.h>

#include <string>

#include "base/random.hpp"
#include "room/link/ordered_in.hpp"
#include "room/link/ordered_out.hpp"

namespace parlor::room {
namespace {

const base::Time kNow = base::time_from(base::seconds(100));

Slice slice(std::size_t size) {
  return Slice(std::make_shared<const Bytes>(size));
}
FrameHeader header(std::uint16_t number, bool more = false, std::optional<std::uint8_t> term = {}) {
  FrameHeader header;
  header.kind = more ? FrameKind::ordered_more : FrameKind::ordered;
  header.number = number;
  header.term = term;
  return header;
}
/// The numbers that are to be given to this way now.
std::vector<std::uint16_t> give_all(OrderedOut& out, Way way, bool doubled = false) {
  std::vector<std::uint16_t> numbers;
  while (const auto* entry = out.next_for(way, doubled)) {
    numbers.push_back(entry->number);
    out.given(*entry, way);
  }
  return numbers;
}
using Numbers = std::vector<std::uint16_t>;

TEST(OrderedOut, GivesEachOnceToAWayThatLives) {
  OrderedOut out;
  for (int i = 0; i < 3; ++i) out.push(slice(10), false);
  EXPECT_EQ(give_all(out, Way::relay), (Numbers{0, 1, 2}));
  EXPECT_EQ(give_all(out, Way::rtc), Numbers{}) << "the relay has them";
  out.push(slice(10), false);
  EXPECT_EQ(give_all(out, Way::rtc), Numbers{3});
}

TEST(OrderedOut, GivesAgainWhatOnlyADeadWayHad) {
  OrderedOut out;
  for (int i = 0; i < 4; ++i) out.push(slice(10), false);
  EXPECT_EQ(give_all(out, Way::rtc), (Numbers{0, 1, 2, 3}));
  EXPECT_TRUE(out.acknowledge(2));
  out.lost(Way::rtc);
  EXPECT_EQ(give_all(out, Way::relay), (Numbers{2, 3}));
  EXPECT_EQ(give_all(out, Way::rtc), Numbers{});
}

TEST(OrderedOut, GivesToBothWhileInDoubt) {
  OrderedOut out;
  for (int i = 0; i < 3; ++i) out.push(slice(10), false);
  EXPECT_EQ(give_all(out, Way::rtc), (Numbers{0, 1, 2}));
  EXPECT_EQ(give_all(out, Way::relay, true), (Numbers{0, 1, 2}));
  out.push(slice(10), false);
  EXPECT_EQ(give_all(out, Way::rtc, true), Numbers{3});
  EXPECT_EQ(give_all(out, Way::relay, true), Numbers{3});
  out.lost(Way::rtc);
  EXPECT_EQ(give_all(out, Way::relay), Numbers{}) << "the other way lives";
}

TEST(OrderedOut, TakesNoAcknowledgementOfWhatWasNeverGiven) {
  OrderedOut out;
  for (int i = 0; i < 3; ++i) out.push(slice(10), false);
  EXPECT_FALSE(out.acknowledge(1));
  EXPECT_EQ(give_all(out, Way::rtc).size(), 3u);
  EXPECT_FALSE(out.acknowledge(4));
  EXPECT_TRUE(out.acknowledge(2));
  EXPECT_FALSE(out.acknowledge(2)) << "that is known";
  EXPECT_FALSE(out.acknowledge(1)) << "and this is older";
  EXPECT_EQ(out.bytes(), 10u);
}

TEST(OrderedOut, CountsAroundAllItsNumbers) {
  OrderedOut out;
  for (int i = 0; i < 200'000; ++i) {
    out.push(slice(1), false);
    ASSERT_EQ(give_all(out, Way::rtc), Numbers{static_cast<std::uint16_t>(i)});
    ASSERT_TRUE(out.acknowledge(static_cast<std::uint16_t>((i + 1) % kAckNumbers)));
  }
  EXPECT_TRUE(out.empty());
}

TEST(OrderedOut, HasNoMoreUnderWayThanNumbersCanTellApart) {
  OrderedOut out;
  std::size_t taken = 0;
  for (; out.takes(1); ++taken) out.push(slice(0), false);
  EXPECT_EQ(taken, kMaxUnacknowledged);
  EXPECT_EQ(give_all(out, Way::rtc).size(), kMaxUnacknowledged);
  EXPECT_TRUE(out.acknowledge(static_cast<std::uint16_t>(kMaxUnacknowledged % kAckNumbers)));
  EXPECT_TRUE(out.empty());
}

TEST(OrderedIn, DeliversInOrderWhateverComesFirst) {
  OrderedIn in;
  for (const std::uint16_t number : std::initializer_list<std::uint16_t>{2, 0, 2, 1, 0}) {
    const Bytes payload(number);
    const auto taken = in.take(kNow, header(number), payload);
    EXPECT_NE(taken, OrderedIn::Taken::nonsense);
  }
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(in.pop(kNow)->bytes.size(), i);
  EXPECT_FALSE(in.pop(kNow));
  EXPECT_EQ(in.acknowledge(3), (Ack{3, 3}));
}

TEST(OrderedIn, PutsPiecesTogether) {
  OrderedIn in;
  EXPECT_EQ(in.take(kNow, header(1, true), Bytes(2)), OrderedIn::Taken::yes);
  EXPECT_EQ(in.take(kNow, header(2), Bytes(3)), OrderedIn::Taken::yes);
  EXPECT_FALSE(in.pop(kNow));
  EXPECT_EQ(in.take(kNow, header(0, true), Bytes(1)), OrderedIn::Taken::yes);
  EXPECT_EQ(in.pop(kNow)->bytes.size(), 6u);
}

TEST(OrderedIn, TakesNoMoreThanAnHonestSenderHas) {
  OrderedIn in;
  EXPECT_EQ(in.take(kNow, header(kMaxUnacknowledged + 1), {}), OrderedIn::Taken::nonsense);
  EXPECT_EQ(in.take(kNow, header(0), Bytes(kMaxPiece + 1)), OrderedIn::Taken::nonsense);
  std::uint16_t number = 1;
  while (in.take(kNow, header(number), Bytes(kMaxPiece)) == OrderedIn::Taken::yes) ++number;
  EXPECT_EQ(number - 1u, OrderedIn::kMaxWaitingBytes / kMaxPiece);
  OrderedIn endless;
  std::uint16_t pieces = 0;
  while (endless.take(kNow, header(pieces, true), Bytes(kMaxPiece)) == OrderedIn::Taken::yes) ++pieces;
  EXPECT_EQ(pieces, kMaxReliableMessage / kMaxPiece) << "a message that never ends";
}

TEST(OrderedIn, EmptyMessagesOfALaterTermAreBoundedToo) {
  OrderedIn in;
  std::uint16_t number = 0;
  while (in.take(kNow, header(number, false, 2), {}) == OrderedIn::Taken::yes) ++number;
  EXPECT_EQ(number, OrderedIn::kMaxWaiting);
}

TEST(OrderedIn, OwesAnAcknowledgementAfterAWhileOrManyBytes) {
  constexpr base::Duration kDelay = base::milliseconds(100);
  OrderedIn in;
  EXPECT_FALSE(in.ack_due(kDelay));
  EXPECT_EQ(in.take(kNow, header(0), Bytes(1)), OrderedIn::Taken::yes);
  EXPECT_FALSE(in.ack_due(kDelay)) << "nobody took it";
  EXPECT_TRUE(in.pop(kNow));
  EXPECT_EQ(in.ack_due(kDelay), kNow + kDelay);
  EXPECT_FALSE(in.ack_rides(kNow + base::milliseconds(74), kDelay))
      << "two bytes in each message are too many";
  EXPECT_TRUE(in.ack_rides(kNow + base::milliseconds(75), kDelay));
  for (std::uint16_t i = 1; i <= 4; ++i)
    EXPECT_EQ(in.take(kNow, header(i), Bytes(kMaxPiece)), OrderedIn::Taken::yes);
  while (in.pop(kNow)) {
  }
  EXPECT_EQ(in.ack_due(kDelay), kNow);
  EXPECT_TRUE(in.ack_rides(kNow, kDelay));
  EXPECT_EQ(in.acknowledge(0), (Ack{0, 5}));
  EXPECT_FALSE(in.ack_due(kDelay));
  EXPECT_FALSE(in.ack_rides(kNow + kDelay, kDelay));
  EXPECT_EQ(in.take(kNow, header(3), {}), OrderedIn::Taken::duplicate);
  EXPECT_TRUE(in.owes_ack()) << "its sender does not know yet";
}

/// Two ways that lose, repeat and reorder what they were given whenever they die.
TEST(Ordered, ArrivesOnceAndInOrderOverWaysThatDieAtAnyMessage) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    base::SeededRandom random(seed);
    OrderedOut out;
    OrderedIn in;
    std::deque<std::pair<FrameHeader, Slice>> wire[2];
    std::uint32_t said = 0;
    std::uint32_t heard = 0;
    const auto flush = [&](Way way, bool doubled) {
      while (const auto* entry = out.next_for(way, doubled)) {
        wire[way == Way::rtc ? 0 : 1].push_back({header(entry->number, entry->more), entry->bytes});
        out.given(*entry, way);
      }
    };
    for (int step = 0; step < 3000; ++step) {
      const Way way = random.below(2) == 0 ? Way::rtc : Way::relay;
      auto& mine = wire[way == Way::rtc ? 0 : 1];
      switch (random.below(8)) {
        case 0:
        case 1:
          if (out.takes(1)) {
            const std::string text = std::to_string(said++);
            out.push(Slice(std::make_shared<const Bytes>(base::as_bytes(text).begin(),
                                                         base::as_bytes(text).end())),
                     false);
          }
          break;
        case 2:
          flush(way, random.below(4) == 0);
          break;
        case 3:
          if (random.below(10) == 0) {  // it dies: what is under way may come later, in part, or never
            if (random.below(2) == 0) mine.clear();
            while (!mine.empty() && random.below(3) == 0) mine.pop_back();
            out.lost(way);
          }
          break;
        case 4:
          out.acknowledge(in.acknowledge(0).number);
          break;
        default:
          if (mine.empty()) break;
          EXPECT_NE(in.take(kNow, mine.front().first, mine.front().second.view()),
                    OrderedIn::Taken::nonsense);
          mine.pop_front();
      }
      while (auto message = in.pop(kNow)) {
        ASSERT_EQ(base::as_text(message->bytes), std::to_string(heard)) << "seed " << seed;
        ++heard;
      }
    }
    out.lost(Way::rtc);
    out.lost(Way::relay);
    wire[0].clear();
    flush(Way::rtc, false);
    for (const auto& [head, bytes] : wire[0])
      EXPECT_NE(in.take(kNow, head, bytes.view()), OrderedIn::Taken::nonsense);
    while (in.pop(kNow)) ++heard;
    EXPECT_EQ(heard, said) << "seed " << seed;
  }
}

}  // namespace
}  // namespace parlor::room
