#pragma once
// What one frame shows: plain values that a game fills in and the renderer draws. No WebGL here, so that a
// game's own logic builds and is tested anywhere.
//
// One unit is a metre. Right-handed: to the default camera x points right, y up and z out of the picture. The
// ground is y = 0; a block of half height h stands on it with its centre at y = h. Angles are radians.
// Colours are what a person would pick on a screen (sRGB), 0 to 1.
//
//   render::Renderer renderer("#scene");
//   void frame() {  // once per frame
//     std::vector<render::Block> blocks{{.centre = {0, 0.5F, 0}, .colour = {0.9F, 0.5F, 0.3F}}};
//     render::Scene scene;
//     scene.camera.eye = {0, 4, 8};
//     scene.blocks = blocks;  // lives until draw() has returned
//     renderer.fit();
//     renderer.draw(scene);
//   }

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "render/daylight.hpp"
#include "render/math.hpp"

namespace parlor::render {

/// Looks from `eye` at `target`, upright: not straight up or down.
struct Camera {
  Vec3 eye{0, 4, 8};
  Vec3 target{};
  float field_of_view = 0.9F;  ///< vertical, radians; wider on upright pictures
  /// Moves the picture: where the target stands, from the middle (0) to the right and upper edge (1).
  std::array<float, 2> shift{};
};

/// How far to each side one sees upwards, one metre away; `aspect` is the picture's width by its height.
[[nodiscard]] float reach_of(const Camera& camera, float aspect);
/// Which point of the ground stands at a place of the picture: from the middle (0) to the right and upper
/// edge (1). Nothing above the horizon.
[[nodiscard]] std::optional<Vec3> ground_at(const Camera& camera, float aspect, float x, float y);

/// A box with round edges.
struct Block {
  Vec3 centre{};  ///< its middle, not its foot
  Quat rotation{};
  Vec3 half{0.5F, 0.5F, 0.5F};  ///< half its size
  float radius = 0.12F;         ///< of its edges; not above the smallest half
  Vec3 colour{1, 1, 1};
  float glow = 0;               ///< 0: lit by the sun; 1: shines by itself
  float eyes = 0;               ///< 0: no face; else how open the eyes on its +z side are, up to 1
  std::array<float, 2> gaze{};  ///< where they look: right and up, -1 to 1
  float shadow = 1;             ///< how dark its shadow on the ground is
};

/// Where a text is kept, until another is set there: 0 to kMostLabels - 1. Other slots do not exist: what is
/// set there is forgotten, and a label of theirs is not drawn.
using LabelSlot = std::uint8_t;
/// As many as members of the largest room. Of a scene no more labels are drawn than that.
inline constexpr std::size_t kMostLabels = 64;

struct Label {
  Vec3 anchor{};  ///< the label floats above this point, as large from far as from near
  LabelSlot slot = 0;
  float opacity = 1;
};

/// What `blocks` and `labels` point to is the caller's, and must live until draw() has returned.
struct Scene {
  Camera camera{};
  Vec3 focus{};      ///< the ground's grid is clearest around here
  float arena = 20;  ///< half the side of the marked square on the ground
  Daylight light{};
  float seconds = 0;  ///< for what moves by itself: wraps wherever the game likes
  std::span<const Block> blocks{};
  std::span<const Label> labels{};
};

}  // namespace parlor::render
