#pragma once
// What one frame shows: plain values that a game fills in and the renderer draws. No WebGL here, so that a
// game's own logic builds and is tested anywhere.
// Colours are what a person would pick on a screen (sRGB), 0 to 1.

#include <array>
#include <cstdint>
#include <span>

#include "render/daylight.hpp"
#include "render/math.hpp"

namespace parlor::render {

struct Camera {
  Vec3 eye{0, 4, 8};
  Vec3 target;
  float field_of_view = 0.9F;  ///< vertical, radians; wider on upright pictures
  /// Moves the picture: where the target stands, from the middle (0) to the right and upper edge (1).
  std::array<float, 2> shift{};
};

/// A box with round edges.
struct Block {
  Vec3 centre;
  Quat rotation;
  Vec3 half{0.5F, 0.5F, 0.5F};  ///< half its size
  float radius = 0.12F;         ///< of its edges; not above the smallest half
  Vec3 colour{1, 1, 1};
  float glow = 0;               ///< 0: lit by the sun; 1: shines by itself
  float eyes = 0;               ///< 0: no face; else how open the eyes on its +z side are, up to 1
  std::array<float, 2> gaze{};  ///< where they look: right and up, -1 to 1
  float shadow = 1;             ///< how dark its shadow on the ground is
};

/// Which slot of the label atlas holds a text, for as long as nobody sets another there.
using LabelSlot = std::uint8_t;

struct Label {
  Vec3 anchor;  ///< the label floats above this point
  LabelSlot slot = 0;
  float opacity = 1;
};

struct Scene {
  Camera camera;
  Vec3 focus;        ///< the ground's grid is clearest around here
  float arena = 20;  ///< half the side of the marked square on the ground
  Daylight light;
  float seconds = 0;  ///< for what moves by itself: wraps wherever the game likes
  std::span<const Block> blocks;
  std::span<const Label> labels;
};

}  // namespace parlor::render
