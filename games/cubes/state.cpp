#include "cubes/state.hpp"

#include "cubes/course.hpp"
#include "netcode/interpolation.hpp"

namespace parlor::cubes {
namespace {

using netcode::Quantizer;

constexpr Quantizer kFallSpeed = Quantizer::symmetric(kFastestFall, 7);
constexpr netcode::TurnQuantizer kYaw(8);
constexpr unsigned kBits =
    16 + 2 * kPlace.bits() + kHeight.bits() + kYaw.bits() + 2 * kSpeed.bits() + kFallSpeed.bits() + 2;
static_assert((kBits + 7) / 8 == kStateSize);

constexpr float kGravity = 30;  // between Motion's values for up and down: only guesses need it

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
  const Course course =
      course_between({a.position, a.velocity}, {b.position, b.velocity}, fraction, seconds, kCubeHalf);
  const State& nearer = fraction < 0.5F ? a : b;
  return {course.position, course.velocity, netcode::blend_angle(a.yaw, b.yaw, fraction), nearer.away,
          nearer.on_ground};
}

State StateBlend::ahead(const State& newest, float seconds) {
  const Course course =
      course_ahead({newest.position, newest.velocity}, seconds, newest.on_ground ? 0 : kGravity, kCubeHalf);
  return {course.position, course.velocity, newest.yaw, newest.away,
          newest.on_ground || course.position.y <= 0};
}

}  // namespace parlor::cubes
