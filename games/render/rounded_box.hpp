#pragma once
// The mesh of a box with round edges that keeps its roundness at any size.
//
// A vertex says to which corner it belongs and where the surface looks there; the shader puts it at
// corner * (half size - radius) + normal * radius. So one mesh serves boxes of every shape.

#include <array>
#include <cstdint>
#include <vector>

namespace parlor::render {

struct RoundedBoxVertex {
  std::array<std::int8_t, 4> corner;  ///< each -1 or 1; the fourth is padding
  std::array<std::int8_t, 4> normal;  ///< times 127; the fourth is padding
};

struct RoundedBox {
  std::vector<RoundedBoxVertex> vertices;
  std::vector<std::uint16_t> indices;  ///< triangles, counter-clockwise from outside
};

/// `segments` is how many flat strips make a round edge, 1 to 8.
[[nodiscard]] RoundedBox make_rounded_box(int segments);

}  // namespace parlor::render
