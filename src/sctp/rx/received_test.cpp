#include "sctp/rx/received.hpp"

#include <gtest/gtest.h>

#include <set>

#include "base/random.hpp"

namespace parlor::sctp {
namespace {

using Arrival = ReceivedTsns::Arrival;

std::vector<GapBlock> gaps_of(const ReceivedTsns& received) {
  return {received.gaps().begin(), received.gaps().end()};
}

TEST(ReceivedTsns, TellTheExampleOfRfc9260Section334) {
  ReceivedTsns received(Tsn(10));
  EXPECT_EQ(received.cumulative(), Tsn(9)) << "nothing yet";
  for (const std::uint32_t tsn : {10U, 11U, 12U, 17U, 15U, 14U})
    EXPECT_EQ(received.add(Tsn(tsn)), Arrival::first);
  EXPECT_EQ(received.cumulative(), Tsn(12));
  EXPECT_EQ(gaps_of(received), (std::vector<GapBlock>{{2, 3}, {5, 5}}));
}

TEST(ReceivedTsns, RememberWhatCameAgainUntilItIsTold) {
  ReceivedTsns received(Tsn(1));
  (void)received.add(Tsn(1));
  (void)received.add(Tsn(5));
  EXPECT_EQ(received.add(Tsn(1)), Arrival::duplicate);
  EXPECT_EQ(received.add(Tsn(5)), Arrival::duplicate);
  EXPECT_EQ(received.add(Tsn(5)), Arrival::duplicate);
  EXPECT_EQ(received.duplicates().size(), 3U);
  received.forget_duplicates();
  EXPECT_TRUE(received.duplicates().empty());
  for (int i = 0; i < 1000; ++i) (void)received.add(Tsn(5));
  EXPECT_EQ(received.duplicates().size(), ReceivedTsns::kMostDuplicates);
}

TEST(ReceivedTsns, WhatIsTooFarAheadOrWouldNeedTooManyRangesIsAsIfLost) {
  ReceivedTsns received(Tsn(0));
  EXPECT_EQ(received.add(Tsn(0xffff)), Arrival::refused) << "one step farther than a gap block can say";
  EXPECT_EQ(received.add(Tsn(0xfffe)), Arrival::first);
  for (std::uint32_t i = 1; i < ReceivedTsns::kMostRanges; ++i)
    EXPECT_EQ(received.add(Tsn(3 * i)), Arrival::first);
  EXPECT_EQ(received.add(Tsn(30'000)), Arrival::refused);
  EXPECT_EQ(received.add(Tsn(4)), Arrival::first) << "touches one that is there";
  EXPECT_EQ(received.add(Tsn(0)), Arrival::first) << "the next is always taken";
  EXPECT_EQ(received.gaps().size(), ReceivedTsns::kMostRanges);
}

TEST(ReceivedTsns, SkipWhatTheOtherGivesUp) {
  ReceivedTsns received(Tsn(1));
  for (const std::uint32_t tsn : {3U, 5U, 6U, 9U}) (void)received.add(Tsn(tsn));
  EXPECT_TRUE(received.skip_to(Tsn(4)));
  EXPECT_EQ(received.cumulative(), Tsn(6)) << "5 and 6 had come";
  EXPECT_EQ(gaps_of(received), (std::vector<GapBlock>{{3, 3}}));
  EXPECT_FALSE(received.skip_to(Tsn(6)));
  EXPECT_FALSE(received.skip_to(Tsn(2)));
  EXPECT_FALSE(received.skip_to(Tsn(6 + 0x10000))) << "farther than anything that could have been sent";
  EXPECT_EQ(received.cumulative(), Tsn(6));
}

TEST(ReceivedTsns, GiveWhatASetWouldGiveAcrossTheWrap) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    base::SeededRandom random(seed);
    const std::uint64_t begin = 0xffffffffU - random.below(300);
    ReceivedTsns received(Tsn(static_cast<std::uint32_t>(begin)));
    std::set<std::uint64_t> model;
    std::uint64_t cumulative = begin - 1;
    for (int i = 0; i < 400; ++i) {
      const std::uint64_t tsn = cumulative + 1 + random.below(40) - random.below(3);
      if (random.below(20) == 0) {
        const std::uint64_t to = cumulative + random.below(30);
        EXPECT_EQ(received.skip_to(Tsn(static_cast<std::uint32_t>(to))), to > cumulative) << seed;
        for (std::uint64_t one = cumulative + 1; one <= to; ++one) model.insert(one);
      } else {
        const bool known = tsn <= cumulative || model.contains(tsn);
        EXPECT_EQ(received.add(Tsn(static_cast<std::uint32_t>(tsn))),
                  known ? Arrival::duplicate : Arrival::first)
            << seed;
        model.insert(tsn);
      }
      while (model.contains(cumulative + 1)) ++cumulative;
      ASSERT_EQ(received.cumulative(), Tsn(static_cast<std::uint32_t>(cumulative))) << seed;
      std::set<std::uint64_t> told;
      std::uint32_t before = 0;
      for (const GapBlock& gap : received.gaps()) {
        EXPECT_GT(gap.start, before + 1) << "isolated";
        before = gap.end;
        for (std::uint64_t one = gap.start; one <= gap.end; ++one) told.insert(cumulative + one);
      }
      ASSERT_EQ(told, std::set<std::uint64_t>(model.upper_bound(cumulative), model.end())) << seed;
    }
  }
}

}  // namespace
}  // namespace parlor::sctp
