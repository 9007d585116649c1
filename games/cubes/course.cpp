#include "cubes/course.hpp"

#include <algorithm>

#include "netcode/interpolation.hpp"

namespace parlor::cubes {
namespace {

// Seconds for which a velocity is believed: after a long gap it says little about the way between, and would
// swing it far out.
constexpr float kBelieved = 0.25F;

Vec3 as_told(Vec3 velocity) {
  const Vec3 level = render::at_most(flat(velocity), kFastestTold);
  return {level.x, std::clamp(velocity.y, -kFastestFall, kFastestFall), level.z};
}

}  // namespace

Course course_between(const Course& a, const Course& b, float fraction, float seconds, float half) {
  const float trust = std::min(1.0F, kBelieved / seconds);
  const Vec3 leaving = a.velocity * trust;
  const Vec3 arriving = b.velocity * trust;
  return {inside_arena(netcode::hermite(a.position, leaving, b.position, arriving, fraction, seconds), half),
          as_told(netcode::hermite_velocity(a.position, leaving, b.position, arriving, fraction, seconds))};
}

Course course_ahead(const Course& newest, float seconds, float gravity, float half) {
  Course course = newest;
  course.position = newest.position + flat(newest.velocity) * seconds;
  if (gravity > 0) {
    course.position.y += (newest.velocity.y - gravity / 2 * seconds) * seconds;
    course.velocity.y -= gravity * seconds;
  }
  if (course.position.y <= 0) course.velocity.y = 0;
  return {inside_arena(course.position, half), as_told(course.velocity)};
}

}  // namespace parlor::cubes
