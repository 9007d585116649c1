#include "sim/for_seeds.hpp"

#include <map>
#include <vector>

namespace parlor::sim {
namespace {

SeedChoice choose(const std::map<std::string, std::string>& variables) {
  return choose_seeds(10, 3, [&](const char* name) {
    const auto found = variables.find(name);
    return found == variables.end() ? nullptr : found->second.c_str();
  });
}

TEST(ForSeeds, RunsThoseThatTheTestNamesUnlessTheEnvironmentSaysOthers) {
  const SeedChoice plain = choose({});
  EXPECT_EQ(plain.first, 10U);
  EXPECT_EQ(plain.count, 3U);
  EXPECT_FALSE(plain.alone);
  EXPECT_EQ(choose({{"PARLOR_SEEDS", "500"}}).count, 500U);
  const SeedChoice chunk = choose({{"PARLOR_SEEDS", "500"}, {"PARLOR_SEEDS_SKIP", "1000"}});
  EXPECT_EQ(chunk.first, 1010U);
  EXPECT_EQ(chunk.count, 500U);
  const SeedChoice one = choose({{"PARLOR_SEEDS", "500"}, {"PARLOR_SEEDS_SKIP", "7"}, {"PARLOR_SEED", "77"}});
  EXPECT_EQ(one.first, 77U);
  EXPECT_EQ(one.count, 1U);
  EXPECT_TRUE(one.alone);
}

TEST(ForSeeds, AVariableThatIsNoNumberIsAProblem) {
  EXPECT_EQ(choose({{"PARLOR_SEEDS", "many"}}).problem, "PARLOR_SEEDS is no number: many");
  EXPECT_EQ(choose({{"PARLOR_SEED", "7 "}}).problem, "PARLOR_SEED is no number: 7 ");
  EXPECT_EQ(choose({{"PARLOR_SEEDS_SKIP", "-1"}}).problem, "PARLOR_SEEDS_SKIP is no number: -1");
  EXPECT_EQ(choose({{"PARLOR_SEED", "7"}}).problem, "");
}

TEST(ForSeeds, SaysHowToRunOneAgain) {
  EXPECT_EQ(again(123, "build/debug/bin/x_tests", "Suite.Test"),
            "PARLOR_SEED=123 build/debug/bin/x_tests --gtest_filter=Suite.Test");
  EXPECT_EQ(again(1, "/home/ada/my games/x_tests", "A.B"),
            "PARLOR_SEED=1 '/home/ada/my games/x_tests' --gtest_filter=A.B");
  EXPECT_EQ(again(1, "ada's", "A.B"), "PARLOR_SEED=1 'ada'\\''s' --gtest_filter=A.B");
}

TEST(ForSeeds, GivesEachScenarioItsSeedOrAWorldOfIt) {
  std::vector<std::uint64_t> numbers;
  for_seeds(10, 3, [&](std::uint64_t seed) { numbers.push_back(seed); });
  std::vector<std::uint64_t> worlds;
  for_seeds(10, 3, [&](World& world) { worlds.push_back(world.seed()); });
  EXPECT_FALSE(numbers.empty());
  EXPECT_EQ(numbers, worlds);
}

}  // namespace
}  // namespace parlor::sim
