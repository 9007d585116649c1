#include "cubes/greeting.hpp"

#include <gtest/gtest.h>

namespace parlor::cubes {
namespace {

TEST(Greeting, RoundTrips) {
  for (ColourIndex index = 0; index < kColours; ++index) {
    const auto back = parse_greeting(write_greeting({index}));
    ASSERT_TRUE(back);
    EXPECT_EQ(back->colour, index);
  }
}

TEST(Greeting, RefusesOtherKindsLengthsAndColours) {
  EXPECT_FALSE(parse_greeting({}));
  EXPECT_FALSE(parse_greeting(base::as_bytes("\x01")));
  EXPECT_FALSE(parse_greeting(base::as_bytes("\x02\x03")));
  EXPECT_FALSE(parse_greeting(base::as_bytes("\x01\x03\x03")));
  EXPECT_FALSE(parse_greeting(base::as_bytes("\x01\x10")));
}

}  // namespace
}  // namespace parlor::cubes
