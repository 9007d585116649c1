#include "dtls/replay_window.hpp"

#include <gtest/gtest.h>

#include <set>

#include "base/random.hpp"
#include "dtls/record.hpp"

namespace parlor::dtls {
namespace {

TEST(ReplayWindow, TakesEveryNumberOnce) {
  ReplayWindow window;
  for (const std::uint64_t sequence : {0U, 1U, 5U, 3U, 2U, 4U, 70U, 64U, 63U}) {
    EXPECT_TRUE(window.is_new(sequence)) << sequence;
    window.mark(sequence);
    EXPECT_FALSE(window.is_new(sequence)) << sequence;
  }
}

TEST(ReplayWindow, IsNotMovedByAsking) {
  ReplayWindow window;
  EXPECT_TRUE(window.is_new(kLastSequence));
  EXPECT_TRUE(window.is_new(0));
}

TEST(ReplayWindow, EndsBehindTheNewest) {
  for (const std::uint64_t newest :
       {std::uint64_t{1000}, std::uint64_t{1023}, std::uint64_t{1024}, kLastSequence}) {
    ReplayWindow window;
    window.mark(newest);
    EXPECT_TRUE(window.is_new(newest - ReplayWindow::kSize + 1));
    EXPECT_FALSE(window.is_new(newest - ReplayWindow::kSize)) << "too old to tell";
    window.mark(newest - ReplayWindow::kSize);
    EXPECT_TRUE(window.is_new(newest - 1));
  }
}

TEST(ReplayWindow, AgreesWithASetOfAllThatWasSeen) {
  base::SeededRandom random(1);
  ReplayWindow window;
  std::set<std::uint64_t> seen;
  std::uint64_t newest = 0;
  for (int i = 0; i < 100'000; ++i) {
    const std::uint64_t back = random.below(300);
    const std::uint64_t ahead = random.below(50) == 0 ? random.below(1000) : random.below(3);
    const std::uint64_t sequence = random.below(2) == 0 ? newest + ahead : newest - std::min(back, newest);
    const bool in_window = sequence > newest || newest - sequence < ReplayWindow::kSize;
    ASSERT_EQ(window.is_new(sequence), in_window && !seen.contains(sequence)) << sequence << " at " << newest;
    if (random.below(4) == 0) continue;  // it was forged
    window.mark(sequence);
    if (in_window) seen.insert(sequence);
    newest = std::max(newest, sequence);
  }
}

}  // namespace
}  // namespace parlor::dtls
