// links: parlor_cubes
// What a member of the room may send to the game: states and greetings of its choice, at times of its choice.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "base/bytes.hpp"
#include "cubes/greeting.hpp"
#include "cubes/remote_cube.hpp"
#include "cubes/state.hpp"

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
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const BytesView input = std::as_bytes(std::span(data, size));
  round_trip(input);
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
