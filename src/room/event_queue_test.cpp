#include "room/event_queue.hpp"

#include <gtest/gtest.h>

namespace parlor::room {
namespace {

constexpr PeerId kAlice{1};
constexpr PeerId kBob{2};

Message message(PeerId from, std::size_t size, int mark = 0) {
  return {from, 0, Bytes(size, static_cast<std::byte>(mark))};
}
std::optional<PeerId> push(EventQueue& queue, Message message, Delivery delivery) {
  return queue.push_message(message, delivery);
}
int mark_of(const std::optional<Event>& event) {
  return event ? std::to_integer<int>(std::get<Message>(*event).bytes.at(0)) : -1;
}

TEST(EventQueue, GivesEventsInTheirOrder) {
  EventQueue queue;
  EXPECT_TRUE(queue.push(PeerJoined{{kAlice, "alice"}}));
  EXPECT_EQ(push(queue, message(kAlice, 1, 1), Delivery::unreliable), std::nullopt);
  EXPECT_EQ(push(queue, message(kAlice, 1, 2), Delivery::reliable), std::nullopt);
  EXPECT_TRUE(queue.push(PeerLeft{kAlice, Reason::peer_left, ""}));
  queue.push_last({Reason::left, ""});
  EXPECT_TRUE(std::holds_alternative<PeerJoined>(*queue.pop()));
  EXPECT_EQ(mark_of(queue.pop()), 1);
  EXPECT_EQ(mark_of(queue.pop()), 2);
  EXPECT_TRUE(std::holds_alternative<PeerLeft>(*queue.pop()));
  EXPECT_TRUE(std::holds_alternative<Ended>(*queue.pop()));
  EXPECT_EQ(queue.pop(), std::nullopt);
  EXPECT_EQ(queue.message_bytes(), 0u);
}

TEST(EventQueue, DropsTheOldestUnreliableMessagesWhenThereAreTooManyEvents) {
  EventQueue queue;
  const std::size_t limit = EventQueue::kMaxEvents - EventQueue::kReservedEvents;
  for (std::size_t i = 0; i < limit; ++i)
    ASSERT_FALSE(push(queue, message(kAlice, 1, i < 10 ? 1 : 2), Delivery::unreliable));
  ASSERT_FALSE(push(queue, message(kAlice, 1, 3), Delivery::reliable));
  EXPECT_EQ(queue.size(), limit);
  for (int i = 0; i < 9; ++i) EXPECT_EQ(mark_of(queue.pop()), 1);
  EXPECT_EQ(mark_of(queue.pop()), 2);
}

TEST(EventQueue, DropsTheOldestUnreliableMessagesWhenTheyAreTooLong) {
  EventQueue queue;
  const std::size_t size = EventQueue::kMaxBytes / 4;
  for (int i = 0; i < 4; ++i) ASSERT_FALSE(push(queue, message(kAlice, size, i), Delivery::unreliable));
  ASSERT_FALSE(push(queue, message(kBob, 2 * size, 9), Delivery::reliable));
  EXPECT_EQ(queue.message_bytes(), EventQueue::kMaxBytes);
  EXPECT_EQ(mark_of(queue.pop()), 2);
  EXPECT_EQ(mark_of(queue.pop()), 3);
  EXPECT_EQ(mark_of(queue.pop()), 9);
}

TEST(EventQueue, NamesTheHeaviestPeerWhenOnlyReliableMessagesWait) {
  EventQueue queue;
  const std::size_t size = EventQueue::kMaxBytes / 8;
  for (int i = 0; i < 6; ++i) ASSERT_FALSE(push(queue, message(kBob, size), Delivery::reliable));
  for (int i = 0; i < 2; ++i) ASSERT_FALSE(push(queue, message(kAlice, size), Delivery::reliable));
  Message last = message(kAlice, 10, 7);
  EXPECT_EQ(queue.push_message(last, Delivery::reliable), kBob);
  ASSERT_EQ(last.bytes.size(), 10u) << "nothing was taken";
  queue.drop_messages_of(kBob);
  EXPECT_EQ(queue.push_message(last, Delivery::reliable), std::nullopt);
  EXPECT_EQ(queue.size(), 3u);
  EXPECT_EQ(queue.message_bytes(), 2 * size + 10);
}

TEST(EventQueue, CountsManySmallMessagesAsHeavy) {
  EventQueue queue;
  const std::size_t limit = EventQueue::kMaxEvents - EventQueue::kReservedEvents;
  ASSERT_FALSE(push(queue, message(kAlice, 5000), Delivery::reliable));
  for (std::size_t i = 1; i < limit; ++i) ASSERT_FALSE(push(queue, message(kBob, 0), Delivery::reliable));
  EXPECT_EQ(push(queue, message(kAlice, 0), Delivery::reliable), kBob);
}

TEST(EventQueue, DropsAnUnreliableMessageWhenOnlyReliableOnesWait) {
  EventQueue queue;
  ASSERT_FALSE(push(queue, message(kBob, EventQueue::kMaxBytes, 1), Delivery::reliable));
  EXPECT_EQ(push(queue, message(kAlice, 1, 2), Delivery::unreliable), std::nullopt);
  EXPECT_EQ(queue.size(), 1u);
}

TEST(EventQueue, KeepsPlaceForEventsThatAreNoMessages) {
  EventQueue queue;
  const std::size_t limit = EventQueue::kMaxEvents - EventQueue::kReservedEvents;
  for (std::size_t i = 0; i < limit; ++i) ASSERT_FALSE(push(queue, message(kBob, 0), Delivery::reliable));
  for (std::size_t i = 0; i < EventQueue::kReservedEvents; ++i) ASSERT_TRUE(queue.push(HostChanged{kBob, 1}));
  EXPECT_FALSE(queue.push(HostChanged{kBob, 2}));
  queue.push_last({Reason::protocol_error, ""});
  EXPECT_EQ(queue.size(), EventQueue::kMaxEvents + 1);
}

TEST(EventQueue, ForgetsWhereUnreliableMessagesWereOnceTheyAreTaken) {
  EventQueue queue;
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 100; ++i) {
      ASSERT_FALSE(push(queue, message(kAlice, 1, 1), Delivery::unreliable));
      ASSERT_FALSE(push(queue, message(kBob, 1, 2), Delivery::unreliable));
    }
    queue.drop_messages_of(kAlice);
    for (int i = 0; i < 100; ++i) EXPECT_EQ(mark_of(queue.pop()), 2);
    EXPECT_EQ(queue.pop(), std::nullopt);
  }
  ASSERT_FALSE(push(queue, message(kBob, EventQueue::kMaxBytes, 3), Delivery::unreliable));
  ASSERT_FALSE(push(queue, message(kBob, EventQueue::kMaxBytes, 4), Delivery::reliable));
  EXPECT_EQ(mark_of(queue.pop()), 4);
}

}  // namespace
}  // namespace parlor::room
