#pragma once
// For the tests of what a link promises: what everybody says to everybody and hears, and whether that is what
// was promised. A message says in which lives of the two it was said, so that nothing of an earlier life can
// be taken for one of this.

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/time.hpp"
#include "parlor/room.hpp"
#include "room/test_channels.hpp"

namespace parlor::room::testing {

/// Behind one of each kind.
enum : Channel { kOrders = kBulk + 1, kRules, kPromiseChannels };

inline std::vector<ChannelOptions> promise_channels() {
  std::vector<ChannelOptions> channels = {{"events", Delivery::reliable}, {"state", Delivery::unreliable},
                                          {"doors", Delivery::latest},    {"level", Delivery::bulk},
                                          {"orders", Delivery::reliable}, {"rules", Delivery::latest}};
  channels[kOrders].of_host = channels[kRules].of_host = true;
  return channels;
}

/// What a message says of itself, in front of what fills it up.
struct Said {
  unsigned life = 0;           ///< of who says it
  unsigned life_of_other = 0;  ///< as it knows
  std::uint32_t number = 0;    ///< rising, of its channel and these lives
  std::uint32_t term = 0;      ///< for orders: in which the host gives them
  long long at_ms = 0;

  [[nodiscard]] Bytes bytes(std::size_t size) const;
  [[nodiscard]] static Said of(const Bytes& bytes);
};

/// From one to another.
struct Talk {
  // The one who says it.
  unsigned life_of_hearer = 0;  ///< as it knows
  std::array<std::uint32_t, kPromiseChannels> said{};
  std::map<std::uint32_t, std::uint32_t> said_values;
  // The one who hears it.
  unsigned life_of_sayer = 0;  ///< as it knows
  std::array<std::uint32_t, kPromiseChannels> heard{};
  std::set<std::uint32_t> unreliable;
  std::map<std::uint32_t, std::uint32_t> heard_values;
  std::uint32_t next_order = 0;  ///< the earliest that may come
  std::uint32_t next_rule = 0;
  /// Of round trips that were measured lately, those that none was smaller than later: the first is the best.
  std::deque<std::pair<base::Time, base::Duration>> round_trips;
  std::optional<base::Duration> last_round_trip;
  Path last_path = Path::none;

  void begin_saying(unsigned life) {
    life_of_hearer = life;
    said = {};
    said_values.clear();
  }
  void begin_hearing(unsigned life) {
    life_of_sayer = life;
    heard = {};
    unreliable.clear();
    heard_values.clear();
    next_order = next_rule = 0;
    round_trips.clear();
    last_round_trip.reset();
    last_path = Path::none;
  }
  void measured(base::Time now, const PeerStats& stats);
  /// All that must arrive has. Orders need not: those of a host that is none any more are not heard.
  [[nodiscard]] bool all_arrived() const {
    return heard[kReliable] == said[kReliable] && heard[kBulk] == said[kBulk] && heard_values == said_values;
  }
  /// … and how much of it has.
  [[nodiscard]] std::string difference() const {
    return "reliable " + std::to_string(heard[kReliable]) + " of " + std::to_string(said[kReliable]) +
           ", bulk " + std::to_string(heard[kBulk]) + " of " + std::to_string(said[kBulk]) +
           (heard_values == said_values ? "" : ", older values");
  }
  /// `life`: of who hears it; `term`: of the host that the hearer knows, 0 where it is not who says this.
  void hear(const Message& message, unsigned life, std::uint32_t term, base::Time now);
};

}  // namespace parlor::room::testing
