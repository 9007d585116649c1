#include "base/utf8.hpp"

#include <gtest/gtest.h>

#include <string>

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

TEST(PrintableAscii, IsWhatLiesBetweenTheControlCharacters) {
  EXPECT_TRUE(is_printable_ascii(""));
  EXPECT_TRUE(is_printable_ascii(" Az09~"));
  for (std::string_view text : {"a\x1f"sv, "a\n"sv, "\0"sv, "\x7f"sv, "\x80"sv, "\xff"sv, "\u00e9"sv}) {
    EXPECT_FALSE(is_printable_ascii(text)) << text;
  }
}

TEST(DisplayText, WantsSomethingThatCanBeSeen) {
  for (std::string_view name : {"\u3164"sv, "\u2800\u2800"sv, "\u115f\u1160"sv, "\uffa0"sv, "\u180e"sv,
                                "\u00ad"sv, "\u034f"sv, "\u1680"sv, "\u200c\u200d"sv, "\ufe0f"sv,
                                "\U000e0062\U000e007f"sv, "\U000e0100"sv, "\u0301"sv, " \u0301"sv}) {
    EXPECT_FALSE(is_display_text(name, 32)) << name;
    EXPECT_TRUE(is_display_text(std::string("A") + std::string(name), 32)) << "A and " << name;
  }
}

TEST(DisplayText, LetsNoMoreMarksPileUpThanAnyWritingNeeds) {
  std::string stacked = "Za";
  for (int i = 0; i < kMaxStackedMarks; ++i) stacked += "\u0300";
  EXPECT_TRUE(is_display_text(stacked + "lgo\u0300", 32));
  EXPECT_FALSE(is_display_text(stacked + "\u0e49", 32));
  EXPECT_TRUE(is_display_text("Vi\u0065\u0323\u0302t", 32));
  EXPECT_TRUE(is_display_text("\u0e01\u0e36\u0e49\u0e07", 32));
  EXPECT_TRUE(is_display_text("\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f", 32));
}

}  // namespace
}  // namespace parlor::base
