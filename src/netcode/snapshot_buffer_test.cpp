#include "netcode/snapshot_buffer.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/random.hpp"

namespace parlor::netcode {
namespace {

using base::milliseconds;
using base::time_from;

struct State {
  float x = 0;
  float speed = 0;
};
struct Blend {
  static State between(const State& a, const State& b, float fraction, float) {
    return {a.x + (b.x - a.x) * fraction, a.speed + (b.speed - a.speed) * fraction};
  }
  static State ahead(const State& newest, float seconds) {
    return {newest.x + newest.speed * seconds, newest.speed};
  }
};
using Buffer = SnapshotBuffer<State, Blend>;

Stamp stamp(int ms) {
  return Stamp(static_cast<std::uint16_t>(ms));
}
base::Time at(int ms) {
  return time_from(milliseconds(ms));
}

// An object that moves one unit per second, told 20 times a second.
State moving(int ms) {
  return {static_cast<float>(ms) * 1e-3F, 1};
}

TEST(SnapshotBuffer, ShowsNothingBeforeTheFirstState) {
  Buffer buffer;
  EXPECT_FALSE(buffer.sample(at(0)));
  EXPECT_FALSE(buffer.resample());
}

TEST(SnapshotBuffer, FollowsASteadySenderWithItsDelay) {
  Buffer buffer;
  for (int ms = 0; ms < 5000; ms += 10) {
    if (ms % 50 == 0) {
      ASSERT_TRUE(buffer.insert(at(ms), stamp(ms), moving(ms)));
    }
    const auto shown = buffer.sample(at(ms));
    ASSERT_TRUE(shown);
    if (ms > 200) {
      EXPECT_NEAR(shown->x, static_cast<float>(ms - 60) * 1e-3F, 1e-3) << ms;
    }
  }
}

TEST(SnapshotBuffer, IgnoresRepeatedStatesAndThoseWhoseMomentIsPast) {
  Buffer buffer;
  EXPECT_TRUE(buffer.insert(at(0), stamp(1000), {1, 0}));
  EXPECT_TRUE(buffer.insert(at(100), stamp(1100), {2, 0}));
  EXPECT_FALSE(buffer.insert(at(101), stamp(1100), {9, 0})) << "repeated";
  EXPECT_FLOAT_EQ(buffer.sample(at(1000))->x, 2);
  EXPECT_FALSE(buffer.insert(at(1001), stamp(1050), {9, 0})) << "past";
  EXPECT_FLOAT_EQ(buffer.resample()->x, 2);
  EXPECT_EQ(buffer.statistics().taken, 2U);
  EXPECT_EQ(buffer.statistics().dropped, 2U);
}

TEST(SnapshotBuffer, PutsAnOvertakenStateWhereItBelongsWhileItsMomentIsStillToCome) {
  Buffer buffer;
  for (int ms = 0; ms <= 1000; ms += 50) {
    buffer.insert(at(ms), stamp(ms), moving(ms));
    buffer.sample(at(ms));
  }
  EXPECT_TRUE(buffer.insert(at(1001), stamp(1100), {1.1F, 1}));
  EXPECT_TRUE(buffer.insert(at(1002), stamp(1050), {7, 1}));
  EXPECT_FALSE(buffer.insert(at(1003), stamp(1050), {9, 1})) << "repeated";
  float highest = 0;
  for (int ms = 1010; ms <= 1200; ms += 2) highest = std::max(highest, buffer.sample(at(ms))->x);
  EXPECT_NEAR(highest, 7, 0.3) << "it was on the way";
  EXPECT_NEAR(buffer.sample(at(1300))->x, 1.24, 0.02);
  EXPECT_EQ(buffer.statistics().dropped, 1U);
}

TEST(SnapshotBuffer, WaitsLongerForStatesThatAreOvertaken) {
  Buffer buffer;
  for (int ms = 0; ms < 4000; ms += 50) {
    // Every fourth state takes 120 ms more and comes behind two later ones.
    const int sent = ms - 150;
    if (sent >= 0 && sent % 200 == 0) buffer.insert(at(ms + 20), stamp(sent), moving(sent));
    if (ms % 200 != 0) buffer.insert(at(ms), stamp(ms), moving(ms));
    buffer.sample(at(ms + 20));
  }
  EXPECT_EQ(buffer.delay(), milliseconds(50 + 170));
  const auto dropped = buffer.statistics().dropped;
  for (int ms = 4000; ms < 8000; ms += 50) {
    const int sent = ms - 150;
    if (sent % 200 == 0) buffer.insert(at(ms + 20), stamp(sent), moving(sent));
    if (ms % 200 != 0) buffer.insert(at(ms), stamp(ms), moving(ms));
    buffer.sample(at(ms + 20));
  }
  EXPECT_EQ(buffer.statistics().dropped, dropped) << "and then drops none of them";
}

TEST(SnapshotBuffer, CountsTheTimeForWhichItGuessedAndStood) {
  Buffer buffer;
  for (int ms = 0; ms <= 1000; ms += 10) {
    if (ms % 50 == 0) buffer.insert(at(ms), stamp(ms), moving(ms));
    buffer.sample(at(ms));
  }
  EXPECT_EQ(buffer.statistics().ahead, base::Duration{});
  // 60 ms are still there to show; then 250 are guessed, and the rest it stands.
  for (int ms = 1010; ms <= 1500; ms += 10) buffer.sample(at(ms));
  EXPECT_EQ(buffer.statistics().ahead, milliseconds(250));
  EXPECT_EQ(buffer.statistics().stood, milliseconds(500 - 60 - 250));
  EXPECT_EQ(buffer.statistics().late, 0U);
  buffer.insert(at(1500), stamp(1050), moving(1050));
  EXPECT_EQ(buffer.statistics().late, 1U) << "its moment had been guessed";
}

struct RestingBlend : Blend {
  static bool moves(const State& newest) { return newest.speed != 0; }
};

TEST(SnapshotBuffer, CountsNoGuessForWhatRests) {
  SnapshotBuffer<State, RestingBlend> buffer;
  for (int ms = 0; ms <= 4000; ms += 10) {
    if (ms % 400 == 0) buffer.insert(at(ms), stamp(ms), {3, 0});
    buffer.sample(at(ms));
  }
  EXPECT_EQ(buffer.statistics().ahead, base::Duration{});
  EXPECT_EQ(buffer.statistics().stood, base::Duration{});
}

TEST(SnapshotBuffer, GoesOnAcrossTheWrapOfTheStamp) {
  Buffer buffer;
  float before = -1;
  for (int ms = 60'000; ms < 72'000; ms += 50) {
    ASSERT_TRUE(buffer.insert(at(ms), stamp(ms), moving(ms)));
    const float x = buffer.sample(at(ms))->x;
    EXPECT_GE(x, before);
    before = x;
  }
  EXPECT_NEAR(before, 71.95 - 0.06, 1e-2);
}

TEST(SnapshotBuffer, GoesAheadOfTheNewestStateForABoundedTime) {
  Buffer buffer;
  for (int ms = 0; ms <= 1000; ms += 50) {
    buffer.insert(at(ms), stamp(ms), moving(ms));
    buffer.sample(at(ms));
  }
  EXPECT_NEAR(buffer.sample(at(1160))->x, 1.1, 1e-3) << "goes on with the last speed";
  EXPECT_NEAR(buffer.sample(at(1310))->x, 1.25, 1e-3);
  EXPECT_NEAR(buffer.sample(at(1600))->x, 1.25, 1e-3) << "and then stands";
  EXPECT_NEAR(buffer.sample(at(9000))->x, 1.25, 1e-3);
}

TEST(SnapshotBuffer, TellsWhatBetterKnowledgeMovesAtTheSameMoment) {
  Buffer buffer;
  for (int ms = 0; ms <= 1000; ms += 50) {
    buffer.insert(at(ms), stamp(ms), moving(ms));
    buffer.sample(at(ms));
  }
  const float shown = buffer.sample(at(1260))->x;
  EXPECT_NEAR(shown, 1.2, 1e-3);
  // It had stopped at 1000 ms already.
  buffer.insert(at(1260), stamp(1200), {1, 0});
  EXPECT_NEAR(buffer.resample()->x, 1.0, 1e-3);
}

TEST(SnapshotBuffer, BeginsAnewAfterALongSilence) {
  Buffer buffer;
  buffer.insert(at(0), stamp(5000), {1, 0});
  // Half the circle later a stamp would count as late.
  EXPECT_TRUE(buffer.insert(at(40'000), stamp(45'000), {2, 0}));
  EXPECT_FLOAT_EQ(buffer.sample(at(40'000))->x, 2);
  EXPECT_EQ(buffer.statistics().taken, 2U) << "what was counted stays counted";
}

TEST(SnapshotBuffer, MovesForwardOnlyThroughLossJitterAndReordering) {
  constexpr std::uint64_t kSeed = 21;
  base::SeededRandom random(kSeed);
  Buffer buffer;
  struct InFlight {
    int arrives;
    int sent;
  };
  std::vector<InFlight> flying;
  float before = 0;
  for (int ms = 0; ms < 60'000; ms += 10) {
    if (ms % 50 == 0 && random.below(10) != 0)
      flying.push_back({ms + 40 + static_cast<int>(random.below(70)), ms});
    for (std::size_t i = 0; i < flying.size();) {
      if (flying[i].arrives > ms) {
        ++i;
        continue;
      }
      buffer.insert(at(ms), stamp(flying[i].sent), moving(flying[i].sent));
      flying.erase(flying.begin() + static_cast<std::ptrdiff_t>(i));
    }
    const auto shown = buffer.sample(at(ms));
    if (!shown) continue;
    ASSERT_GE(shown->x, before - 1e-4F) << "seed " << kSeed << ", at " << ms;
    ASSERT_LE(shown->x - before, 0.25F) << "seed " << kSeed << ", at " << ms;
    before = shown->x;
  }
  EXPECT_NEAR(before, 60 - 0.04 - 0.12, 0.05);
}

}  // namespace
}  // namespace parlor::netcode
