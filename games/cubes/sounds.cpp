#include "cubes/sounds.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace parlor::cubes {
namespace {

constexpr float kRising = 1;           // metres per second: what leaves the ground faster than this jumps
constexpr float kFallen = 1.5F;        // and what comes down slower than this only steps
constexpr float kHardLanding = 13;     // as after a fall from higher than one can jump
constexpr float kSoftest = 0.15F;      // strength
constexpr float kFallingGravity = 33;  // on the way down (motion.cpp)

}  // namespace

std::string_view to_string(SoundKind kind) {
  switch (kind) {
    case SoundKind::jump:
      return "jump";
    case SoundKind::landing:
      return "landing";
    case SoundKind::bump:
      return "bump";
    case SoundKind::join:
      return "join";
    case SoundKind::leave:
      return "leave";
    case SoundKind::tag:
      return "tag";
  }
  return "";
}

void Sounds::add(SoundKind kind, float strength) {
  if (sounds_.size() >= kMost) return;
  sounds_.push_back({kind, strength >= 0 ? std::min(strength, 1.0F) : 0});
}

void Sounds::watch(const State& own) {
  const float climb = own.velocity.y;
  const bool in_air = climb != 0;
  // A jump pressed while falling comes down and goes up again within one step.
  const bool again = climb_ < -kFallen && climb > kRising;
  if ((in_air_ && !in_air) || again) {
    // Where frames are long, the way down may lie within one: then how high it was says how fast it came.
    const float fallen = std::sqrt(2 * kFallingGravity * std::max(peak_ - own.position.y, 0.0F));
    const float speed = std::max(-climb_, again ? 0 : fallen);
    if (speed > kFallen) add(SoundKind::landing, std::max(speed / kHardLanding, kSoftest));
  }
  if ((!in_air_ || again) && climb > kRising) add(SoundKind::jump, 1);
  peak_ = in_air_ && in_air && !again ? std::max(peak_, own.position.y) : own.position.y;
  in_air_ = in_air;
  climb_ = climb;
}

std::vector<Sound> Sounds::take() {
  return std::exchange(sounds_, {});
}

}  // namespace parlor::cubes
