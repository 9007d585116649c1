#include "config/resolve.hpp"

#include <gtest/gtest.h>

#include "config/options.hpp"

namespace parlor::config {
namespace {

Sources sources() {
  Sources all;
  all.file_name = "parlor.toml";
  return all;
}
std::function<std::optional<std::string>(const std::string&)> environment(
    std::map<std::string, std::string> variables) {
  return [variables](const std::string& name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional(found->second);
  };
}

TEST(Resolve, GivesTheDefaultsWhenNothingIsSaid) {
  const auto resolved = resolve(sources());
  ASSERT_TRUE(resolved);
  EXPECT_EQ(resolved->config.listen.front().to_string(), "0.0.0.0:8080");
  EXPECT_EQ(resolved->config.stun.front().to_string(), "0.0.0.0:3478");
  EXPECT_EQ(resolved->origins.at("listen"), "default");
}

TEST(Resolve, LetsFlagsWinOverEnvironmentOverFileOverDefaults) {
  Sources all = sources();
  all.defaults.workers = 9;
  all.defaults.max_rooms = 9;
  all.file_text = "workers = 3\nstun-rate = 3\nmessage-rate = 3\n";
  all.environment = environment({{"PARLOR_WORKERS", "2"}, {"PARLOR_STUN_RATE", "2"}});
  all.flags = {{"workers", {"1"}}};
  const auto resolved = resolve(all);
  ASSERT_TRUE(resolved) << resolved.error();
  EXPECT_EQ(resolved->config.workers, 1U);
  EXPECT_EQ(resolved->config.stun_rate, 2U);
  EXPECT_EQ(resolved->config.message_rate, 3U);
  EXPECT_EQ(resolved->config.max_rooms, 9U);
  EXPECT_EQ(resolved->origins.at("workers"), "flag");
  EXPECT_EQ(resolved->origins.at("stun-rate"), "PARLOR_STUN_RATE");
  EXPECT_EQ(resolved->origins.at("message-rate"), "parlor.toml:3");
  EXPECT_EQ(resolved->origins.at("max-rooms"), "default");
}

TEST(Resolve, SplitsListsOfTheEnvironmentAtCommas) {
  Sources all = sources();
  all.environment = environment({{"PARLOR_ORIGIN", "https://a.example, https://b.example"}});
  const auto resolved = resolve(all);
  ASSERT_TRUE(resolved);
  EXPECT_EQ(resolved->config.origins.size(), 2U);
}

TEST(Resolve, NamesThePlaceOfABadValue) {
  Sources all = sources();
  all.flags = {{"workers", {"x"}}};
  EXPECT_EQ(resolve(all).error(), "--workers must be a number from 0 to 256, not \"x\".");
  all.flags.clear();
  all.environment = environment({{"PARLOR_WORKERS", "x"}});
  EXPECT_EQ(resolve(all).error(), "PARLOR_WORKERS must be a number from 0 to 256, not \"x\".");
  all.environment = nullptr;
  all.file_text = "\nworkers = \"x\"\n";
  EXPECT_EQ(resolve(all).error(), "parlor.toml:2: workers must be a number from 0 to 256, not \"x\".");
  all.file_text = "wrokers = 1";
  EXPECT_EQ(resolve(all).error(),
            "parlor.toml, line 1: \"wrokers\" is no option of parlor serve; see parlor serve --help.");
}

TEST(Resolve, NamesVariablesThatSayNothing) {
  EXPECT_EQ(
      unknown_variables({"PARLOR_STUN_RAT", "PATH", "PARLOR_STUN_RATE", "PARLOR_CONFIG"}),
      std::vector<std::string>{"PARLOR_STUN_RAT is no option of parlor serve and is ignored; did you mean "
                               "PARLOR_STUN_RATE?"});
  EXPECT_EQ(unknown_variables({"PARLOR_RELAY_RATE_MEMBER"}).at(0),
            "PARLOR_RELAY_RATE_MEMBER is no option of parlor serve and is ignored; did you mean "
            "PARLOR_RELAY_RATE_PER_MEMBER?");
  EXPECT_EQ(unknown_variables({"PARLOR_8080_TCP_ADDR"}).at(0),
            "PARLOR_8080_TCP_ADDR is no option of parlor serve and is ignored; see parlor serve --help.");
  EXPECT_LT(unknown_variables({"PARLOR_" + std::string(10'000, 'X')}).at(0).size(), 200U);
  for (const Option& option : options()) EXPECT_TRUE(unknown_variables({option.environment_name()}).empty());
}

TEST(Resolve, RefusesASecondStunAddressThatProvesNothing) {
  Sources all = sources();
  all.flags = {{"stun-second", {"192.0.2.2:3479"}}};
  EXPECT_EQ(resolve(all).error(),
            "--stun-second needs a --stun with an address of its own, not 0.0.0.0:3478.");
  all.flags["stun"] = {"192.0.2.2:3478"};
  EXPECT_FALSE(resolve(all));
  all.flags["stun"] = {"192.0.2.1:3479"};
  EXPECT_FALSE(resolve(all));
  all.flags["stun"] = {"[2001:db8::1]:3478"};
  EXPECT_FALSE(resolve(all));
  all.flags["stun"] = {"192.0.2.1:3478"};
  EXPECT_TRUE(resolve(all));
  all.flags["no-stun"] = {"true"};
  EXPECT_FALSE(resolve(all));
}

TEST(PrintConfig, IsAFileThatGivesTheSameConfiguration) {
  Sources all = sources();
  all.flags = {{"listen", {"127.0.0.1:0", "[::1]:0"}},
               {"stun", {"192.0.2.1:3478"}},
               {"stun-second", {"192.0.2.2:3479"}},
               {"external-ip", {"203.0.113.1"}},
               {"stun-second-external-ip", {"203.0.113.2"}},
               {"stun-advertise", {"stun.example.com", "[2001:db8::1]:3478"}},
               {"origin", {"https://a.example", "*"}},
               {"trusted-proxy", {"10.0.0.0/8"}},
               {"pages", {"/a \"quoted\" folder"}},
               {"metrics", {"nobody"}},
               {"log-level", {"debug"}},
               {"no-relay", {"true"}},
               {"log-addresses", {"true"}}};
  const auto first = resolve(all);
  ASSERT_TRUE(first) << first.error();
  const std::string printed = print_config(*first);
  EXPECT_NE(printed.find("listen = [\"127.0.0.1:0\", \"[::1]:0\"]  # flag\n"), std::string::npos) << printed;
  EXPECT_NE(printed.find("workers = 0  # default\n"), std::string::npos) << printed;

  Sources again = sources();
  again.file_text = printed;
  const auto second = resolve(again);
  ASSERT_TRUE(second) << second.error();
  for (const Option& option : options())
    EXPECT_EQ(option.show(first->config), option.show(second->config)) << option.name;
}

}  // namespace
}  // namespace parlor::config
