#include "cubes/motion.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace parlor::cubes {
namespace {

Body walk(const Input& input, float seconds, float frame = 1.0F / 60, Body body = {}) {
  Motion motion;
  for (int left = static_cast<int>(std::lround(seconds / frame)); left > 0; --left)
    motion.advance(body, input, frame);
  return body;
}

TEST(Motion, ReachesItsTopSpeedAndNoMore) {
  EXPECT_NEAR(length(walk({.x = 1}, 1).velocity), kTopSpeed, 1e-3);
  EXPECT_NEAR(length(walk({.x = 1, .z = 1}, 1).velocity), kTopSpeed, 1e-3) << "not faster on the diagonal";
  EXPECT_NEAR(length(walk({.x = 0.5F}, 1).velocity), kTopSpeed / 2, 1e-3);
}

TEST(Motion, ComesToRestWhenNothingIsPressed) {
  const Body body = walk({}, 0.5F, 1.0F / 60, walk({.z = -1}, 1));
  EXPECT_TRUE(body.resting());
  EXPECT_LT(body.position.z, -5);
}

TEST(Motion, DoesNotDependOnTheFrameRate) {
  const Body slow = walk({.x = 0.7F, .z = -0.7F}, 2, 1.0F / 20);
  const Body fast = walk({.x = 0.7F, .z = -0.7F}, 2, 1.0F / 144);
  EXPECT_NEAR(slow.position.x, fast.position.x, 0.15);
  EXPECT_NEAR(slow.position.z, fast.position.z, 0.15);
}

TEST(Motion, StaysInsideTheArena) {
  for (const Input& input : {Input{.x = 1}, Input{.x = -1, .z = -1}, Input{.z = 1, .jump = true}}) {
    Body body;
    Motion motion;
    for (int i = 0; i < 600; ++i) {
      motion.advance(body, input, 1.0F / 60);
      ASSERT_LE(std::abs(body.position.x), kArenaHalf - kCubeHalf);
      ASSERT_LE(std::abs(body.position.z), kArenaHalf - kCubeHalf);
    }
  }
}

TEST(Motion, JumpsHigherTheLongerTheKeyIsHeldAndLandsAgain) {
  const auto top = [](float held) {
    Body body;
    Motion motion;
    float highest = 0;
    for (float t = 0; t < 1.5F; t += 1.0F / 120) {
      motion.advance(body, {.jump = t < held}, 1.0F / 120);
      highest = std::max(highest, body.position.y);
    }
    EXPECT_TRUE(body.resting());
    EXPECT_EQ(body.position.y, 0);
    return highest;
  };
  EXPECT_NEAR(top(1), 1.5, 0.1);
  EXPECT_GT(top(1), top(0.05F) + 0.4F);
  EXPECT_GT(top(0.05F), 0.4F);
}

TEST(Motion, OneHeldKeyIsOneJump) {
  Body body;
  Motion motion;
  int jumps = 0;
  bool was_on_ground = true;
  for (int i = 0; i < 400; ++i) {
    motion.advance(body, {.jump = true}, 1.0F / 120);
    if (was_on_ground && !body.on_ground) ++jumps;
    was_on_ground = body.on_ground;
  }
  EXPECT_EQ(jumps, 1);
}

TEST(Motion, APressJustBeforeLandingCounts) {
  Body body{.position = {0, 0.4F, 0}, .velocity = {0, -6, 0}, .on_ground = false};
  Motion motion;
  motion.advance(body, {.jump = true}, 1.0F / 120);
  bool up_again = false;
  for (int i = 0; i < 30; ++i) {
    motion.advance(body, {}, 1.0F / 120);
    up_again = up_again || body.velocity.y > 1;
  }
  EXPECT_TRUE(up_again);
}

TEST(Motion, LooksWhereItGoes) {
  EXPECT_NEAR(walk({.x = 1}, 1).yaw, render::kPi / 2, 1e-2);
  EXPECT_NEAR(std::abs(walk({.z = -1}, 1).yaw), render::kPi, 1e-2);
  Body turned;
  turned.yaw = 1;
  EXPECT_NEAR(walk({}, 1, 1.0F / 60, turned).yaw, 1, 1e-6) << "and stays so when it stands";
}

TEST(Motion, MakesUpForAShortPauseOnly) {
  Motion motion;
  Body body;
  body.velocity = {kTopSpeed, 0, 0};
  motion.advance(body, {.x = 1}, 60);
  EXPECT_LT(body.position.x, kTopSpeed * 0.26F);
}

TEST(Motion, NothingRisesAboveTheCeiling) {
  Motion motion;
  Body body{.position = {0, 7, 0}, .velocity = {0, 25, 0}, .on_ground = false};
  for (int i = 0; i < 10; ++i) {
    motion.advance(body, {}, 0.016F);
    EXPECT_LE(body.position.y, kCeiling);
  }
  EXPECT_LT(body.velocity.y, 0) << "it falls at once";
}

}  // namespace
}  // namespace parlor::cubes
