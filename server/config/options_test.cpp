#include "config/options.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <sstream>

namespace parlor::config {
namespace {

std::string fault(std::string_view name, const std::string& value) {
  ServeConfig config;
  const std::vector<std::string> values{value};
  return find_option(name)->read(config, values).value_or("");
}

TEST(Options, HaveUniqueNamesHelpAndAnEnvironmentName) {
  std::set<std::string> names;
  for (const Option& option : options()) {
    EXPECT_TRUE(names.insert(option.name).second) << option.name;
    EXPECT_TRUE(option.help.ends_with('.')) << option.name;
    EXPECT_EQ(option.value.empty(), option.kind == OptionKind::flag) << option.name;
  }
  EXPECT_EQ(find_option("stun-rate")->environment_name(), "PARLOR_STUN_RATE");
  EXPECT_EQ(find_option("nonsense"), nullptr);
}

TEST(Options, ShowDefaultsThatTheyReadBack) {
  for (const Option& option : options()) {
    if (option.kind == OptionKind::many) continue;
    std::string shown = option.show(ServeConfig());
    if (shown.starts_with('"')) shown = shown.substr(1, shown.size() - 2);
    EXPECT_EQ(fault(option.name, shown), "") << option.name;
  }
}

TEST(Options, SayInASentenceWhatIsWrong) {
  EXPECT_EQ(fault("workers", "many"), "must be a number from 0 to 256, not \"many\".");
  EXPECT_EQ(fault("workers", "257"), "must be a number from 0 to 256, not \"257\".");
  EXPECT_EQ(fault("workers", "-1"), "must be a number from 0 to 256, not \"-1\".");
  EXPECT_EQ(fault("max-rooms", "99999999999999999999999"),
            "must be a number from 1 to 10000000, not \"99999999999999999999999\".");
  EXPECT_EQ(fault("listen", "8080"),
            "must be an IP address and a port, like 0.0.0.0:8080 or [::]:8080, not \"8080\".");
  EXPECT_EQ(fault("log-level", "loud"), "must be one of debug, info, warn, error, off, not \"loud\".");
  EXPECT_EQ(fault("no-stun", "maybe"), "must be true or false, not \"maybe\".");
  for (const char* name : {"listen", "stun", "stun-second", "external-ip", "stun-second-external-ip",
                           "stun-advertise", "origin", "trusted-proxy"}) {
    EXPECT_NE(fault(name, "a b\x01"), "") << name;
    EXPECT_NE(fault(name, "a b\x01").find("the given text"), std::string::npos) << name;
  }
}

TEST(Options, UnderstandLocalhostAsPeopleTypeIt) {
  ServeConfig config;
  EXPECT_FALSE(find_option("listen")->read(config, std::vector<std::string>{"localhost:80"}));
  EXPECT_EQ(config.listen.front().to_string(), "127.0.0.1:80");
}

TEST(Options, AreAllNamedInTheManual) {
  std::ifstream file(std::string(PARLOR_SOURCE_DIR) + "/docs/server.md");
  std::stringstream page;
  page << file.rdbuf();
  for (const Option& option : options()) {
    // As a word of its own: --relay-rate must not be taken for named by --relay-rate-per-room.
    const std::string name = "`--" + option.name;
    const bool named =
        page.str().find(name + "`") != std::string::npos || page.str().find(name + " ") != std::string::npos;
    EXPECT_TRUE(named) << option.name;
  }
}

TEST(TomlString, EscapesWhatWouldEndIt) {
  EXPECT_EQ(toml_string("a\"b\\c\n\x7f"), R"("a\"b\\c\u000A\u007F")");
}

}  // namespace
}  // namespace parlor::config
