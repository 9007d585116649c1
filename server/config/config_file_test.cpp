#include "config/config_file.hpp"

#include <gtest/gtest.h>

namespace parlor::config {
namespace {

std::string error_of(std::string_view text) {
  const auto parsed = parse_config_file(text);
  return parsed ? "none" : parsed.error();
}
std::string pages_of(const std::string& value) {
  const auto parsed = parse_config_file("pages = " + value);
  return parsed ? parsed->front().values.front() : parsed.error();
}
const std::string kNoValue =
    "line 1: a value is a string in quotes, a whole number, true, false, or a list of them.";

TEST(ConfigFile, ReadsStringsNumbersTruthsAndLists) {
  const auto entries = parse_config_file(
      "# comment\n"
      "listen = [\"127.0.0.1:80\", '[::1]:80']  # both\n"
      "stun-rate=1_000\r\n"
      "\n"
      "log-addresses = true\n"
      "origin = [\n  \"https://a.example\", # one\n\n  \"https://b.example\",\n]\n"
      "stun = []");
  ASSERT_TRUE(entries) << entries.error();
  ASSERT_EQ(entries->size(), 5U);
  EXPECT_EQ((*entries)[0].name, "listen");
  EXPECT_EQ((*entries)[0].values, (std::vector<std::string>{"127.0.0.1:80", "[::1]:80"}));
  EXPECT_EQ((*entries)[0].line, 2U);
  EXPECT_EQ((*entries)[1].values, (std::vector<std::string>{"1000"}));
  EXPECT_EQ((*entries)[2].values, (std::vector<std::string>{"true"}));
  EXPECT_EQ((*entries)[2].line, 5U);
  EXPECT_EQ((*entries)[3].values, (std::vector<std::string>{"https://a.example", "https://b.example"}));
  EXPECT_TRUE((*entries)[4].values.empty());
  EXPECT_EQ((*entries)[4].line, 11U);
}

TEST(ConfigFile, NamesTheLineOfAnUnknownKey) {
  EXPECT_EQ(error_of("workers = 1\n\nlisten_on = \"x\"\n"),
            "line 3: \"listen_on\" is no option of parlor serve; see parlor serve --help.");
}

TEST(ConfigFile, KnowsNoTables) {
  const std::string sentence = "there are no tables here: a line must not begin with \"[\".";
  EXPECT_EQ(error_of("workers = 1\n[server]\nworkers = 1\n"), "line 2: " + sentence);
  EXPECT_EQ(error_of("pages = {}"), kNoValue);
}

TEST(ConfigFile, RefusesAKeyThatStandsTwice) {
  EXPECT_EQ(error_of("workers = 1\n\nworkers = 1\n"), "line 3: workers stands in line 1 already.");
}

TEST(ConfigFile, NamesTheLineOfASyntaxError) {
  for (const char* text :
       {"workers", "workers 1", "= 1", "workers: 1", "\"workers\" = 1", "a.b = 1", "\x01", "+a = 1"}) {
    EXPECT_EQ(error_of("\n" + std::string(text)), "line 2: this is no \"key = value\".") << text;
  }
  EXPECT_EQ(error_of("workers = 1 2"), "line 1: there is more behind the value of workers.");
  EXPECT_EQ(error_of("workers = 1 max-rooms = 2"), "line 1: there is more behind the value of workers.");
  EXPECT_EQ(error_of("workers = 1\rmax-rooms = 2"), "line 1: there is more behind the value of workers.");
  EXPECT_EQ(error_of("listen = [\n\"a\"\n\"b\"]"),
            "line 3: a list has commas between its values and ends with \"]\".");
  EXPECT_EQ(error_of("listen = [\n\"a\"\n"),
            "line 3: a list has commas between its values and ends with \"]\".");
  EXPECT_EQ(error_of("workers = [1]"), "line 1: workers takes one value, not a list.");
}

TEST(ConfigFile, TakesOnlyWholeNumbersThatTomlTakes) {
  for (const char* value : {"", "1.5", "0x10", "01", "_1", "1_", "1__2", "+", "-", "1979-05-27", "inf",
                            "True", "[]]", "[[1]]", ","}) {
    EXPECT_NE(error_of("stun-rate = " + std::string(value)), "none") << value;
    EXPECT_NE(error_of("listen = [" + std::string(value) + "]]"), "none") << value;
  }
  EXPECT_EQ(pages_of("0"), "0");
  EXPECT_EQ(pages_of("-17"), "-17");
  EXPECT_EQ(pages_of("+1_7"), "17");
}

TEST(ConfigFile, ReadsEscapesInBasicStringsOnly) {
  EXPECT_EQ(pages_of(R"("\b\t\n\f\r\"\\")"), "\b\t\n\f\r\"\\");
  EXPECT_EQ(pages_of(R"("\u0041\u00e9\u20AC\U0001F600")"), "Aé€😀");
  EXPECT_EQ(pages_of(R"('\u0041\')"), "\\u0041\\");
  EXPECT_EQ(pages_of("\"é [#\" # é"), "é [#");
  EXPECT_EQ(pages_of("\"\""), "");
  for (const char* value :
       {R"("\x41")", R"("\u12")", R"("\u12g4")", R"("\ud800")", R"("\U00110000")", "\"\\"}) {
    EXPECT_EQ(pages_of(value), "line 1: this is no escape that TOML knows.") << value;
  }
}

TEST(ConfigFile, KeepsStringsInOneLineAndUtf8) {
  for (const char* value : {"\"\"\"\na\n\"\"\"", "'a\n'", "\"a", "'", "'''a'''"}) {
    EXPECT_EQ(pages_of(value), "line 1: a string must begin and end in one line.") << value;
  }
  EXPECT_EQ(pages_of("\"a\x01\""), "line 1: a control character must be written as an escape.");
  EXPECT_EQ(pages_of("'a\x7f'"), "line 1: a control character must be written as an escape.");
  EXPECT_EQ(pages_of("'\xff'"), "line 1: a string must be UTF-8.");
}

TEST(ConfigFile, IgnoresAByteOrderMark) {
  EXPECT_EQ(error_of("\xef\xbb\xbfpages = \"\"\r\n"), "none");
}

TEST(ConfigFile, HasALimit) {
  EXPECT_EQ(error_of(std::string(kMaxConfigFile, '\n')), "none");
  EXPECT_NE(error_of(std::string(kMaxConfigFile + 1, '\n')), "none");
}

}  // namespace
}  // namespace parlor::config
