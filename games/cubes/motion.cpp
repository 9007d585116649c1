#include "cubes/motion.hpp"

#include <algorithm>
#include <cmath>

#include "netcode/interpolation.hpp"
#include "netcode/smoothing.hpp"

namespace parlor::cubes {
namespace {

constexpr float kAcceleration = 46;  // on the ground, and …
constexpr float kBraking = 58;
constexpr float kAirControl = 0.45F;  // … this part of it in the air
constexpr float kJumpSpeed = 8.8F;
constexpr float kRising = 25;    // gravity on the way up, …
constexpr float kFalling = 33;   // … on the way down: a jump that hangs feels weak
constexpr float kCutShort = 52;  // … and on the way up with the key let go
constexpr float kPressKept = 0.12F;
constexpr float kEdgeKept = 0.08F;
constexpr float kTurnHalfLife = 0.055F;
constexpr float kBounce = 0.35F;  // of the speed into the arena's edge

/// Brings `velocity` nearer to `wanted` by at most `most`.
Vec3 towards(Vec3 velocity, Vec3 wanted, float most) {
  const Vec3 missing = wanted - velocity;
  const float size = length(missing);
  return size <= most ? wanted : velocity + missing * (most / size);
}

void keep_inside(float& place, float& speed) {
  constexpr float kLimit = kArenaHalf - kCubeHalf;
  if (std::abs(place) <= kLimit) return;
  place = std::copysign(kLimit, place);
  if (speed * place > 0) speed *= -kBounce;
}

}  // namespace

void Motion::advance(Body& body, const Input& input, float seconds, std::span<const Obstacle> obstacles) {
  contacts_.clear();
  // The last step is as short as it needs to be: with whole steps only, a steady walk would look unsteady.
  for (float left = std::min(seconds, kLongestPause); left > 1e-5F; left -= kLongestStep) {
    step(body, input, std::min(left, kLongestStep), obstacles);
  }
}

void Motion::jump(Body& body, const Input& input, float seconds) {
  since_pressed_ = input.jump && !held_ ? 0 : since_pressed_ + seconds;
  held_ = input.jump;
  since_on_ground_ = body.on_ground ? 0 : since_on_ground_ + seconds;
  if (since_on_ground_ > kEdgeKept || since_pressed_ > kPressKept) return;
  body.velocity.y = kJumpSpeed;
  body.on_ground = false;
  since_pressed_ = 1;
  since_on_ground_ = 1;
}

void Motion::step(Body& body, const Input& input, float seconds, std::span<const Obstacle> obstacles) {
  jump(body, input, seconds);
  Vec3 wanted = Vec3{input.x, 0, input.z} * top_speed_;
  const float wish = length(wanted);
  if (wish > top_speed_) wanted = wanted * (top_speed_ / wish);
  const float grip = body.on_ground ? 1 : kAirControl;
  const Vec3 ground_speed =
      towards(flat(body.velocity), wanted, (wish > 0 ? kAcceleration : kBraking) * grip * seconds);
  body.velocity = {ground_speed.x, body.velocity.y, ground_speed.z};
  const bool on_floor = body.on_ground && body.position.y <= 0;
  if (!on_floor) {
    const float gravity = body.velocity.y < 0 ? kFalling : held_ ? kRising : kCutShort;
    body.velocity.y -= gravity * seconds;
  }
  body.position = body.position + body.velocity * seconds;
  // What it stood on may be gone, or it may have walked off its edge.
  body.on_ground = false;
  if (body.position.y <= 0 && body.velocity.y <= 0) {
    body.position.y = 0;
    body.velocity.y = 0;
    body.on_ground = true;
  }
  for (const Obstacle& obstacle : obstacles) keep_out(body, obstacle, seconds, contacts_);
  if (body.position.y > kCeiling) {
    body.position.y = kCeiling;
    body.velocity.y = std::min(body.velocity.y, 0.0F);
  }
  keep_inside(body.position.x, body.velocity.x);
  keep_inside(body.position.z, body.velocity.z);
  if (wish > 0.1F) {
    const float course = std::atan2(input.x, input.z);
    body.yaw = netcode::blend_angle(body.yaw, course, 1 - netcode::remaining(seconds, kTurnHalfLife));
  }
}

}  // namespace parlor::cubes
