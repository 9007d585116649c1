#include "cubes/state.hpp"

#include "cubes/fields.hpp"
#include "netcode/interpolation.hpp"

namespace parlor::cubes {
namespace {

using netcode::Quantizer;

constexpr Quantizer kFallSpeed = Quantizer::symmetric(25.2F, 7);
constexpr netcode::TurnQuantizer kYaw(8);
constexpr unsigned kBits =
    16 + 2 * kPlace.bits() + kHeight.bits() + kYaw.bits() + 2 * kSpeed.bits() + kFallSpeed.bits() + 2;
static_assert((kBits + 7) / 8 == kStateSize);

constexpr float kTrusted = 0.25F;  // seconds for which a velocity is believed
constexpr float kGravity = 30;     // between Motion's values for up and down: only guesses need it

Vec3 inside(Vec3 place) {
  return inside_arena(place, kCubeHalf);
}

}  // namespace

std::array<std::byte, kStateSize> write_state(const StampedState& told) {
  std::array<std::byte, kStateSize> bytes{};
  netcode::BitWriter writer(bytes);
  writer.bits(told.stamp.value(), 16);
  put(writer, kPlace, told.state.position.x);
  put(writer, kPlace, told.state.position.z);
  put(writer, kHeight, told.state.position.y);
  writer.bits(kYaw.quantize(told.state.yaw), kYaw.bits());
  put(writer, kSpeed, told.state.velocity.x);
  put(writer, kSpeed, told.state.velocity.z);
  put(writer, kFallSpeed, told.state.velocity.y);
  writer.flag(told.state.away);
  writer.flag(told.state.on_ground);
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
  told.state.on_ground = reader.raw(1) != 0;
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
  state.on_ground = fraction < 0.5F ? a.on_ground : b.on_ground;
  return state;
}

State StateBlend::ahead(const State& newest, float seconds) {
  State state = newest;
  state.position = newest.position + flat(newest.velocity) * seconds;
  if (!newest.on_ground) {
    state.position.y = newest.position.y + (newest.velocity.y - kGravity / 2 * seconds) * seconds;
    state.velocity.y = newest.velocity.y - kGravity * seconds;
  }
  if (state.position.y <= 0) {
    state.velocity.y = 0;
    state.on_ground = true;
  }
  state.position = inside(state.position);
  return state;
}

}  // namespace parlor::cubes
