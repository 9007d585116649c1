#include "netcode/quantizer.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace parlor::netcode {
namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfinity = std::numeric_limits<float>::infinity();

TEST(Quantizer, IsOffByHalfAStepAtMostWithinItsRange) {
  constexpr Quantizer quantizer = Quantizer::symmetric(20, 12);
  for (float value = -20; value <= 20; value += 0.00317F) {
    const auto back = quantizer.restore(quantizer.quantize(value));
    ASSERT_TRUE(back);
    ASSERT_NEAR(*back, value, quantizer.step() * 0.501F);
  }
}

TEST(Quantizer, KeepsZeroAndTheLimitsExactly) {
  constexpr Quantizer both = Quantizer::symmetric(12.5F, 8);
  EXPECT_EQ(both.restore(both.quantize(0)), 0.0F);
  EXPECT_EQ(both.restore(both.quantize(-0.0F)), 0.0F);
  EXPECT_FLOAT_EQ(*both.restore(both.quantize(12.5F)), 12.5F);
  EXPECT_FLOAT_EQ(*both.restore(both.quantize(-12.5F)), -12.5F);
  constexpr Quantizer up = Quantizer::from_zero(8, 11);
  EXPECT_EQ(up.restore(up.quantize(0)), 0.0F);
  EXPECT_FLOAT_EQ(*up.restore(up.quantize(8)), 8.0F);
}

TEST(Quantizer, ClampsWhatIsOutsideAndTakesNotANumberForZero) {
  constexpr Quantizer quantizer = Quantizer::symmetric(10, 9);
  for (const float value : {1e30F, kInfinity, 10.1F}) {
    EXPECT_EQ(quantizer.quantize(value), quantizer.quantize(10)) << value;
    EXPECT_EQ(quantizer.quantize(-value), quantizer.quantize(-10)) << value;
  }
  EXPECT_EQ(quantizer.quantize(kNan), quantizer.quantize(0));
}

TEST(Quantizer, RefusesTheCodeThatItNeverGives) {
  constexpr Quantizer quantizer = Quantizer::symmetric(10, 9);
  EXPECT_TRUE(quantizer.restore(510));
  EXPECT_FALSE(quantizer.restore(511));
}

TEST(TurnQuantizer, ClosesTheCircle) {
  constexpr TurnQuantizer turn(9);
  constexpr float kHalfTurn = 3.14159265F;
  EXPECT_EQ(turn.quantize(0), 0U);
  EXPECT_EQ(turn.quantize(2 * kHalfTurn - 0.001F), 0U) << "just below a turn is next to 0";
  EXPECT_EQ(turn.quantize(-kHalfTurn / 2), turn.quantize(3 * kHalfTurn / 2));
  EXPECT_EQ(turn.quantize(100 * kHalfTurn + 1), turn.quantize(1));
  EXPECT_EQ(turn.quantize(kNan), 0U);
  EXPECT_EQ(turn.quantize(kInfinity), 0U);
  for (float angle = -kHalfTurn; angle <= kHalfTurn; angle += 0.001F) {
    const float off = std::remainder(turn.restore(turn.quantize(angle)) - angle, 2 * kHalfTurn);
    ASSERT_LE(std::abs(off), turn.step() * 0.501F) << angle;
  }
}

}  // namespace
}  // namespace parlor::netcode
