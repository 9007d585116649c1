// What becomes of a message: the five results, to one, to all, to the host.

#include <gtest/gtest.h>

#include "room/test_world.hpp"

namespace parlor::room::testing {
namespace {

using base::milliseconds;
using base::seconds;

constexpr Channel kReliable = 0;
constexpr Channel kUnreliable = 1;

/// Three in one room; alice has made it.
class SendTest : public ::testing::Test {
 protected:
  SendTest() {
    world.mesh(3);
    alice = &world[0];
    bob = &world[1];
    carol = &world[2];
    bob_id = bob->machine->me();
  }
  SendResult send(PeerId to, Channel channel, std::size_t size) {
    const SendResult result = alice->machine->send(world.now(), to, channel, Bytes(size));
    world.drain(*alice);
    return result;
  }
  SendResult send_all(Channel channel, std::size_t size) {
    const SendResult result = alice->machine->send_to_all(world.now(), channel, Bytes(size));
    world.drain(*alice);
    return result;
  }
  void fill(PeerId to) {
    while (send(to, kReliable, kMaxReliableMessage) == SendResult::queued) {
    }
    while (send(to, kReliable, 100) == SendResult::queued) {
    }
  }
  std::size_t heard(const Player& player) { return player.all<Message>().size(); }

  TestWorld world;
  Player* alice = nullptr;
  Player* bob = nullptr;
  Player* carol = nullptr;
  PeerId bob_id{};
};

TEST_F(SendTest, QueuedArrives) {
  EXPECT_EQ(send(bob_id, kReliable, kMaxReliableMessage), SendResult::queued);
  EXPECT_EQ(send(bob_id, kUnreliable, kMaxUnreliableMessage), SendResult::queued);
  EXPECT_EQ(send(bob_id, kReliable, 0), SendResult::queued);
  world.run(seconds(1));
  ASSERT_EQ(heard(*bob), 3u);
  EXPECT_EQ(bob->all<Message>()[0].bytes.size(), kMaxReliableMessage);
  EXPECT_EQ(heard(*carol), 0u);
}

TEST_F(SendTest, WouldBlockTakesNothingAndPasses) {
  world.stall(*alice, true);
  fill(bob_id);
  EXPECT_EQ(send(bob_id, kReliable, 100), SendResult::would_block);
  const auto stats = alice->machine->stats(bob_id);
  EXPECT_LE(stats->queued_bytes, Link::kMaxQueuedBytes);
  EXPECT_GT(stats->queued_bytes, Link::kMaxQueuedBytes - kMaxReliableMessage);
  world.stall(*alice, false);
  world.run(seconds(10));
  EXPECT_EQ(alice->machine->stats(bob_id)->queued_bytes, 0u);
  EXPECT_EQ(alice->machine->stats(bob_id)->messages_sent, heard(*bob));
  EXPECT_EQ(send(bob_id, kReliable, 100), SendResult::queued);
}

TEST_F(SendTest, AMemberThatCannotBeReachedDoesNotHoldUpTheOthers) {
  world.cut(*alice, *bob);
  ASSERT_TRUE(world.run_until([&] { return alice->path_to(bob->name) == Path::none; }));
  while (send_all(kReliable, 4096) == SendResult::queued) world.run(milliseconds(10));
  EXPECT_EQ(send_all(kReliable, 4096), SendResult::would_block) << "the outage may yet be a short one";
  ASSERT_TRUE(world.run_until([&] { return !alice->all<LinkFailed>().empty(); }));
  EXPECT_EQ(send_all(kReliable, 4096), SendResult::queued);
  world.run(milliseconds(200));
  const auto gone = alice->all<PeerLeft>();
  ASSERT_EQ(gone.size(), 1u);
  EXPECT_EQ(gone[0].peer, bob_id);
  EXPECT_EQ(gone[0].reason, Reason::link_failed);
}

TEST_F(SendTest, AMemberThatCausesManySignalsDoesNotHoldUpThoseForOthers) {
  ASSERT_EQ(alice->carriers.size(), 2u);
  const CarrierId busy = alice->carriers.begin()->first;
  const CarrierId other = alice->carriers.rbegin()->first;
  for (int i = 0; i < 10'000; ++i) {
    alice->machine->handle_carrier_signal(world.now(), busy, IceCandidate{"c", "0", 0, "u"});
  }
  const std::string end = R"(frame {"type":"end_of_candidates")";
  const int before = world.count(*alice, end);
  alice->machine->handle_carrier_signal(world.now(), other, CandidatesEnd{});
  world.drain(*alice);
  EXPECT_TRUE(world.run_until([&] { return world.count(*alice, end) > before; }, seconds(5)));
}

TEST_F(SendTest, DroppedIsGone) {
  world.stall(*alice, true);
  while (send(bob_id, kUnreliable, 1000) == SendResult::queued) {
  }
  EXPECT_EQ(send(bob_id, kUnreliable, 1000), SendResult::dropped);
  const auto sent = alice->machine->stats(bob_id)->messages_sent;
  world.stall(*alice, false);
  world.run(seconds(10));
  EXPECT_EQ(heard(*bob), sent);
  EXPECT_EQ(send(bob_id, kUnreliable, 1000), SendResult::queued);
}

TEST_F(SendTest, TooLargeIsSaidBeforeAnythingElse) {
  EXPECT_EQ(send(bob_id, kReliable, kMaxReliableMessage + 1), SendResult::too_large);
  EXPECT_EQ(send(bob_id, kUnreliable, kMaxUnreliableMessage + 1), SendResult::too_large);
  EXPECT_EQ(send_all(kUnreliable, kMaxUnreliableMessage + 1), SendResult::too_large);
  EXPECT_EQ(send(bob_id, 2, 1), SendResult::too_large) << "there is no third channel";
  EXPECT_EQ(send(PeerId{999}, kReliable, kMaxReliableMessage + 1), SendResult::too_large);
}

TEST_F(SendTest, NoSuchPeerIsSomebodyElseOrMe) {
  EXPECT_EQ(send(PeerId{999}, kReliable, 1), SendResult::no_such_peer);
  EXPECT_EQ(send(kNobody, kReliable, 1), SendResult::no_such_peer);
  EXPECT_EQ(send(alice->machine->me(), kReliable, 1), SendResult::no_such_peer);
  Player& dave = world.create("dave");
  EXPECT_EQ(world.say_all(dave, "not in yet"), SendResult::no_such_peer);
  ASSERT_TRUE(world.run_until([&] { return dave.machine->state() == RoomState::playing; }));
  EXPECT_EQ(world.say_all(dave, "alone"), SendResult::no_such_peer);
}

TEST_F(SendTest, ToTheHostIsToTheHost) {
  const auto to_host = [&](Player& player) {
    const SendResult result = player.machine->send_to_host(world.now(), kReliable, Bytes(3));
    world.drain(player);
    return result;
  };
  EXPECT_EQ(to_host(*bob), SendResult::queued);
  EXPECT_EQ(to_host(*alice), SendResult::no_such_peer);
  world.run(seconds(1));
  EXPECT_EQ(heard(*alice), 1u);
  EXPECT_EQ(heard(*carol), 0u);
}

TEST_F(SendTest, ToAllReliableIsForAllOrNone) {
  world.stall(*alice, true);
  fill(bob_id);
  const auto before = alice->machine->stats(carol->machine->me())->queued_bytes;
  EXPECT_EQ(send_all(kReliable, 100), SendResult::would_block);
  EXPECT_EQ(alice->machine->stats(carol->machine->me())->queued_bytes, before);
  world.stall(*alice, false);
  world.run(seconds(10));
  EXPECT_EQ(send_all(kReliable, 100), SendResult::queued);
  world.run(seconds(1));
  EXPECT_EQ(heard(*carol), 1u);
}

TEST_F(SendTest, ToAllUnreliableGoesToThoseWhoCanTakeIt) {
  world.cut(*alice, *bob);
  ASSERT_TRUE(world.run_until([&] { return alice->path_to("p1") == Path::none; }));
  EXPECT_EQ(send_all(kUnreliable, 100), SendResult::dropped) << "the worst of all";
  world.run(seconds(1));
  EXPECT_EQ(heard(*carol), 1u);
  EXPECT_EQ(heard(*bob), 0u);
}

TEST_F(SendTest, ToAllSharesOneCopy) {
  const std::string text = "the same for all";
  EXPECT_EQ(alice->machine->send_to_all(world.now(), kReliable, base::as_bytes(text)), SendResult::queued);
  std::vector<const std::byte*> copies;
  while (auto transmit = alice->machine->poll_transmit()) {
    if (const auto* send = std::get_if<CarrierSend>(&*transmit))
      copies.push_back(send->payload.view().data());
  }
  ASSERT_EQ(copies.size(), 2u);
  EXPECT_EQ(copies[0], copies[1]);
}

TEST_F(SendTest, WhatIsSentBeforeTheLinkIsOpenGoesFirst) {
  Player& dave = world.join("dave", std::string(alice->machine->code()));
  ASSERT_TRUE(world.run_until([&] { return dave.machine->state() == RoomState::playing; }));
  const PeerId alice_id = alice->machine->me();
  EXPECT_EQ(world.say(dave, alice_id, "first"), SendResult::queued);
  EXPECT_EQ(world.say(dave, alice_id, "lost", kUnreliable), SendResult::dropped);
  EXPECT_EQ(world.say(dave, alice_id, "second"), SendResult::queued);
  ASSERT_TRUE(world.run_until([&] { return world.connected(); }));
  EXPECT_EQ(world.say(dave, alice_id, "third"), SendResult::queued);
  world.run(seconds(1));
  const PeerId dave_id = dave.machine->me();
  EXPECT_EQ(alice->heard_from(dave_id, kReliable), (std::vector<std::string>{"first", "second", "third"}));
  EXPECT_TRUE(alice->heard_from(dave_id, kUnreliable).empty());
}

TEST_F(SendTest, ReliableMessagesSurviveAnOutage) {
  world.cut(*alice, *bob);
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(world.say(*alice, bob_id, std::to_string(i)), SendResult::queued);
    world.run(seconds(1));
  }
  EXPECT_EQ(alice->path_to("p1"), Path::none);
  EXPECT_EQ(heard(*bob), 0u);
  world.heal(*alice, *bob);
  ASSERT_TRUE(world.run_until([&] { return world.connected() && heard(*bob) == 20; }));
  const auto texts = bob->heard_from(alice->machine->me(), kReliable);
  for (std::size_t i = 0; i < 20; ++i) EXPECT_EQ(texts[i], std::to_string(i));
}

TEST_F(SendTest, AfterTheEndNobodyIsThere) {
  alice->machine->leave();
  EXPECT_EQ(alice->machine->send(world.now(), bob_id, kReliable, Bytes(1)), SendResult::no_such_peer);
  EXPECT_EQ(alice->machine->send_to_all(world.now(), kReliable, Bytes(1)), SendResult::no_such_peer);
  EXPECT_EQ(alice->machine->send_to_host(world.now(), kReliable, Bytes(1)), SendResult::no_such_peer);
}

// ---- a game that is too slow

TEST_F(SendTest, ASlowGameLosesTheOldestUnreliableMessages) {
  bob->takes_events = false;
  for (int i = 0; i < 1200; ++i) {
    send(bob_id, kUnreliable, kMaxUnreliableMessage);
    world.run(milliseconds(100));
  }
  EXPECT_EQ(world.say(*alice, bob_id, "still heard"), SendResult::queued);
  world.run(seconds(1));
  bob->takes_events = true;
  world.drain(*bob);
  EXPECT_EQ(bob->heard_from(alice->machine->me(), kReliable), std::vector<std::string>{"still heard"});
  EXPECT_LE(heard(*bob), EventQueue::kMaxBytes / kMaxUnreliableMessage);
  EXPECT_GT(heard(*bob), EventQueue::kMaxBytes / kMaxUnreliableMessage - 5);
  EXPECT_TRUE(bob->all<PeerLeft>().empty());
}

TEST_F(SendTest, ASlowGameGivesUpTheLinkThatFloods) {
  bob->takes_events = false;
  EXPECT_EQ(world.say(*carol, bob_id, "quiet"), SendResult::queued);
  for (std::size_t sent = 0; sent <= EventQueue::kMaxBytes; sent += kMaxReliableMessage) {
    ASSERT_NE(send(bob_id, kReliable, kMaxReliableMessage), SendResult::would_block);
    world.run(milliseconds(100));
  }
  EXPECT_EQ(bob->machine->peers().size(), 1u);
  bob->takes_events = true;
  world.drain(*bob);
  const auto left = bob->all<PeerLeft>();
  ASSERT_EQ(left.size(), 1u);
  EXPECT_EQ(left[0].peer, alice->machine->me());
  EXPECT_EQ(left[0].reason, Reason::receiver_overflow);
  EXPECT_EQ(bob->heard_from(carol->machine->me(), kReliable), std::vector<std::string>{"quiet"});
  // The flooder sees its link closed; the server still counts bob in, so it is no leaving.
  ASSERT_TRUE(world.run_until([&] { return !alice->all<PeerLeft>().empty(); }));
  EXPECT_EQ(alice->all<PeerLeft>()[0].reason, Reason::link_failed);
  // And what alice still tries to say to bob is ignored.
  world.run(seconds(60));
  EXPECT_EQ(bob->machine->peers().size(), 1u);
}

TEST_F(SendTest, AMessageLongerThanAllowedIsIgnored) {
  const CarrierId carrier = bob->carriers.begin()->first;
  bob->machine->handle_carrier_message(world.now(), carrier, kReliable, Bytes(kMaxReliableMessage + 1));
  bob->machine->handle_carrier_message(world.now(), carrier, kUnreliable, Bytes(kMaxUnreliableMessage + 1));
  bob->machine->handle_carrier_message(world.now(), carrier, 2, Bytes(1));
  world.drain(*bob);
  EXPECT_EQ(heard(*bob), 0u);
}

}  // namespace
}  // namespace parlor::room::testing
