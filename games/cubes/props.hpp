#pragma once
// What lies around in the arena and can be pushed: crates to climb on and a ball. Each thing is moved by one
// player at a time, whose page computes it; the others are told and show it like a cube. Whoever runs into a
// thing takes it, at once and without asking: its page goes on from what it shows, and tells so with a higher
// turn. Of two who take it in the same moment the one with the lower number has it: everybody finds that out
// by itself.

#include <array>
#include <functional>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "cubes/collision.hpp"
#include "cubes/player_id.hpp"
#include "cubes/prop_state.hpp"
#include "netcode/smoothing.hpp"
#include "netcode/snapshot_buffer.hpp"
#include "render/scene.hpp"

namespace parlor::cubes {

/// Of a thing among the obstacles; others are a member's.
inline constexpr ObstacleId kFirstProp = 0x10000;

class Props {
 public:
  static constexpr std::size_t kCount = 7;
  static constexpr base::Duration kTold = base::milliseconds(50);

  Props();
  /// Everything lies where it does in the beginning, and nobody has taken it.
  void reset();
  /// Who this player is.
  void begin(PlayerId me) { me_ = me; }

  /// What stands in a cube's way.
  void append_obstacles(std::vector<Obstacle>& obstacles) const;
  /// One's own cube ran into a thing.
  void handle_contact(base::Time now, const Contact& contact);
  void told(PlayerId from, base::Time now, const ToldProp& told);
  /// Those whose player is not there any more become this player's.
  void adopt(base::Time now, const std::function<bool(PlayerId)>& is_there);
  void advance(base::Time now, float seconds, std::span<const Obstacle> walls);

  /// The next of what is to be told to the others now, with what write_prop() takes.
  std::optional<ToldProp> poll_due(base::Time now);
  /// Somebody new listens: what this player moves is told once more.
  void hurry();

  [[nodiscard]] PropState shown(std::size_t index) const;
  /// 0: nobody yet.
  [[nodiscard]] PlayerId owner(std::size_t index) const { return props_[index].owner; }
  void append_blocks(std::vector<render::Block>& blocks) const;
  /// How hard things were hit since the last call, 0 to 1 each: for sounds.
  std::vector<float> take_knocks() { return std::exchange(knocks_, {}); }

 private:
  struct Prop {
    bool ball = false;
    float half = 0.5F;
    Vec3 colour;
    PropState body;  ///< as it is where this page moves it; else as it is shown
    PlayerId owner = 0;
    Turn turn;
    bool held = false;     ///< told by the others: its owner touches it, …
    base::Time held_at{};  ///< … when that was heard last
    base::Time touched{};  ///< by one's own cube
    base::Time taken{};    ///< when its owner changed last
    std::optional<base::Time> told_at;
    bool told_at_rest = true;
    render::Quat rotation;  ///< a ball rolls
    float squash = 0;       ///< a spring, and …
    float squashing = 0;
    netcode::SnapshotBuffer<PropState, PropBlend> buffer;
    netcode::Correction<Vec3> correction{0.08F, 6};
  };
  [[nodiscard]] bool is_mine(const Prop& prop) const {
    return me_ != 0 ? prop.owner == me_ : prop.owner == 0;
  }
  [[nodiscard]] static bool is_held(const Prop& prop, base::Time now);
  void take(Prop& prop, base::Time now);
  void show(Prop& prop, base::Time now, float seconds);
  void move(std::size_t index, base::Time now, float seconds, std::span<const Obstacle> walls);
  void step(std::size_t index, base::Time now, float seconds, std::span<const Obstacle> walls);
  void bounce_off(Prop& prop, const Obstacle& wall);
  void push_others(std::size_t index, base::Time now);
  void knock(Prop& prop, float speed);
  static void animate(Prop& prop, Vec3 moved, float seconds);
  [[nodiscard]] static Obstacle obstacle_of(const Prop& prop, std::size_t index);

  std::array<Prop, kCount> props_;
  PlayerId me_ = 0;
  std::vector<float> knocks_;
};

}  // namespace parlor::cubes
