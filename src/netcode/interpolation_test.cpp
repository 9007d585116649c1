#include "netcode/interpolation.hpp"

#include <gtest/gtest.h>

namespace parlor::netcode {
namespace {

constexpr float kPi = 3.14159265F;

TEST(Hermite, MeetsBothEndsWithTheirVelocities) {
  const auto at = [](float t) { return hermite(2.0F, 10.0F, 5.0F, -4.0F, t, 0.5F); };
  EXPECT_FLOAT_EQ(at(0), 2);
  EXPECT_FLOAT_EQ(at(1), 5);
  EXPECT_NEAR((at(0.001F) - at(0)) / 0.0005F, 10, 0.1);
  EXPECT_NEAR((at(1) - at(0.999F)) / 0.0005F, -4, 0.1);
  EXPECT_FLOAT_EQ(hermite_velocity(2.0F, 10.0F, 5.0F, -4.0F, 0, 0.5F), 10);
  EXPECT_FLOAT_EQ(hermite_velocity(2.0F, 10.0F, 5.0F, -4.0F, 1, 0.5F), -4);
}

TEST(Hermite, FollowsAThrowExactly) {
  // A parabola is a cubic: the curve between two moments of a jump is the jump.
  const float up = 8;
  const float gravity = -24;
  const auto height = [&](float t) { return up * t + gravity / 2 * t * t; };
  const auto speed = [&](float t) { return up + gravity * t; };
  for (float t = 0; t <= 1; t += 0.125F) {
    EXPECT_NEAR(hermite(height(0.1F), speed(0.1F), height(0.2F), speed(0.2F), t, 0.1F),
                height(0.1F + t * 0.1F), 1e-5);
  }
}

TEST(BlendAngle, GoesTheShortWayAround) {
  EXPECT_NEAR(blend_angle(kPi - 0.1F, -kPi + 0.1F, 0.25F), kPi - 0.05F, 1e-5);
  EXPECT_NEAR(blend_angle(-kPi + 0.1F, kPi - 0.1F, 0.75F), kPi - 0.05F, 1e-5);
  EXPECT_NEAR(blend_angle(0.5F, -0.5F, 0.5F), 0, 1e-6);
}

}  // namespace
}  // namespace parlor::netcode
