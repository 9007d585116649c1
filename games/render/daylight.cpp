#include "render/daylight.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace parlor::render {
namespace {

Daylight night() {
  Daylight light;
  light.sun = {0.46F, 0.56F, 0.95F};
  light.zenith = {0.004F, 0.006F, 0.030F};
  light.middle = {0.020F, 0.026F, 0.090F};
  light.horizon = {0.090F, 0.075F, 0.200F};
  light.glow = {0.08F, 0.09F, 0.20F};
  light.from_above = {0.26F, 0.29F, 0.56F};
  light.from_below = {0.16F, 0.14F, 0.26F};
  light.from_around = {0.15F, 0.15F, 0.26F};
  light.ground = 0.75F;
  light.stars = 1.8F;
  return light;
}

Daylight morning() {
  Daylight light;
  light.sun = {1.75F, 1.22F, 1.00F};
  light.zenith = {0.028F, 0.055F, 0.170F};
  light.middle = {0.160F, 0.150F, 0.340F};
  light.horizon = {0.620F, 0.360F, 0.400F};
  light.glow = {0.62F, 0.40F, 0.16F};
  light.from_above = {0.50F, 0.50F, 0.82F};
  light.from_below = {0.36F, 0.28F, 0.36F};
  light.from_around = {0.36F, 0.30F, 0.34F};
  light.ground = 1.25F;
  light.stars = 0.15F;
  return light;
}

Daylight noon() {
  Daylight light;
  light.sun = {1.55F, 1.40F, 1.18F};
  light.zenith = {0.035F, 0.115F, 0.400F};
  light.middle = {0.150F, 0.270F, 0.600F};
  light.horizon = {0.480F, 0.560F, 0.740F};
  light.glow = {0.30F, 0.24F, 0.14F};
  light.from_above = {0.48F, 0.54F, 0.84F};
  light.from_below = {0.40F, 0.36F, 0.44F};
  light.from_around = {0.28F, 0.31F, 0.40F};
  light.ground = 1.9F;
  light.stars = 0;
  return light;
}

}  // namespace

Daylight mix(const Daylight& a, const Daylight& b, float t) {
  Daylight light;
  light.to_sun = normalized(mix(a.to_sun, b.to_sun, t));
  light.sun = mix(a.sun, b.sun, t);
  light.zenith = mix(a.zenith, b.zenith, t);
  light.middle = mix(a.middle, b.middle, t);
  light.horizon = mix(a.horizon, b.horizon, t);
  light.glow = mix(a.glow, b.glow, t);
  light.from_above = mix(a.from_above, b.from_above, t);
  light.from_below = mix(a.from_below, b.from_below, t);
  light.from_around = mix(a.from_around, b.from_around, t);
  light.ground = mix(a.ground, b.ground, t);
  light.stars = mix(a.stars, b.stars, t);
  return light;
}

Daylight daylight_at(float time_of_day) {
  const float time = time_of_day - std::floor(time_of_day);
  const std::array<Daylight, 4> quarters{night(), morning(), noon(), Daylight{}};
  const float at = time * 4;
  const auto quarter = static_cast<std::size_t>(at) % 4;
  const float way = at - std::floor(at);
  // Each holds for a while, and then gives way softly.
  const float eased = way * way * (3 - 2 * way);
  Daylight light = mix(quarters[quarter], quarters[(quarter + 1) % 4], eased);
  // It goes round once a day, in the evening where the defaults have it, and never touches the ground.
  const float round = (time - 0.75F) * 2 * kPi + std::atan2(-0.380F, -0.737F);
  const float height = 0.66F + 0.12F * std::cos((time - 0.5F) * 2 * kPi);
  light.to_sun = {std::cos(height) * std::cos(round), std::sin(height), std::cos(height) * std::sin(round)};
  return light;
}

}  // namespace parlor::render
