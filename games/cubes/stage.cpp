#include "cubes/stage.hpp"

#include <algorithm>
#include <cmath>

#include "base/random.hpp"
#include "cubes/motion.hpp"
#include "cubes/palette.hpp"

namespace parlor::cubes {
namespace {

using render::Block;

/// A post with a light on top.
void append_lantern(std::vector<Block>& blocks, Vec3 foot) {
  Block post;
  post.centre = foot + Vec3{0, 0.75F, 0};
  post.half = {0.13F, 0.75F, 0.13F};
  post.radius = 0.06F;
  post.colour = {0.22F, 0.20F, 0.34F};
  blocks.push_back(post);
  Block light;
  light.centre = foot + Vec3{0, 1.78F, 0};
  light.half = {0.24F, 0.24F, 0.24F};
  light.radius = 0.09F;
  light.colour = {1.0F, 0.72F, 0.50F};
  light.glow = 1;
  light.shadow = 0.5F;
  blocks.push_back(light);
}

}  // namespace

std::vector<Block> make_stage() {
  std::vector<Block> blocks;
  constexpr float kCorner = kArenaHalf + 1.5F;
  for (const float x : {-kCorner, 0.0F, kCorner}) {
    for (const float z : {-kCorner, 0.0F, kCorner}) {
      if (x != 0 || z != 0) append_lantern(blocks, {x, 0, z});
    }
  }
  base::SeededRandom random(20);
  const auto chance = [&random] { return static_cast<float>(random.below(10'000)) / 10'000.0F; };
  for (int i = 0; i < 84; ++i) {
    // Evenly around; the farther away, the larger.
    const float angle = (static_cast<float>(i) + chance() * 0.8F) * 2 * render::kPi / 84;
    const float away = 40 + 75 * std::sqrt(chance());
    const float tall = (0.5F + 3.4F * chance() * chance()) * away / 48;
    const float wide = (0.6F + 1.3F * chance()) * away / 48;
    Block block;
    block.half = {wide, tall, wide * (0.7F + 0.6F * chance())};
    block.centre = {std::cos(angle) * away, tall, std::sin(angle) * away};
    block.rotation = render::Quat::around({0, 1, 0}, chance() * render::kPi);
    block.radius = 0.18F;
    const float shade = 0.75F + 0.5F * chance();
    block.colour = Vec3{0.30F, 0.27F, 0.44F} * shade;
    blocks.push_back(block);
  }
  return blocks;
}

void append_crowd(std::vector<Block>& blocks, int count, float seconds) {
  const int side = std::max(1, static_cast<int>(std::ceil(std::sqrt(static_cast<float>(count)))));
  const float spacing = 2 * (kArenaHalf - 0.8F) / static_cast<float>(std::max(side - 1, 1));
  const float half = std::min(kCubeHalf, spacing * 0.36F);
  for (int i = 0; i < count; ++i) {
    const int column = i % side;
    const int row = i / side;
    const float x = (static_cast<float>(column) - static_cast<float>(side - 1) / 2) * spacing;
    const float z = (static_cast<float>(row) - static_cast<float>(side - 1) / 2) * spacing;
    const float wave = std::sin(seconds * 2.4F + std::sqrt(x * x + z * z) * 0.55F);
    Block block;
    const float tall = half * (1 + 0.18F * wave);
    block.half = {half, tall, half};
    block.centre = {x, tall + std::max(wave, 0.0F) * 0.7F, z};
    block.rotation = render::Quat::around({0, 1, 0}, std::sin(seconds * 0.9F + static_cast<float>(i)) * 0.8F);
    block.radius = half * 0.24F;
    block.colour = colour(static_cast<ColourIndex>((i * 7 + row) % 8));
    block.eyes = 1;
    blocks.push_back(block);
  }
}

}  // namespace parlor::cubes
