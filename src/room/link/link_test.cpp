// What becomes of the messages of one link while its carrier lives.

#include "room/link/link_test.hpp"

namespace parlor::room::testing {
namespace {

TEST_F(LinkTest, ReliableMessagesWaitForTheCarrierAndGoFirst) {
  EXPECT_EQ(send(kReliable, 1), SendResult::queued);
  EXPECT_EQ(send(kReliable, 2), SendResult::queued);
  EXPECT_TRUE(sends().empty());
  EXPECT_EQ(link_->stats(now_).queued_bytes, 3u);
  link_->handle_open(now_);
  send(kReliable, 3);
  const auto sent = sends();
  ASSERT_EQ(sent.size(), 3u);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(sent[i].carrier, CarrierId{7});
    EXPECT_EQ(sent[i].payload.size(), i + 1);
  }
}

TEST_F(LinkTest, UnreliableMessagesAreDroppedWithoutAPath) {
  EXPECT_EQ(send(kUnreliable, 1), SendResult::dropped);
  open();
  EXPECT_EQ(send(kUnreliable, 1), SendResult::queued);
  EXPECT_EQ(sends().size(), 1u);
}

TEST_F(LinkTest, BlocksAtTheByteLimitOfItsQueue) {
  std::size_t taken = 0;
  while (send(kReliable, kMaxReliableMessage) == SendResult::queued) taken += kMaxReliableMessage;
  EXPECT_LE(taken, Link::kMaxQueuedBytes);
  EXPECT_GT(taken + kMaxReliableMessage, Link::kMaxQueuedBytes);
  EXPECT_FALSE(link_->takes(kReliable, kMaxReliableMessage));
  EXPECT_TRUE(link_->takes(kReliable, Link::kMaxQueuedBytes - taken));
  EXPECT_EQ(send(kReliable, Link::kMaxQueuedBytes - taken), SendResult::queued);
  EXPECT_EQ(send(kReliable, 1), SendResult::would_block);
  EXPECT_EQ(send(kReliable, 0), SendResult::queued);
}

TEST_F(LinkTest, BlocksAtTheMessageLimitOfItsQueue) {
  for (std::size_t i = 0; i < kMaxUnacknowledged; ++i) ASSERT_EQ(send(kReliable, 0), SendResult::queued);
  EXPECT_EQ(send(kReliable, 0), SendResult::would_block);
}

TEST_F(LinkTest, HoldsReliableMessagesBackWhileTheCarrierIsFull) {
  open();
  const std::size_t size = kMaxPiece;
  for (int i = 0; i < 20; ++i) EXPECT_EQ(send(kReliable, size), SendResult::queued);
  EXPECT_EQ(sends().size(), Link::kHighWater / size);
  link_->handle_buffered(now_, kReliable, Link::kHighWater - 1);
  EXPECT_EQ(sends().size(), 1u);
  link_->handle_buffered(now_, kReliable, 0);
  EXPECT_EQ(sends().size(), 3u);
}

TEST_F(LinkTest, DropsUnreliableMessagesWhileTheirChannelIsFull) {
  open();
  while (send(kUnreliable, 1000) == SendResult::queued) {
  }
  EXPECT_EQ(sends().size(), Link::kUnreliableHighWater / 1003 + 1);
  link_->handle_buffered(now_, kUnreliable, 10);
  EXPECT_EQ(send(kUnreliable, 1000), SendResult::queued);
}

TEST_F(LinkTest, AFullReliableChannelDoesNotDropUnreliableMessages) {
  open();
  link_->handle_buffered(now_, kReliable, 2 * Link::kHighWater);
  EXPECT_EQ(send(kUnreliable, 1), SendResult::queued);
}

TEST_F(LinkTest, SaysWhichWayMessagesGo) {
  link_->handle_stats(now_, {Path::turn, milliseconds(30), 10, 20});
  link_->handle_open(now_);
  link_->handle_stats(now_, {Path::direct, milliseconds(20), 11, 21});
  const auto events = drain_events();
  ASSERT_EQ(events.size(), 2u);
  expect_path(events[0], Path::none, Path::turn);
  expect_path(events[1], Path::turn, Path::direct);
  EXPECT_EQ(link_->stats(now_).round_trip, std::chrono::microseconds(20'000));
  EXPECT_EQ(link_->stats(now_).wire_bytes_sent, 11u);
  EXPECT_EQ(link_->stats(now_).wire_bytes_received, 21u);
}

TEST_F(LinkTest, CountsWhatItCarried) {
  send(kReliable, 5);
  open();
  EXPECT_EQ(hear(9), 1u);
  EXPECT_EQ(link_->stats(now_).messages_sent, 1u);
  EXPECT_EQ(link_->stats(now_).bytes_sent, 5u);
  EXPECT_EQ(link_->stats(now_).messages_received, 1u);
  EXPECT_EQ(link_->stats(now_).bytes_received, 9u);
}

TEST_F(LinkTest, AMessageBeforeTheCarrierSaidItIsOpenIsTaken) {
  EXPECT_EQ(hear(1), 1u);
  EXPECT_TRUE(drain_events().empty());
  EXPECT_EQ(send(kUnreliable, 1), SendResult::dropped) << "not open for sending yet";
  send(kReliable, 1);
  EXPECT_TRUE(sends().empty());
  link_->handle_open(now_);
  EXPECT_EQ(sends().size(), 1u);
  EXPECT_EQ(drain_events().size(), 1u);
}

}  // namespace
}  // namespace parlor::room::testing
