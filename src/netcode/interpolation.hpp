#pragma once
// Curves between two known moments.

#include <cmath>

namespace parlor::netcode {

/// The cubic through `from` and `to` that leaves and arrives with the given velocities (Hermite). `fraction`
/// runs from 0 to 1 over `seconds`. Works for any vector type with + and * by float.
template <class Vector>
[[nodiscard]] Vector hermite(const Vector& from, const Vector& from_velocity, const Vector& to,
                             const Vector& to_velocity, float fraction, float seconds) {
  const float t = fraction;
  const float t2 = t * t;
  const float t3 = t2 * t;
  return from * (2 * t3 - 3 * t2 + 1) + from_velocity * ((t3 - 2 * t2 + t) * seconds) +
         to * (3 * t2 - 2 * t3) + to_velocity * ((t3 - t2) * seconds);
}

/// How that cubic moves at `fraction`: its derivative by time.
template <class Vector>
[[nodiscard]] Vector hermite_velocity(const Vector& from, const Vector& from_velocity, const Vector& to,
                                      const Vector& to_velocity, float fraction, float seconds) {
  const float t = fraction;
  const float t2 = t * t;
  return (to + from * -1.0F) * ((6 * t - 6 * t2) / seconds) + from_velocity * (3 * t2 - 4 * t + 1) +
         to_velocity * (3 * t2 - 2 * t);
}

/// `radians` brought into [-pi, pi].
[[nodiscard]] inline float wrap_angle(float radians) {
  return std::remainder(radians, 6.283185307F);
}

/// The short way around from one angle to another.
[[nodiscard]] inline float blend_angle(float from, float to, float fraction) {
  return wrap_angle(from + wrap_angle(to - from) * fraction);
}

}  // namespace parlor::netcode
