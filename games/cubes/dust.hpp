#pragma once
// Crumbs that fly when a cube jumps off, lands or brakes. For the eye only.

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "render/scene.hpp"

namespace parlor::cubes {

class Dust {
 public:
  static constexpr std::size_t kMost = 128;  // the oldest go first

  /// `count` crumbs from around the foot of a cube at `place`, the faster the larger `force` (0 to 1).
  void burst(render::Vec3 place, render::Vec3 colour, float force, int count);
  void advance(float seconds);
  void append_to(std::vector<render::Block>& blocks) const;

 private:
  struct Crumb {
    render::Vec3 place;
    render::Vec3 velocity;
    render::Vec3 colour;
    float size = 0;
    float age = 0;
    float life = 0;
  };
  float chance();  // 0 to 1

  std::array<Crumb, kMost> crumbs_{};
  std::size_t next_ = 0;
  std::uint32_t seed_ = 1;
};

}  // namespace parlor::cubes
