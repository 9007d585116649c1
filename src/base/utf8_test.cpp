#include "base/utf8.hpp"

#include <gtest/gtest.h>

namespace parlor::base {
namespace {

using namespace std::string_view_literals;

TEST(Utf8, CountsCodePointsOfEveryLength) {
  EXPECT_EQ(utf8_length(""), 0U);
  EXPECT_EQ(utf8_length("a\xc3\xa9\xe2\x82\xac\xf0\x9f\x8e\xb2"), 4U);
}

TEST(Utf8, RejectsMalformedBytes) {
  for (std::string_view text :
       {"\x80"sv, "\xc3"sv, "\xc0\x80"sv, "\xe0\x80\x80"sv, "\xed\xa0\x80"sv, "\xf0\x80\x80\x80"sv,
        "\xf4\x90\x80\x80"sv, "\xf5\x80\x80\x80"sv, "\xe2\x82"sv, "\xc3\x28"sv, "\xff"sv}) {
    EXPECT_FALSE(utf8_length(text));
  }
}

TEST(DisplayText, TakesNamesOfTheWorld) {
  for (std::string_view name :
       {"Ada", "Zo\xc3\xab", "\xe6\x9d\x8e\xe5\xb0\x8f\xe9\xbe\x99", "O'Neil <3", "\xf0\x9f\x8e\xb2"}) {
    EXPECT_TRUE(is_display_text(name, 32)) << name;
  }
}

TEST(DisplayText, RejectsControlAndDirectionCharactersEmptyAndOverlong) {
  for (std::string_view name :
       {""sv, "   "sv, "a\nb"sv, "a\0b"sv, "\x7f"sv, "a\xc2\x85"sv, "\xe2\x80\xae evil"sv, "\xe2\x81\xa6x"sv,
        "\xe2\x80\xa8x"sv, "\xef\xbb\xbfx"sv, "\xef\xbf\xbfx"sv, "\xe2\x80\x8bx\xe2\x80\x8f"sv}) {
    EXPECT_FALSE(is_display_text(name, 32)) << name;
  }
  EXPECT_TRUE(is_display_text("12345", 5));
  EXPECT_FALSE(is_display_text("123456", 5));
}

}  // namespace
}  // namespace parlor::base
