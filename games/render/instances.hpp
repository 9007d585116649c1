#pragma once
// Blocks and labels as the graphics card takes them, one value of each attribute for every instance. Internal
// to this folder.

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "render/gl_objects.hpp"
#include "render/rounded_box.hpp"
#include "render/scene.hpp"

namespace parlor::render {

struct BlockInstance {
  float centre[3];
  std::int16_t rotation[4];
  float half[4];
  std::uint8_t colour[4];
  std::uint8_t face[4];
};
static_assert(sizeof(BlockInstance) == 44);

struct LabelInstance {
  float anchor[3];
  float slot[4];
};

inline constexpr Attribute kBlockAttributes[] = {
    {0, 3, GL_FLOAT, false, offsetof(BlockInstance, centre), 1},
    {1, 4, GL_SHORT, true, offsetof(BlockInstance, rotation), 1},
    {2, 4, GL_FLOAT, false, offsetof(BlockInstance, half), 1},
    {3, 4, GL_UNSIGNED_BYTE, true, offsetof(BlockInstance, colour), 1},
    {4, 4, GL_UNSIGNED_BYTE, true, offsetof(BlockInstance, face), 1},
};
inline constexpr Attribute kMeshAttributes[] = {
    {5, 4, GL_BYTE, false, offsetof(RoundedBoxVertex, corner)},
    {6, 4, GL_BYTE, true, offsetof(RoundedBoxVertex, normal)},
};
inline constexpr Attribute kLabelAttributes[] = {
    {0, 3, GL_FLOAT, false, offsetof(LabelInstance, anchor), 1},
    {1, 4, GL_FLOAT, false, offsetof(LabelInstance, slot), 1},
};

inline std::uint8_t as_byte(float value) {
  return static_cast<std::uint8_t>(std::clamp(value, 0.0F, 1.0F) * 255 + 0.5F);
}
inline std::int16_t as_short(float value) {
  return static_cast<std::int16_t>(std::clamp(value, -1.0F, 1.0F) * 32767);
}

[[nodiscard]] inline BlockInstance pack(const Block& block) {
  return {{block.centre.x, block.centre.y, block.centre.z},
          {as_short(block.rotation.x), as_short(block.rotation.y), as_short(block.rotation.z),
           as_short(block.rotation.w)},
          {block.half.x, block.half.y, block.half.z, block.radius},
          {as_byte(block.colour.x), as_byte(block.colour.y), as_byte(block.colour.z), as_byte(block.glow)},
          {as_byte(block.eyes), as_byte(block.gaze[0] * 0.5F + 0.5F), as_byte(block.gaze[1] * 0.5F + 0.5F),
           as_byte(block.shadow)}};
}

}  // namespace parlor::render
