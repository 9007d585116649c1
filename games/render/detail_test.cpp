#include "render/detail.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace parlor::render {
namespace {

constexpr float kFocalLength = 1000;  // pixels

/// The detail of a block that is so many pixels from its middle to its edge.
Detail detail_at(float pixels, Block block) {
  const Vec3 eye{3, 4, -5};
  const float size = std::max({block.half.x, block.half.y, block.half.z});
  block.centre = eye + normalized({2, -1, 3}) * (size * kFocalLength / pixels);
  return detail_of(block, eye, kFocalLength);
}

TEST(DetailOf, FallsWithThePixelsOfABlock) {
  const Block block;
  EXPECT_EQ(detail_at(kSmallPixels + 1, block), Detail::fine);
  EXPECT_EQ(detail_at(kSmallPixels - 1, block), Detail::coarse);
  EXPECT_EQ(detail_at(10'000, block), Detail::fine) << "the eye is in it";
}

TEST(DetailOf, IsTheSameForALargeBlockFarAwayAndASmallOneNearby) {
  for (const float half : {0.05F, 0.5F, 50.0F}) {
    const Block block{.half = {half, half, half}, .radius = half / 4};
    EXPECT_EQ(detail_at(kSmallPixels + 1, block), Detail::fine) << half;
    EXPECT_EQ(detail_at(kSmallPixels - 1, block), Detail::coarse) << half;
  }
}

TEST(DetailOf, GoesByTheLongestHalfOfABlock) {
  const Vec3 eye{0, 0, 20};  // a block of half a metre has 25 pixels
  EXPECT_EQ(detail_of({.half = {0.1F, 0.1F, 0.1F}, .radius = 0.02F}, eye, kFocalLength), Detail::coarse);
  for (const Vec3 half : {Vec3{0.5F, 0.1F, 0.1F}, Vec3{0.1F, 0.5F, 0.1F}, Vec3{0.1F, 0.1F, 0.5F}})
    EXPECT_EQ(detail_of({.half = half, .radius = 0.02F}, eye, kFocalLength), Detail::fine);
}

TEST(DetailOf, IsOneMoreForWhatIsRoundAllOver) {
  Block ball{.half = {0.5F, 0.5F, 0.5F}, .radius = 0.5F};
  EXPECT_EQ(detail_at(kSmallPixels + 1, ball), Detail::ball);
  EXPECT_EQ(detail_at(kSmallPixels - 1, ball), Detail::fine);
  ball.radius = 0.5F * kBallRadius - 0.01F;
  EXPECT_EQ(detail_at(kSmallPixels + 1, ball), Detail::fine) << "it has sides";
  // A capsule: its ends are half balls.
  EXPECT_EQ(detail_at(kSmallPixels + 1, {.half = {0.5F, 2, 0.5F}, .radius = 0.5F}), Detail::ball);
}

TEST(FocalLengthOf, IsThePixelsOfAMetreOneMetreAway) {
  // Half of the field of view has a tangent of one: a metre up, one metre away, is at the upper edge.
  const Camera camera{.field_of_view = kPi / 2};
  EXPECT_FLOAT_EQ(focal_length_of(camera, 1600, 900), 450);
  EXPECT_FLOAT_EQ(focal_length_of(camera, 800, 450), 225) << "half as many pixels each way";
  EXPECT_FLOAT_EQ(focal_length_of(camera, 400, 1000), 250) << "an upright picture looks wider";
}

}  // namespace
}  // namespace parlor::render
