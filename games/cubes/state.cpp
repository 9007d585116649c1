#include "cubes/state.hpp"

#include <algorithm>

#include "netcode/bits.hpp"
#include "netcode/interpolation.hpp"
#include "netcode/quantizer.hpp"

namespace parlor::cubes {
namespace {

using netcode::Quantizer;

constexpr Quantizer kPlace = Quantizer::symmetric(20.4775F, 14);
constexpr Quantizer kHeight = Quantizer::from_zero(4.094F, 11);
constexpr Quantizer kSpeed = Quantizer::symmetric(12.7F, 8);
constexpr Quantizer kFallSpeed = Quantizer::symmetric(25.4F, 8);
constexpr netcode::TurnQuantizer kYaw(8);
constexpr unsigned kBits =
    16 + 2 * kPlace.bits() + kHeight.bits() + kYaw.bits() + 2 * kSpeed.bits() + kFallSpeed.bits() + 1;
static_assert((kBits + 7) / 8 == kStateSize);

constexpr float kTrusted = 0.25F;  // seconds for which a velocity is believed
constexpr float kGravity = 30;     // between Motion's values for up and down: only guesses need it

/// Where a cube can be: in the arena, not below the ground.
Vec3 inside(Vec3 place) {
  constexpr float kLimit = kArenaHalf - kCubeHalf;
  return {std::clamp(place.x, -kLimit, kLimit), std::max(place.y, 0.0F),
          std::clamp(place.z, -kLimit, kLimit)};
}

/// Codes of one quantizer after another; the first bad one is remembered.
class FieldReader {
 public:
  explicit FieldReader(base::BytesView bytes) : bits_(bytes) {}

  std::uint32_t raw(unsigned count) {
    const auto code = bits_.bits(count);
    ok_ = ok_ && code;
    return code.value_or(0);
  }
  float value(const Quantizer& quantizer) {
    const auto restored = quantizer.restore(raw(quantizer.bits()));
    ok_ = ok_ && restored;
    return restored.value_or(0);
  }
  [[nodiscard]] bool ok() const { return ok_ && bits_.at_end(); }

 private:
  netcode::BitReader bits_;
  bool ok_ = true;
};

}  // namespace

std::array<std::byte, kStateSize> write_state(const StampedState& told) {
  std::array<std::byte, kStateSize> bytes{};
  netcode::BitWriter writer(bytes);
  const auto put = [&](const Quantizer& quantizer, float value) {
    writer.bits(quantizer.quantize(value), quantizer.bits());
  };
  writer.bits(told.stamp.value(), 16);
  put(kPlace, told.state.position.x);
  put(kPlace, told.state.position.z);
  put(kHeight, told.state.position.y);
  writer.bits(kYaw.quantize(told.state.yaw), kYaw.bits());
  put(kSpeed, told.state.velocity.x);
  put(kSpeed, told.state.velocity.z);
  put(kFallSpeed, told.state.velocity.y);
  writer.flag(told.state.away);
  return bytes;
}

std::optional<StampedState> parse_state(base::BytesView bytes) {
  FieldReader reader(bytes);
  StampedState told;
  told.stamp = netcode::Stamp(static_cast<std::uint16_t>(reader.raw(16)));
  told.state.position.x = reader.value(kPlace);
  told.state.position.z = reader.value(kPlace);
  told.state.position.y = reader.value(kHeight);
  told.state.yaw = kYaw.restore(reader.raw(kYaw.bits()));
  told.state.velocity.x = reader.value(kSpeed);
  told.state.velocity.z = reader.value(kSpeed);
  told.state.velocity.y = reader.value(kFallSpeed);
  told.state.away = reader.raw(1) != 0;
  if (!reader.ok()) return std::nullopt;
  return told;
}

State StateBlend::between(const State& a, const State& b, float fraction, float seconds) {
  // After a long gap the velocities say little about the way between, and would swing it far out.
  const float trust = std::min(1.0F, kTrusted / seconds);
  const Vec3 leaving = a.velocity * trust;
  const Vec3 arriving = b.velocity * trust;
  State state;
  state.position = inside(netcode::hermite(a.position, leaving, b.position, arriving, fraction, seconds));
  state.velocity = netcode::hermite_velocity(a.position, leaving, b.position, arriving, fraction, seconds);
  state.yaw = netcode::blend_angle(a.yaw, b.yaw, fraction);
  state.away = fraction < 0.5F ? a.away : b.away;
  return state;
}

State StateBlend::ahead(const State& newest, float seconds) {
  State state = newest;
  state.position = newest.position + flat(newest.velocity) * seconds;
  if (newest.position.y > 0 || newest.velocity.y > 0) {
    state.position.y = newest.position.y + (newest.velocity.y - kGravity / 2 * seconds) * seconds;
    state.velocity.y = newest.velocity.y - kGravity * seconds;
  }
  if (state.position.y <= 0) state.velocity.y = 0;
  state.position = inside(state.position);
  return state;
}

}  // namespace parlor::cubes
