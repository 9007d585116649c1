// Links over both ways in virtual time: begun on the relay, moved to WebRTC, fallen back, come again. What a
// link promises holds across all of that.

#include "room/relay_test.hpp"

namespace parlor::room::testing {
namespace {

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

TEST_F(RelayTest, AWayThatCarriesNothingInOneDirectionIsLeftByBoth) {
  build(with_relay());
  ASSERT_TRUE(direct());
  Conditions conditions;
  conditions.loss = 1;
  conditions.incoming = false;
  base::Duration gap{};
  base::Time last_heard = world.now();
  std::size_t heard = alice().heard_from(bobs(), kUnreliable).size();
  for (int frame = 0; frame < 600; ++frame) {  // 20 s
    if (frame == 60) {
      ASSERT_EQ(bob().machine->set_conditioner(world.now(), conditions), ConditionsResult::taken);
    }
    world.say(bob(), alices(), "s", kUnreliable);
    world.say(alice(), bobs(), "s", kUnreliable);
    world.run(milliseconds(33));
    if (const std::size_t now_heard = alice().heard_from(bobs(), kUnreliable).size(); now_heard != heard) {
      heard = now_heard;
      last_heard = world.now();
    }
    gap = std::max(gap, world.now() - last_heard);
  }
  EXPECT_LT(gap, seconds(2)) << "what is lost on the server's socket is sent again by TCP";
  EXPECT_EQ(alice().path_to("p1"), Path::relay);
  EXPECT_EQ(bob().path_to("p0"), Path::relay);
  ASSERT_EQ(bob().machine->set_conditioner(world.now(), std::nullopt), ConditionsResult::taken);
  ASSERT_TRUE(direct());
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

TEST_F(RelayTest, WhatASocketWasGivenThatNobodyReadsIsSentAgain) {
  build(with_relay(false));
  Texts sent;
  for (int i = 0; i < 60; ++i) {
    sent.push_back(std::to_string(i));
    EXPECT_EQ(world.say(alice(), bobs(), sent.back()), SendResult::queued);
    world.run(milliseconds(50));
    if (i == 20) world.half_close_socket(bob());
  }
  ASSERT_TRUE(world.run_until([&] { return bob().heard_from(alices(), kReliable).size() >= sent.size(); }));
  EXPECT_EQ(bob().heard_from(alices(), kReliable), sent);
  EXPECT_TRUE(alice().all<PeerAway>().empty()) << "it came back before the server noticed";
}

TEST_F(RelayTest, WhatWasGivenToARelayThatIsSwitchedOffGoesByWebRtc) {
  build(with_relay());
  EXPECT_EQ(world.say(alice(), bobs(), "lost there"), SendResult::queued);
  for (Player* player : {&alice(), &bob()}) {
    relay::Refused refused;
    refused.reason = relay::Refusal::off;
    const auto head = relay::write(refused);
    player->machine->handle_server_bytes(world.now(), head.bytes());
    world.drain(*player);
  }
  ASSERT_TRUE(direct());
  ASSERT_TRUE(world.run_until([&] { return !bob().heard_from(alices(), kReliable).empty(); }));
  world.run(seconds(1));
  EXPECT_EQ(bob().heard_from(alices(), kReliable), Texts{"lost there"});
  EXPECT_EQ(world.count(alice(), "send 1 lost there"), 1) << "nobody may acknowledge what it took, either";
  EXPECT_EQ(alice().machine->stats(bobs())->queued_bytes, 0u);
}

TEST_F(RelayTest, WhatAConditionerHoldsGoesToNoSocketThatIsClosed) {
  build(with_relay(false));
  ASSERT_EQ(alice().machine->set_conditioner(world.now(), Conditions{.delay = milliseconds(100)}),
            ConditionsResult::taken);
  EXPECT_EQ(world.say(alice(), bobs(), "held"), SendResult::queued);
  world.run(milliseconds(99));
  alice().machine->handle_server_close(world.now() + milliseconds(2), 1006, "");
  while (const auto transmit = alice().machine->poll_transmit())
    EXPECT_FALSE(std::holds_alternative<RelaySend>(*transmit));
}

TEST_F(RelayTest, AConditionerDoesNotHoldWhatTheServerSaysOfWindows) {
  build(with_relay(false));
  ASSERT_EQ(alice().machine->set_conditioner(world.now(), Conditions{.delay = milliseconds(100)}),
            ConditionsResult::taken);
  const auto window = [&](bool open) {
    const auto head = relay::write(relay::Window{relay::Lane::bulk, bobs(), open});
    alice().machine->handle_server_bytes(world.now(), head.bytes());
    world.drain(alice());
  };
  window(false);
  EXPECT_EQ(world.say(alice(), bobs(), "much", kBulk), SendResult::queued);
  world.run(milliseconds(500));
  EXPECT_TRUE(bob().heard_from(alices(), kBulk).empty());
  window(true);
  world.run(milliseconds(500));
  EXPECT_EQ(bob().heard_from(alices(), kBulk), Texts{"much"});
}

TEST_F(RelayTest, ThroughASlowUplinkAllMembersHaveTheirTurnAndUnreliableMessagesARoomBesideBulk) {
  WorldOptions options = with_relay(false);
  options.uplink = 100'000;
  build(options, 3);
  world.run(seconds(2));
  std::size_t said = 0;
  for (int i = 0; i < 8; ++i) {
    for (std::size_t to = 1; to < 3; ++to) {
      ASSERT_EQ(world.say(alice(), world[to].machine->me(), std::string(48'000, 'x'), kBulk),
                SendResult::queued);
    }
  }
  for (int i = 0; i < 40; ++i) {
    if (world.say(alice(), bobs(), std::to_string(i), kUnreliable) == SendResult::queued) ++said;
    world.run(milliseconds(100));
  }
  // 100 KB a second are two messages; after four seconds each has had half of those, more or less.
  for (std::size_t to = 1; to < 3; ++to) {
    EXPECT_GE(world[to].heard_from(alices(), kBulk).size(), 3u) << to;
    EXPECT_LE(world[to].heard_from(alices(), kBulk).size(), 5u) << to;
  }
  EXPECT_GE(said, 38u);
}

TEST_F(RelayTest, WhatAConditionerHeldForLongerThanStampsCountIsOldAllTheSame) {
  build(with_relay(false));
  world.run(seconds(2));
  ASSERT_EQ(bob().machine->set_conditioner(world.now(), Conditions{.rate = 1000}), ConditionsResult::taken);
  for (int i = 0; i < 4; ++i)
    ASSERT_EQ(world.say(alice(), bobs(), std::string(16'200, 'x')), SendResult::queued);
  for (int i = 0; i < 60; ++i) {
    static_cast<void>(world.say(alice(), bobs(), std::to_string(i), kUnreliable));
    world.run(milliseconds(100));
  }
  world.run(seconds(100));
  EXPECT_EQ(bob().heard_from(alices(), kReliable).size(), 4u);
  EXPECT_EQ(bob().heard_from(alices(), kUnreliable), Texts{});
}

TEST_F(RelayTest, AMemberIsToldToBeBackAnewBeforeItsNewWayIs) {
  build(with_relay());
  ASSERT_TRUE(direct());
  const std::string code(bob().machine->code());
  const std::string ticket(bob().machine->ticket());
  const PeerId his = bobs();
  world.crash(bob());
  ASSERT_TRUE(world.run_until([&] { return !alice().all<PeerAway>().empty(); }));
  alice().events.clear();
  enter(Join{code, ticket});
  ASSERT_TRUE(world.run_until([&] { return !alice().all<PeerBack>().empty(); }));
  world.run(milliseconds(100));
  Path path = Path::direct;
  for (const Event& event : alice().events) {
    if (const auto* changed = std::get_if<PathChanged>(&event)) path = changed->to;
    if (const auto* back = std::get_if<PeerBack>(&event)) {
      EXPECT_TRUE(back->anew);
      EXPECT_EQ(path, Path::none);
    }
  }
  EXPECT_EQ(path, Path::relay);
  EXPECT_EQ(alice().all<PeerBack>().size(), 1u);
  EXPECT_EQ(alice().machine->stats(his)->path, Path::relay);
}

TEST_F(RelayTest, WhomTheServerTurnsAwaySaysNothingToItsSocket) {
  build(with_relay(false));
  (void)alice().machine->poll_transmit();
  alice().machine->handle_server_close(world.now(), 4015, "");  // replaced
  EXPECT_EQ(alice().machine->state(), RoomState::ended);
  while (const auto transmit = alice().machine->poll_transmit())
    EXPECT_FALSE(std::holds_alternative<RelaySend>(*transmit));
}

TEST_F(RelayTest, APageThatIsClosedSaysSoItself) {
  for (const bool with_server : {true, false}) {
    entered_ = 0;
    build(with_relay());
    ASSERT_TRUE(direct());
    if (!with_server) world.kill_server();
    const base::Time closed = world.now();
    world.close_page(bob());
    ASSERT_TRUE(world.run_until(
        [&] { return with_server ? !alice().all<PeerAway>().empty() : !alice().all<PeerLeft>().empty(); }));
    EXPECT_LE(world.now() - closed, milliseconds(100));
    EXPECT_TRUE(alice().all<LinkFailed>().empty());
    if (!with_server) {
      EXPECT_EQ(alice().all<PeerLeft>()[0].reason, Reason::peer_left);
    }
  }
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

}  // namespace
}  // namespace parlor::room::testing
