#include "sim/presets.hpp"

#include <cmath>

#include "sim/test_internet.hpp"
#include "sim/test_link.hpp"

namespace parlor::sim {
namespace {

using base::milliseconds;
using testing::LinkBench;

TEST(Presets, AreFoundByName) {
  for (const NamedConditions& one : all_conditions()) {
    const auto found = conditions_by_name(one.name);
    ASSERT_TRUE(found) << one.name;
    EXPECT_EQ(found->delay, one.make().delay);
  }
  EXPECT_FALSE(conditions_by_name("perfect"));
  for (const NamedNat& one : all_nats()) {
    const auto found = nat_by_name(one.name);
    ASSERT_TRUE(found) << one.name;
    EXPECT_EQ(found->mapping, one.make().mapping);
  }
  EXPECT_FALSE(nat_by_name("perfect"));
}

TEST(Presets, DelayAndLoseAsTheySay) {
  for (const NamedConditions& one : all_conditions()) {
    SCOPED_TRACE(one.name);
    const LinkOptions options = one.make();
    LinkBench bench(options);
    constexpr int kCount = 20'000;
    bench.stream(kCount, milliseconds(5));  // 20 KB/s: no rate is reached
    EXPECT_EQ(bench.link.stats().queue_full, 0U);
    const double loss = options.loss + options.bursts.expected_loss();
    // Draws in bursts depend on each other: (1+λ)/(1−λ), λ = 1−p−r, as in link_loss_test.cpp.
    const double lambda = options.bursts.to_bad > 0 ? 1 - options.bursts.to_bad - options.bursts.to_good : 0;
    const double deviation = std::sqrt(kCount * loss * (1 - loss) * (1 + lambda) / (1 - lambda));
    EXPECT_NEAR(static_cast<double>(bench.link.stats().lost + bench.link.stats().lost_in_burst),
                kCount * loss, 4 * deviation + 1e-9);
    // The longest: a stall, and the time for one packet at the rate.
    const base::Duration most =
        options.delay + options.jitter + options.reorder_delay + options.stalls.longest + milliseconds(2);
    for (const auto& arrival : bench.arrivals) {
      const base::Duration took = arrival.at - World::kStart - milliseconds(5) * (arrival.number - 1);
      ASSERT_GE(took, options.delay);
      ASSERT_LE(took, most);
    }
  }
}

TEST(Presets, BurstsHaveTheLossThatIsWrittenDown) {
  EXPECT_NEAR(presets::mobile_bad().bursts.expected_loss(), 0.030, 0.0005);
  EXPECT_NEAR(presets::awful().bursts.expected_loss(), 0.080, 0.0005);
}

TEST(Presets, GetWorseInTheirOrderForARoundTrip) {
  base::Duration before{};
  for (const NamedConditions& one : all_conditions()) {
    if (one.name == "awful") continue;  // a satellite is farther, but else harmless
    EXPECT_GE(one.make().delay, before) << one.name;
    before = one.make().delay;
  }
}

}  // namespace
}  // namespace parlor::sim
