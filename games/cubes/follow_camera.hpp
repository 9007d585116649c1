#pragma once
// The camera behind the player's cube: follows it softly, turns when the player drags, and circles around it
// while nobody plays.

#include <array>

#include "cubes/motion.hpp"
#include "render/scene.hpp"

namespace parlor::cubes {

class FollowCamera {
 public:
  /// The player dragged: radians to the side and up.
  void look(float aside, float up);
  /// 1 as it is, below nearer, above farther.
  void zoom(float factor);
  /// Circling: for the picture behind the menu. Else: for playing.
  void set_circling(bool circling) { circling_ = circling; }
  /// Where the cube stands in the picture, -1 to 1 to each side; the camera glides there.
  void set_shift(std::array<float, 2> shift) { wanted_shift_ = shift; }
  /// Jumps behind the cube.
  void settle(const Body& body);
  /// `calm`: no effects, and the camera turns only when it is dragged.
  void advance(const Body& body, float seconds, bool calm);

  /// From the camera's point of view, `x` to the right and `z` towards it, to the world's.
  [[nodiscard]] Input to_world(const Input& input) const;
  /// And back.
  [[nodiscard]] Input from_world(const Input& input) const;
  [[nodiscard]] render::Camera camera() const;

 private:
  float yaw_ = -0.8F;  // 0: the camera is on the +z side and looks along -z
  float pitch_ = 0.36F;
  float distance_ = 7.6F;
  float shown_pitch_ = 0.26F;
  float shown_distance_ = 6;
  float pull_ = 0;  // a little farther away at speed
  Vec3 target_{0, 0.9F, 0};
  std::array<float, 2> shift_{};
  std::array<float, 2> wanted_shift_{};
  float since_look_ = 10;
  bool circling_ = true;
};

}  // namespace parlor::cubes
