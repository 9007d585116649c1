#pragma once
// The trace that a cube leaves on the ground where it runs: plates that fade, so that one sees where it came
// from and how fast.

#include <array>
#include <vector>

#include "cubes/state.hpp"
#include "render/scene.hpp"

namespace parlor::cubes {

class Trail {
 public:
  static constexpr std::size_t kMost = 20;

  /// Once per frame.
  void advance(const State& state, float seconds);
  void append_to(std::vector<render::Block>& blocks, Vec3 colour) const;

 private:
  struct Plate {
    Vec3 place;
    float yaw = 0;
    float age = 1e9F;
  };
  std::array<Plate, kMost> plates_;
  std::size_t next_ = 0;
  Vec3 last_;
  bool begun_ = false;
};

}  // namespace parlor::cubes
