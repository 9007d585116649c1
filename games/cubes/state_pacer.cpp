#include "cubes/state_pacer.hpp"

namespace parlor::cubes {
namespace {

// A frame that comes a little early is taken; else 60 frames a second would tell every fourth instead of
// every third.
constexpr base::Duration kEarly = base::milliseconds(5);
// What starts to move is told at once, but never faster than this.
constexpr base::Duration kSoonest = base::milliseconds(25);

bool same_place(const State& a, const State& b) {
  return a.position == b.position && a.velocity == b.velocity && a.yaw == b.yaw;
}

}  // namespace

base::Duration StatePacer::pace(const State& state) const {
  if (state.away != told_.away) return kSoonest;
  if (state.away) return kHidden;
  const bool was_resting = last_words_ > 0;
  if (!same_place(state, told_)) return was_resting ? kSoonest : kMoving;
  return last_words_ < kLastWords ? kMoving : kResting;
}

bool StatePacer::due(base::Time now, const State& state) {
  if (told_at_ && now - *told_at_ + kEarly < pace(state)) return false;
  last_words_ = told_at_ && same_place(state, told_) ? last_words_ + 1 : 0;
  told_ = state;
  told_at_ = now;
  return true;
}

}  // namespace parlor::cubes
