#pragma once
// How the numbers of a message are packed: what a cube's state and a thing's have in common. Internal to this
// folder.

#include <algorithm>

#include "cubes/motion.hpp"
#include "netcode/bits.hpp"
#include "netcode/quantizer.hpp"

namespace parlor::cubes {

inline constexpr auto kPlace = netcode::Quantizer::symmetric(20.4775F, 14);
inline constexpr auto kHeight = netcode::Quantizer::from_zero(8.188F, 11);
inline constexpr float kFastestTold = 12.7F;  // metres per second, to each side, and …
inline constexpr float kFastestFall = 25.2F;  // … a cube up and down
inline constexpr auto kSpeed = netcode::Quantizer::symmetric(kFastestTold, 8);

/// Codes of one quantizer after another; the first bad one is remembered.
class FieldReader {
 public:
  explicit FieldReader(base::BytesView bytes) : bits_(bytes) {}

  std::uint32_t raw(unsigned count) {
    const auto code = bits_.bits(count);
    ok_ = ok_ && code;
    return code.value_or(0);
  }
  float value(const netcode::Quantizer& quantizer) {
    const auto restored = quantizer.restore(raw(quantizer.bits()));
    ok_ = ok_ && restored;
    return restored.value_or(0);
  }
  [[nodiscard]] bool ok() const { return ok_ && bits_.at_end(); }

 private:
  netcode::BitReader bits_;
  bool ok_ = true;
};

inline void put(netcode::BitWriter& writer, const netcode::Quantizer& quantizer, float value) {
  writer.bits(quantizer.quantize(value), quantizer.bits());
}

/// Where something can be whose half is so wide: in the arena, not below the ground nor above what can be
/// told.
[[nodiscard]] inline Vec3 inside_arena(Vec3 place, float half) {
  const float limit = kArenaHalf - half;
  return {std::clamp(place.x, -limit, limit), std::clamp(place.y, 0.0F, kCeiling),
          std::clamp(place.z, -limit, limit)};
}

}  // namespace parlor::cubes
