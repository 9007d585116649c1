#pragma once
// Any number of bots of games/cubes on one thread: who is in which room, what is said of it, how it ends.

#include <cstddef>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "cubes/bot.hpp"

namespace parlor::cli {

struct BotsOptions {
  std::string server;  ///< ws(s):// origin
  std::string room{};  ///< code of the room they join; empty: rooms of their own
  std::string password{};
  int count = 1;
  int size = 16;  ///< of the rooms of their own: two places of each are left to people
  cubes::Behaviour behaviour = cubes::Behaviour::wander;
  std::string name = "Bot";
};

/// Of the bot with this index, from 0 on: with a number behind it where they are many.
[[nodiscard]] std::string bot_name(const std::string& name, int index, int count);

class Bots {
 public:
  /// `say` is given a line for people at a time.
  Bots(BotsOptions options, std::function<void(const std::string&)> say);
  ~Bots();

  /// Rooms of their own are made one at a time: the others need their code.
  void advance(base::Time now);
  /// Every bot leaves. They are over a little later.
  void leave();

  [[nodiscard]] bool all_over() const;
  /// Of those that ended by something else than leave().
  [[nodiscard]] int failed() const { return failed_; }

 private:
  struct Player;
  /// A room of theirs, or the one that they join.
  struct Place {
    std::string code;
    std::set<cubes::PlayerId> ours;
    std::size_t told_by = 0;  // the player that tells what happens there
    std::size_t expected = 0;
    bool told_full = false;
  };

  void begin(Player& player);
  void take_notices(Player& player);
  void entered(const Player& player, const std::string& code);
  void ended(Player& player, const cubes::Notice& notice);
  void hand_over(Place& place);
  void tell(const Player& player, const cubes::Notice& notice);

  BotsOptions options_;
  std::function<void(const std::string&)> say_;
  std::vector<std::unique_ptr<Player>> players_;
  std::vector<Place> places_;
  bool leaving_ = false;
  int failed_ = 0;
};

}  // namespace parlor::cli
