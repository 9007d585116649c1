#include "render/scene.hpp"

#include <gtest/gtest.h>

namespace parlor::render {
namespace {

/// Where in the picture a point stands, as the renderer has it: from the middle to the right and upper edge.
std::array<float, 2> seen_at(const Camera& camera, float aspect, Vec3 p) {
  const Mat4 view = perspective(2 * std::atan(reach_of(camera, aspect)), aspect, 0.15F, 400) *
                    look_at(camera.eye, camera.target);
  const auto row = [&](std::size_t r) {
    return view.m[r] * p.x + view.m[4 + r] * p.y + view.m[8 + r] * p.z + view.m[12 + r];
  };
  return {row(0) / row(3) + camera.shift[0], row(1) / row(3) + camera.shift[1]};
}

TEST(GroundAt, IsThePointThatIsSeenThere) {
  const Camera cameras[] = {
      {.eye = {0, 11, 15}},
      {.eye = {3, 2, -4}, .target = {1, 1, 6}, .field_of_view = 1.2F, .shift = {0.3F, -0.2F}}};
  for (const Camera& camera : cameras) {
    for (const float aspect : {16 / 9.0F, 0.5F}) {
      for (const Vec3 place : {Vec3{1, 0, 1}, Vec3{-3, 0, 4}, Vec3{5, 0, 8}}) {
        const auto [x, y] = seen_at(camera, aspect, place);
        const auto ground = ground_at(camera, aspect, x, y);
        ASSERT_TRUE(ground);
        EXPECT_LT(length(*ground - place), 1e-3F) << place.x << ' ' << place.z << ' ' << aspect;
      }
    }
  }
}

TEST(GroundAt, IsNothingAboveTheHorizon) {
  const Camera level{.eye = {0, 2, 8}, .target = {0, 2, 0}};
  EXPECT_TRUE(ground_at(level, 1.5F, 0, -0.5F));
  EXPECT_FALSE(ground_at(level, 1.5F, 0, 0));
  EXPECT_FALSE(ground_at(level, 1.5F, 0, 0.5F));
}

TEST(ReachOf, GrowsOnUprightPicturesOnly) {
  const Camera camera;
  EXPECT_FLOAT_EQ(reach_of(camera, 1.6F), reach_of(camera, 0.8F));
  EXPECT_FLOAT_EQ(reach_of(camera, 0.4F), 2 * reach_of(camera, 0.8F));
}

}  // namespace
}  // namespace parlor::render
