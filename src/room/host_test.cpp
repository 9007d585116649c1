// What a host asks of its room, seen by its members.

#include <gtest/gtest.h>

#include "room/test_world.hpp"

namespace parlor::room::testing {
namespace {

using base::seconds;

class HostTest : public ::testing::Test {
 protected:
  HostTest() {
    alice = &world.create("alice");
    EXPECT_TRUE(world.run_until([&] { return playing(*alice); }));
    bob = &world.join("bob", std::string(alice->machine->code()));
    EXPECT_TRUE(world.run_until([&] { return playing(*bob) && world.connected(); }));
  }
  /// What a command gave, once what it asked for is on its way.
  RequestResult after(Player& player, RequestResult result) {
    world.drain(player);
    return result;
  }
  static bool playing(const Player& player) { return player.machine->state() == RoomState::playing; }

  TestWorld world;
  Player* alice = nullptr;
  Player* bob = nullptr;
};

TEST_F(HostTest, ChangesTheSettingsThatEverybodySees) {
  EXPECT_EQ(bob->machine->settings().size, 8);
  SettingsChange change;
  change.title = "Sunday";
  change.metadata = Metadata{{"map", "garden"}};
  EXPECT_EQ(after(*bob, bob->machine->update_settings(world.now(), change)), RequestResult::not_host);
  EXPECT_EQ(after(*alice, alice->machine->update_settings(world.now(), change)), RequestResult::sent);
  world.run(seconds(1));
  for (Player* one : {alice, bob}) {
    ASSERT_EQ(one->all<SettingsChanged>().size(), 1u);
    EXPECT_EQ(one->machine->settings().title, "Sunday");
    EXPECT_EQ(one->machine->settings().metadata, *change.metadata);
  }
}

TEST_F(HostTest, IsToldAtOnceWhatCannotBe) {
  SettingsChange change;
  change.size = 1;
  EXPECT_EQ(after(*alice, alice->machine->update_settings(world.now(), change)), RequestResult::bad_settings);
  change.size = 65;
  EXPECT_EQ(after(*alice, alice->machine->update_settings(world.now(), change)), RequestResult::bad_settings);
  change = {};
  change.password = std::string(kMaxPassword + 1, 'x');
  EXPECT_EQ(after(*alice, alice->machine->update_settings(world.now(), change)), RequestResult::bad_settings);
  change = {};
  change.metadata = Metadata{{"No Key", 1}};
  EXPECT_EQ(after(*alice, alice->machine->update_settings(world.now(), change)), RequestResult::bad_settings);
  EXPECT_EQ(after(*alice, alice->machine->kick(world.now(), kNobody, false)), RequestResult::no_such_peer);
  EXPECT_EQ(after(*alice, alice->machine->kick(world.now(), alice->machine->me(), false)),
            RequestResult::no_such_peer);
  alice->machine->leave();
  EXPECT_EQ(after(*alice, alice->machine->make_host(world.now(), bob->machine->me())),
            RequestResult::not_connected);
}

TEST_F(HostTest, WhoIsKickedIsOutAndTheOthersKnowWhy) {
  const PeerId bob_id = bob->machine->me();
  EXPECT_EQ(after(*alice, alice->machine->kick(world.now(), bob_id, false)), RequestResult::sent);
  world.run(seconds(60));
  ASSERT_EQ(bob->all<Ended>().size(), 1u);
  EXPECT_EQ(bob->all<Ended>()[0].reason, Reason::kicked);
  ASSERT_EQ(alice->all<PeerLeft>().size(), 1u);
  EXPECT_EQ(alice->all<PeerLeft>()[0].reason, Reason::peer_kicked);
  EXPECT_TRUE(alice->machine->peers().empty());
}

TEST_F(HostTest, HandsOver) {
  EXPECT_EQ(after(*alice, alice->machine->make_host(world.now(), bob->machine->me())), RequestResult::sent);
  world.run(seconds(1));
  for (Player* one : {alice, bob}) {
    EXPECT_EQ(one->machine->host(), bob->machine->me());
    EXPECT_EQ(one->machine->term(), 2u);
  }
}

TEST_F(HostTest, HearsWhenTheServerRefuses) {
  for (int i = 0; i < 30; ++i) after(*alice, alice->machine->update_settings(world.now(), {}));
  world.run(seconds(1));
  ASSERT_FALSE(alice->all<RequestRefused>().empty());
  EXPECT_EQ(alice->all<RequestRefused>()[0].request, "update");
  EXPECT_FALSE(alice->all<RequestRefused>()[0].message.empty());
}

}  // namespace
}  // namespace parlor::room::testing
