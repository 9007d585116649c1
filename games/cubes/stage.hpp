#pragma once
// What never moves: platforms to jump on in the arena, lanterns at its corners, and a skyline in the haze.

#include <span>
#include <vector>

#include "cubes/collision.hpp"
#include "render/scene.hpp"

namespace parlor::cubes {

/// Always the same.
[[nodiscard]] std::vector<render::Block> make_stage();

/// What of it cubes and things run into: as high as two jumps, one upon the other.
[[nodiscard]] std::span<const Obstacle> platforms();

/// `count` cubes that dance in rows, for measuring what a frame costs (`?stress=1000`).
void append_crowd(std::vector<render::Block>& blocks, int count, float seconds);

}  // namespace parlor::cubes
