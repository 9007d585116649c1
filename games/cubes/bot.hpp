#pragma once
// A player that nobody sits at: a world and a stay in a room like those of a page, and something that decides
// where to go. It is a member like any other, to the others and to the server.

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/random.hpp"
#include "cubes/session.hpp"
#include "cubes/world.hpp"

namespace parlor::cubes {

enum class Behaviour : std::uint8_t {
  wander,  ///< to one place after another; catches, and runs from who has to catch
  circle,  ///< around the place where it began
  still,
};
[[nodiscard]] std::optional<Behaviour> behaviour_by_name(std::string_view name);

/// Decides what a player wants, from what it sees.
class BotMind {
 public:
  /// `seed`: of where it goes.
  BotMind(Behaviour behaviour, std::uint64_t seed) : behaviour_(behaviour), random_(seed) {}

  struct Other {
    Vec3 position;
    bool has_to_catch = false;
    bool away = false;
    bool caught_it = false;  ///< the one that decides, last
  };
  /// In the directions of the world. `chases`: it has to catch itself; then it goes for the nearest, and for
  /// who has just caught it only where there is nobody else.
  [[nodiscard]] Input decide(base::Time now, const State& own, bool chases, std::span<const Other> others);

 private:
  /// Whom it runs after, or from; null: nobody.
  [[nodiscard]] static const Other* whom(const State& own, bool chases, std::span<const Other> others);
  [[nodiscard]] Input wander(base::Time now, const State& own);
  [[nodiscard]] Input circle(const State& own);
  [[nodiscard]] float between(float least, float most);
  void choose_goal(base::Time now);
  [[nodiscard]] bool is_stuck(base::Time now, const State& own);

  Behaviour behaviour_;
  base::SeededRandom random_;
  std::optional<Vec3> centre_;  // of the circle
  Vec3 goal_;
  base::Time goal_until_{};
  Vec3 seen_at_;
  base::Time seen_since_{};
};

class Bot {
 public:
  /// Between two calls of advance(), so that states go out when they are due.
  static constexpr base::Duration kTick = base::milliseconds(25);

  Bot(Behaviour behaviour, std::uint64_t seed);
  Bot(const Bot&) = delete;
  Bot& operator=(const Bot&) = delete;

  /// Enter by its functions; notices are the caller's to take.
  [[nodiscard]] Session& session() { return session_; }
  [[nodiscard]] const World& world() const { return world_; }
  void advance(base::Time now);

 private:
  World world_;
  Session session_{world_};
  BotMind mind_;
  std::optional<base::Time> last_;
  std::vector<BotMind::Other> others_;
};

}  // namespace parlor::cubes
