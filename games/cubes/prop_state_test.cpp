#include "cubes/prop_state.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "base/random.hpp"

namespace parlor::cubes {
namespace {

TEST(PropState, ComesBackToWithinAStepOfEachField) {
  const ToldProp told{
      netcode::Stamp(4711), 6, Turn(65000), true, {{-19.2F, 1.234F, 7.5F}, {3.3F, -8.8F, 12.5F}}};
  const auto back = parse_prop(write_prop(told));
  ASSERT_TRUE(back);
  EXPECT_EQ(back->stamp, told.stamp);
  EXPECT_EQ(back->index, told.index);
  EXPECT_EQ(back->turn, told.turn);
  EXPECT_TRUE(back->held);
  EXPECT_LT(length(back->state.position - told.state.position), 0.005F);
  EXPECT_LT(length(back->state.velocity - told.state.velocity), 0.15F);
}

TEST(PropState, AParsedOneIsWrittenAsTheSameBytes) {
  base::SeededRandom random(3);
  int parsed = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::array<std::byte, kPropStateSize> bytes{};
    random.fill(bytes);
    bytes.back() &= std::byte{0xf0};
    const auto told = parse_prop(bytes);
    if (!told) continue;
    ++parsed;
    EXPECT_EQ(write_prop(*told), bytes) << base::to_hex(bytes);
  }
  EXPECT_GT(parsed, 1000);
}

TEST(PropState, RefusesOtherLengthsAndCodesThatAreNeverWritten) {
  const auto bytes = write_prop({});
  EXPECT_TRUE(parse_prop(bytes));
  EXPECT_FALSE(parse_prop(base::BytesView(bytes).first(kPropStateSize - 1)));
  base::Bytes longer(bytes.begin(), bytes.end());
  longer.push_back(std::byte{0});
  EXPECT_FALSE(parse_prop(longer));
  EXPECT_FALSE(parse_prop({}));
  auto padded = bytes;
  padded.back() |= std::byte{1};
  EXPECT_FALSE(parse_prop(padded));
}

TEST(PropState, ClampsWhatCannotBe) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const auto back = parse_prop(write_prop({{}, 0, {}, false, {{nan, -3, 1e9F}, {nan, 99, -99}}}));
  ASSERT_TRUE(back);
  EXPECT_EQ(back->state.position.y, 0);
  EXPECT_EQ(back->state.position.x, 0);
  EXPECT_NEAR(back->state.velocity.z, -12.7F, 1e-3F);
}

TEST(PropBlend, AGuessStaysInTheArenaAndAboveTheGround) {
  const PropState flying{{19, 0.4F, -19}, {12, -9, -12}};
  const PropState guess = PropBlend::ahead(flying, 0.25F);
  EXPECT_LE(guess.position.x, kArenaHalf);
  EXPECT_GE(guess.position.z, -kArenaHalf);
  EXPECT_GE(guess.position.y, 0);
  EXPECT_EQ(PropBlend::ahead({{1, 1.2F, 2}, {}}, 0.25F).position, (Vec3{1, 1.2F, 2}))
      << "what lies on something does not sink";
}

}  // namespace
}  // namespace parlor::cubes
