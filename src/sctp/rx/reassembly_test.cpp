#include "sctp/rx/reassembly.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <vector>

#include "base/random.hpp"

namespace parlor::sctp {
namespace {

using Taken = Reassembly::Taken;

/// A chunk that owns its payload.
struct Piece {
  DataChunk data;
  base::Bytes bytes;
  [[nodiscard]] DataChunk chunk() const {
    DataChunk chunk = data;
    chunk.payload = bytes;
    return chunk;
  }
};

/// The sender's side: numbers messages and cuts them up.
class Sender {
 public:
  explicit Sender(bool interleaved, std::uint32_t tsn = 0xfffffff0) : interleaved_(interleaved), tsn_(tsn) {}

  std::vector<Piece> cut(StreamId stream, bool unordered, const base::Bytes& message, std::size_t piece) {
    std::vector<Piece> pieces;
    const MessageNumber number = next_[{stream, unordered}]++;
    for (std::size_t at = 0; at < message.size(); at += piece) {
      const std::size_t end = std::min(at + piece, message.size());
      Piece one;
      one.data.tsn = Tsn(tsn_++);
      one.data.stream = stream;
      one.data.unordered = unordered;
      one.data.message = interleaved_ ? number : unordered ? 0 : number & 0xffff;
      one.data.first = at == 0;
      one.data.last = end == message.size();
      one.data.ppid = !interleaved_ || one.data.first ? 53 : 0;
      one.data.fragment = interleaved_ ? static_cast<std::uint32_t>(pieces.size()) : 0;
      one.bytes.assign(message.begin() + static_cast<std::ptrdiff_t>(at),
                       message.begin() + static_cast<std::ptrdiff_t>(end));
      pieces.push_back(std::move(one));
    }
    return pieces;
  }

 private:
  bool interleaved_;
  std::uint32_t tsn_;
  std::map<std::pair<StreamId, bool>, MessageNumber> next_;
};

base::Bytes message_of(std::uint32_t number, std::size_t size) {
  base::Bytes bytes(std::max<std::size_t>(size, 4));
  base::ByteWriter(bytes).u32(number);
  for (std::size_t i = 4; i < bytes.size(); ++i) bytes[i] = static_cast<std::byte>(number + i);
  return bytes;
}

TEST(Reassembly, GivesEachMessageOnceWholeAndInTheOrderOfItsStream) {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    base::SeededRandom random(seed);
    const bool interleaved = seed % 2 == 0;
    Sender sender(interleaved);
    Reassembly reassembly{{}};
    std::vector<Piece> pieces;
    std::map<std::uint32_t, base::Bytes> sent;
    for (std::uint32_t i = 0; i < 60; ++i) {
      sent[i] = message_of(i, random.below(400));
      for (Piece& piece : sender.cut(static_cast<StreamId>(random.below(3)), random.below(2) == 0, sent[i],
                                     1 + random.below(90)))
        pieces.push_back(std::move(piece));
    }
    // Within a window, in any order.
    for (std::size_t i = 0; i < pieces.size(); ++i)
      std::swap(pieces[i], pieces[std::min(i + random.below(20), pieces.size() - 1)]);
    std::map<StreamId, std::uint32_t> last;
    std::size_t given = 0;
    for (const Piece& piece : pieces) {
      ASSERT_EQ(reassembly.add(piece.chunk(), interleaved, false), Taken::yes) << "seed " << seed;
      while (const auto message = reassembly.poll()) {
        const std::uint32_t number = *base::ByteReader(message->bytes).u32();
        EXPECT_EQ(message->bytes, sent[number]) << "seed " << seed;
        EXPECT_EQ(message->ppid, 53U);
        EXPECT_EQ(sent.erase(number), 1U) << "seed " << seed;
        if (message->unordered) continue;
        const auto before = last.find(message->stream);
        EXPECT_TRUE(before == last.end() || before->second < number) << "seed " << seed;
        last[message->stream] = number;
        ++given;
      }
    }
    EXPECT_TRUE(sent.empty()) << "seed " << seed << ": " << sent.size() << " are missing";
    EXPECT_GT(given, 0U);
    EXPECT_EQ(reassembly.memory(), 0U) << "seed " << seed;
  }
}

TEST(Reassembly, GoesOnBehindWhatWasGivenUp) {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    base::SeededRandom random(seed);
    const bool interleaved = seed % 2 == 0;
    Sender sender(interleaved);
    Reassembly reassembly{{}};
    std::map<std::uint32_t, bool> lost;
    std::vector<std::uint32_t> given;
    for (std::uint32_t i = 0; i < 200; ++i) {
      const bool unordered = random.below(2) == 0;
      const auto stream = static_cast<StreamId>(random.below(2));
      const auto pieces = sender.cut(stream, unordered, message_of(i, random.below(100)), 30);
      lost[i] = random.below(3) == 0;
      const std::size_t missing = random.below(static_cast<std::uint32_t>(pieces.size()));
      for (std::size_t p = 0; p < pieces.size(); ++p) {
        if (lost[i] && p == missing) continue;
        ASSERT_EQ(reassembly.add(pieces[p].chunk(), interleaved, false), Taken::yes);
      }
      if (!lost[i]) continue;
      // DATA's unordered messages have no number to be named by.
      std::vector<Skipped> skipped;
      if (interleaved || !unordered) skipped.push_back({stream, unordered, pieces[0].data.message});
      reassembly.skip(pieces.back().data.tsn, skipped, interleaved);
    }
    while (const auto message = reassembly.poll()) given.push_back(*base::ByteReader(message->bytes).u32());
    std::sort(given.begin(), given.end());
    std::vector<std::uint32_t> wanted;
    for (const auto& [number, is_lost] : lost) {
      if (!is_lost) wanted.push_back(number);
    }
    EXPECT_EQ(given, wanted) << "seed " << seed;
    EXPECT_EQ(reassembly.memory(), 0U) << "seed " << seed;
  }
}

