#pragma once
// The light of a scene: where the sun (or the moon) stands and what colours the sky and the shade have. All
// in linear light, where 1 is what a white surface gives back on a bright day.

#include "render/math.hpp"

namespace parlor::render {

/// The defaults are an evening.
struct Daylight {
  Vec3 to_sun{-0.737F, 0.558F, -0.380F};  ///< of length 1, above the ground
  Vec3 sun{1.85F, 1.22F, 0.80F};
  Vec3 zenith{0.010F, 0.014F, 0.062F};   ///< the sky above, …
  Vec3 middle{0.075F, 0.046F, 0.180F};   ///< … half way down, …
  Vec3 horizon{0.520F, 0.165F, 0.270F};  ///< … and where it meets the ground
  Vec3 glow{0.78F, 0.32F, 0.04F};        ///< of the horizon on the sun's side
  Vec3 from_above{0.44F, 0.42F, 0.72F};  ///< what reaches a surface besides the sun
  Vec3 from_below{0.32F, 0.22F, 0.31F};
  Vec3 from_around{0.42F, 0.26F, 0.26F};
  float ground = 1;  ///< how bright the ground is
  float stars = 1;
};

/// Part way from one to another.
[[nodiscard]] Daylight mix(const Daylight& a, const Daylight& b, float t);

/// The light at a time of day, from 0 (midnight) over 0.5 (noon) to 1. Goes round without a step.
[[nodiscard]] Daylight daylight_at(float time_of_day);

}  // namespace parlor::render
