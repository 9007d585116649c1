#include "render/rounded_box.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <set>
#include <utility>

#include "render/math.hpp"

namespace parlor::render {
namespace {

TEST(RoundedBox, IsClosedAndLooksOutwardsEverywhere) {
  for (int segments = 1; segments <= 8; ++segments) {
    const RoundedBox box = make_rounded_box(segments);
    // In a closed surface with one orientation each edge is walked once in each direction.
    std::map<std::pair<int, int>, int> walked;
    for (std::size_t i = 0; i < box.indices.size(); i += 3) {
      for (std::size_t k = 0; k < 3; ++k) ++walked[{box.indices[i + k], box.indices[i + (k + 1) % 3]}];
    }
    for (const auto& [edge, times] : walked) {
      ASSERT_EQ(times, 1) << segments;
      ASSERT_EQ(walked.count({edge.second, edge.first}), 1U) << segments;
    }
    // Euler's formula for what is one piece without holes.
    const auto edges = static_cast<long>(walked.size() / 2);
    EXPECT_EQ(static_cast<long>(box.vertices.size()) - edges + static_cast<long>(box.indices.size() / 3), 2);
  }
}

TEST(RoundedBox, NormalsHaveUnitLengthAndPointToTheSideOfTheirCorner) {
  for (const RoundedBoxVertex& vertex : make_rounded_box(3).vertices) {
    float squared = 0;
    for (std::size_t axis = 0; axis < 3; ++axis) {
      EXPECT_GE(vertex.normal[axis] * vertex.corner[axis], 0);
      squared += std::pow(static_cast<float>(vertex.normal[axis]) / 127, 2.0F);
    }
    EXPECT_NEAR(squared, 1, 0.03);
  }
}

TEST(RoundedBox, FourSegmentsAreCheapEnoughForAThousand) {
  const RoundedBox box = make_rounded_box(4);
  EXPECT_EQ(box.indices.size() / 3, 236U);
  EXPECT_EQ(box.vertices.size(), 120U);
}

}  // namespace
}  // namespace parlor::render