TEST(Reassembly, HoldsAMessageBackUntilThoseBeforeItAreThere) {
  Sender sender(true);
  Reassembly reassembly{{}};
  const auto first = sender.cut(1, false, message_of(1, 4), 100);
  const auto second = sender.cut(1, false, message_of(2, 4), 100);
  const auto elsewhere = sender.cut(2, false, message_of(3, 4), 100);
  (void)reassembly.add(second[0].chunk(), true, false);
  EXPECT_FALSE(reassembly.poll());
  (void)reassembly.add(elsewhere[0].chunk(), true, false);
  EXPECT_EQ(reassembly.poll()->stream, 2) << "another stream does not wait";
  (void)reassembly.add(first[0].chunk(), true, false);
  EXPECT_EQ(reassembly.poll()->bytes, message_of(1, 4));
  EXPECT_EQ(reassembly.poll()->bytes, message_of(2, 4));
}

TEST(Reassembly, IsBoundedWhateverComes) {
  for (const bool interleaved : {false, true}) {
    for (const bool unordered : {false, true}) {
      ReassemblyLimits limits{.memory = 50'000, .largest_message = 5'000, .streams = 10};
      Reassembly reassembly{limits};
      DataChunk data;
      const base::Bytes payload(50);
      data.payload = payload;
      data.first = false;
      data.last = false;
      data.unordered = unordered;
      int taken = 0;
      for (std::uint32_t i = 0; i < 10'000; ++i) {
        data.tsn = Tsn(2 * i);
        data.message = i;
        data.fragment = 1;
        data.stream = static_cast<StreamId>(i % 10);
        taken += reassembly.add(data, interleaved, false) == Taken::yes ? 1 : 0;
      }
      EXPECT_LE(reassembly.memory(), limits.memory);
      EXPECT_GT(taken, 50);
      EXPECT_LT(taken, 200);
      EXPECT_LT(reassembly.room(), 50 + Reassembly::kOverhead);
      EXPECT_EQ(reassembly.add(data, interleaved, false), Taken::no_room);
      data.first = data.last = true;
      data.unordered = true;
      EXPECT_EQ(reassembly.add(data, interleaved, true), Taken::yes) << "the one that is missing";
    }
  }
}

