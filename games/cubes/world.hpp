#pragma once
// Everybody's cubes: one's own, moved by the player, and those of the others, as they are told. Turns them
// into the scene of a frame. Knows nothing of rooms, pages or WebGL.

#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "cubes/dust.hpp"
#include "cubes/follow_camera.hpp"
#include "cubes/motion.hpp"
#include "cubes/palette.hpp"
#include "cubes/pose.hpp"
#include "cubes/props.hpp"
#include "cubes/remote_cube.hpp"
#include "cubes/trail.hpp"
#include "render/scene.hpp"

namespace parlor::cubes {

class World {
 public:
  World();

  /// One's own cube begins anew as that of `id`, at the place for somebody who finds `others` members there.
  void begin(PlayerId id, std::size_t others);
  void set_own_colour(ColourIndex colour) { own_colour_ = colour; }
  [[nodiscard]] ColourIndex own_colour() const { return own_colour_; }

  void add(PlayerId id, ColourIndex colour);
  void remove(PlayerId id);
  void remove_all();
  void set_colour(PlayerId id, ColourIndex colour);
  /// Of a member that was added.
  [[nodiscard]] ColourIndex colour_of(PlayerId id) const;
  /// A member's program is another one: its clock has nothing to do with what was told before.
  void begin_anew(PlayerId id);
  void told(PlayerId id, base::Time now, const StampedState& told);

  /// Who has to catch the others; 0: nobody.
  void set_it(PlayerId id) { it_ = id; }
  /// The things that can be pushed.
  Props& props() { return props_; }
  [[nodiscard]] const Props& props() const { return props_; }
  /// The members whose cubes one's own touched in the last advance().
  [[nodiscard]] const std::vector<PlayerId>& touched() const { return touched_; }
  /// How hard one's own cube ran into something since the last call, 0 to 1 each: for sounds.
  std::vector<float> take_bumps() { return std::exchange(bumps_, {}); }

  /// Moves everything on to `now`. `input` is as the player sees it: x to the right, z towards the camera.
  void advance(base::Time now, float seconds, const Input& input);
  /// The picture of it all. Valid until the next call.
  [[nodiscard]] const render::Scene& scene();

  [[nodiscard]] State own_state() const {
    return {body_.position, body_.velocity, body_.yaw, away_, body_.on_ground};
  }
  /// Where a member's cube is shown; nothing before its first state.
  [[nodiscard]] std::optional<State> shown(PlayerId id) const;
  /// The slot of the label atlas for a member's name.
  [[nodiscard]] render::LabelSlot label_of(PlayerId id) const;

  /// What showing a member's cube smoothly costs; nothing for who is no member.
  [[nodiscard]] std::optional<CubeStatistics> statistics(PlayerId id) const;

  FollowCamera& camera() { return camera_; }
  void set_calm(bool calm) { calm_ = calm; }
  void set_away(bool away) { away_ = away; }
  /// From 0 (midnight) over 0.5 (noon) to 1.
  void set_time_of_day(float time) { time_of_day_ = time; }
  /// Adds that many dancing cubes.
  void set_crowd(int count) { crowd_ = count; }

 private:
  struct Player {
    explicit Player(std::uint32_t seed) : pose(seed) {}
    RemoteCube cube;
    Pose pose;
    Trail trail;
    ColourIndex colour = 0;
    render::LabelSlot label = 0;
    std::optional<State> shown;
    bool asleep = false;
    float grown = 0;  // a cube pops up when it is first seen
  };
  /// Turns one's own cube, left alone for a while, to the player. Only here: the others see where it went.
  void look_back(float seconds);
  void kick_dust(const Pose& pose, const State& state, ColourIndex colour);
  void append_player(PlayerId id, const Player& player);
  /// What floats over the head of who has to catch.
  void append_crown(Vec3 foot);
  void find_obstacles();
  void take_contacts(base::Time now);
  void advance_player(Player& player, base::Time now, float seconds);

  Body body_;
  Motion motion_;
  Pose pose_{7};
  FollowCamera camera_;
  Dust dust_;
  Trail trail_;
  Props props_;
  PlayerId me_ = 0;
  PlayerId it_ = 0;
  std::vector<Obstacle> obstacles_;
  std::vector<PlayerId> touched_;
  std::vector<float> bumps_;
  ColourIndex own_colour_ = 0;
  float alone_ = 0;                     // seconds since the player did anything
  float look_back_ = 0;                 // radians from its yaw
  std::map<PlayerId, Player> players_;  // as many as the room has
  std::vector<render::Block> stage_;
  std::vector<render::Block> blocks_;
  std::vector<render::Label> labels_;
  render::Scene scene_;
  float seconds_ = 0;
  float time_of_day_ = 0.75F;
  int crowd_ = 0;
  bool calm_ = false;
  bool away_ = false;
};

}  // namespace parlor::cubes
