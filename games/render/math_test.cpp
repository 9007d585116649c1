#include "render/math.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace parlor::render {
namespace {

void expect_near(Vec3 a, Vec3 b) {
  EXPECT_NEAR(a.x, b.x, 1e-5);
  EXPECT_NEAR(a.y, b.y, 1e-5);
  EXPECT_NEAR(a.z, b.z, 1e-5);
}

/// Where a point lands on the screen: -1 to 1, depth as z.
Vec3 project(const Mat4& m, Vec3 p) {
  const auto row = [&](std::size_t r) {
    return m.m[r] * p.x + m.m[4 + r] * p.y + m.m[8 + r] * p.z + m.m[12 + r];
  };
  return {row(0) / row(3), row(1) / row(3), row(2) / row(3)};
}

TEST(Vec3, IsClampedInEachDirection) {
  EXPECT_EQ(clamped({11, -2, -30}, 10), (Vec3{10, -2, -10}));
}

TEST(Vec3, IsFiniteOnlyWhenAllOfItIs) {
  EXPECT_TRUE(is_finite({1, -2, 3e38F}));
  for (const float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    EXPECT_FALSE(is_finite({bad, 0, 0}));
    EXPECT_FALSE(is_finite({0, -bad, 0}));
    EXPECT_FALSE(is_finite({0, 0, bad}));
  }
}

TEST(Quat, TurnsAroundItsAxisByTheRightHand) {
  expect_near(Quat::around({0, 1, 0}, kPi / 2).rotate({0, 0, 1}), {1, 0, 0});
  expect_near(Quat::around({1, 0, 0}, kPi / 2).rotate({0, 1, 0}), {0, 0, 1});
}

TEST(Quat, AProductTurnsByTheRightFactorFirst) {
  const Quat lean = Quat::around({0, 0, 1}, 0.3F);
  const Quat turn = Quat::around({0, 1, 0}, 1.1F);
  expect_near((turn * lean).rotate({1, 2, 3}), turn.rotate(lean.rotate({1, 2, 3})));
}

TEST(Camera, PutsItsTargetInTheMiddleAndWhatIsHigherAbove) {
  const Mat4 view = perspective(1, 1.5F, 0.1F, 100) * look_at({0, 5, 10}, {0, 1, 0});
  expect_near(flat(project(view, {0, 1, 0})), flat({0, 0, project(view, {0, 1, 0}).z}));
  EXPECT_NEAR(project(view, {0, 1, 0}).y, 0, 1e-5);
  EXPECT_GT(project(view, {0, 2, 0}).y, 0);
  EXPECT_GT(project(view, {1, 1, 0}).x, 0) << "x points right when one looks along -z";
}

TEST(Camera, DepthRunsFromTheNearToTheFarPlane) {
  const Mat4 lens = perspective(1, 1, 0.5F, 50);
  EXPECT_NEAR(project(lens, {0, 0, -0.5F}).z, -1, 1e-4);
  EXPECT_NEAR(project(lens, {0, 0, -50}).z, 1, 1e-4);
}

}  // namespace
}  // namespace parlor::render
