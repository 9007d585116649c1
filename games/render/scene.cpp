#include "render/scene.hpp"

#include <algorithm>
#include <cmath>

namespace parlor::render {
namespace {

// Upright pictures look wider, so that one sees about as much to the sides as on others.
constexpr float kLeastAspect = 0.8F;

}  // namespace

float reach_of(const Camera& camera, float aspect) {
  return std::tan(camera.field_of_view / 2) * std::max(1.0F, kLeastAspect / aspect);
}

std::optional<Vec3> ground_at(const Camera& camera, float aspect, float x, float y) {
  const float reach = reach_of(camera, aspect);
  const Vec3 forward = normalized(camera.target - camera.eye);
  const Vec3 right = normalized(cross(forward, {0, 1, 0}));
  const Vec3 up = cross(right, forward);
  const Vec3 ray =
      forward + right * ((x - camera.shift[0]) * reach * aspect) + up * ((y - camera.shift[1]) * reach);
  const float metres = -camera.eye.y / ray.y;
  if (!(metres > 0) || !std::isfinite(metres)) return std::nullopt;
  return flat(camera.eye + ray * metres);
}

}  // namespace parlor::render
