#include "render/daylight.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace parlor::render {
namespace {

float difference(const Daylight& a, const Daylight& b) {
  return length(a.to_sun - b.to_sun) + length(a.sun - b.sun) + length(a.zenith - b.zenith) +
         length(a.middle - b.middle) + length(a.horizon - b.horizon) + length(a.glow - b.glow) +
         length(a.from_above - b.from_above) + length(a.from_below - b.from_below) +
         length(a.from_around - b.from_around) + std::abs(a.ground - b.ground) + std::abs(a.stars - b.stars);
}

TEST(Daylight, GoesRoundWithoutAStep) {
  constexpr int kSteps = 4000;
  for (int i = 0; i < kSteps; ++i) {
    const auto at = [](int step) { return daylight_at(static_cast<float>(step) / kSteps); };
    EXPECT_LT(difference(at(i), at(i + 1)), 0.03F) << i;
  }
  EXPECT_LT(difference(daylight_at(0), daylight_at(1)), 1e-3F);
  EXPECT_LT(difference(daylight_at(-0.25F), daylight_at(0.75F)), 1e-3F);
}

TEST(Daylight, TheSunNeverTouchesTheGround) {
  for (float time = 0; time < 1; time += 0.01F) {
    const Daylight light = daylight_at(time);
    EXPECT_NEAR(length(light.to_sun), 1, 1e-3F);
    EXPECT_GT(light.to_sun.y, 0.4F) << "shadows would have no end";
  }
}

TEST(Daylight, NoonIsBrighterThanMidnightAndHasNoStars) {
  EXPECT_GT(length(daylight_at(0.5F).sun), 2 * length(daylight_at(0).sun));
  EXPECT_EQ(daylight_at(0.5F).stars, 0);
  EXPECT_GT(daylight_at(0).stars, 1);
}

}  // namespace
}  // namespace parlor::render
