// What a stranger can cost: rooms, connections, entering.

#include "signaling/code.hpp"
#include "signaling/lobby_test.hpp"

namespace parlor::signaling {
namespace {

using base::seconds;
using testing::World;

TEST(LobbyLimits, WhoEntersRoomsTooOftenIsSlowedDown) {
  LobbyConfig config;
  config.entry_burst = 3;
  config.entries_per_second = 1;
  World world(config);
  const auto alice = world.creator("Ada");
  const JoinedRoom made = world.take<JoinedRoom>(alice);
  const auto eve = world.greeted("Eve");
  const auto enter = [&](const ClientMessage& how) {
    world.say(eve, how);
    auto& texts = world.inboxes[eve].texts;
    const bool entered = !texts.empty() && texts.front().find("\"joined\"") != std::string::npos;
    if (entered) {
      world.take<JoinedRoom>(eve);
      world.say(eve, LeaveRoom{});
      world.take<LeftRoom>(eve);
    } else {
      EXPECT_EQ(world.take_error(eve), "rate_limited");
    }
    return entered;
  };
  EXPECT_TRUE(enter(JoinRoom{made.code, ""}));
  EXPECT_TRUE(enter(CreateRoom{8, ""}));
  EXPECT_TRUE(enter(JoinRoom{made.code, ""}));
  EXPECT_FALSE(enter(JoinRoom{made.code, ""}));
  EXPECT_FALSE(enter(CreateRoom{8, ""}));
  EXPECT_EQ(world.inboxes[alice].texts.size(), 4U) << "her room heard of two comings and goings";
  world.pass(seconds(1));
  EXPECT_TRUE(enter(JoinRoom{made.code, ""}));
  EXPECT_FALSE(enter(JoinRoom{made.code, ""}));
  world.take<JoinedRoom>(world.joiner("Bob", made.code));
}

TEST(LobbyLimits, MovingToAnotherWorkerDoesNotRenewWhatMayBeEntered) {
  LobbyConfig config;
  config.entry_burst = 1;
  config.entries_per_second = 1;
  config.workers = 2;
  World world(config);
  const auto eve = world.greeted("Eve");
  world.say(eve, CreateRoom{8, ""});
  world.take<JoinedRoom>(eve);
  world.say(eve, LeaveRoom{});
  world.take<LeftRoom>(eve);
  base::SeededRandom random(1);
  std::string code;
  do {
    code = random_code(random);
  } while (home_worker(code, 2) != 1);
  world.say(eve, JoinRoom{code, ""});
  ASSERT_TRUE(world.inboxes[eve].moved);
  EXPECT_FALSE(world.inboxes[eve].moved->guest.budget.entries.take(world.now));
}

TEST(LobbyLimits, RoomsPerSiteCountIpv6ByThe64) {
  LobbyConfig config;
  config.rooms_per_site = 2;
  World world(config);
  const std::string create = "version=1&game=cubes&name=Ada&create=8";
  const auto first = world.open(create, "2001:db8::1");
  world.open(create, "2001:db8::2");
  const auto third = world.open(create, "2001:db8::ffff:3");
  world.take<Welcome>(third);
  EXPECT_EQ(world.take_error(third), "rate_limited");
  const auto elsewhere = world.open(create, "2001:db8:0:1::1");
  world.take<Welcome>(elsewhere);
  world.take<JoinedRoom>(elsewhere);
  world.close(first, true);
  world.say(third, CreateRoom{8, ""});
  world.take<JoinedRoom>(third);
}

TEST(LobbyLimits, ARoomCountsForItsMakersSiteUntilItDies) {
  LobbyConfig config;
  config.rooms_per_site = 1;
  World world(config);
  const auto alice = world.creator("Ada");
  const JoinedRoom made = world.take<JoinedRoom>(alice);
  const auto bob = world.greeted("Bob", "198.51.100.7");
  world.say(bob, JoinRoom{made.code, ""});
  world.say(alice, LeaveRoom{});
  world.take<PeerJoinedRoom>(alice);
  world.take<LeftRoom>(alice);
  world.say(alice, CreateRoom{8, ""});
  EXPECT_EQ(world.take_error(alice), "rate_limited") << "her room lives on without her";
  world.close(bob, true);
  world.say(alice, CreateRoom{8, ""});
  world.take<JoinedRoom>(alice);
}

TEST(LobbyLimits, RoomsAndConnectionsOfAServer) {
  LobbyConfig config;
  config.max_rooms = 1;
  config.max_connections = 3;
  World world(config);
  world.creator("Ada");
  const auto bob = world.creator("Bob");
  EXPECT_EQ(world.take_error(bob), "server_full");
  EXPECT_EQ(world.closed(bob), 0);
  world.open();
  const auto dave = world.open("version=1&game=cubes&name=Dave");
  EXPECT_EQ(world.take_error(dave), "server_full");
  EXPECT_EQ(world.closed(dave), 4013);
  EXPECT_EQ(world.lobby.counters().connections, 3U);
  world.close(bob, true);
  world.greeted("Dave");
}

TEST(LobbyLimits, RoomsNoLargerThanTheServerAllows) {
  LobbyConfig config;
  config.max_room_size = 4;
  World world(config);
  const auto alice = world.creator("Ada", 5);
  EXPECT_EQ(world.take_error(alice), "bad_message");
  world.say(alice, CreateRoom{4, ""});
  EXPECT_EQ(world.take<JoinedRoom>(alice).size, 4);
}

TEST(LobbyLimits, TheLargestRoomsJoinedMessageFitsIntoAFrame) {
  World world;
  const std::string name(kMaxNamePoints, 'n');
  const auto alice = world.creator(name, kMaxMembers);
  const JoinedRoom made = world.take<JoinedRoom>(alice);
  for (int i = 1; i < kMaxMembers; ++i) {
    const auto guest = world.joiner(name, made.code);
    EXPECT_LE(world.inboxes[guest].texts.front().size(), kMaxFrame);
    EXPECT_EQ(world.take<JoinedRoom>(guest).members.size(), static_cast<std::size_t>(i));
  }
  const auto late = world.joiner(name, made.code);
  EXPECT_EQ(world.take_error(late), "room_full");
}

}  // namespace
}  // namespace parlor::signaling
