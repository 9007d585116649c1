#include "netcode/playout.hpp"

#include <gtest/gtest.h>

#include "base/random.hpp"

namespace parlor::netcode {
namespace {

using base::milliseconds;
using base::time_from;

constexpr PlayoutOptions kOptions;
// The sender's clock began long before ours, and neither side knows.
constexpr base::Duration kClocksApart = milliseconds(-90'000);
constexpr base::Time sent_at(int ms) {
  return time_from(milliseconds(ms) - kClocksApart);
}

TEST(Playout, ShowsSteadyMessagesOneSpacingBehindTheirArrival) {
  Playout playout;
  for (int ms = 0; ms < 2000; ms += 50) playout.handle_arrival(time_from(milliseconds(ms + 30)), sent_at(ms));
  EXPECT_EQ(playout.delay(), std::max<base::Duration>(kOptions.spacing, kOptions.least_delay));
  EXPECT_EQ(playout.advance(time_from(milliseconds(2030))), sent_at(2000) - playout.delay());
}

TEST(Playout, DelaysMoreOnAnUnsteadyNetworkAndLessAgainAfterwards) {
  Playout playout;
  base::SeededRandom random(11);
  int ms = 0;
  for (int i = 0; i < 100; ++i, ms += 50) {
    playout.handle_arrival(time_from(milliseconds(ms + 20 + static_cast<int>(random.below(100)))),
                           sent_at(ms));
  }
  EXPECT_GT(playout.delay(), milliseconds(50 + 80));
  EXPECT_LE(playout.delay(), milliseconds(50 + 100));
  for (int i = 0; i < 64; ++i, ms += 50)
    playout.handle_arrival(time_from(milliseconds(ms + 20)), sent_at(ms));
  EXPECT_EQ(playout.delay(), kOptions.least_delay);
}

TEST(Playout, IsNotMovedByOneLateMessage) {
  Playout playout;
  for (int ms = 0; ms < 3000; ms += 50) {
    playout.handle_arrival(time_from(milliseconds(ms + (ms == 2500 ? 400 : 20))), sent_at(ms));
  }
  EXPECT_EQ(playout.delay(), kOptions.least_delay);
}

TEST(Playout, NeverDelaysBeyondItsBound) {
  Playout playout;
  base::SeededRandom random(5);
  for (int i = 0; i < 300; ++i) {
    playout.handle_arrival(time_from(milliseconds(random.below(1'000'000))), sent_at(i * 50));
    EXPECT_LE(playout.delay(), kOptions.most_delay);
    EXPECT_GE(playout.delay(), kOptions.least_delay);
  }
}

TEST(Playout, ChangesItsDelayWithoutAJump) {
  Playout playout;
  int ms = 0;
  for (; ms < 2000; ms += 50) playout.handle_arrival(time_from(milliseconds(ms)), sent_at(ms));
  base::Time before = playout.advance(time_from(milliseconds(ms)));
  // From now on every second message is 150 ms late.
  for (int frame = 0; frame < 200; ++frame, ms += 10) {
    if (ms % 50 == 0) {
      playout.handle_arrival(time_from(milliseconds(ms)), sent_at(ms - (ms % 100 == 0 ? 150 : 0)));
    }
    const base::Time shown = playout.advance(time_from(milliseconds(ms + 10)));
    EXPECT_GE(shown - before, base::microseconds(7500)) << ms;
    EXPECT_LE(shown - before, base::microseconds(10'500)) << ms;
    before = shown;
  }
  EXPECT_EQ(time_from(milliseconds(ms)) - kClocksApart - before, playout.delay())
      << "arrived at the new delay";
}

/// The time until the clock is `delay` behind, with messages that take transit(i) milliseconds.
template <class Transit>
int settling_ms(Playout& playout, int& ms, base::Duration delay, Transit transit) {
  const int began = ms;
  do {
    if (ms % 50 == 0) playout.handle_arrival(time_from(milliseconds(ms)), sent_at(ms - transit(ms / 50)));
    ms += 10;
    playout.advance(time_from(milliseconds(ms)));
  } while (playout.statistics().delay != delay && ms - began < 60'000);
  return ms - began;
}

TEST(Playout, LengthensItsDelayQuicklyAndShortensItSlowly) {
  const auto steady = [](int) { return 20; };
  const auto unsteady = [](int i) { return i % 2 == 0 ? 170 : 20; };
  const base::Duration longer = kOptions.spacing + milliseconds(150);
  Playout playout;
  int ms = 0;
  EXPECT_LT(settling_ms(playout, ms, kOptions.least_delay, steady), 100);
  const int up = settling_ms(playout, ms, longer, unsteady);
  EXPECT_GE(up, 560) << "140 ms at a quarter of the clock's speed";
  EXPECT_LT(up, 1100) << "and a few messages to notice it";
  const int down = settling_ms(playout, ms, kOptions.least_delay, steady);
  EXPECT_GE(down, 2800 + 2500) << "140 ms at a twentieth, once the late ones have left the window";
  EXPECT_LT(down, 2800 + 3600);
}

TEST(Playout, SaysWhatItCosts) {
  Playout playout;
  EXPECT_EQ(playout.statistics().delay, base::Duration{}) << "nothing is shown yet";
  int ms = 0;
  for (; ms < 5000; ms += 50) {
    playout.handle_arrival(time_from(milliseconds(ms)), sent_at(ms - (ms % 200 == 0 ? 90 : 20)));
    playout.advance(time_from(milliseconds(ms)));
  }
  const PlayoutStatistics statistics = playout.statistics();
  EXPECT_EQ(statistics.lateness, milliseconds(70));
  EXPECT_EQ(statistics.wanted, milliseconds(120));
  EXPECT_EQ(statistics.delay, milliseconds(120));
}

TEST(Playout, SetsTheClockWhenItIsFarOff) {
  Playout playout;
  playout.handle_arrival(time_from(milliseconds(0)), sent_at(0));
  playout.advance(time_from(milliseconds(0)));
  // A sender whose clock stood still for ten seconds (a laptop that slept), for longer than the window.
  for (int i = 0; i < 64; ++i) {
    playout.handle_arrival(time_from(milliseconds(10'000 + i * 50)), sent_at(50 + i * 50));
  }
  const base::Time now = time_from(milliseconds(10'000 + 64 * 50));
  EXPECT_EQ(playout.advance(now), sent_at(50 + 64 * 50) - playout.delay());
}

TEST(Playout, IgnoresTimeThatGoesBackwards) {
  Playout playout;
  playout.handle_arrival(time_from(milliseconds(0)), sent_at(0));
  const base::Time shown = playout.advance(time_from(milliseconds(500)));
  EXPECT_EQ(playout.advance(time_from(milliseconds(400))), shown);
  EXPECT_EQ(playout.advance(time_from(milliseconds(510))), shown + milliseconds(10));
}

}  // namespace
}  // namespace parlor::netcode
