#pragma once
// The little linear algebra that the games share. Right-handed, y up, radians; matrices column by column, as
// OpenGL takes them. No SIMD: a thousand objects a frame do not need it.

#include <algorithm>
#include <array>
#include <cmath>

namespace parlor::render {

inline constexpr float kPi = 3.14159265F;

struct Vec3 {
  float x = 0;
  float y = 0;
  float z = 0;

  friend constexpr Vec3 operator+(Vec3 a, Vec3 b) { return {a.x + b.x, a.y + b.y, a.z + b.z}; }
  friend constexpr Vec3 operator-(Vec3 a, Vec3 b) { return {a.x - b.x, a.y - b.y, a.z - b.z}; }
  friend constexpr Vec3 operator*(Vec3 a, float by) { return {a.x * by, a.y * by, a.z * by}; }
  friend constexpr Vec3 operator*(Vec3 a, Vec3 b) { return {a.x * b.x, a.y * b.y, a.z * b.z}; }
  friend constexpr bool operator==(Vec3, Vec3) = default;
};

[[nodiscard]] constexpr float dot(Vec3 a, Vec3 b) {
  return a.x * b.x + a.y * b.y + a.z * b.z;
}
[[nodiscard]] constexpr Vec3 cross(Vec3 a, Vec3 b) {
  return {a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x};
}
[[nodiscard]] inline float length(Vec3 a) {
  return std::sqrt(dot(a, a));
}
/// The zero vector stays zero.
[[nodiscard]] inline Vec3 normalized(Vec3 a) {
  const float size = length(a);
  return size > 0 ? a * (1 / size) : Vec3{};
}
/// As long as it is, but not above `longest`.
[[nodiscard]] inline Vec3 at_most(Vec3 a, float longest) {
  const float size = length(a);
  return size > longest ? a * (longest / size) : a;
}
/// Each coordinate between -most and most.
[[nodiscard]] constexpr Vec3 clamped(Vec3 a, float most) {
  return {std::clamp(a.x, -most, most), std::clamp(a.y, -most, most), std::clamp(a.z, -most, most)};
}
/// No coordinate is infinite, or no number at all: one that is spoils all that is computed from it.
[[nodiscard]] inline bool is_finite(Vec3 a) {
  return std::isfinite(a.x) && std::isfinite(a.y) && std::isfinite(a.z);
}
/// Without its height.
[[nodiscard]] constexpr Vec3 flat(Vec3 a) {
  return {a.x, 0, a.z};
}
[[nodiscard]] constexpr float mix(float a, float b, float t) {
  return a + (b - a) * t;
}
[[nodiscard]] constexpr Vec3 mix(Vec3 a, Vec3 b, float t) {
  return a + (b - a) * t;
}

/// A rotation. Unit length is the caller's business.
struct Quat {
  float x = 0;
  float y = 0;
  float z = 0;
  float w = 1;

  static Quat around(Vec3 unit_axis, float radians) {
    const float s = std::sin(radians / 2);
    return {unit_axis.x * s, unit_axis.y * s, unit_axis.z * s, std::cos(radians / 2)};
  }
  /// First b, then a.
  friend constexpr Quat operator*(Quat a, Quat b) {
    return {a.w * b.x + a.x * b.w + a.y * b.z - a.z * b.y, a.w * b.y - a.x * b.z + a.y * b.w + a.z * b.x,
            a.w * b.z + a.x * b.y - a.y * b.x + a.z * b.w, a.w * b.w - a.x * b.x - a.y * b.y - a.z * b.z};
  }
  [[nodiscard]] constexpr Vec3 rotate(Vec3 v) const {
    const Vec3 axis{x, y, z};
    const Vec3 twice = cross(axis, v) * 2;
    return v + twice * w + cross(axis, twice);
  }
};

struct Mat4 {
  std::array<float, 16> m{1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1};

  friend constexpr Mat4 operator*(const Mat4& a, const Mat4& b) {
    Mat4 product;
    for (std::size_t column = 0; column < 4; ++column) {
      for (std::size_t row = 0; row < 4; ++row) {
        float sum = 0;
        for (std::size_t k = 0; k < 4; ++k) sum += a.m[k * 4 + row] * b.m[column * 4 + k];
        product.m[column * 4 + row] = sum;
      }
    }
    return product;
  }
};

/// Looks from `eye` to `target`, y up. Precondition: not straight up or down.
[[nodiscard]] inline Mat4 look_at(Vec3 eye, Vec3 target) {
  const Vec3 back = normalized(eye - target);
  const Vec3 right = normalized(cross({0, 1, 0}, back));
  const Vec3 up = cross(back, right);
  return {{right.x, up.x, back.x, 0, right.y, up.y, back.y, 0, right.z, up.z, back.z, 0, -dot(right, eye),
           -dot(up, eye), -dot(back, eye), 1}};
}

/// To OpenGL's clip space, -1 to 1 on each axis. `field_of_view` is the vertical one.
[[nodiscard]] inline Mat4 perspective(float field_of_view, float aspect, float near_plane, float far_plane) {
  const float f = 1 / std::tan(field_of_view / 2);
  const float depth = near_plane - far_plane;
  return {{f / aspect, 0, 0, 0, 0, f, 0, 0, 0, 0, (far_plane + near_plane) / depth, -1, 0, 0,
           2 * far_plane * near_plane / depth, 0}};
}

}  // namespace parlor::render
