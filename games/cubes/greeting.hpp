#pragma once
// What members say of themselves on the reliable channel, to each one that comes and again when it changes:
// two bytes, the kind (1) and the colour.

#include <array>
#include <cstddef>
#include <optional>

#include "base/bytes.hpp"
#include "cubes/palette.hpp"

namespace parlor::cubes {

struct Greeting {
  ColourIndex colour = 0;
};

[[nodiscard]] std::array<std::byte, 2> write_greeting(const Greeting& greeting);
/// Nothing for another kind (a later build may say more), another length or a colour that does not exist.
[[nodiscard]] std::optional<Greeting> parse_greeting(base::BytesView bytes);

}  // namespace parlor::cubes
