// Links over both ways in virtual time: begun on the relay, moved to WebRTC, fallen back, come again. What a
// link promises holds across all of that.

#include <gtest/gtest.h>

#include "room/test_world.hpp"

namespace parlor::room::testing {
namespace {

using base::milliseconds;
using base::seconds;

constexpr Channel kReliable = 0;
constexpr Channel kUnreliable = 1;
constexpr Channel kLatest = 2;
constexpr Channel kBulk = 3;
constexpr Channel kOfHost = 4;

std::vector<ChannelOptions> all_channels() {
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

// ---- the ladder

TEST_F(RelayTest, TheFirstMessageGoesByTheRelayWhileWebRtcIsStillFound) {
  build(with_relay());
  EXPECT_EQ(bob().path_to("p0"), Path::relay);
  EXPECT_EQ(world.say(bob(), alices(), "here I am"), SendResult::queued);
  const base::Time said = world.now();
  ASSERT_TRUE(world.run_until([&] { return !alice().heard_from(bobs(), kReliable).empty(); }));
  EXPECT_LE(world.now() - said, milliseconds(40)) << "one way to the server and one from it";
  ASSERT_TRUE(direct());
  EXPECT_EQ(paths(alice()), (Paths{Path::relay, Path::direct}));
  EXPECT_EQ(paths(bob()), (Paths{Path::relay, Path::direct}));
}

TEST_F(RelayTest, MessagesSentWhileTheWayChangesArriveOnceAndInOrder) {
  build(with_relay());
  Texts sent;
  while (bob().path_to("p0") != Path::direct || sent.size() < 40) {
    sent.push_back(std::to_string(sent.size()));
    ASSERT_EQ(world.say(bob(), alices(), sent.back()), SendResult::queued);
    world.run(milliseconds(10));
  }
  world.run(seconds(1));
  EXPECT_EQ(alice().heard_from(bobs(), kReliable), sent);
}

TEST_F(RelayTest, WithoutAnyWayButTheRelayTheyPlayOn) {
  build(with_relay(false));
  for (int i = 0; i < 60; ++i) {
    EXPECT_EQ(world.say(alice(), bobs(), std::to_string(i), kUnreliable), SendResult::queued);
    EXPECT_EQ(world.say(bob(), alices(), std::to_string(i)), SendResult::queued);
    world.run(seconds(1));
  }
  EXPECT_EQ(bob().heard_from(alices(), kUnreliable).size(), 60u);
  EXPECT_EQ(alice().heard_from(bobs(), kReliable).size(), 60u);
  EXPECT_EQ(paths(alice()), Paths{Path::relay});
  EXPECT_TRUE(alice().all<LinkFailed>().empty());
  EXPECT_LE(world.count(alice(), "restart") + world.count(bob(), "restart"), 6) << "there is no hurry";
  EXPECT_EQ(alice().machine->stats(bobs())->path, Path::relay);
  EXPECT_EQ(alice().machine->stats(bobs())->round_trip, milliseconds(80));
  EXPECT_EQ(world.refused(), 0u);
}

TEST_F(RelayTest, AMessageToAllIsSaidOnceToTheServer) {
  build(with_relay(false), 5);
  world.run(seconds(1));
  EXPECT_EQ(world.say_all(alice(), "to all of you"), SendResult::queued);
  EXPECT_EQ(world.count(alice(), "relay 0 to 4 to all of you"), 1);
  world.run(seconds(1));
  for (std::size_t i = 1; i < 5; ++i)
    EXPECT_EQ(world[i].heard_from(alices(), kReliable), Texts{"to all of you"});
}

// ---- WebRTC dies

TEST_F(RelayTest, AWebRtcThatIsCutIsNotMissed) {
  build(with_relay());
  ASSERT_TRUE(direct());
  world.run(seconds(3));
  Texts sent;
  base::Time last_heard = world.now();
  std::size_t heard = bob().heard_from(alices(), kUnreliable).size();
  base::Duration gap{};
  for (int frame = 0; frame < 600; ++frame) {  // 20 s at 30 Hz
    if (frame == 60) world.cut(alice(), bob());
    world.say(alice(), bobs(), "s", kUnreliable);
    world.say(bob(), alices(), "s", kUnreliable);
    if (frame % 10 == 0) {
      sent.push_back(std::to_string(frame));
      EXPECT_EQ(world.say(alice(), bobs(), sent.back()), SendResult::queued);
    }
    world.run(milliseconds(33));
    if (const std::size_t now_heard = bob().heard_from(alices(), kUnreliable).size(); now_heard != heard) {
      heard = now_heard;
      last_heard = world.now();
    }
    gap = std::max(gap, world.now() - last_heard);
  }
  EXPECT_LT(gap, milliseconds(700));
  EXPECT_EQ(bob().heard_from(alices(), kReliable), sent);
  EXPECT_EQ(paths(alice()), (Paths{Path::relay, Path::direct, Path::relay}));
  EXPECT_EQ(paths(bob()), (Paths{Path::relay, Path::direct, Path::relay}));
  EXPECT_GE(world.count(alice(), "restart") + world.count(bob(), "restart"), 1);
  world.heal(alice(), bob());
  ASSERT_TRUE(direct());
  EXPECT_EQ(paths(alice()).size(), 4u);
  EXPECT_TRUE(alice().all<LinkFailed>().empty());
}

TEST_F(RelayTest, AStallOfWebRtcIsBridgedAndNotTold) {
  build(with_relay());
  ASSERT_TRUE(direct());
  for (int frame = 0; frame < 300; ++frame) {
    if (frame == 100) world.cut(alice(), bob());
    if (frame == 140) world.heal(alice(), bob());
    world.say(alice(), bobs(), std::to_string(frame), kReliable);
    world.say(bob(), alices(), std::to_string(frame), kUnreliable);
    world.run(milliseconds(33));
  }
  world.run(seconds(1));
  EXPECT_EQ(bob().heard_from(alices(), kReliable).size(), 300u);
  const Texts heard = alice().heard_from(bobs(), kUnreliable);
  EXPECT_GT(heard.size(), 270u);
  EXPECT_EQ(std::set<std::string>(heard.begin(), heard.end()).size(), heard.size()) << "none twice";
  EXPECT_EQ(paths(alice()), (Paths{Path::relay, Path::direct})) << "1.3 seconds are no change of path";
}

TEST_F(RelayTest, AWayThatComesAndGoesIsNotUsedMoreAndMoreOften) {
  build(with_relay());
  ASSERT_TRUE(direct());
  for (int i = 0; i < 20; ++i) {
    world.cut(alice(), bob());
    world.run(seconds(4));
    world.heal(alice(), bob());
    world.run(seconds(4));
  }
  EXPECT_LT(paths(alice()).size(), 18u) << "each time it has to hold for longer";
  world.run(seconds(60));
  EXPECT_EQ(alice().path_to("p1"), Path::direct);
}

TEST_F(RelayTest, ACarrierThatItsOtherEndGaveUpIsReplaced) {
  build(with_relay());
  ASSERT_TRUE(direct());
  const auto opened = alice().carriers_opened;
  // As if the browser had closed it: both ends see a channel that is closed.
  for (Player* player : {&alice(), &bob()}) {
    const CarrierId carrier = player->carriers.begin()->first;
    player->machine->handle_carrier_state(world.now(), carrier, CarrierState::closed, "");
    world.drain(*player);
  }
  EXPECT_EQ(alice().path_to("p1"), Path::relay);
  world.say(alice(), bobs(), "by the relay");
  ASSERT_TRUE(world.run_until([&] { return !bob().heard_from(alices(), kReliable).empty(); }));
  ASSERT_TRUE(direct());
  EXPECT_GT(alice().carriers_opened, opened);
  world.say(alice(), bobs(), "directly");
  world.run(seconds(1));
  EXPECT_EQ(bob().heard_from(alices(), kReliable), (Texts{"by the relay", "directly"}));
  EXPECT_TRUE(alice().all<PeerLeft>().empty());
}

// ---- the server dies

TEST_F(RelayTest, WithWebRtcTheServerIsNotMissed) {
  build(with_relay());
  ASSERT_TRUE(direct());
  world.kill_server();
  world.say(alice(), bobs(), "still here");
  world.run(seconds(10));
  EXPECT_EQ(bob().heard_from(alices(), kReliable), Texts{"still here"});
  EXPECT_EQ(paths(alice()).back(), Path::direct);
}

TEST_F(RelayTest, WhatWasOnItsWayThroughAServerThatDiesComesOnceItIsBack) {
  build(with_relay(false));
  Texts sent;
  for (int i = 0; i < 100; ++i) {
    if (i == 50) world.kill_server();
    if (i == 80) world.restart_server();
    sent.push_back(std::to_string(i));
    EXPECT_EQ(world.say(alice(), bobs(), sent.back()), SendResult::queued);
    world.run(milliseconds(50));
  }

  ASSERT_TRUE(world.run_until([&] { return bob().heard_from(alices(), kReliable).size() >= sent.size(); }));
  world.run(seconds(5));
  EXPECT_EQ(bob().heard_from(alices(), kReliable), sent);
  EXPECT_TRUE(bob().all<PeerLeft>().empty());
}

TEST_F(RelayTest, WhatIsSentToAMemberThatIsAwayComesWhenItIsBack) {
  build(with_relay(false));
  world.shut_out(bob());
  ASSERT_TRUE(world.run_until([&] { return !alice().all<PeerAway>().empty(); }));
  EXPECT_EQ(alice().path_to("p1"), Path::none);
  EXPECT_EQ(world.say(alice(), bobs(), "dropped", kUnreliable), SendResult::dropped);
  EXPECT_EQ(world.say(alice(), bobs(), "kept"), SendResult::queued);
  world.run(seconds(5));
  world.shut_out(bob(), false);
  ASSERT_TRUE(world.run_until([&] { return !bob().heard_from(alices(), kReliable).empty(); }));
  EXPECT_EQ(bob().heard_from(alices(), kReliable), Texts{"kept"});
}

// ---- the four kinds

TEST_F(RelayTest, LargeMessagesGoInPiecesAndComeWhole) {
  for (const bool rtc : {true, false}) {
    entered_ = 0;
    build(with_relay(rtc));
    ASSERT_TRUE(!rtc || direct());
    for (const std::size_t size : {std::size_t{0}, std::size_t{1}, kMaxPiece - 1, kMaxPiece, kMaxPiece + 1,
                                   3 * kMaxPiece, kMaxReliableMessage}) {
      const std::string text(size, static_cast<char>('a' + size % 26));
      EXPECT_EQ(world.say(alice(), bobs(), text), SendResult::queued);
      ASSERT_TRUE(world.run_until([&] { return !bob().heard_from(alices(), kReliable).empty(); }));
      EXPECT_EQ(bob().heard_from(alices(), kReliable), Texts{text});
      bob().events.clear();
    }
  }
}

TEST_F(RelayTest, MoreThanTheRelayTakesAtOnceArrivesAllTheSame) {
  WorldOptions options = with_relay(false);
  options.socket_takes = 2000;  // bob's socket is slow
  build(options);
  Texts sent;
  std::size_t blocked = 0;
  for (int i = 0; i < 300; ++i) {
    const std::string text = std::to_string(i) + std::string(10'000, 'x');
    const SendResult result = world.say(alice(), bobs(), text);
    if (result == SendResult::queued) sent.push_back(text);
    if (result == SendResult::would_block) ++blocked;
    world.run(milliseconds(1));
  }
  EXPECT_GT(blocked, 0u) << "there is back-pressure";
  EXPECT_GT(sent.size(), 100u);
  for (int i = 0; i < 120 && bob().all<Message>().size() < sent.size(); ++i) world.run(seconds(1));
  EXPECT_EQ(bob().heard_from(alices(), kReliable), sent);
}

TEST_F(RelayTest, OfEachKeyTheNewestValueArrives) {
  for (const bool rtc : {true, false}) {
    entered_ = 0;
    build(with_relay(rtc));
    for (int i = 0; i < 300; ++i) {
      if (rtc && i == 150) world.cut(alice(), bob());
      for (std::uint32_t key : {0u, 7u, 4'000'000'000u}) {
        EXPECT_EQ(world.say_value(alice(), bobs(), key, std::to_string(i), kLatest), SendResult::queued);
      }
      world.run(milliseconds(20));
    }
    world.run(seconds(3));
    std::map<std::uint32_t, int> last;
    for (const Message& message : bob().all<Message>()) {
      const int value = std::stoi(std::string(base::as_text(message.bytes)));
      const auto found = last.find(message.key);
      EXPECT_TRUE(found == last.end() || value > found->second) << "never an older one behind a newer";
      last[message.key] = value;
    }
    EXPECT_EQ(last, (std::map<std::uint32_t, int>{{0, 299}, {7, 299}, {4'000'000'000, 299}}));
    EXPECT_EQ(alice().machine->stats(bobs())->queued_bytes, 0u) << "all is acknowledged";
  }
}

TEST_F(RelayTest, KeysAreBounded) {
  build(with_relay());
  for (std::uint32_t key = 0; key < kMaxLatestKeys; ++key)
    ASSERT_EQ(world.say_value(alice(), bobs(), key, "v", kLatest), SendResult::queued);
  EXPECT_EQ(world.say_value(alice(), bobs(), kMaxLatestKeys, "v", kLatest), SendResult::dropped);
  EXPECT_EQ(world.say_value(alice(), bobs(), 5, "w", kLatest), SendResult::queued);
  world.run(seconds(5));
  EXPECT_EQ(bob().heard_from(alices(), kLatest).size(), kMaxLatestKeys + 1);
}

TEST_F(RelayTest, BulkYieldsToEverythingElse) {
  build(with_relay());
  ASSERT_TRUE(direct());
  std::size_t bulk = 0;
  while (world.say(alice(), bobs(), std::string(30'000, 'b'), kBulk) == SendResult::queued) ++bulk;
  EXPECT_GT(bulk, 10u);
  EXPECT_EQ(world.say(alice(), bobs(), "urgent"), SendResult::queued);
  ASSERT_TRUE(world.run_until([&] { return !bob().heard_from(alices(), kReliable).empty(); }));
  EXPECT_LT(bob().heard_from(alices(), kBulk).size(), bulk) << "it has overtaken what waits here";
  ASSERT_TRUE(world.run_until([&] { return bob().heard_from(alices(), kBulk).size() == bulk; }));
}

// ---- the host's own channel

TEST_F(RelayTest, OnlyTheHostSpeaksOnItsChannel) {
  build(with_relay());
  ASSERT_TRUE(direct());
  EXPECT_EQ(world.say(alice(), bobs(), "the rules", kOfHost), SendResult::queued);
  EXPECT_EQ(world.say(bob(), alices(), "my rules", kOfHost), SendResult::dropped);
  world.run(seconds(1));
  EXPECT_EQ(bob().heard_from(alices(), kOfHost), Texts{"the rules"});
}

TEST_F(RelayTest, WhatADeposedHostSaidInItsTermIsNotHeardInTheNext) {
  build(with_relay(), 3);
  Player& carol = world[2];
  ASSERT_TRUE(world.run_until([&] { return world.connected() && direct(); }));
  // Alice loses the server, does not know, and rules on; the others get another host.
  world.shut_out(alice());
  for (int second = 0; second < 40; ++second) {
    world.say(alice(), bobs(), "rule " + std::to_string(second), kOfHost);
    world.run(seconds(1));
  }
  ASSERT_NE(bob().machine->host(), alices());
  const std::size_t heard = bob().heard_from(alices(), kOfHost).size();
  EXPECT_GT(heard, 20u) << "as long as nobody else was host";
  world.say(alice(), bobs(), "not any more", kOfHost);
  world.run(seconds(3));
  EXPECT_EQ(bob().heard_from(alices(), kOfHost).size(), heard);
  EXPECT_EQ(carol.machine->host(), bob().machine->host());
}

// ---- members that differ

TEST_F(RelayTest, AMemberWithOtherChannelsIsToldApart) {
  world.~TestWorld();
  new (&world) TestWorld(with_relay());
  enter(Create{8, ""});
  ASSERT_TRUE(world.run_until([&] { return alice().machine->state() == RoomState::playing; }));
  RoomOptions options;
  options.entry = Join{std::string(alice().machine->code()), ""};
  world.enter("other", std::move(options));
  ASSERT_TRUE(world.run_until([&] { return !alice().all<PeerLeft>().empty(); }));
  EXPECT_EQ(alice().all<PeerLeft>()[0].reason, Reason::version_mismatch);
  ASSERT_TRUE(world.run_until([&] { return !bob().all<PeerLeft>().empty(); }));
}

TEST_F(RelayTest, AMemberThatGaveUpALinkSaysSo) {
  build(with_relay(false));
  bob().takes_events = false;
  for (std::size_t sent = 0; sent <= EventQueue::kMaxBytes + (1 << 20) && bob().machine->peers().size() == 1;
       sent += kMaxReliableMessage) {
    world.say(alice(), bobs(), std::string(kMaxReliableMessage, 'x'));
    world.run(milliseconds(200));
  }
  EXPECT_TRUE(bob().machine->peers().empty());
  world.say(alice(), bobs(), "are you there");
  ASSERT_TRUE(world.run_until([&] { return !alice().all<PeerLeft>().empty(); }));
  EXPECT_EQ(alice().all<PeerLeft>()[0].reason, Reason::link_failed);
}

}  // namespace
}  // namespace parlor::room::testing
