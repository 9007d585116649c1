#include "base/serial_number.hpp"

#include <gtest/gtest.h>

namespace parlor::base {
namespace {

using Serial8 = SerialNumber<std::uint8_t>;

TEST(SerialNumber, OrdersAroundTheWrapForEveryPairOfAByte) {
  for (unsigned a = 0; a < 256; ++a) {
    for (unsigned step = 0; step < 256; ++step) {
      const Serial8 from(static_cast<std::uint8_t>(a));
      const Serial8 to = from + static_cast<std::uint8_t>(step);
      EXPECT_EQ(to.is_after(from), step > 0 && step < 128);
      EXPECT_EQ(to.distance_from(from), step);
    }
  }
}

TEST(SerialNumber, HalfTheCircleApartNeitherIsAfterTheOther) {
  EXPECT_FALSE(Serial8(128).is_after(Serial8(0)));
  EXPECT_FALSE(Serial8(0).is_after(Serial8(128)));
}

TEST(SerialNumber, IncrementWraps) {
  SerialNumber<std::uint16_t> last(0xffff);
  EXPECT_EQ(++last, SerialNumber<std::uint16_t>(0));
}

}  // namespace
}  // namespace parlor::base
