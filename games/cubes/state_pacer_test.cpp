#include "cubes/state_pacer.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace parlor::cubes {
namespace {

using base::milliseconds;
using base::time_from;

/// The milliseconds at which a state is told, at 60 frames a second.
template <class StateAt>
std::vector<int> told(int until_ms, StateAt state_at) {
  StatePacer pacer;
  std::vector<int> times;
  for (int frame = 0; frame * 1000 / 60 < until_ms; ++frame) {
    const int ms = frame * 1000 / 60;
    if (pacer.due(time_from(milliseconds(ms)), state_at(ms))) times.push_back(ms);
  }
  return times;
}

State moving(int ms) {
  return {{static_cast<float>(ms) * 0.008F, 0, 0}, {8, 0, 0}, 0, false};
}

TEST(StatePacer, TellsAMovingCubeTwentyTimesASecond) {
  const auto times = told(10'000, moving);
  EXPECT_NEAR(static_cast<double>(times.size()), 200, 2);
}

TEST(StatePacer, TakesAFrameThatComesALittleEarly) {
  // Three frames of a 60.24 Hz screen are 49.8 ms: waiting for the fourth would tell 15 times a second.
  StatePacer pacer;
  int count = 0;
  for (int frame = 0; frame < 602; ++frame) {
    const base::Time now = time_from(base::microseconds(frame * 16'600));
    count += pacer.due(now, moving(frame * 166 / 10)) ? 1 : 0;
  }
  EXPECT_NEAR(count, 200, 2);
}

TEST(StatePacer, TellsAStandingCubeTwoToFourTimesASecond) {
  const auto times = told(10'000, [](int) { return State{}; });
  EXPECT_GE(times.size(), 20U);
  EXPECT_LE(times.size(), 40U);
}

TEST(StatePacer, TellsAStartAtOnceAndAStopThreeTimes) {
  const auto times = told(3000, [](int ms) { return ms < 1110 ? State{} : moving(std::min(ms, 2000)); });
  int first_move = 0;
  int soon_after_stop = 0;
  for (const int ms : times) {
    if (first_move == 0 && ms >= 1110) first_move = ms;
    if (ms > 2000 && ms < 2250) ++soon_after_stop;
  }
  EXPECT_LE(first_move, 1110 + 17);
  EXPECT_GE(soon_after_stop, 3);
  EXPECT_LE(soon_after_stop, 4);
}

TEST(StatePacer, TellsAHiddenPlayerOnceASecondAndTheChangeAtOnce) {
  const auto times = told(10'000, [](int ms) {
    State state = moving(ms);
    state.away = ms >= 5000;
    return state;
  });
  int hidden = 0;
  bool change = false;
  for (const int ms : times) {
    if (ms >= 5000) ++hidden;
    change = change || (ms >= 5000 && ms < 5050);
  }
  EXPECT_TRUE(change);
  EXPECT_LE(hidden, 7);
}

TEST(StatePacer, HurriesWhenSomebodyNewListens) {
  StatePacer pacer;
  int ms = 0;
  for (; ms < 2000; ms += 16) (void)pacer.due(time_from(milliseconds(ms)), {});
  while (!pacer.due(time_from(milliseconds(ms)), {})) ms += 16;
  EXPECT_FALSE(pacer.due(time_from(milliseconds(ms + 16)), {}));
  pacer.hurry();
  EXPECT_TRUE(pacer.due(time_from(milliseconds(ms + 32)), {}));
}

}  // namespace
}  // namespace parlor::cubes
