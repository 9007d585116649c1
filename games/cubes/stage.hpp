#pragma once
// What stands around the arena and never moves: lanterns at its corners, and a skyline in the haze.

#include <vector>

#include "render/scene.hpp"

namespace parlor::cubes {

/// Always the same.
[[nodiscard]] std::vector<render::Block> make_stage();

/// `count` cubes that dance in rows, for measuring what a frame costs (`?stress=1000`).
void append_crowd(std::vector<render::Block>& blocks, int count, float seconds);

}  // namespace parlor::cubes
