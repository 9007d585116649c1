#include "cubes/pose.hpp"

#include <algorithm>
#include <cmath>

#include "netcode/interpolation.hpp"
#include "netcode/smoothing.hpp"

namespace parlor::cubes {
namespace {

using netcode::approach;
using render::at_most;
using render::Quat;

constexpr float kSpring = 340;  // of the stretch, per second squared
constexpr float kDamping = 15;
constexpr float kBlink = 0.13F;        // seconds
constexpr float kStrideLength = 1.5F;  // metres for a step to each side

/// How far the lowest corner of a turned box is below its middle.
float support(const Quat& rotation, Vec3 half) {
  return std::abs(rotation.rotate({half.x, 0, 0}).y) + std::abs(rotation.rotate({0, half.y, 0}).y) +
         std::abs(rotation.rotate({0, 0, half.z}).y);
}

}  // namespace

void Pose::advance(const State& state, float seconds, bool calm) {
  landed_ = 0;
  if (!begun_) {
    begun_ = true;
    last_ = state;
    until_blink_ = 0.5F + static_cast<float>(seed_ % 37) * 0.1F;
  }
  if (!(seconds > 0)) return;
  const bool on_ground = state.on_ground;
  const bool was_on_ground = last_.on_ground;
  if (on_ground && !was_on_ground && last_.velocity.y < -2) {
    landed_ = -last_.velocity.y;
    stretching_ -= std::min(landed_, 9.0F);
  }
  if (!on_ground && was_on_ground) stretching_ += 3.2F;

  const Vec3 change = at_most(flat(state.velocity - last_.velocity) * (1 / seconds), 60);
  acceleration_ = approach(acceleration_, change, seconds, 0.05F);
  const Vec3 wanted_lean = at_most(acceleration_ * 0.007F + flat(state.velocity) * 0.012F, 0.42F);
  lean_ = approach(lean_, wanted_lean, seconds, 0.045F);

  // In small steps: a spring must not explode on a slow frame.
  for (float left = std::min(seconds, 0.1F); left > 0; left -= 0.008F) {
    const float step = std::min(left, 0.008F);
    const float air = on_ground ? 0 : std::clamp(std::abs(state.velocity.y) * 0.012F, 0.0F, 0.14F);
    stretching_ += ((air - stretch_) * kSpring - stretching_ * kDamping) * step;
    stretch_ = std::clamp(stretch_ + stretching_ * step, -0.38F, 0.38F);
  }

  const float speed = length(flat(state.velocity));
  const float wanted_pace = on_ground && !calm ? std::min(speed / kTopSpeed, 1.0F) : 0;
  pace_ = approach(pace_, wanted_pace, seconds, 0.06F);
  stride_ = std::fmod(stride_ + speed * seconds / kStrideLength * render::kPi, 2 * render::kPi);
  const float turn = netcode::wrap_angle(state.yaw - last_.yaw) / seconds;
  turning_ = approach(turning_, std::clamp(turn * 0.22F, -1.0F, 1.0F), seconds, 0.07F);
  blink(seconds);
  last_ = state;
}

void Pose::blink(float seconds) {
  until_blink_ -= seconds;
  if (until_blink_ < -kBlink) {
    // Every two to six seconds; now and then twice in a row.
    seed_ = seed_ * 1'664'525 + 1'013'904'223;
    const float chance = static_cast<float>(seed_ >> 8) / static_cast<float>(1U << 24);
    until_blink_ = chance < 0.12F ? 0.1F : 2 + 4 * chance;
  }
  const float shut = until_blink_ < 0 ? 1 - std::abs(until_blink_ / kBlink + 0.5F) * 2 : 0;
  eyes_ = 1 - std::clamp(shut * 1.6F, 0.0F, 1.0F);
}

render::Block Pose::block(const State& state, Vec3 colour, bool asleep) const {
  render::Block block;
  const float tall = 1 + stretch_;
  const float wide = 1 / std::sqrt(tall);
  block.half = Vec3{wide, tall, wide} * kCubeHalf;
  const Vec3 axis = normalized(cross({0, 1, 0}, lean_));
  const Quat lean = Quat::around(axis, std::atan(length(lean_)));
  const Quat waddle = Quat::around({0, 0, 1}, std::sin(stride_) * 0.085F * pace_);
  block.rotation = lean * Quat::around({0, 1, 0}, state.yaw) * waddle;
  block.centre = state.position;
  // Round edges touch the ground a little inside the corners.
  block.centre.y += support(block.rotation, block.half - Vec3{0.12F, 0.12F, 0.12F}) + 0.12F +
                    std::abs(std::sin(stride_)) * 0.045F * pace_;
  block.radius = 0.12F;
  block.colour = colour;
  block.eyes = asleep ? 0.05F : std::max(eyes_, 0.05F);
  const float up = std::clamp(state.velocity.y * 0.08F, -0.8F, 0.8F);
  block.gaze = {turning_, up};
  return block;
}

}  // namespace parlor::cubes
