#pragma once
// The game of one page: the world, the player's stay in a room, the renderer, and what the page is told of
// them. Browser only.

#include <array>
#include <cstddef>
#include <optional>
#include <string>

#include "cubes/motion.hpp"
#include "cubes/room_finder.hpp"
#include "cubes/session.hpp"
#include "cubes/sounds.hpp"
#include "cubes/world.hpp"
#include "render/renderer.hpp"

namespace parlor::cubes {

/// The last measurements of something.
class Recent {
 public:
  void add(double value) { values_[count_++ % values_.size()] = value; }
  /// Their mean without the largest quarter: what the machine did meanwhile for others is not ours. 0 when
  /// none.
  [[nodiscard]] double typical() const;

 private:
  std::array<double, 64> values_{};
  std::size_t count_ = 0;
};

class Game {
 public:
  /// Draws on the canvas that `selector` finds.
  explicit Game(std::string selector) : renderer_(std::move(selector)) {}

  /// One frame of a visible page. Milliseconds of the page's clock.
  void frame(double now_ms);
  /// A hidden page: nothing is drawn, but what comes is taken and what is due is told.
  void tick(double now_ms);

  void set_input(const Input& input) { input_ = input; }
  /// It is this time of day for good; nothing: it passes.
  void set_time_of_day(std::optional<float> time) { time_of_day_ = time; }
  World& world() { return world_; }
  Session& session() { return session_; }
  RoomFinder& finder() { return finder_; }
  render::Renderer& renderer() { return renderer_; }

  // For the page, as JSON. model(): what the page shows, changing seldom. snapshot(): everything with
  // positions, for tests and measurements. rooms(): what the finder has found. notice(): the next thing a
  // person should know, once.
  [[nodiscard]] std::string model() const;
  [[nodiscard]] std::string snapshot() const;
  [[nodiscard]] std::string rooms() const;
  [[nodiscard]] std::optional<std::string> notice();
  // network(): what the net graph draws, see network_report.hpp. sounds(): what is to be heard, once; nothing
  // when all is silent.
  [[nodiscard]] std::string network(PlayerId explained);
  [[nodiscard]] std::optional<std::string> sounds();

 private:
  /// The time since the last call, in seconds.
  float advance(double now_ms);

  World world_;
  Session session_{world_};
  Sounds sounds_;
  RoomFinder finder_;
  render::Renderer renderer_;
  Input input_;
  std::optional<float> time_of_day_;
  double last_ms_ = 0;
  render::FrameStats stats_;
  Recent cpu_ms_;    // of a frame
  Recent frame_ms_;  // between two frames
  long frames_ = 0;
};

}  // namespace parlor::cubes
