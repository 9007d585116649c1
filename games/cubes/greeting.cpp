#include "cubes/greeting.hpp"

namespace parlor::cubes {
namespace {

constexpr std::byte kKind{1};

}  // namespace

std::array<std::byte, 2> write_greeting(const Greeting& greeting) {
  return {kKind, static_cast<std::byte>(greeting.colour % kColours)};
}

std::optional<Greeting> parse_greeting(base::BytesView bytes) {
  if (bytes.size() != 2 || bytes[0] != kKind) return std::nullopt;
  const auto colour = std::to_integer<ColourIndex>(bytes[1]);
  if (colour >= kColours) return std::nullopt;
  return Greeting{colour};
}

}  // namespace parlor::cubes
