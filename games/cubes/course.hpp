#pragma once
// Where something is between two places that it was told at, and beyond the latest: the same for cubes and
// for things. Nothing is shown faster than it could be told, whatever a stranger tells: one's own cube may
// stand on it and is carried along.

#include "cubes/fields.hpp"

namespace parlor::cubes {

struct Course {
  Vec3 position;  ///< the middle of its underside
  Vec3 velocity;
};

/// On the curve from `a` to `b`, which are `seconds` apart; `half`: of its width.
[[nodiscard]] Course course_between(const Course& a, const Course& b, float fraction, float seconds,
                                    float half);

/// `seconds` after `newest`, falling with `gravity` where that is above 0. On the ground it stands still up
/// and down.
[[nodiscard]] Course course_ahead(const Course& newest, float seconds, float gravity, float half);

}  // namespace parlor::cubes
