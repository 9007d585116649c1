#include "cubes/stage.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/random.hpp"
#include "cubes/motion.hpp"
#include "cubes/palette.hpp"

namespace parlor::cubes {
namespace {

using render::Block;

constexpr Obstacle platform(Vec3 foot, Vec3 half) {
  return {.foot = foot, .half = half};
}

// A stair of three, two pillars and two walls.
constexpr std::array<Obstacle, 7> kPlatforms{
    platform({11, 0, 2.5F}, {2.2F, 0.40F, 2.2F}),     platform({14, 0, -1.4F}, {1.8F, 0.80F, 1.8F}),
    platform({11.2F, 0, -4.9F}, {1.5F, 1.20F, 1.5F}), platform({-12, 0, -3}, {0.9F, 0.60F, 0.9F}),
    platform({-14, 0, -5.6F}, {0.9F, 1.10F, 0.9F}),   platform({-4, 0, 12}, {3.5F, 0.35F, 0.45F}),
    platform({3.5F, 0, -14}, {0.45F, 0.50F, 3.0F})};

/// A platform with a bright rim along its top, so that its edge is seen from above.
void append_platform(std::vector<Block>& blocks, const Obstacle& platform) {
  Block block;
  block.centre = platform.foot + Vec3{0, platform.half.y, 0};
  block.half = platform.half;
  block.radius = 0.08F;
  block.colour = {0.40F, 0.37F, 0.62F};
  blocks.push_back(block);
  Block top = block;
  top.centre.y = platform.top() - 0.04F;
  top.half = {platform.half.x + 0.03F, 0.045F, platform.half.z + 0.03F};
  top.radius = 0.03F;
  top.colour = {0.62F, 0.58F, 0.86F};
  top.shadow = 0;
  blocks.push_back(top);
}

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

std::span<const Obstacle> platforms() {
  return kPlatforms;
}

std::vector<Block> make_stage() {
  std::vector<Block> blocks;
  for (const Obstacle& one : kPlatforms) append_platform(blocks, one);
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
