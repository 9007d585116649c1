#pragma once
// A member's number in its room.

#include <cstdint>

namespace parlor::cubes {

/// Nobody is 0.
using PlayerId = std::uint16_t;

}  // namespace parlor::cubes
