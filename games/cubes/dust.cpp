#include "cubes/dust.hpp"

#include <algorithm>
#include <cmath>

namespace parlor::cubes {

using render::Vec3;

float Dust::chance() {
  seed_ = seed_ * 1'664'525 + 1'013'904'223;
  return static_cast<float>(seed_ >> 8) / static_cast<float>(1U << 24);
}

void Dust::burst(Vec3 place, Vec3 colour, float force, int count) {
  for (int i = 0; i < count; ++i) {
    const float angle = chance() * 2 * render::kPi;
    const Vec3 out{std::cos(angle), 0, std::sin(angle)};
    Crumb& crumb = crumbs_[next_++ % kMost];
    crumb.place = place + out * (0.40F + 0.12F * chance()) + Vec3{0, 0.06F, 0};
    crumb.velocity = out * (0.8F + 2.2F * force * chance()) + Vec3{0, 0.6F + 2.4F * force * chance(), 0};
    crumb.colour = mix(colour, {0.80F, 0.78F, 0.92F}, 0.55F + 0.3F * chance());
    crumb.size = 0.035F + 0.055F * chance();
    crumb.age = 0;
    crumb.life = 0.35F + 0.35F * chance();
  }
}

void Dust::advance(float seconds) {
  for (Crumb& crumb : crumbs_) {
    if (crumb.age >= crumb.life) continue;
    crumb.age += seconds;
    crumb.velocity.y -= 9 * seconds;
    crumb.place = crumb.place + crumb.velocity * seconds;
    if (crumb.place.y < crumb.size) {
      crumb.place.y = crumb.size;
      crumb.velocity = {crumb.velocity.x * 0.6F, 0, crumb.velocity.z * 0.6F};
    }
  }
}

void Dust::append_to(std::vector<render::Block>& blocks) const {
  for (const Crumb& crumb : crumbs_) {
    if (crumb.age >= crumb.life) continue;
    const float left = 1 - crumb.age / crumb.life;
    const float half = crumb.size * std::min(1.0F, left * 1.6F);
    render::Block block;
    block.centre = crumb.place;
    block.half = {half, half, half};
    block.radius = half * 0.3F;
    block.rotation = render::Quat::around({0, 1, 0}, crumb.size * 70 + crumb.age * 6);
    block.colour = crumb.colour;
    block.shadow = 0;
    blocks.push_back(block);
  }
}

}  // namespace parlor::cubes
