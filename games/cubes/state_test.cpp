#include "cubes/state.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "base/random.hpp"

namespace parlor::cubes {
namespace {

using netcode::Stamp;

float random_float(base::Random& random, float low, float high) {
  return low + (high - low) * static_cast<float>(random.below(1'000'001)) / 1'000'000.0F;
}

State random_state(base::Random& random) {
  return {{random_float(random, -20, 20), random_float(random, 0, 3), random_float(random, -20, 20)},
          {random_float(random, -9, 9), random_float(random, -15, 10), random_float(random, -9, 9)},
          random_float(random, -3.14F, 3.14F),
          random.below(2) == 0};
}

TEST(State, RoundTripsWithinItsSteps) {
  base::SeededRandom random(1);
  for (int i = 0; i < 20'000; ++i) {
    const StampedState told{Stamp(static_cast<std::uint16_t>(i * 7)), random_state(random)};
    const auto back = parse_state(write_state(told));
    ASSERT_TRUE(back);
    EXPECT_EQ(back->stamp, told.stamp);
    EXPECT_NEAR(back->state.position.x, told.state.position.x, 0.0013);
    EXPECT_NEAR(back->state.position.y, told.state.position.y, 0.0021);
    EXPECT_NEAR(back->state.position.z, told.state.position.z, 0.0013);
    EXPECT_NEAR(back->state.velocity.x, told.state.velocity.x, 0.051);
    EXPECT_NEAR(back->state.velocity.y, told.state.velocity.y, 0.201);
    EXPECT_NEAR(back->state.velocity.z, told.state.velocity.z, 0.051);
    EXPECT_NEAR(std::remainder(back->state.yaw - told.state.yaw, 2 * render::kPi), 0, 0.0124);
    EXPECT_EQ(back->state.away, told.state.away);
  }
}

TEST(State, AParsedStateIsWrittenAsTheSameBytes) {
  base::SeededRandom random(2);
  for (int i = 0; i < 20'000; ++i) {
    std::array<std::byte, kStateSize> bytes{};
    random.fill(bytes);
    const auto parsed = parse_state(bytes);
    if (!parsed) continue;
    EXPECT_EQ(write_state(*parsed), bytes) << base::to_hex(bytes);
  }
}

TEST(State, ACubeAtRestIsToldToBeAtRest) {
  const auto back = parse_state(write_state({Stamp(0), {{3.2F, 0, -7.77F}, {}, 1, false}}));
  ASSERT_TRUE(back);
  EXPECT_EQ(back->state.position.y, 0);
  EXPECT_EQ(back->state.velocity, Vec3{});
}

TEST(State, RefusesOtherLengthsAndCodesThatAreNeverWritten) {
  const auto bytes = write_state({Stamp(1), {}});
  EXPECT_TRUE(parse_state(bytes));
  EXPECT_FALSE(parse_state(base::BytesView(bytes).first(kStateSize - 1)));
  base::Bytes longer(bytes.begin(), bytes.end());
  longer.push_back(std::byte{0});
  EXPECT_FALSE(parse_state(longer));
  EXPECT_FALSE(parse_state({}));
  auto bad_place = bytes;
  bad_place[2] = bad_place[3] = std::byte{0xff};
  EXPECT_FALSE(parse_state(bad_place));
  auto bad_speed = bytes;
  bad_speed[8] = bad_speed[9] = std::byte{0xff};
  EXPECT_FALSE(parse_state(bad_speed));
}

TEST(State, ClampsWhatCannotBe) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const float inf = std::numeric_limits<float>::infinity();
  const auto back = parse_state(write_state({Stamp(0), {{inf, -5, nan}, {-1e9F, nan, inf}, nan, false}}));
  ASSERT_TRUE(back);
  EXPECT_NEAR(back->state.position.x, 20.4775, 1e-3);
  EXPECT_EQ(back->state.position.y, 0);
  EXPECT_EQ(back->state.position.z, 0);
  EXPECT_NEAR(back->state.velocity.x, -12.7, 1e-3);
}

TEST(StateBlend, AGuessStaysInTheArenaAndAboveTheGround) {
  const State runner{{19, 0, -19}, {8, 0, -8}, 0, false};
  const State guess = StateBlend::ahead(runner, 0.25F);
  EXPECT_LE(guess.position.x, kArenaHalf - kCubeHalf);
  EXPECT_GE(guess.position.z, -kArenaHalf + kCubeHalf);
  const State faller{{0, 0.5F, 0}, {0, -9, 0}, 0, false, false};
  EXPECT_EQ(StateBlend::ahead(faller, 0.25F).position.y, 0);
  EXPECT_EQ(StateBlend::ahead(faller, 0.25F).velocity.y, 0);
  EXPECT_EQ(StateBlend::ahead({{1, 0, 2}, {}, 0, false}, 0.25F).position, (Vec3{1, 0, 2}));
  EXPECT_EQ(StateBlend::ahead({{1, 0.8F, 2}, {}, 0, false, true}, 0.25F).position, (Vec3{1, 0.8F, 2}))
      << "who stands on something does not sink into it";
}

TEST(StateBlend, DoesNotSwingOutAcrossALongGap) {
  const State before{{2, 0, 0}, {8, 0, 8}, 0, false};
  const State after{{4, 0, 0}, {-8, 0, 8}, 0, false};
  for (float t = 0; t <= 1; t += 0.05F) {
    const State state = StateBlend::between(before, after, t, 10);
    EXPECT_LT(std::abs(state.position.z), 1);
    EXPECT_GT(state.position.x, 1.5F);
    EXPECT_LT(state.position.x, 4.5F);
  }
}

TEST(StateBlend, NeverDipsBelowTheGround) {
  // A landing between two states: the curve alone would undershoot.
  const State falling{{0, 0.3F, 0}, {0, -10, 0}, 0, false, false};
  const State landed{{0, 0, 0}, {}, 0, false};
  for (float t = 0; t <= 1; t += 0.05F)
    EXPECT_GE(StateBlend::between(falling, landed, t, 0.05F).position.y, 0);
}

TEST(State, IsShownNoFasterThanItCanBeToldHoweverFarApartTheToldPlacesAre) {
  State low;
  State high;
  high.position = {19, 8, -19};
  for (const float seconds : {0.002F, 0.05F, 1.0F}) {
    for (const float fraction : {0.0F, 0.3F, 0.5F, 1.0F}) {
      const State shown = StateBlend::between(low, high, fraction, seconds);
      EXPECT_LE(length(flat(shown.velocity)), 12.71F);
      EXPECT_LE(std::abs(shown.velocity.y), 25.21F);
    }
  }
}

}  // namespace
}  // namespace parlor::cubes
