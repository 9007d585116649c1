#pragma once
// How round a block is drawn: as round as one can see at its size in the picture, because a triangle has its
// price however small it is. Internal to this folder, and without WebGL.

#include <cstdint>

#include "render/scene.hpp"

namespace parlor::render {

/// Strips of a round edge, from few to many: coarse, fine, ball.
enum class Detail : std::uint8_t { fine, coarse, ball };

/// A block of fewer pixels from its middle to its edge is small: nobody sees how round that is.
inline constexpr float kSmallPixels = 14;
/// From this radius on, as a part of the smallest half, a block is round all over, and each corner is seen.
inline constexpr float kBallRadius = 0.92F;

/// Pixels that something of one metre takes up, one metre away, in a picture of this size.
[[nodiscard]] float focal_length_of(const Camera& camera, float width, float height);
/// `focal_length`: in pixels.
[[nodiscard]] Detail detail_of(const Block& block, Vec3 eye, float focal_length);

}  // namespace parlor::render
