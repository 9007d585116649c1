#include "sctp/tx/send_queue.hpp"

#include <gtest/gtest.h>

#include <map>
#include <vector>

#include "base/random.hpp"

namespace parlor::sctp {
namespace {

using base::milliseconds;
using base::time_from;

constexpr base::Time kNow = time_from(base::seconds(10));

OutgoingMessage message(StreamId stream, std::size_t size, bool unordered = false) {
  OutgoingMessage one;
  one.stream = stream;
  one.ppid = 53;
  one.unordered = unordered;
  one.bytes.resize(size);
  return one;
}

TEST(SendQueue, CutsAMessageIntoFragmentsThatFit) {
  SendQueue queue;
  queue.add(message(1, 250));
  EXPECT_EQ(queue.buffered(), 250U);
  EXPECT_EQ(queue.buffered(1), 250U);
  std::vector<std::size_t> sizes;
  for (std::uint32_t number = 0; const auto fragment = queue.next(kNow, 100); ++number) {
    sizes.push_back(fragment->size);
    const DataChunk chunk = fragment->chunk(Tsn(7));
    EXPECT_EQ(chunk.first, number == 0);
    EXPECT_EQ(chunk.last, number == 2);
    EXPECT_EQ(chunk.fragment, number);
    EXPECT_EQ(chunk.message, 0U);
    EXPECT_EQ(chunk.payload.size(), fragment->size);
  }
  EXPECT_EQ(sizes, (std::vector<std::size_t>{100, 100, 50}));
  EXPECT_EQ(queue.buffered(), 0U);
  EXPECT_TRUE(queue.empty());
}

TEST(SendQueue, NumbersOrderedAndUnorderedMessagesOfAStreamApart) {
  SendQueue queue;
  for (int i = 0; i < 3; ++i) {
    queue.add(message(1, 10));
    queue.add(message(1, 10, true));
  }
  std::map<bool, std::vector<MessageNumber>> numbers;
  while (const auto fragment = queue.next(kNow, 100))
    numbers[fragment->message->unordered].push_back(fragment->message->number);
  EXPECT_EQ(numbers[false], (std::vector<MessageNumber>{0, 1, 2}));
  EXPECT_EQ(numbers[true], (std::vector<MessageNumber>{0, 1, 2}));
}

TEST(SendQueue, ALargeMessageHoldsUpNoSmallOneWhereTheyInterleave) {
  for (const bool interleaved : {false, true}) {
    SendQueue queue;
    queue.set_interleaved(interleaved);
    queue.add(message(1, 10'000));
    ASSERT_TRUE(queue.next(kNow, 1000));
    queue.add(message(2, 10));
    int before = 0;
    while (const auto fragment = queue.next(kNow, 1000)) {
      if (fragment->message->stream == 2) break;
      ++before;
    }
    EXPECT_EQ(before, interleaved ? 0 : 9);
  }
}

TEST(SendQueue, StreamsShareTheBytesByTheirWeights) {
  SendQueue queue;
  queue.set_interleaved(true);
  queue.set_weight(1, 128);
  queue.set_weight(2, 512);
  for (int i = 0; i < 400; ++i) {
    queue.add(message(1, 900));
    queue.add(message(2, 300));
    queue.add(message(2, 300));
    queue.add(message(2, 300));
  }
  std::map<StreamId, std::size_t> bytes;
  for (int i = 0; i < 600; ++i) {
    const auto fragment = queue.next(kNow, 1000);
    bytes[fragment->message->stream] += fragment->size;
  }
  const double share = static_cast<double>(bytes[2]) / static_cast<double>(bytes[1]);
  EXPECT_NEAR(share, 4.0, 0.2);
}

TEST(SendQueue, WhoWasSilentDoesNotSaveUpTurns) {
  SendQueue queue;
  queue.set_interleaved(true);
  queue.add(message(2, 10));
  (void)queue.next(kNow, 1000);
  for (int i = 0; i < 100; ++i) queue.add(message(1, 1000));
  for (int i = 0; i < 50; ++i) (void)queue.next(kNow, 1000);
  for (int i = 0; i < 20; ++i) queue.add(message(2, 1000));
  std::map<StreamId, int> given;
  for (int i = 0; i < 20; ++i) ++given[queue.next(kNow, 1000)->message->stream];
  EXPECT_NEAR(given[1], 10, 1);
}

TEST(SendQueue, WhatExpiredBeforeItBeganIsDroppedAndTakesNoNumber) {
  SendQueue queue;
  OutgoingMessage old = message(1, 10);
  old.expires = kNow + milliseconds(100);
  queue.add(old);
  queue.add(message(1, 20));
  const auto fragment = queue.next(kNow + milliseconds(100), 1000);
  ASSERT_TRUE(fragment);
  EXPECT_EQ(fragment->size, 20U);
  EXPECT_EQ(fragment->message->number, 0U);
  EXPECT_EQ(queue.buffered(), 0U);
  queue.add(old);
  EXPECT_TRUE(queue.next(kNow + milliseconds(99), 1000)) << "not before its time";
}

TEST(SendQueue, TheRestOfAnAbandonedMessageIsNotSent) {
  SendQueue queue;
  queue.add(message(1, 3000));
  queue.add(message(1, 10));
  const auto begun = queue.next(kNow, 1000);
  EXPECT_TRUE(queue.abandon(*begun->message));
  EXPECT_FALSE(queue.abandon(*begun->message));
  const auto next = queue.next(kNow, 1000);
  EXPECT_EQ(next->size, 10U);
  EXPECT_EQ(next->message->number, 1U);
  EXPECT_EQ(next->number, 0U);
  EXPECT_FALSE(queue.abandon(*next->message)) << "all of it was given out";
  EXPECT_EQ(queue.buffered(), 0U);
}

TEST(SendQueue, BeginsAnewWithWhatWaitsAndNumbersFromZero) {
  SendQueue queue;
  queue.add(message(1, 10));
  queue.add(message(1, 2000));
  (void)queue.next(kNow, 1000);
  (void)queue.next(kNow, 1000);
  queue.begin_anew();
  EXPECT_EQ(queue.buffered(), 2000U);
  const auto again = queue.next(kNow, 3000);
  EXPECT_EQ(again->size, 2000U);
  EXPECT_EQ(again->message->number, 0U);
  queue.add(message(1, 30));
  const auto whole = queue.next(kNow, 3000);
  queue.add(message(1, 2000));
  const auto part = queue.next(kNow, 1000);
  queue.begin_anew({again->message, whole->message, part->message});
  EXPECT_EQ(queue.buffered(1), 2000U + 30 + 2000);
  std::vector<std::size_t> sizes;
  while (const auto next = queue.next(kNow, 3000)) sizes.push_back(next->size);
  EXPECT_EQ(sizes, (std::vector<std::size_t>{2000, 30, 2000})) << "in their order, and once each";
  queue.reset(1);
  queue.add(message(1, 10));
  EXPECT_EQ(queue.next(kNow, 1000)->message->number, 0U);
}

TEST(SendQueue, NothingIsKeptOfAStreamThatWasReset) {
  SendQueue queue;
  const auto number_of_one = [&](StreamId stream, bool unordered) {
    queue.add(message(stream, 10, unordered));
    return queue.next(kNow, 1000)->message->number;
  };
  for (StreamId stream = 0; stream < 0xffff; ++stream) {
    queue.set_weight(stream, 512);
    EXPECT_EQ(number_of_one(stream, false), 0U);
    EXPECT_EQ(number_of_one(stream, true), 0U);
    queue.reset(stream);
  }
  EXPECT_EQ(queue.streams(), 0U);
  EXPECT_EQ(number_of_one(7, false), 0U);
  EXPECT_EQ(number_of_one(7, false), 1U);
  queue.reset(7);
  EXPECT_EQ(number_of_one(7, false), 0U) << "its numbers begin at 0 again";
  queue.add(message(8, 10));
  queue.reset(8);
  EXPECT_EQ(queue.buffered(8), 10U) << "who has something to send keeps it";
  EXPECT_EQ(queue.next(kNow, 1000)->size, 10U);
}

TEST(SendQueue, GivesEveryByteOnceInTheOrderOfEachStream) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    base::SeededRandom random(seed);
    SendQueue queue;
    const bool interleaved = seed % 2 == 0;
    queue.set_interleaved(interleaved);
    std::map<StreamId, std::size_t> added;
    std::map<StreamId, std::size_t> given;
    std::map<StreamId, MessageNumber> due;
    std::optional<StreamId> cut;
    for (int i = 0; i < 500; ++i) {
      if (random.below(2) == 0) {
        const auto stream = static_cast<StreamId>(random.below(4));
        const std::size_t size = 1 + random.below(3000);
        added[stream] += size;
        queue.add(message(stream, size));
      } else if (const auto fragment = queue.next(kNow, 1 + random.below(1200))) {
        const StreamId stream = fragment->message->stream;
        EXPECT_TRUE(interleaved || stream == cut.value_or(stream)) << "seed " << seed;
        EXPECT_EQ(fragment->message->number, due[stream]) << "seed " << seed;
        given[stream] += fragment->size;
        due[stream] += fragment->is_last() ? 1U : 0U;
        cut = fragment->is_last() ? std::nullopt : std::optional(stream);
      }
    }
    while (const auto fragment = queue.next(kNow, 1000)) given[fragment->message->stream] += fragment->size;
    EXPECT_EQ(given, added) << "seed " << seed;
    EXPECT_EQ(queue.buffered(), 0U);
  }
}

}  // namespace
}  // namespace parlor::sctp
