#pragma once
// When to tell the others where one's cube is: often while it moves, seldom while it rests.

#include <optional>

#include "base/time.hpp"
#include "cubes/state.hpp"

namespace parlor::cubes {

class StatePacer {
 public:
  static constexpr base::Duration kMoving = base::milliseconds(50);
  static constexpr base::Duration kResting = base::milliseconds(400);
  /// With the page hidden: its timers run once a second at best anyway.
  static constexpr base::Duration kHidden = base::milliseconds(900);
  /// The first states at rest come at the pace of moving ones, so that one lost packet leaves nobody gliding.
  static constexpr int kLastWords = 3;

  /// Whether to tell `state` at `now`; when true, it counts as told. Call it once per frame.
  [[nodiscard]] bool due(base::Time now, const State& state);
  /// Tell it with the next frame, whatever the pace: somebody new listens.
  void hurry() { told_at_.reset(); }

 private:
  [[nodiscard]] base::Duration pace(const State& state) const;

  std::optional<base::Time> told_at_;
  State told_;
  int last_words_ = 0;  // how many states at rest were told since it moved
};

}  // namespace parlor::cubes
