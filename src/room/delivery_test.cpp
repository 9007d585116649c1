// What each kind of channel does with its messages, over either way.

#include <map>

#include "room/relay_test.hpp"

namespace parlor::room::testing {
namespace {

class DeliveryTest : public RelayTest {};

// ---- the four kinds

TEST_F(DeliveryTest, LargeMessagesGoInPiecesAndComeWhole) {
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

TEST_F(DeliveryTest, MoreThanTheRelayTakesAtOnceArrivesAllTheSame) {
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

TEST_F(DeliveryTest, OfEachKeyTheNewestValueArrives) {
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

TEST_F(DeliveryTest, KeysAreBounded) {
  build(with_relay());
  for (std::uint32_t key = 0; key < kMaxLatestKeys; ++key)
    ASSERT_EQ(world.say_value(alice(), bobs(), key, "v", kLatest), SendResult::queued);
  EXPECT_EQ(world.say_value(alice(), bobs(), kMaxLatestKeys, "v", kLatest), SendResult::dropped);
  EXPECT_EQ(world.say_value(alice(), bobs(), 5, "w", kLatest), SendResult::queued);
  world.run(seconds(5));
  EXPECT_EQ(bob().heard_from(alices(), kLatest).size(), kMaxLatestKeys + 1);
}

TEST_F(DeliveryTest, BulkYieldsToEverythingElse) {
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

TEST_F(DeliveryTest, OnlyTheHostSpeaksOnItsChannel) {
  build(with_relay());
  ASSERT_TRUE(direct());
  EXPECT_EQ(world.say(alice(), bobs(), "the rules", kOfHost), SendResult::queued);
  EXPECT_EQ(world.say(bob(), alices(), "my rules", kOfHost), SendResult::dropped);
  world.run(seconds(1));
  EXPECT_EQ(bob().heard_from(alices(), kOfHost), Texts{"the rules"});
}

TEST_F(DeliveryTest, WhatADeposedHostSaidInItsTermIsNotHeardInTheNext) {
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

TEST_F(DeliveryTest, AMemberWithOtherChannelsIsToldApart) {
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

TEST_F(DeliveryTest, WhoEndsALinkForWhatWasSaidOnItTellsTheOtherEnd) {
  build(with_relay(false));
  world.run(seconds(1));
  FrameHeader header;
  header.from_life = header.to_life = 1;
  header.number = 20'000;  // further ahead than any honest sender is
  const HeaderBytes head = write_header(header, RelayMark{kReliable, 0});
  Bytes frame = {std::byte{1}, std::byte{0}};
  const auto from = static_cast<unsigned>(alices());
  frame.insert(frame.end(), {static_cast<std::byte>(from & 0xFFU), static_cast<std::byte>(from >> 8)});
  frame.insert(frame.end(), head.view().begin(), head.view().end());
  bob().machine->handle_server_bytes(world.now(), frame);
  world.drain(bob());
  ASSERT_EQ(bob().all<PeerLeft>().size(), 1u);
  EXPECT_EQ(bob().all<PeerLeft>()[0].reason, Reason::protocol_error);
  world.run(milliseconds(100));
  ASSERT_EQ(alice().all<PeerLeft>().size(), 1u) << "at once, not when she speaks next";
  EXPECT_EQ(alice().all<PeerLeft>()[0].reason, Reason::link_failed);
}

TEST_F(DeliveryTest, TwoThatHaveGivenEachOtherUpAreSilent) {
  build(with_relay());
  ASSERT_TRUE(direct());
  FrameHeader header;
  header.from_life = header.to_life = 1;
  header.number = 20'000;
  const HeaderBytes head = write_header(header);
  bob().machine->handle_carrier_message(world.now(), bob().carriers.begin()->first, kReliable, head.view());
  world.drain(bob());
  world.run(seconds(1));
  ASSERT_EQ(bob().all<PeerLeft>().size(), 1u);
  ASSERT_EQ(alice().all<PeerLeft>().size(), 1u);
  const int said = world.count(alice(), "relay 4") + world.count(bob(), "relay 4");
  world.run(seconds(10));
  EXPECT_EQ(world.count(alice(), "relay 4") + world.count(bob(), "relay 4"), said);
  EXPECT_LE(world.count(alice(), "relay 4"), 3) << "no bye is answered with one";
}

TEST_F(DeliveryTest, AMemberThatGaveUpALinkSaysSo) {
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
