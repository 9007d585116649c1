#include "cubes/palette.hpp"

#include <algorithm>

namespace parlor::cubes {
namespace {

constexpr std::array<std::uint32_t, kColours> kPalette{
    0xf0a020, 0x4db5f0, 0x10b088, 0xf2e04a, 0x2f7fe0, 0xf0683a, 0xe07cc0, 0xe8e6f2,
    0xffd08a, 0xa8dcff, 0x7fe0c0, 0xa89010, 0x8f8cf0, 0xa83818, 0x9a3f86, 0x6c6a80};

}  // namespace

render::Vec3 colour(ColourIndex index) {
  const std::uint32_t rgb = kPalette[index % kColours];
  const auto part = [rgb](unsigned shift) { return static_cast<float>(rgb >> shift & 0xff) / 255.0F; };
  return {part(16), part(8), part(0)};
}

std::string css_colour(ColourIndex index) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text = "#";
  for (unsigned shift = 24; shift > 0;) {
    shift -= 4;
    text += kDigits[kPalette[index % kColours] >> shift & 0xf];
  }
  return text;
}

ColourIndex first_colour(std::size_t others) {
  return static_cast<ColourIndex>(others % kColours);
}

ColourIndex settled_colour(std::uint16_t me, ColourIndex mine, std::span<const Claim> others) {
  std::array<bool, kColours> taken{};
  bool give_way = false;
  for (const Claim& claim : others) {
    taken[claim.colour % kColours] = true;
    give_way = give_way || (claim.id < me && claim.colour % kColours == mine % kColours);
  }
  if (!give_way) return mine;
  const auto free = std::find(taken.begin(), taken.end(), false);
  return free == taken.end() ? mine : static_cast<ColourIndex>(free - taken.begin());
}

}  // namespace parlor::cubes
