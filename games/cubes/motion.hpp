#pragma once
// How a cube moves: a pure function of what the player presses. Everybody moves their own cube only; the
// others are told (state.hpp). Metres, seconds, radians.

#include <span>
#include <vector>

#include "cubes/collision.hpp"
#include "render/math.hpp"

namespace parlor::cubes {

using render::Vec3;

inline constexpr float kArenaHalf = 20;   // the ground a cube may stand on: a square of twice this
inline constexpr float kCubeHalf = 0.5F;  // half of a cube's side
inline constexpr float kCeiling = 8;      // no underside is higher
inline constexpr float kTopSpeed = 8;
inline constexpr float kChase = 1.12F;  ///< times as fast as that is who has to catch the others

/// What moves is computed in steps of at most this, in seconds, …
inline constexpr float kLongestStep = 1.0F / 120;
/// … and after a pause no more than this is made up for.
inline constexpr float kLongestPause = 0.25F;

/// What the player wants now.
struct Input {
  float x = 0;  ///< to the east, and …
  float z = 0;  ///< … to the south of the world; together at most 1 long
  bool jump = false;
};

struct Body {
  Vec3 position;  ///< the middle of its underside: y is 0 on the ground
  Vec3 velocity;
  float yaw = 0;  ///< where it looks: 0 is along +z, growing to the left
  bool on_ground = true;

  [[nodiscard]] bool resting() const { return on_ground && velocity == Vec3{}; }
};

/// Moves one player's cube, the same at any frame rate (to within centimetres).
class Motion {
 public:
  /// Moves `body` on by `seconds`. At most a quarter of a second is made up for after a pause. The obstacles
  /// stay where they are; contacts() are those of this call.
  void advance(Body& body, const Input& input, float seconds, std::span<const Obstacle> obstacles = {});
  [[nodiscard]] const std::vector<Contact>& contacts() const { return contacts_; }
  void set_top_speed(float speed) { top_speed_ = speed; }

 private:
  void step(Body& body, const Input& input, float seconds, std::span<const Obstacle> obstacles);
  void jump(Body& body, const Input& input, float seconds);

  float top_speed_ = kTopSpeed;
  bool held_ = false;          // the jump key, a step before
  float since_pressed_ = 1;    // a press just before landing still counts, …
  float since_on_ground_ = 0;  // … and one just behind an edge
  std::vector<Contact> contacts_;
};

}  // namespace parlor::cubes
