#pragma once
// The life in a cube: it leans into its way, waddles along, stretches when it jumps, squashes when it lands,
// looks around and blinks. All of it follows from how the cube moves; nothing of it is told to anybody.

#include <cstdint>

#include "cubes/state.hpp"
#include "render/scene.hpp"

namespace parlor::cubes {

class Pose {
 public:
  /// `seed` makes each cube blink in its own time.
  explicit Pose(std::uint32_t seed) : seed_(seed) {}

  /// `calm` leaves out what only moves for the fun of it.
  void advance(const State& state, float seconds, bool calm);
  /// The cube as it stands now, in `colour`. Asleep: eyes shut.
  [[nodiscard]] render::Block block(const State& state, Vec3 colour, bool asleep) const;

  /// How fast it came down, in this step's landing; else 0.
  [[nodiscard]] float landed() const { return landed_; }

 private:
  void blink(float seconds);

  std::uint32_t seed_;
  bool begun_ = false;
  State last_;
  Vec3 lean_;          // where the top of the cube is ahead of its foot, per metre of height
  Vec3 acceleration_;  // smoothed
  float stretch_ = 0;  // how much taller than it is, a spring
  float stretching_ = 0;
  float stride_ = 0;   // radians of the waddle
  float pace_ = 0;     // 0 standing, 1 at top speed on the ground
  float turning_ = 0;  // where the eyes look
  float landed_ = 0;
  float eyes_ = 1;  // 1 open, 0 shut
  float until_blink_ = 1;
};

}  // namespace parlor::cubes
