#pragma once
// A cube's state as it is told to the others, 20 times a second, on the unreliable channel: 11 bytes.
//
//   bits  field
//     16  stamp: the sender's clock in milliseconds; also the sequence number (netcode/snapshot_buffer.hpp)
//     14  x, from -20.5 to 20.5 m in steps of 2.5 mm
//     14  z, likewise
//     11  y, from 0 to 8 m in steps of 4 mm
//      8  yaw, in 256ths of a turn
//      8  x velocity, from -12.7 to 12.7 m/s in steps of 0.1
//      8  z velocity, likewise
//      7  y velocity, from -25.2 to 25.2 m/s in steps of 0.4
//      1  away: the player's page is hidden
//      1  on_ground: it stands on the ground or on something
//
// Who sent it the room knows. No version: members of one room run one build (RoomOptions::build).

#include <array>
#include <cstddef>
#include <optional>

#include "base/bytes.hpp"
#include "cubes/motion.hpp"
#include "netcode/snapshot_buffer.hpp"

namespace parlor::cubes {

inline constexpr std::size_t kStateSize = 11;

struct State {
  Vec3 position;
  Vec3 velocity;
  float yaw = 0;
  bool away = false;
  bool on_ground = true;
};

struct StampedState {
  netcode::Stamp stamp;
  State state;
};

/// What is out of range is clamped.
[[nodiscard]] std::array<std::byte, kStateSize> write_state(const StampedState& told);
/// Nothing for anything that write_state() does not write: another length, codes that are never used.
[[nodiscard]] std::optional<StampedState> parse_state(base::BytesView bytes);

/// How states are curved between and beyond (netcode::SnapshotBuffer).
struct StateBlend {
  static State between(const State& a, const State& b, float fraction, float seconds);
  static State ahead(const State& newest, float seconds);
};

}  // namespace parlor::cubes
