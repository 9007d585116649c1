#pragma once
// What stands in a cube's way, and how it is kept out of it. Everything stands upright: a box along the
// world's axes, or something round. A cube counts as round, so that it slides along corners however it is
// turned.

#include <cstdint>
#include <vector>

#include "render/math.hpp"

namespace parlor::cubes {

using render::Vec3;

struct Body;

using ObstacleId = std::uint32_t;
inline constexpr ObstacleId kNothing = 0;  ///< what never moves

struct Obstacle {
  Vec3 foot;           ///< the middle of its underside
  Vec3 half;           ///< half its size; what is round has the radius half.x
  bool round = false;  ///< seen from above
  float give = 0;      ///< 0: like a wall; 1: takes the whole speed of who runs into it
  Vec3 velocity{};
  ObstacleId id = kNothing;

  [[nodiscard]] float top() const { return foot.y + 2 * half.y; }
};

/// A cube ran into something, or it into the cube.
struct Contact {
  ObstacleId id = kNothing;
  Vec3 normal;  ///< away from the obstacle, of length 1: level, or straight up where the cube stands on it
  float speed = 0;  ///< at which they came nearer
};

/// Keeps the hardest contact with each obstacle.
void note(std::vector<Contact>& contacts, const Contact& contact);

/// Moves the body out of the obstacle and takes the speed that it had towards it; `carry` is how long it is
/// carried along by what it stands on. Body::on_ground becomes true where it stands.
void keep_out(Body& body, const Obstacle& obstacle, float carry, std::vector<Contact>& contacts);

}  // namespace parlor::cubes
