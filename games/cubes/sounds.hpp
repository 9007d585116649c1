#pragma once
// What there is to be heard: collected while the game runs, taken by the page, which makes the sounds
// (page/sounds.mjs). Knows nothing of audio.

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "cubes/state.hpp"

namespace parlor::cubes {

enum class SoundKind : std::uint8_t {
  jump,
  landing,
  bump,   ///< two cubes, or a cube and a wall
  join,   ///< somebody came
  leave,  ///< somebody went
  tag,    ///< somebody was tagged
};
[[nodiscard]] std::string_view to_string(SoundKind kind);

struct Sound {
  SoundKind kind = SoundKind::jump;
  float strength = 1;  ///< 0 hardly to be heard, to 1
};

class Sounds {
 public:
  /// Sounds that nobody takes are kept up to this many; what comes then is not heard.
  static constexpr std::size_t kMost = 32;

  /// `strength` is brought into its limits.
  void add(SoundKind kind, float strength);
  /// The player's own cube, after each step: jumps and landings follow from how it moves.
  void watch(const State& own);
  /// All since the last call, the oldest first.
  std::vector<Sound> take();

 private:
  std::vector<Sound> sounds_;
  float climb_ = 0;  // metres per second upwards, a step before
  float peak_ = 0;   // how high it was since it left the ground
  bool in_air_ = false;
};

}  // namespace parlor::cubes
