// links: parlor_cubes
// What a member of the room may send to the game: states, greetings, catches and things of its choice, at
// times of its choice.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "base/bytes.hpp"
#include "cubes/greeting.hpp"
#include "cubes/props.hpp"
#include "cubes/remote_cube.hpp"
#include "cubes/stage.hpp"
#include "cubes/state.hpp"
#include "cubes/tag.hpp"
#include "cubes/world.hpp"

namespace {

using parlor::base::ByteReader;
using parlor::base::BytesView;
using parlor::cubes::kArenaHalf;

void check(bool holds) {
  if (!holds) std::abort();
}

/// A value has one encoding: what is taken is written as the same bytes again.
void round_trip(BytesView bytes) {
  if (const auto told = parlor::cubes::parse_state(bytes)) {
    const auto again = parlor::cubes::write_state(*told);
    check(std::equal(again.begin(), again.end(), bytes.begin(), bytes.end()));
  }
  if (const auto greeting = parlor::cubes::parse_greeting(bytes)) {
    const auto again = parlor::cubes::write_greeting(*greeting);
    check(std::equal(again.begin(), again.end(), bytes.begin(), bytes.end()));
  }
  if (const auto caught = parlor::cubes::parse_catch(bytes)) {
    const auto again = parlor::cubes::write_catch(*caught);
    check(std::equal(again.begin(), again.end(), bytes.begin(), bytes.end()));
  }
  if (const auto told = parlor::cubes::parse_prop(bytes)) {
    const auto again = parlor::cubes::write_prop(*told);
    check(std::equal(again.begin(), again.end(), bytes.begin(), bytes.end()));
  }
}

/// Things that two strangers tell of, while this player runs into some: they stay where things can be.
void push_things(BytesView input) {
  parlor::cubes::Props props;
  props.begin(2);
  parlor::base::Time now = parlor::base::time_from(parlor::base::seconds(1));
  ByteReader reader(input);
  for (int i = 0; i < 200; ++i) {
    const auto what = reader.u8();
    if (!what) break;
    const auto bytes = reader.take(parlor::cubes::kPropStateSize);
    if (!bytes) break;
    now += parlor::base::milliseconds(*what % 64);
    if (const auto told = parlor::cubes::parse_prop(*bytes)) {
      props.told(static_cast<parlor::cubes::PlayerId>(*what % 4), now, *told);
    } else {
      const auto part = [&](std::size_t at) {
        return static_cast<float>(std::to_integer<int>((*bytes)[at]) - 128) / 128.0F;
      };
      const auto direction = parlor::render::normalized({part(0), 0, part(1)});
      props.handle_contact(now, {parlor::cubes::kFirstProp + *what % 16U, direction, part(2) * 12});
    }
    props.advance(now, static_cast<float>(*what % 64) * 1e-3F, parlor::cubes::platforms());
    while (props.poll_due(now)) continue;
    for (std::size_t one = 0; one < parlor::cubes::Props::kCount; ++one) {
      const auto place = props.shown(one).position;
      check(std::isfinite(place.x) && std::isfinite(place.y) && std::isfinite(place.z));
      check(std::abs(place.x) < 3 * kArenaHalf && std::abs(place.z) < 3 * kArenaHalf);
      check(place.y >= 0 && place.y < 100);
    }
  }
}

/// One's own cube among two that strangers tell of: it is not thrown about faster than cubes can be told.
void stand_among(BytesView input) {
  constexpr float kFastest = 60;  // a fall from the ceiling, onto what rises as fast as it can be told
  parlor::cubes::World world;
  world.begin(1, 0);
  world.props().begin(1);
  for (const int id : {2, 3}) world.add(static_cast<parlor::cubes::PlayerId>(id), 0);
  parlor::base::Time now = parlor::base::time_from(parlor::base::seconds(1));
  ByteReader reader(input);
  for (int i = 0; i < 200; ++i) {
    const auto what = reader.u8();
    const auto bytes = what ? reader.take(parlor::cubes::kStateSize) : std::nullopt;
    if (!bytes) break;
    if (const auto told = parlor::cubes::parse_state(*bytes)) {
      world.told(static_cast<parlor::cubes::PlayerId>(2 + *what % 2), now, *told);
      if (*what % 4 == 0) continue;
    }
    now += parlor::base::milliseconds(*what % 64);
    world.advance(now, static_cast<float>(*what % 64) * 1e-3F,
                  {static_cast<float>(*what % 3) - 1, static_cast<float>(*what % 5) / 2 - 1, *what % 7 == 0});
    const parlor::cubes::State own = world.own_state();
    check(std::max(std::abs(own.position.x), std::abs(own.position.z)) <= kArenaHalf);
    check(own.position.y >= 0 && own.position.y <= parlor::cubes::kCeiling);
    check(length(own.velocity) <= kFastest && std::isfinite(own.yaw));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const BytesView input = std::as_bytes(std::span(data, size));
  round_trip(input);
  push_things(input);
  stand_among(input);
  // The same bytes as a stream of messages, each with the milliseconds before it.
  parlor::cubes::RemoteCube cube;
  parlor::base::Time now{};
  ByteReader reader(input);
  while (const auto wait = reader.u8()) {
    const auto bytes = reader.take(parlor::cubes::kStateSize);
    if (!bytes) break;
    now += parlor::base::milliseconds(*wait * *wait);
    if (const auto told = parlor::cubes::parse_state(*bytes)) cube.told(now, *told);
    const auto shown = cube.advance(now, static_cast<float>(*wait) * 1e-3F);
    if (!shown) continue;
    check(std::isfinite(shown->position.x) && std::isfinite(shown->position.z) && std::isfinite(shown->yaw));
    check(std::abs(shown->position.x) < 3 * kArenaHalf && std::abs(shown->position.z) < 3 * kArenaHalf);
    check(shown->position.y >= 0 && shown->position.y < 100);
  }
  return 0;
}
