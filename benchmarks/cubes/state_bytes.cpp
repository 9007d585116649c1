// What one player's cube costs each other member, in payload bytes per second: a minute of play through the
// game's own motion, pacer and codec, against the tutorials' way, which sends JSON with every frame. Prints
// one JSON object. Deterministic: no clock, no network.

#include <array>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "cubes/motion.hpp"
#include "cubes/state.hpp"
#include "cubes/state_pacer.hpp"

namespace {

using namespace parlor;
using cubes::Body;
using cubes::Input;
using cubes::State;

constexpr int kFrameRate = 60;

/// A minute as people play: three quarters of it on the move, with turns and jumps, one quarter standing.
Input script(int frame) {
  const float t = static_cast<float>(frame) / kFrameRate;
  const int second = frame / kFrameRate;
  if (second % 12 >= 9) return {};  // stands and looks
  const float turn = 1.3F * std::sin(t * 0.9F) + t * 0.4F;
  return {std::sin(turn), std::cos(turn), second % 4 == 1 && frame % kFrameRate < 12};
}

/// The message of the tutorials: every number as JavaScript prints it (the shortest text that reads back the
/// same), the id as the usual socket library makes it.
std::size_t json_size(const Body& body) {
  std::string text = R"({"type":"move","id":"mHD3v7bAa0ZqE8hTAAAB")";
  const auto put = [&text](const char* key, double value) {
    std::array<char, 40> digits{};
    for (int precision = 1; precision <= 17; ++precision) {
      std::snprintf(digits.data(), digits.size(), "%.*g", precision, value);
      if (std::strtod(digits.data(), nullptr) == value) break;
    }
    text += std::string(",\"") + key + "\":" + digits.data();
  };
  put("x", static_cast<double>(body.position.x));
  put("y", static_cast<double>(body.position.y + cubes::kCubeHalf));
  put("z", static_cast<double>(body.position.z));
  put("rx", 0);
  put("ry", static_cast<double>(body.yaw));
  put("rz", 0);
  return text.size() + 1;  // the closing brace
}

}  // namespace

int main() {
  constexpr int kSeconds = 60;
  Body body;
  cubes::Motion motion;
  cubes::StatePacer pacer;
  std::size_t packed_bytes = 0;
  std::size_t json_bytes = 0;
  int messages = 0;
  int moving_frames = 0;
  for (int frame = 0; frame < kSeconds * kFrameRate; ++frame) {
    motion.advance(body, script(frame), 1.0F / kFrameRate);
    if (!body.resting()) ++moving_frames;
    const State state{body.position, body.velocity, body.yaw, false, body.on_ground};
    const base::Time now = base::time_from(base::microseconds(std::int64_t{frame} * 1'000'000 / kFrameRate));
    if (pacer.due(now, state)) {
      packed_bytes += cubes::write_state({netcode::stamp_of(now), state}).size();
      ++messages;
    }
    json_bytes += json_size(body);
  }
  std::printf(
      "{\"seconds\": %d, \"moving\": %.3f, \"messages_per_second\": %.2f, \"message_bytes\": %zu, "
      "\"bytes_per_second\": %.2f, \"json_bytes_per_second\": %.2f}\n",
      kSeconds, static_cast<double>(moving_frames) / (kSeconds * kFrameRate),
      static_cast<double>(messages) / kSeconds, cubes::kStateSize,
      static_cast<double>(packed_bytes) / kSeconds, static_cast<double>(json_bytes) / kSeconds);
}
