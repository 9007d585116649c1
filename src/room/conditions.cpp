#include "room/conditions.hpp"

#include <array>
#include <utility>

namespace parlor {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

constexpr std::uint64_t megabits(double count) {
  return static_cast<std::uint64_t>(count * 1'000'000 / 8);
}

using Named = std::pair<std::string_view, Conditions>;

/// As sim/presets.hpp has them; a test compares. Stalls, a share out of turn and the MTU are its own.
constexpr std::array<Named, 6> kNamed{{
    {"lan", {.delay = microseconds(200), .jitter = microseconds(100), .rate = megabits(1000)}},
    {"wifi", {.delay = milliseconds(2), .jitter = milliseconds(4), .loss = 0.002, .rate = megabits(50)}},
    {"mobile", {.delay = milliseconds(25), .jitter = milliseconds(15), .loss = 0.003, .rate = megabits(20)}},
    {"mobile_bad",
     {.delay = milliseconds(60),
      .jitter = milliseconds(60),
      .loss = 0.03,
      .burst = 4,
      .rate = megabits(1.5),
      .queue = 128 * 1024}},
    {"satellite",
     {.delay = milliseconds(280), .jitter = milliseconds(10), .loss = 0.005, .rate = megabits(20)}},
    {"awful",
     {.delay = milliseconds(150),
      .jitter = milliseconds(100),
      .loss = 0.08,
      .burst = 4,
      .duplicate = 0.01,
      .rate = megabits(0.512),
      .queue = 32 * 1024}},
}};

/// Also false for what is no number.
bool is_within(double value, double least, double most) {
  return value >= least && value <= most;
}

}  // namespace

std::optional<Conditions> conditions_by_name(std::string_view name) {
  for (const auto& [known, conditions] : kNamed) {
    if (known == name) return conditions;
  }
  return std::nullopt;
}

std::string_view to_string(ConditionsResult result) {
  switch (result) {
    case ConditionsResult::taken:
      return "taken";
    case ConditionsResult::bad_delay:
      return "bad_delay";
    case ConditionsResult::bad_jitter:
      return "bad_jitter";
    case ConditionsResult::bad_loss:
      return "bad_loss";
    case ConditionsResult::bad_burst:
      return "bad_burst";
    case ConditionsResult::bad_duplicate:
      return "bad_duplicate";
    case ConditionsResult::bad_rate:
      return "bad_rate";
    case ConditionsResult::bad_queue:
      return "bad_queue";
  }
  return "unknown";
}

namespace room {

ConditionsResult check(const Conditions& conditions) {
  using enum ConditionsResult;
  const auto is_delay = [](microseconds value) { return value.count() >= 0 && value <= kMaxConditionDelay; };
  if (!is_delay(conditions.delay)) return bad_delay;
  if (!is_delay(conditions.jitter)) return bad_jitter;
  if (!is_within(conditions.loss, 0, 1)) return bad_loss;
  if (!is_within(conditions.burst, 1, kMaxConditionBurst)) return bad_burst;
  if (!is_within(conditions.duplicate, 0, 1)) return bad_duplicate;
  if (conditions.rate != 0 && (conditions.rate < kMinConditionRate || conditions.rate > kMaxConditionRate))
    return bad_rate;
  if (conditions.queue < kMinConditionQueue || conditions.queue > kMaxConditionQueue) return bad_queue;
  return taken;
}

}  // namespace room
}  // namespace parlor
