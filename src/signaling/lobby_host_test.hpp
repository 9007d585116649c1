#pragma once
// For the tests of what a host may do.

#include <string>
#include <string_view>
#include <utility>

#include "signaling/lobby_test.hpp"
#include "signaling/settings.hpp"

namespace parlor::signaling::testing {

/// Ada's room with Bob in it, from two addresses.
class HostTest : public ::testing::Test {
 protected:
  HostTest() {
    ada = world.greeted("Ada", "192.0.2.1");
    world.say(ada, CreateRoom{4, "Friday"});
    made = world.take<JoinedRoom>(ada);
    bob = world.greeted("Bob", "192.0.2.2");
    world.say(bob, JoinRoom{made.code, ""});
    bobs = world.take<JoinedRoom>(bob);
    world.take<PeerJoinedRoom>(ada);
  }
  ConnectionId comer(std::string_view from, JoinRoom join) {
    const ConnectionId id = world.greeted("Eve", from);
    join.code = made.code;
    world.say(id, join);
    return id;
  }
  void change(SettingsChange what) {
    world.say(ada, UpdateRoom{std::move(what)});
    world.take<UpdatedRoom>(ada);
    world.take<UpdatedRoom>(bob);
  }
  /// A process with the same key that knows nothing of any room.
  World restarted() { return World({}, 77); }

  World world;
  ConnectionId ada{}, bob{};
  JoinedRoom made, bobs;
};

}  // namespace parlor::signaling::testing
