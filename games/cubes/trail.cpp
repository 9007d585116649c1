#include "cubes/trail.hpp"

#include <cmath>

namespace parlor::cubes {
namespace {

constexpr float kApart = 0.42F;  // metres
constexpr float kSlowest = 3;    // slower than this it leaves none
constexpr float kJump = 3;       // farther than this it did not run
constexpr float kLife = 0.9F;    // seconds

}  // namespace

void Trail::advance(const State& state, float seconds) {
  for (Plate& plate : plates_) plate.age += seconds;
  const float way = length(flat(state.position - last_));
  if (!begun_ || way > kJump) {
    begun_ = true;
    last_ = state.position;
    return;
  }
  if (way < kApart) return;
  const Vec3 from = last_;
  last_ = state.position;
  if (!state.on_ground || length(flat(state.velocity)) < kSlowest) return;
  Plate& plate = plates_[next_++ % kMost];
  plate.place = from;
  plate.yaw = std::atan2(state.velocity.x, state.velocity.z);
  plate.age = 0;
}

void Trail::append_to(std::vector<render::Block>& blocks, Vec3 colour) const {
  for (const Plate& plate : plates_) {
    if (plate.age >= kLife) continue;
    const float left = 1 - plate.age / kLife;
    render::Block block;
    block.half = {0.30F * std::sqrt(left), 0.015F, 0.15F * left + 0.02F};
    block.centre = plate.place + Vec3{0, 0.015F, 0};
    block.rotation = render::Quat::around({0, 1, 0}, plate.yaw);
    block.radius = 0.012F;
    block.colour = mix({0.13F, 0.12F, 0.22F}, colour, 0.25F + 0.55F * left);
    block.glow = 0.35F * left;
    block.shadow = 0;
    blocks.push_back(block);
  }
}

}  // namespace parlor::cubes
