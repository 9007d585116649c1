#include "room/test_promise.hpp"

#include <algorithm>
#include <sstream>

#include "base/bytes.hpp"

namespace parlor::room::testing {
namespace {

/// A limit on age is kept as well as the two clocks know each other, within the smallest round trip of the
/// last half a minute at least: what is in doubt is delivered. Clocks count whole milliseconds.
constexpr base::Duration kKnown = base::seconds(25);
constexpr base::Duration kMaxAge = base::seconds(1);
constexpr base::Duration kInexact = base::milliseconds(3);

}  // namespace

Bytes Said::bytes(std::size_t size) const {
  std::string text = std::to_string(life) + ' ' + std::to_string(life_of_other) + ' ' +
                     std::to_string(number) + ' ' + std::to_string(term) + ' ' + std::to_string(at_ms) + ' ';
  text.resize(std::max(text.size(), size), 'x');
  const auto view = base::as_bytes(text);
  return {view.begin(), view.end()};
}

Said Said::of(const Bytes& bytes) {
  Said said;
  std::istringstream text(std::string(base::as_text(bytes).substr(0, 80)));
  text >> said.life >> said.life_of_other >> said.number >> said.term >> said.at_ms;
  EXPECT_TRUE(text.good());
  return said;
}

void Talk::measured(base::Time now, const PeerStats& stats) {
  const std::optional<base::Duration> round_trip = stats.round_trip;
  while (!round_trips.empty() && round_trips.front().first < now - kKnown) round_trips.pop_front();
  // One that stays as it was is no new one, nor that of another path, known from before: by either nobody may
  // have answered for a minute.
  const bool is_new = stats.path == last_path && round_trip && round_trip != last_round_trip;
  last_path = stats.path;
  last_round_trip = round_trip;
  if (!is_new) return;
  while (!round_trips.empty() && round_trips.back().second >= *round_trip) round_trips.pop_back();
  round_trips.emplace_back(now, *round_trip);
}

void Talk::hear(const Message& message, unsigned life, std::uint32_t term, base::Time now) {
  const Said is = Said::of(message.bytes);
  const int channel = message.channel;
  ASSERT_EQ(is.life, life_of_sayer) << "from another life, on channel " << channel;
  ASSERT_EQ(is.life_of_other, life) << "for another life, on channel " << channel;
  switch (message.channel) {
    case kReliable:
    case kBulk:
      ASSERT_EQ(is.number, heard[message.channel]) << "channel " << channel;
      ++heard[message.channel];
      break;
    case kUnreliable: {
      ASSERT_TRUE(unreliable.insert(is.number).second) << is.number << " came twice";
      if (round_trips.empty()) break;
      const base::Duration age = now - base::time_from(base::milliseconds(is.at_ms));
      ASSERT_LE(age.count(), (kMaxAge + round_trips.front().second + kInexact).count())
          << is.number << " is too old";
      break;
    }
    case kOrders:
      ASSERT_EQ(is.term, term) << "an order of a host of another term";
      ASSERT_GE(is.number, next_order) << "an order came twice, or too late";
      next_order = is.number + 1;
      ++heard[kOrders];
      break;
    case kRules:
      ASSERT_EQ(is.term, term) << "a rule of a host of another term";
      ASSERT_GE(is.number, next_rule) << "an older rule";
      next_rule = is.number + 1;
      break;
    default: {
      const auto before = heard_values.find(message.key);
      ASSERT_TRUE(before == heard_values.end() || before->second < is.number) << "an older value";
      heard_values[message.key] = is.number;
    }
  }
}

}  // namespace parlor::room::testing
