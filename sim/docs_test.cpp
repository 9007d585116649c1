// docs/sim.md says what the code is: its example, and the figures of the presets.

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>

#include "sim/presets.hpp"

namespace parlor::sim {
namespace {

std::string read(const std::string& path) {
  std::ifstream file(std::string(PARLOR_SOURCE_DIR) + "/" + path, std::ios::binary);
  EXPECT_TRUE(file) << path;
  return {std::istreambuf_iterator<char>(file), {}};
}

/// What stands between two marks; empty when one is not there.
std::string between(const std::string& text, const std::string& begin, const std::string& end) {
  const std::size_t from = text.find(begin);
  if (from == std::string::npos) return {};
  const std::size_t to = text.find(end, from + begin.size());
  if (to == std::string::npos) return {};
  return text.substr(from + begin.size(), to - from - begin.size());
}

/// A number without zeros at its end.
std::string number(double value) {
  std::ostringstream text;
  text << value;
  return text.str();
}

std::string milliseconds_text(base::Duration duration) {
  return number(static_cast<double>(duration.count()) / 1000) + " ms";
}

std::string percent(double share) {
  return share == 0 ? "–" : number(std::round(share * 1000) / 10) + " %";
}

/// The row of a preset in the page's table.
std::string row_of(const NamedConditions& one) {
  const LinkOptions options = one.make();
  std::string loss = percent(options.loss + options.bursts.expected_loss());
  if (options.bursts.to_bad > 0) loss += " in bursts of " + number(1 / options.bursts.to_good);
  std::string more;
  const auto add = [&more](const std::string& text) { more += (more.empty() ? "" : ", ") + text; };
  if (options.stalls.every.count() > 0) {
    add("stalls of " + number(static_cast<double>(options.stalls.shortest.count()) / 1000) + " to " +
        milliseconds_text(options.stalls.longest) + " every " +
        number(static_cast<double>(options.stalls.every.count()) / 1e6) + " s");
  }
  if (options.jitter_reorders) add("jitter reorders");
  if (options.duplicate > 0) add(percent(options.duplicate) + " doubled");
  if (options.reorder > 0)
    add(percent(options.reorder) + " " + milliseconds_text(options.reorder_delay) + " late");
  if (options.corrupt > 0) add(percent(options.corrupt) + " with a flipped bit");
  if (options.queue != LinkOptions{}.queue)
    add("queue " + number(static_cast<double>(options.queue) / 1024) + " KB");
  if (options.mtu > 0) add("MTU " + std::to_string(options.mtu));
  return "| `" + std::string(one.name) + "` | " + milliseconds_text(options.delay) + " | " +
         milliseconds_text(options.jitter) + " | " + loss + " | " +
         number(static_cast<double>(options.rate) * 8 / 1e6) + " Mbit/s | " + (more.empty() ? "–" : more) +
         " |";
}

TEST(SimDocs, QuoteTheExampleAsItIsCompiled) {
  const std::string example = between(read("sim/example_test.cpp"), "// docs/sim.md\n", "// end\n");
  ASSERT_GT(example.size(), 1000U);
  EXPECT_EQ(between(read("docs/sim.md"), "```cpp\n#include <gtest/gtest.h>\n", "```\n"),
            example.substr(example.find('\n') + 1));
  EXPECT_EQ(example.rfind("#include <gtest/gtest.h>\n", 0), 0U);
}

TEST(SimDocs, HaveTheFiguresOfEveryPreset) {
  const std::string page = read("docs/sim.md");
  for (const NamedConditions& one : all_conditions()) {
    EXPECT_NE(page.find(row_of(one) + "\n"), std::string::npos) << row_of(one);
  }
  for (const NamedNat& one : all_nats()) {
    EXPECT_NE(page.find("| `" + std::string(one.name) + "` | "), std::string::npos) << one.name;
  }
}

}  // namespace
}  // namespace parlor::sim
