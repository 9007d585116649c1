#include "crypto/constant_time.hpp"

#include <gtest/gtest.h>

namespace parlor::crypto {
namespace {

using base::as_bytes;

TEST(ConstantTimeEqual, HoldsForEqualBytesOnly) {
  EXPECT_TRUE(constant_time_equal(as_bytes("secret"), as_bytes("secret")));
  EXPECT_FALSE(constant_time_equal(as_bytes("secret"), as_bytes("Secret")));
  EXPECT_FALSE(constant_time_equal(as_bytes("secret"), as_bytes("secreT")));
}

TEST(ConstantTimeEqual, TellsLengthsApart) {
  EXPECT_FALSE(constant_time_equal(as_bytes("secret"), as_bytes("secret ")));
  EXPECT_FALSE(constant_time_equal(as_bytes("secret"), {}));
  EXPECT_TRUE(constant_time_equal({}, {}));
}

}  // namespace
}  // namespace parlor::crypto
