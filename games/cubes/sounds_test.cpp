#include "cubes/sounds.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace parlor::cubes {
namespace {

/// What is heard in two seconds of a cube that jumps after half of one, with the key held for so long.
std::vector<Sound> heard_of_a_jump(float held, float until = 2, float frame = 1.0F / 60) {
  Sounds sounds;
  Motion motion;
  Body body;
  for (float now = 0; now < until; now += frame) {
    motion.advance(body, {.x = 1, .z = 0, .jump = now >= 0.5F && now < 0.5F + held}, frame);
    sounds.watch({body.position, body.velocity, body.yaw, false});
  }
  return sounds.take();
}

TEST(Sounds, AJumpIsHeardOnceAndSoIsItsLanding) {
  const auto heard = heard_of_a_jump(0.3F);
  ASSERT_EQ(heard.size(), 2U);
  EXPECT_EQ(heard[0].kind, SoundKind::jump);
  EXPECT_EQ(heard[1].kind, SoundKind::landing);
}

TEST(Sounds, LongFramesHideNeitherTheJumpNorItsLanding) {
  for (const float frame : {0.05F, 0.1F, 0.15F, 0.2F, 0.25F}) {
    const auto heard = heard_of_a_jump(0.3F, 3, frame);
    ASSERT_EQ(heard.size(), 2U) << frame;
    EXPECT_EQ(heard[0].kind, SoundKind::jump);
    EXPECT_EQ(heard[1].kind, SoundKind::landing);
    EXPECT_GT(heard[1].strength, 0.3F) << frame;
  }
}

TEST(Sounds, AFallThatLiesWithinOneFrameIsAsLoudAsItWasHigh) {
  Sounds sounds;
  sounds.watch({});
  sounds.watch({{0, 1.2F, 0}, {0, 3, 0}, 0, false});
  sounds.watch({});
  const auto heard = sounds.take();
  ASSERT_EQ(heard.size(), 2U);
  EXPECT_EQ(heard[1].kind, SoundKind::landing);
  EXPECT_GT(heard[1].strength, 0.6F);
}

TEST(Sounds, AHigherJumpLandsLouder) {
  const float low = heard_of_a_jump(0.02F)[1].strength;
  const float high = heard_of_a_jump(0.5F)[1].strength;
  EXPECT_GT(low, 0);
  EXPECT_GT(high, 1.3F * low);
  EXPECT_LE(high, 1);
}

TEST(Sounds, ACubeThatRunsIsSilent) {
  EXPECT_TRUE(heard_of_a_jump(0.3F, 0.5F).empty());
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
