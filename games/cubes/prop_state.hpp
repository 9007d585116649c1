#pragma once
// What is told of a thing that everybody can push: on the channel of latest values, by who moves it, 20 times
// a second while it moves and once more when it lies still. 13 bytes.
//
//   bits  field
//     16  stamp: the sender's clock in milliseconds (netcode/snapshot_buffer.hpp)
//      4  which thing
//     16  turn: grows each time somebody else takes it (props.hpp)
//     14  x, as a cube's (state.hpp)
//     14  z
//     11  y
//      8  x velocity, from -12.7 to 12.7 m/s in steps of 0.1
//      8  z velocity
//      8  y velocity
//      1  held: its owner touches it
//      4  zero

#include <array>
#include <cstddef>
#include <optional>

#include "base/bytes.hpp"
#include "base/serial_number.hpp"
#include "cubes/course.hpp"
#include "netcode/snapshot_buffer.hpp"

namespace parlor::cubes {

inline constexpr std::size_t kPropStateSize = 13;
inline constexpr std::size_t kMostProps = 16;
inline constexpr float kPropGravity = 25;  ///< metres per second squared

using Turn = base::SerialNumber<std::uint16_t>;

using PropState = Course;

struct ToldProp {
  netcode::Stamp stamp;
  std::uint8_t index = 0;  ///< below kMostProps
  Turn turn;
  bool held = false;
  PropState state;
};

/// What is out of range is clamped.
[[nodiscard]] std::array<std::byte, kPropStateSize> write_prop(const ToldProp& told);
/// Nothing for anything that write_prop() does not write.
[[nodiscard]] std::optional<ToldProp> parse_prop(base::BytesView bytes);

struct PropBlend {
  static PropState between(const PropState& a, const PropState& b, float fraction, float seconds);
  static PropState ahead(const PropState& newest, float seconds);
};

}  // namespace parlor::cubes
