#pragma once
// For GoogleTest: runs a scenario over many seeds, and says how to run the one that failed again. For tests
// only: it reads the environment.
//
//   PARLOR_SEEDS=100000   so many seeds instead of what the test says
//   PARLOR_SEEDS_SKIP=50  but not the first so many of them
//   PARLOR_SEED=123       that one alone, with its trace where the scenario takes a World
//
// tools/seeds.sh runs every such scenario of a test program over many seeds, on all cores.

#include <gtest/gtest.h>

#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <type_traits>

#include "sim/world.hpp"

namespace parlor::sim {

/// Which seeds a run has.
struct SeedChoice {
  std::uint64_t first = 0;
  std::uint64_t count = 0;
  bool alone = false;   ///< it is one that failed before: look closely
  std::string problem;  ///< a variable that cannot be read; then nothing is run
};

/// What the test wants, unless the environment wants something else. `variable` is std::getenv, but in tests.
template <class Variable>
[[nodiscard]] SeedChoice choose_seeds(std::uint64_t first, std::uint64_t count, const Variable& variable) {
  SeedChoice choice{first, count, false, {}};
  const auto read = [&](const char* name, std::uint64_t& into) {
    const char* text = variable(name);
    if (text == nullptr) return false;
    const std::string_view view(text);
    const auto [end, error] = std::from_chars(view.data(), view.data() + view.size(), into);
    if (error == std::errc{} && end == view.data() + view.size()) return true;
    choice.problem = std::string(name) + " is no number: " + text;
    return false;
  };
  std::uint64_t skip = 0;
  read("PARLOR_SEEDS_SKIP", skip);
  choice.first += skip;
  read("PARLOR_SEEDS", choice.count);
  if (read("PARLOR_SEED", choice.first)) {
    choice.count = 1;
    choice.alone = true;
  }
  return choice;
}

/// The command line that runs a test with one seed alone, for a shell.
[[nodiscard]] inline std::string again(std::uint64_t seed, std::string_view program, std::string_view test) {
  std::string quoted(program);
  if (program.find_first_of(" '\"\\$()&;*?") != std::string_view::npos) {
    quoted = "'";
    for (const char c : program) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
    quoted += '\'';
  }
  return "PARLOR_SEED=" + std::to_string(seed) + " " + quoted + " --gtest_filter=" + std::string(test);
}

namespace seeds_detail {

inline constexpr std::size_t kTraceRows = 200;

inline std::string again_here(std::uint64_t seed) {
  const auto arguments = ::testing::internal::GetArgvs();  // GoogleTest gives them in no other way
  const ::testing::TestInfo* test = ::testing::UnitTest::GetInstance()->current_test_info();
  return again(seed, arguments.empty() ? "" : arguments.front(),
               test == nullptr ? "" : std::string(test->test_suite_name()) + "." + test->name());
}

/// Gives the trace of the world, where there is one.
template <class F>
std::string run_one(std::uint64_t seed, bool alone, F& scenario) {
  SCOPED_TRACE("seed " + std::to_string(seed));
  if constexpr (std::is_invocable_v<F&, World&>) {
    World world(seed);
    if (alone) world.trace().keep(kTraceRows);
    scenario(world);
    if (world.stuck()) ADD_FAILURE() << "the world is stuck: " << world.stuck_because();
    return alone ? "\n" + world.trace().table(World::kStart, kTraceRows) : "";
  } else {
    scenario(seed);
    return {};
  }
}

}  // namespace seeds_detail

/// In a test without seeds: keeps the trace of a world, and shows it at its own end if the test has failed by
/// then.
class TraceOnFailure {
 public:
  explicit TraceOnFailure(World& world, std::size_t rows = seeds_detail::kTraceRows)
      : world_(world), rows_(rows) {
    world_.trace().keep(rows_);
  }
  ~TraceOnFailure() {
    if (::testing::Test::HasFailure()) {
      ADD_FAILURE() << "what became of the packets:\n" << world_.trace().table(World::kStart, rows_);
    }
  }
  TraceOnFailure(const TraceOnFailure&) = delete;
  TraceOnFailure& operator=(const TraceOnFailure&) = delete;

 private:
  World& world_;
  std::size_t rows_;
};

/// Calls `scenario(seed)`, or `scenario(world)` with a world of that seed, for `count` seeds from `first` on.
/// Ends with the first that makes the test fail.
template <class F>
void for_seeds(std::uint64_t first, std::uint64_t count, F&& scenario) {
  ::testing::Test::RecordProperty("seeds", std::to_string(count));  // tools/seeds.sh looks for it
  if (::testing::Test::HasFailure()) return;                        // it is not the seeds' fault
  const SeedChoice choice = choose_seeds(first, count, [](const char* name) { return std::getenv(name); });
  ASSERT_EQ(choice.problem, "");
  for (std::uint64_t done = 0; done < choice.count; ++done) {
    const std::uint64_t seed = choice.first + done;
    const std::string trace = seeds_detail::run_one(seed, choice.alone, scenario);
    if (!::testing::Test::HasFailure()) continue;
    ADD_FAILURE() << "seed " << seed << " failed, " << done << " before it passed. Again, with its trace:\n  "
                  << seeds_detail::again_here(seed) << trace;
    return;
  }
}

}  // namespace parlor::sim
