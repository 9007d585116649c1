#include "render/detail.hpp"

#include <algorithm>

namespace parlor::render {

float focal_length_of(const Camera& camera, float width, float height) {
  return height / (2 * reach_of(camera, width / height));
}

Detail detail_of(const Block& block, Vec3 eye, float focal_length) {
  const Vec3 away = block.centre - eye;
  const float size = std::max({block.half.x, block.half.y, block.half.z}) * focal_length;
  const bool is_small = size * size < kSmallPixels * kSmallPixels * dot(away, away);
  if (block.radius >= kBallRadius * std::min({block.half.x, block.half.y, block.half.z}))
    return is_small ? Detail::fine : Detail::ball;
  return is_small ? Detail::coarse : Detail::fine;
}

}  // namespace parlor::render
