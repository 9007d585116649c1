#include "cubes/follow_camera.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace parlor::cubes {
namespace {

FollowCamera playing() {
  FollowCamera camera;
  camera.set_circling(false);
  return camera;
}

TEST(FollowCamera, ForwardIsAwayFromTheCameraHoweverItIsTurned) {
  for (const float turn : {0.0F, 0.7F, 2.0F, -1.3F}) {
    FollowCamera camera = playing();
    camera.look(turn, 0);
    for (int i = 0; i < 200; ++i) camera.advance({}, 0.016F, true);
    const Vec3 view = normalized(flat(camera.camera().target - camera.camera().eye));
    const Input forward = camera.to_world({0, -1, false});
    EXPECT_NEAR(forward.x, view.x, 1e-3) << turn;
    EXPECT_NEAR(forward.z, view.z, 1e-3) << turn;
    const Input right = camera.to_world({1, 0, true});
    EXPECT_NEAR(dot({right.x, 0, right.z}, cross(view, {0, 1, 0})), 1, 1e-3) << turn;
    EXPECT_TRUE(right.jump);
    const Input back = camera.from_world(right);
    EXPECT_NEAR(back.x, 1, 1e-3) << turn;
    EXPECT_NEAR(back.z, 0, 1e-3) << turn;
  }
}

TEST(FollowCamera, ComesAfterTheCube) {
  FollowCamera camera = playing();
  Body body;
  body.position = {10, 0, -7};
  for (int i = 0; i < 120; ++i) camera.advance(body, 1.0F / 60, true);
  EXPECT_NEAR(length(flat(camera.camera().target - body.position)), 0, 0.01);
}

TEST(FollowCamera, StaysAboveTheGroundAndWithinItsReach) {
  FollowCamera camera = playing();
  camera.look(0, -100);
  camera.zoom(1000);
  for (int i = 0; i < 300; ++i) camera.advance({}, 1.0F / 60, false);
  EXPECT_GT(camera.camera().eye.y, 0.25F);
  EXPECT_LT(length(camera.camera().eye - camera.camera().target), 25);
  camera.look(0, 100);
  camera.zoom(1e-6F);
  for (int i = 0; i < 300; ++i) camera.advance({}, 1.0F / 60, false);
  EXPECT_GT(length(camera.camera().eye - camera.camera().target), 3);
  EXPECT_GT(length(flat(camera.camera().eye - camera.camera().target)), 0.5F) << "never straight down";
}

TEST(FollowCamera, TurnsByItselfOnlyWhereThatIsWanted) {
  FollowCamera lively = playing();
  FollowCamera calm = playing();
  const auto side = [](const FollowCamera& camera) {
    const Vec3 back = camera.camera().eye - camera.camera().target;
    return std::atan2(back.x, back.z);
  };
  const float before = side(calm);
  Body runner;  // to the right, as the camera sees it
  runner.velocity = Vec3{std::cos(before), 0, -std::sin(before)} * kTopSpeed;
  for (int i = 0; i < 60; ++i) {
    lively.advance(runner, 1.0F / 60, false);
    calm.advance(runner, 1.0F / 60, true);
  }
  EXPECT_NEAR(side(calm), before, 1e-3);
  EXPECT_LT(side(lively), before - 0.1F) << "turns towards where it runs";
}

}  // namespace
}  // namespace parlor::cubes