TEST(Reassembly, AMessageThatIsTooLongAndTooManyStreamsAreViolations) {
  for (const bool interleaved : {false, true}) {
    for (const bool unordered : {false, true}) {
      Sender sender(interleaved);
      Reassembly reassembly{{.memory = 100'000, .largest_message = 1'000, .streams = 2}};
      Taken taken = Taken::yes;
      for (const Piece& piece : sender.cut(1, unordered, base::Bytes(1'001), 100))
        taken = reassembly.add(piece.chunk(), interleaved, false);
      EXPECT_EQ(taken, Taken::violation);
      (void)reassembly.add(sender.cut(2, false, base::Bytes(200), 100)[0].chunk(), interleaved, false);
      EXPECT_EQ(reassembly.add(sender.cut(3, false, base::Bytes(200), 100)[0].chunk(), interleaved, false),
                Taken::violation);
    }
  }
}

TEST(Reassembly, FragmentsThatContradictEachOtherAreViolations) {
  const auto add_all = [](std::vector<std::array<bool, 2>> flags, std::vector<std::uint32_t> numbers) {
    Reassembly reassembly{{}};
    const base::Bytes payload(10);
    Taken taken = Taken::yes;
    for (std::size_t i = 0; i < flags.size() && taken == Taken::yes; ++i) {
      DataChunk data;
      data.tsn = Tsn(static_cast<std::uint32_t>(i));
      data.message = 4;
      data.first = flags[i][0];
      data.last = flags[i][1];
      data.fragment = numbers[i];
      data.payload = payload;
      taken = reassembly.add(data, true, false);
    }
    return taken;
  };
  EXPECT_EQ(add_all({{true, false}, {true, false}}, {0, 0}), Taken::violation) << "two that are the first";
  EXPECT_EQ(add_all({{false, false}, {false, false}}, {3, 3}), Taken::violation) << "one twice";
  EXPECT_EQ(add_all({{true, false}, {false, false}}, {0, 0}), Taken::violation) << "one twice";
  EXPECT_EQ(add_all({{false, false}, {true, false}, {false, true}}, {5, 0, 1}), Taken::violation)
      << "behind the last";
  EXPECT_EQ(add_all({{true, false}, {false, true}}, {0, 1}), Taken::yes);
}

TEST(Reassembly, UnorderedFragmentsOfTwoMessagesAreNotJoined) {
  Reassembly reassembly{{}};
  const base::Bytes payload(10);
  const auto add = [&](std::uint32_t tsn, bool first, bool last) {
    DataChunk data{.tsn = Tsn(tsn), .unordered = true, .first = first, .last = last, .payload = payload};
    (void)reassembly.add(data, false, false);
  };
  add(1, true, false);
  add(3, false, true);  // behind a last there is no other
  add(2, false, true);
  EXPECT_EQ(reassembly.poll()->bytes.size(), 20U);
  EXPECT_FALSE(reassembly.poll());
  add(11, true, false);
  add(10, true, false);  // a first begins another
  add(12, false, true);
  EXPECT_EQ(reassembly.poll()->bytes.size(), 20U);
  add(21, false, false);
  add(20, false, true);
  add(22, false, true);
  EXPECT_FALSE(reassembly.poll());
}

/// What that takes goes by what is given up, or this would not end for many minutes.
TEST(Reassembly, ToGiveUpALittleAgainAndAgainCostsNoLookAtAllThatWaits) {
#ifdef PARLOR_SLOWED
  constexpr int kTimes = 10;
#else
  constexpr int kTimes = 100;
#endif
  const base::Bytes one(1);
  for (const bool unordered : {false, true}) {
    for (const bool interleaved : {false, true}) {
      Reassembly reassembly{ReassemblyLimits{}};
      const std::uint32_t begin = 0xfffff000;  // numbers go round on the way
      DataChunk chunk;
      chunk.payload = one;
      chunk.first = false;  // the ends of messages whose begin does not come
      chunk.fragment = 1;
      chunk.unordered = unordered;
      std::uint32_t many = 0;
      for (; reassembly.room() > 300; ++many) {
        chunk.tsn = Tsn(begin + 2 * many);
        chunk.message = !interleaved && unordered ? 0 : many + 1;
        ASSERT_EQ(reassembly.add(chunk, interleaved, false), Taken::yes);
      }
      const std::size_t full = reassembly.memory();
      const std::vector<Skipped> nothing(100'000, Skipped{0, unordered, 0});
      for (int i = 0; i < kTimes; ++i) reassembly.skip(Tsn(begin - 1), nothing, interleaved);
      EXPECT_EQ(reassembly.memory(), full);
      for (std::uint32_t i = 0; i < many; ++i) {
        const Skipped next{0, unordered, interleaved || !unordered ? i + 1 : 0};
        for (int again = 0; again < kTimes / 20 + 1; ++again)
          reassembly.skip(Tsn(begin + 2 * i), std::span(&next, 1), interleaved);
        ASSERT_EQ(reassembly.memory(), full - (i + 1) * (1 + Reassembly::kOverhead))
            << i << (unordered ? " unordered" : " ordered") << (interleaved ? " I-DATA" : " DATA");
      }
    }
  }
}

TEST(Reassembly, FragmentsThatComeBackwardsAreJoinedWithoutMovingThem) {
  constexpr std::uint32_t kMany = 200'000;
  Reassembly reassembly(ReassemblyLimits{.memory = 64 << 20, .largest_message = 1 << 20});
  const base::Bytes one(1);
  for (std::uint32_t i = kMany; i > 0; --i) {
    DataChunk chunk;
    chunk.payload = one;
    chunk.unordered = true;
    chunk.tsn = Tsn(1000 + i);
    chunk.first = i == 1;
    chunk.last = i == kMany;
    ASSERT_EQ(reassembly.add(chunk, false, false), Taken::yes);
  }
  const auto message = reassembly.poll();
  ASSERT_TRUE(message);
  EXPECT_EQ(message->bytes.size(), kMany);
  EXPECT_EQ(reassembly.memory(), 0U);
}

TEST(Reassembly, UnorderedFragmentsOfTwoStreamsAreNotJoinedThoughTheirNumbersAreInARow) {
  for (const bool backwards : {false, true}) {
    Reassembly reassembly{ReassemblyLimits{}};
    const base::Bytes one(1);
    for (const std::uint32_t tsn : backwards ? std::vector{11U, 10U} : std::vector{10U, 11U}) {
      DataChunk chunk;
      chunk.payload = one;
      chunk.unordered = true;
      chunk.tsn = Tsn(tsn);
      chunk.stream = static_cast<StreamId>(tsn);
      chunk.first = tsn == 10;
      chunk.last = tsn == 11;
      ASSERT_EQ(reassembly.add(chunk, false, false), Taken::yes);
    }
    EXPECT_FALSE(reassembly.poll());
    reassembly.reset(std::array<StreamId, 1>{10});
    EXPECT_EQ(reassembly.memory(), 1 + Reassembly::kOverhead);
    reassembly.skip(Tsn(11), {}, false);
    EXPECT_EQ(reassembly.memory(), 0U);
  }
}

TEST(Reassembly, WhatIsWholeIsGivenThoughItIsGivenUp) {
  Sender sender(true);
  Reassembly reassembly{{}};
  const auto first = sender.cut(1, false, message_of(1, 4), 100);
  const auto second = sender.cut(1, false, message_of(2, 4), 100);
  (void)reassembly.add(second[0].chunk(), true, false);
  const std::vector<Skipped> skipped{{1, false, 1}};
  reassembly.skip(second[0].data.tsn, skipped, true);
  EXPECT_EQ(reassembly.poll()->bytes, message_of(2, 4));
  (void)reassembly.add(first[0].chunk(), true, false);
  EXPECT_FALSE(reassembly.poll()) << "of one that was given up nothing comes any more";
  EXPECT_EQ(reassembly.memory(), 0U);
}

TEST(Reassembly, AStreamThatWasResetBeginsAtZeroAgain) {
  for (const bool all : {false, true}) {
    Reassembly reassembly{{}};
    Sender before(true);
    (void)reassembly.add(before.cut(1, false, message_of(1, 4), 100)[0].chunk(), true, false);
    (void)reassembly.add(before.cut(1, false, message_of(2, 40), 20)[0].chunk(), true, false);
    EXPECT_TRUE(reassembly.poll());
    const std::vector<StreamId> streams = all ? std::vector<StreamId>{} : std::vector<StreamId>{1, 7};
    reassembly.reset(streams);
    EXPECT_EQ(reassembly.memory(), 0U);
    Sender after(true);
    (void)reassembly.add(after.cut(1, false, message_of(3, 4), 100)[0].chunk(), true, false);
    ASSERT_TRUE(reassembly.memory() > 0);
    EXPECT_EQ(reassembly.poll()->bytes, message_of(3, 4));
  }
}

}  // namespace
}  // namespace parlor::sctp
