#include "render/rounded_box.hpp"

#include <cassert>
#include <cmath>
#include <utility>

#include "render/math.hpp"

namespace parlor::render {
namespace {

Vec3 as_vector(const std::array<std::int8_t, 4>& bytes) {
  return {static_cast<float>(bytes[0]), static_cast<float>(bytes[1]), static_cast<float>(bytes[2])};
}

class Builder {
 public:
  explicit Builder(int segments) : segments_(segments) {}

  RoundedBox build() {
    for (int octant = 0; octant < 8; ++octant) add_octant(octant);
    for (int octant = 0; octant < 8; ++octant) {
      add_corner(octant);
      for (int axis = 0; axis < 3; ++axis) {
        if (octant & 1 << axis) continue;
        add_edge(octant, axis);
      }
    }
    for (int axis = 0; axis < 3; ++axis) {
      add_face(axis, 0);
      add_face(axis, 1 << axis);
    }
    return std::move(box_);
  }

 private:
  // An octant is three bits, one per axis: set means the positive side. Its eighth of a sphere is a triangle
  // of points (i, j, k) with i + j + k = segments, each the direction of one vertex.
  int per_octant() const { return (segments_ + 1) * (segments_ + 2) / 2; }
  std::uint16_t vertex(int octant, int i, int j) const {
    const int row_start = i * (segments_ + 1) - i * (i - 1) / 2;
    return static_cast<std::uint16_t>(octant * per_octant() + row_start + j);
  }
  /// The vertex that looks along `axis` only, or between `axis` (`step` 0) and the axis after the next.
  std::uint16_t on_arc(int octant, int from_axis, int to_axis, int step) const {
    std::array<int, 3> point{};
    point[static_cast<std::size_t>(from_axis)] = segments_ - step;
    point[static_cast<std::size_t>(to_axis)] += step;
    return vertex(octant, point[0], point[1]);
  }

  void add_octant(int octant) {
    const std::array<float, 3> side{octant & 1 ? 1.0F : -1.0F, octant & 2 ? 1.0F : -1.0F,
                                    octant & 4 ? 1.0F : -1.0F};
    for (int i = 0; i <= segments_; ++i) {
      for (int j = 0; j <= segments_ - i; ++j) {
        const Vec3 out = normalized({static_cast<float>(i) * side[0], static_cast<float>(j) * side[1],
                                     static_cast<float>(segments_ - i - j) * side[2]});
        const auto byte = [](float value) { return static_cast<std::int8_t>(std::lround(value * 127)); };
        const auto sign = [](float value) { return static_cast<std::int8_t>(value); };
        box_.vertices.push_back(
            {{sign(side[0]), sign(side[1]), sign(side[2]), 0}, {byte(out.x), byte(out.y), byte(out.z), 0}});
      }
    }
  }
  void add_corner(int octant) {
    for (int i = 0; i < segments_; ++i) {
      for (int j = 0; j < segments_ - i; ++j) {
        add_triangle(vertex(octant, i, j), vertex(octant, i + 1, j), vertex(octant, i, j + 1));
        if (i + j + 1 < segments_) {
          add_triangle(vertex(octant, i + 1, j), vertex(octant, i + 1, j + 1), vertex(octant, i, j + 1));
        }
      }
    }
  }
  /// The quarter cylinder along `axis` that begins at `octant`, on the negative side of that axis.
  void add_edge(int octant, int axis) {
    const int other = octant | 1 << axis;
    const int from = (axis + 1) % 3;
    const int to = (axis + 2) % 3;
    for (int step = 0; step < segments_; ++step) {
      add_quad(on_arc(octant, from, to, step), on_arc(other, from, to, step),
               on_arc(other, from, to, step + 1), on_arc(octant, from, to, step + 1));
    }
  }
  void add_face(int axis, int side) {
    const int u = 1 << (axis + 1) % 3;
    const int v = 1 << (axis + 2) % 3;
    const auto corner = [&](int octant) { return on_arc(octant, axis, (axis + 1) % 3, 0); };
    add_quad(corner(side), corner(side | u), corner(side | u | v), corner(side | v));
  }

  void add_quad(std::uint16_t a, std::uint16_t b, std::uint16_t c, std::uint16_t d) {
    add_triangle(a, b, c);
    add_triangle(a, c, d);
  }
  /// Turns the triangle so that it is counter-clockwise where its normals point to.
  void add_triangle(std::uint16_t a, std::uint16_t b, std::uint16_t c) {
    const auto place = [&](std::uint16_t index) {
      const RoundedBoxVertex& v = box_.vertices[index];
      return as_vector(v.corner) * 0.5F + as_vector(v.normal) * (0.5F / 127);
    };
    const auto normal = [&](std::uint16_t index) { return as_vector(box_.vertices[index].normal); };
    const Vec3 facing = cross(place(b) - place(a), place(c) - place(a));
    if (dot(facing, normal(a) + normal(b) + normal(c)) < 0) std::swap(b, c);
    box_.indices.insert(box_.indices.end(), {a, b, c});
  }

  int segments_;
  RoundedBox box_;
};

}  // namespace

RoundedBox make_rounded_box(int segments) {
  assert(segments >= 1 && segments <= 8);
  return Builder(segments).build();
}

}  // namespace parlor::render
