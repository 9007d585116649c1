#include "cubes/collision.hpp"

#include <algorithm>
#include <cmath>

#include "cubes/motion.hpp"

namespace parlor::cubes {
namespace {

// So far below its top one still gets onto something: what a fast fall goes too far in a step.
constexpr float kStepUp = 0.22F;
// Of the reach within which one stands: farther out one slips off.
constexpr float kFooting = 0.8F;
constexpr float kRunInBounce = 0.15F;

/// From the nearest point of the obstacle to the body, seen from above; of length 0 inside a box.
Vec3 gap_between(const Body& body, const Obstacle& obstacle) {
  const Vec3 from = flat(body.position - obstacle.foot);
  if (obstacle.round) return from;
  return from - Vec3{std::clamp(from.x, -obstacle.half.x, obstacle.half.x), 0,
                     std::clamp(from.z, -obstacle.half.z, obstacle.half.z)};
}

/// The shortest way out of a box, for a body whose middle is inside.
Vec3 way_out(const Body& body, const Obstacle& box, float& depth) {
  const Vec3 from = body.position - box.foot;
  const float x = box.half.x - std::abs(from.x);
  const float z = box.half.z - std::abs(from.z);
  depth = kCubeHalf + std::min(x, z);
  return x < z ? Vec3{std::copysign(1.0F, from.x), 0, 0} : Vec3{0, 0, std::copysign(1.0F, from.z)};
}

void stand_on(Body& body, const Obstacle& obstacle, float carry, std::vector<Contact>& contacts) {
  const float speed = obstacle.velocity.y - body.velocity.y;
  body.position.y = obstacle.top();
  body.velocity.y = std::max(body.velocity.y, obstacle.velocity.y);
  body.position = body.position + flat(obstacle.velocity) * carry;
  body.on_ground = true;
  note(contacts, {obstacle.id, {0, 1, 0}, speed});
}

}  // namespace

void note(std::vector<Contact>& contacts, const Contact& contact) {
  const auto known = std::find_if(contacts.begin(), contacts.end(),
                                  [&](const Contact& one) { return one.id == contact.id; });
  if (known == contacts.end()) {
    contacts.push_back(contact);
  } else if (contact.speed > known->speed) {
    *known = contact;
  }
}

void keep_out(Body& body, const Obstacle& obstacle, float carry, std::vector<Contact>& contacts) {
  if (body.position.y > obstacle.top() || body.position.y + 2 * kCubeHalf <= obstacle.foot.y) return;
  const Vec3 gap = gap_between(body, obstacle);
  const float away = length(gap);
  const float reach = kCubeHalf + (obstacle.round ? obstacle.half.x : 0);
  if (away >= reach) return;
  const bool falls = body.velocity.y <= obstacle.velocity.y;
  if (falls && obstacle.top() - body.position.y <= kStepUp && away < reach * kFooting)
    return stand_on(body, obstacle, carry, contacts);
  const float headroom = body.position.y + 2 * kCubeHalf - obstacle.foot.y;
  if (headroom <= kStepUp && body.velocity.y > 0) {
    body.velocity.y = 0;
    return;
  }
  float depth = reach - away;
  Vec3 normal = away > 1e-4F ? gap * (1 / away) : Vec3{1, 0, 0};
  if (away <= 1e-4F && !obstacle.round) normal = way_out(body, obstacle, depth);
  body.position = body.position + normal * depth;
  const float speed = dot(obstacle.velocity - body.velocity, normal);
  if (speed > 0) body.velocity = body.velocity + normal * (speed * (1 - obstacle.give) * (1 + kRunInBounce));
  note(contacts, {obstacle.id, normal, std::max(speed, 0.0F)});
}

}  // namespace parlor::cubes
