#include "netcode/smoothing.hpp"

#include <gtest/gtest.h>

namespace parlor::netcode {
namespace {

struct Length {  // a vector of one dimension
  float x = 0;
  friend Length operator+(Length a, Length b) { return {a.x + b.x}; }
  friend Length operator-(Length a, Length b) { return {a.x - b.x}; }
  friend Length operator*(Length a, float by) { return {a.x * by}; }
  friend float length(Length a) { return std::abs(a.x); }
};

TEST(Approach, DoesNotDependOnTheFrameRate) {
  float slow = 0;
  float fast = 0;
  for (int i = 0; i < 10; ++i) slow = approach(slow, 1.0F, 0.1F, 0.25F);
  for (int i = 0; i < 100; ++i) fast = approach(fast, 1.0F, 0.01F, 0.25F);
  EXPECT_NEAR(slow, fast, 1e-5);
  EXPECT_NEAR(slow, 1 - 1.0 / 16, 1e-5) << "four half-lives";
}

TEST(Correction, StartsWhereTheObjectWasShownAndFades) {
  Correction<Length> correction(0.1F, 4);
  correction.absorb({3}, {2.5F});
  EXPECT_FLOAT_EQ(2.5F + correction.offset().x, 3) << "no jump at the moment of the correction";
  correction.advance(0.1F);
  EXPECT_FLOAT_EQ(correction.offset().x, 0.25F);
  correction.absorb({3}, {4});
  EXPECT_FLOAT_EQ(correction.offset().x, -0.75F) << "what was still left of the first is kept";
}

TEST(Correction, LetsALongJumpBeAJump) {
  Correction<Length> correction(0.1F, 4);
  correction.absorb({0}, {5});
  EXPECT_FLOAT_EQ(correction.offset().x, 0);
  correction.absorb({0}, {std::nanf("")});
  EXPECT_FLOAT_EQ(correction.offset().x, 0);
}

TEST(Correction, CountsWhatIsNoticedAndHowFarItWent) {
  Correction<Length> correction(0.1F, 4, 0.01F);
  correction.absorb({1}, {1.005F});
  EXPECT_EQ(correction.statistics().count, 0U) << "too short to be noticed, and hidden all the same";
  EXPECT_NE(correction.offset().x, 0);
  correction.absorb({1}, {1.5F});
  correction.absorb({1}, {0.75F});
  correction.absorb({1}, {9});
  correction.absorb({1}, {std::nanf("")});
  const CorrectionStatistics& statistics = correction.statistics();
  EXPECT_EQ(statistics.count, 3U);
  EXPECT_EQ(statistics.jumps, 1U);
  EXPECT_NEAR(statistics.total, 0.5 + 0.25 + 8, 1e-6);
  EXPECT_FLOAT_EQ(statistics.largest, 8);
}

}  // namespace
}  // namespace parlor::netcode
