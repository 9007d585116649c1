#pragma once
// Who has which colour. The first eight are the colours of Okabe and Ito's palette for colour-blind readers
// (2008), brought to the light of our scene; the next eight are the same hues lighter or darker.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "render/math.hpp"

namespace parlor::cubes {

using ColourIndex = std::uint8_t;
inline constexpr std::size_t kColours = 16;

[[nodiscard]] render::Vec3 colour(ColourIndex index);
/// "#rrggbb", for the page.
[[nodiscard]] std::string css_colour(ColourIndex index);

/// The colour that somebody begins with who finds `others` members in the room.
[[nodiscard]] ColourIndex first_colour(std::size_t others);

/// A member and the colour it says it has.
struct Claim {
  std::uint16_t id;
  ColourIndex colour;
};
/// The colour for `me`, who has `mine` now. Of two who have the same, the one with the larger id gives way
/// and takes the first that is free: all come to different colours, as long as there are that many, without
/// anybody deciding.
[[nodiscard]] ColourIndex settled_colour(std::uint16_t me, ColourIndex mine, std::span<const Claim> others);

}  // namespace parlor::cubes
