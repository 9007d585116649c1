#include "cubes/prop_state.hpp"

#include <cmath>

#include "cubes/course.hpp"

namespace parlor::cubes {
namespace {

constexpr float kFlying = 0.5F;  // above this speed up or down it is taken to fly
constexpr float kLeastHalf = 0.5F;
constexpr unsigned kPropBits = 16 + 4 + 16 + 2 * kPlace.bits() + kHeight.bits() + 3 * kSpeed.bits() + 1;
static_assert((kPropBits + 7) / 8 == kPropStateSize);

}  // namespace

std::array<std::byte, kPropStateSize> write_prop(const ToldProp& told) {
  std::array<std::byte, kPropStateSize> bytes{};
  netcode::BitWriter writer(bytes);
  writer.bits(told.stamp.value(), 16);
  writer.bits(told.index % kMostProps, 4);
  writer.bits(told.turn.value(), 16);
  put(writer, kPlace, told.state.position.x);
  put(writer, kPlace, told.state.position.z);
  put(writer, kHeight, told.state.position.y);
  put(writer, kSpeed, told.state.velocity.x);
  put(writer, kSpeed, told.state.velocity.z);
  put(writer, kSpeed, told.state.velocity.y);
  writer.flag(told.held);
  return bytes;
}

std::optional<ToldProp> parse_prop(base::BytesView bytes) {
  FieldReader reader(bytes);
  ToldProp told;
  told.stamp = netcode::Stamp(static_cast<std::uint16_t>(reader.raw(16)));
  told.index = static_cast<std::uint8_t>(reader.raw(4));
  told.turn = Turn(static_cast<std::uint16_t>(reader.raw(16)));
  told.state.position.x = reader.value(kPlace);
  told.state.position.z = reader.value(kPlace);
  told.state.position.y = reader.value(kHeight);
  told.state.velocity.x = reader.value(kSpeed);
  told.state.velocity.z = reader.value(kSpeed);
  told.state.velocity.y = reader.value(kSpeed);
  told.held = reader.raw(1) != 0;
  if (!reader.ok() || bytes.size() != kPropStateSize) return std::nullopt;
  return told;
}

PropState PropBlend::between(const PropState& a, const PropState& b, float fraction, float seconds) {
  return course_between(a, b, fraction, seconds, kLeastHalf);
}

PropState PropBlend::ahead(const PropState& newest, float seconds) {
  const bool flies = std::abs(newest.velocity.y) > kFlying;
  return course_ahead(newest, seconds, flies ? kPropGravity : 0, kLeastHalf);
}

}  // namespace parlor::cubes
