#include "cubes/sounds.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace parlor::cubes {
namespace {

constexpr float kFrame = 1.0F / 60;

/// What is heard of a cube that jumps after half a second, with the key held for so many frames.
std::vector<Sound> heard_of_a_jump(int held_frames, int frames = 120) {
  Sounds sounds;
  Motion motion;
  Body body;
  for (int frame = 0; frame < frames; ++frame) {
    const Input input{.x = 1, .z = 0, .jump = frame >= 30 && frame < 30 + held_frames};
    motion.advance(body, input, kFrame);
    sounds.watch({body.position, body.velocity, body.yaw, false});
  }
  return sounds.take();
}

TEST(Sounds, AJumpIsHeardOnceAndSoIsItsLanding) {
  const auto heard = heard_of_a_jump(20);
  ASSERT_EQ(heard.size(), 2U);
  EXPECT_EQ(heard[0].kind, SoundKind::jump);
  EXPECT_EQ(heard[1].kind, SoundKind::landing);
}

TEST(Sounds, AHigherJumpLandsLouder) {
  const float low = heard_of_a_jump(1)[1].strength;
  const float high = heard_of_a_jump(30)[1].strength;
  EXPECT_GT(low, 0);
  EXPECT_GT(high, 1.3F * low);
  EXPECT_LE(high, 1);
}

TEST(Sounds, ACubeThatRunsIsSilent) {
  EXPECT_TRUE(heard_of_a_jump(20, 29).empty());
}

TEST(Sounds, StrengthIsWithinItsLimits) {
  Sounds sounds;
  sounds.add(SoundKind::bump, 7);
  sounds.add(SoundKind::tag, -1);
  sounds.add(SoundKind::bump, std::nanf(""));
  const auto heard = sounds.take();
  ASSERT_EQ(heard.size(), 3U);
  EXPECT_FLOAT_EQ(heard[0].strength, 1);
  EXPECT_FLOAT_EQ(heard[1].strength, 0);
  EXPECT_FLOAT_EQ(heard[2].strength, 0);
  EXPECT_TRUE(sounds.take().empty()) << "each is handed out once";
}

TEST(Sounds, KeepsABoundedNumberForAPageThatTakesNone) {
  Sounds sounds;
  for (std::size_t i = 0; i < 3 * Sounds::kMost; ++i) sounds.add(SoundKind::bump, 1);
  EXPECT_EQ(sounds.take().size(), Sounds::kMost);
}

}  // namespace
}  // namespace parlor::cubes
