#include "cubes/follow_camera.hpp"

#include <algorithm>
#include <cmath>

#include "netcode/interpolation.hpp"
#include "netcode/smoothing.hpp"

namespace parlor::cubes {
namespace {

using netcode::approach;

constexpr float kLowest = 0.06F;  // pitch, radians
constexpr float kHighest = 1.35F;
constexpr float kNearest = 3.5F;  // metres
constexpr float kFarthest = 24;
constexpr float kCirclePitch = 0.22F;
constexpr float kCircleDistance = 5.6F;
constexpr float kCircleSpeed = 0.10F;  // radians per second
constexpr float kDrift = 0.55F;        // how fast it turns after a cube that runs aside, at top speed

}  // namespace

void FollowCamera::look(float aside, float up) {
  yaw_ = netcode::wrap_angle(yaw_ - aside);
  pitch_ = std::clamp(pitch_ + up, kLowest, kHighest);
  since_look_ = 0;
}

void FollowCamera::zoom(float factor) {
  distance_ = std::clamp(distance_ * factor, kNearest, kFarthest);
}

void FollowCamera::settle(const Body& body) {
  target_ = body.position + Vec3{0, 0.9F, 0};
  yaw_ = netcode::wrap_angle(body.yaw + render::kPi);
}

void FollowCamera::advance(const Body& body, float seconds, bool calm) {
  since_look_ += seconds;
  if (circling_ && !calm) yaw_ = netcode::wrap_angle(yaw_ + kCircleSpeed * seconds);
  if (!circling_ && !calm && since_look_ > 1.5F) {
    // Runs aside: turn after it, gently, so that one sees where one goes.
    const float aside = body.velocity.x * std::cos(yaw_) - body.velocity.z * std::sin(yaw_);
    yaw_ = netcode::wrap_angle(yaw_ - aside / kTopSpeed * kDrift * seconds);
  }
  const Vec3 ahead = circling_ || calm ? Vec3{} : flat(body.velocity) * 0.10F;
  const Vec3 wanted = body.position + Vec3{0, circling_ ? 0.62F : 0.9F, 0} + ahead;
  const Vec3 near_ground = approach(target_, wanted, seconds, 0.075F);
  target_ = {near_ground.x, approach(target_.y, wanted.y, seconds, 0.14F), near_ground.z};
  shown_pitch_ = approach(shown_pitch_, circling_ ? kCirclePitch : pitch_, seconds, circling_ ? 0.5F : 0.07F);
  shown_distance_ = approach(shown_distance_, circling_ ? kCircleDistance : distance_, seconds, 0.22F);
  pull_ = approach(pull_, calm ? 0 : length(flat(body.velocity)) / kTopSpeed, seconds, 0.35F);
  for (std::size_t i = 0; i < 2; ++i) shift_[i] = approach(shift_[i], wanted_shift_[i], seconds, 0.25F);
}

Input FollowCamera::to_world(const Input& input) const {
  const float c = std::cos(yaw_);
  const float s = std::sin(yaw_);
  return {input.x * c + input.z * s, input.z * c - input.x * s, input.jump};
}

Input FollowCamera::from_world(const Input& input) const {
  const float c = std::cos(yaw_);
  const float s = std::sin(yaw_);
  return {input.x * c - input.z * s, input.z * c + input.x * s, input.jump};
}

render::Camera FollowCamera::camera() const {
  const float distance = shown_distance_ * (1 + 0.07F * pull_);
  const Vec3 back{std::sin(yaw_) * std::cos(shown_pitch_), std::sin(shown_pitch_),
                  std::cos(yaw_) * std::cos(shown_pitch_)};
  render::Camera camera;
  camera.target = target_;
  camera.eye = target_ + back * distance;
  camera.eye.y = std::max(camera.eye.y, 0.3F);
  camera.field_of_view = 0.88F + 0.05F * pull_;
  camera.shift = shift_;
  return camera;
}

}  // namespace parlor::cubes
