#include "cubes/sounds.hpp"

#include <algorithm>
#include <utility>

namespace parlor::cubes {
namespace {

// Metres per second. A jump sets the speed upwards at once; nothing else makes a cube so much faster within a
// step.
constexpr float kJumped = 4;
constexpr float kLanded = 1.5F;     // slower than this a landing is a step
constexpr float kHardLanding = 13;  // as after a fall from higher than one can jump
constexpr float kSoftest = 0.15F;

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
  // A jump pressed while falling comes down and goes up within one step: it is both.
  if (climb_ < -kLanded && climb >= 0) {
    add(SoundKind::landing, std::max(-climb_ / kHardLanding, kSoftest));
  }
  if (climb_ <= 0 && climb > kJumped) add(SoundKind::jump, 1);
  climb_ = climb;
}

std::vector<Sound> Sounds::take() {
  return std::exchange(sounds_, {});
}

}  // namespace parlor::cubes
