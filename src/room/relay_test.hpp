#pragma once
// For tests of links over both ways: some in one room whose server passes frames on.

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "room/test_channels.hpp"
#include "room/test_world.hpp"

namespace parlor::room::testing {

using base::milliseconds;
using base::seconds;

inline constexpr Channel kOfHost = kBulk + 1;  // behind one of each kind

inline std::vector<ChannelOptions> all_channels() {
  ChannelOptions of_host{"rules", Delivery::reliable};
  of_host.of_host = true;
  return {{"events", Delivery::reliable},
          {"state", Delivery::unreliable},
          {"doors", Delivery::latest},
          {"level", Delivery::bulk},
          of_host};
}

class RelayTest : public ::testing::Test {
 protected:
  static WorldOptions with_relay(bool rtc = true) {
    WorldOptions options;
    options.relay = true;
    options.rtc = rtc;
    return options;
  }
  void build(WorldOptions options, int count = 2) {
    world.~TestWorld();
    new (&world) TestWorld(std::move(options));
    enter(Create{8, ""});
    ASSERT_TRUE(world.run_until([&] { return alice().machine->state() == RoomState::playing; }));
    for (int i = 1; i < count; ++i) enter(Join{std::string(alice().machine->code()), ""});
    ASSERT_TRUE(world.run_until([&] {
      for (int i = 0; i < count; ++i) {
        if (world[static_cast<std::size_t>(i)].machine->peers().size() != static_cast<std::size_t>(count) - 1)
          return false;
      }
      return true;
    }));
  }
  Player& enter(Entry entry) {
    RoomOptions options;
    options.entry = std::move(entry);
    options.channels = all_channels();
    return world.enter("p" + std::to_string(entered_++), std::move(options));
  }
  bool direct() {
    return world.run_until(
        [&] { return alice().path_to("p1") == Path::direct && bob().path_to("p0") == Path::direct; });
  }
  Player& alice() { return world[0]; }
  Player& bob() { return world[1]; }
  [[nodiscard]] PeerId bobs() { return bob().machine->me(); }
  [[nodiscard]] PeerId alices() { return alice().machine->me(); }
  std::vector<Path> paths(const Player& player) {
    std::vector<Path> found;
    for (const PathChanged& changed : player.all<PathChanged>()) found.push_back(changed.to);
    return found;
  }

  TestWorld world;
  int entered_ = 0;
};

using Paths = std::vector<Path>;
using Texts = std::vector<std::string>;

}  // namespace parlor::room::testing
