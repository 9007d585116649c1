#include "cubes/pose.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace parlor::cubes {
namespace {

/// The lowest point of the block, its round edges counted.
float lowest(const render::Block& block) {
  const Vec3 inner = block.half - Vec3{block.radius, block.radius, block.radius};
  float below = block.radius;
  for (const Vec3& axis : {Vec3{inner.x, 0, 0}, Vec3{0, inner.y, 0}, Vec3{0, 0, inner.z}}) {
    below += std::abs(block.rotation.rotate(axis).y);
  }
  return block.centre.y - below;
}

TEST(Pose, NeverSinksIntoTheGround) {
  Pose pose(1);
  Body body;
  Motion motion;
  for (int i = 0; i < 2000; ++i) {
    const float t = static_cast<float>(i) / 60;
    motion.advance(body, {std::cos(t * 3), std::sin(t * 2), i % 80 < 10}, 1.0F / 60);
    const State state{body.position, body.velocity, body.yaw, false, body.on_ground};
    pose.advance(state, 1.0F / 60, false);
    ASSERT_GE(lowest(pose.block(state, {}, false)), -1e-3F) << i;
  }
}

TEST(Pose, IsAPlainCubeAtRest) {
  Pose pose(1);
  const State state{{3, 0, 4}, {}, 0.5F, false};
  for (int i = 0; i < 120; ++i) pose.advance(state, 1.0F / 60, false);
  const render::Block block = pose.block(state, {}, false);
  EXPECT_NEAR(block.half.y, kCubeHalf, 1e-3);
  EXPECT_NEAR(block.centre.y, kCubeHalf, 1e-3);
  EXPECT_NEAR(block.rotation.rotate({0, 0, 1}).x, std::sin(0.5F), 1e-4) << "looks along its yaw";
}

TEST(Pose, SquashesOnLandingAndSettles) {
  Pose pose(1);
  Body body;
  Motion motion;
  float flattest = 1;
  float landed = 0;
  for (int i = 0; i < 240; ++i) {
    motion.advance(body, {0, 0, i < 30}, 1.0F / 60);
    const State state{body.position, body.velocity, body.yaw, false, body.on_ground};
    pose.advance(state, 1.0F / 60, false);
    landed = std::max(landed, pose.landed());
    flattest = std::min(flattest, pose.block(state, {}, false).half.y);
  }
  EXPECT_GT(landed, 5);
  EXPECT_LT(flattest, 0.42F);
  EXPECT_NEAR(pose.block({}, {}, false).half.y, kCubeHalf, 2e-3);
}

TEST(Pose, LeansForwardWhenItStartsAndStaysFiniteOnAnyFrameRate) {
  for (const float frame : {1.0F / 240, 1.0F / 60, 1.0F / 10, 1.0F}) {
    Pose pose(1);
    State state;
    for (int i = 0; i < 200; ++i) {
      state.velocity.x = std::min(state.velocity.x + 40 * frame, 8.0F);
      state.position.x += state.velocity.x * frame;
      pose.advance(state, frame, true);
    }
    const render::Block block = pose.block(state, {}, false);
    EXPECT_GT(block.rotation.rotate({0, 1, 0}).x, 0.02F) << frame;
    EXPECT_TRUE(std::isfinite(block.half.y) && block.half.y > 0.2F) << frame;
  }
}

TEST(Pose, BlinksAndSleeps) {
  Pose pose(9);
  float narrowest = 1;
  for (int i = 0; i < 600; ++i) {
    pose.advance({}, 1.0F / 60, false);
    narrowest = std::min(narrowest, pose.block({}, {}, false).eyes);
  }
  EXPECT_LT(narrowest, 0.3F);
  EXPECT_LT(pose.block({}, {}, true).eyes, 0.1F);
}

}  // namespace
}  // namespace parlor::cubes
