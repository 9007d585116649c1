#pragma once
// For tests of quick match: who searches, and in which room that ended.

#include <string>
#include <string_view>

#include "signaling/lobby_test.hpp"

namespace parlor::signaling::testing {

using base::milliseconds;
using base::seconds;

inline QuickMatch rated(std::int64_t rating, std::uint32_t window = 100, std::uint32_t widen = 100) {
  QuickMatch want;
  want.rating = rating;
  want.window = window;
  want.widen_per_second = widen;
  want.max_window = 1000;
  want.patience = std::chrono::milliseconds(8000);
  return want;
}

class MatchTest : public ::testing::Test {
 protected:
  ConnectionId searcher(const QuickMatch& want, std::string_view from = "192.0.2.1") {
    const ConnectionId id = world.greeted("Ada", from);
    world.say(id, FindMatch{want});
    return id;
  }
  /// The code of the room it is in, or nothing while it searches.
  std::string room_of(ConnectionId id) {
    auto& texts = world.inboxes[id].texts;
    for (const std::string& text : texts) {
      const auto message = parse_server_message(text);
      if (!message) continue;
      if (const auto* joined = std::get_if<JoinedRoom>(&*message)) return joined->code;
    }
    return {};
  }

  World world;
};

/// It waits for nobody, and goes where it can at once.
inline QuickMatch impatient(std::int64_t rating) {
  QuickMatch want = rated(rating);
  want.patience = {};
  return want;
}

/// … and nobody ever fits.
inline QuickMatch impossible(std::int64_t rating) {
  QuickMatch want = rated(rating, 0, 0);
  want.max_window = 0;
  want.patience = {};
  return want;
}

}  // namespace parlor::signaling::testing
