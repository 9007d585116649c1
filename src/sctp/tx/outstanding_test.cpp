#include "sctp/tx/outstanding.hpp"

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "sctp/packet/test_support.hpp"

namespace parlor::sctp {
namespace {

using base::milliseconds;
using base::time_from;

class OutstandingTest : public testing::Test {
 protected:
  /// Sends so many messages of one fragment each.
  void send(int count, std::optional<std::uint16_t> max_retransmits = {}) {
    for (int i = 0; i < count; ++i) {
      OutgoingMessage message;
      message.bytes.resize(100);
      message.max_retransmits = max_retransmits;
      queue_.add(std::move(message));
      (void)sent_.add(now_, *queue_.next(now_, 1000));
    }
  }
  Outstanding::Outcome sack(std::uint32_t cumulative, std::vector<GapBlock> gaps = {}) {
    PacketPad pad;
    write_sack(pad.writer(), Tsn(cumulative), 100'000, gaps, {});
    const auto chunks = pad.chunks();
    return sent_.handle_sack(now_, *Sack::read(chunks[0]));
  }
  std::vector<std::uint32_t> lost() {
    std::vector<std::uint32_t> tsns;
    while (const auto again = sent_.next_lost(now_, 1200)) tsns.push_back(again->tsn.value());
    return tsns;
  }
  std::optional<ForwardTsn> forward() {
    pads_.push_back(std::make_unique<PacketPad>());
    if (!sent_.write_forward(pads_.back()->writer())) return std::nullopt;
    return ForwardTsn::read(pads_.back()->chunks()[0]);
  }

  static constexpr std::size_t kChunk = 116;  // 100 bytes with the header
  base::Time now_ = time_from(base::seconds(10));
  SendQueue queue_;
  Outstanding sent_{Tsn(1), queue_};
  std::vector<std::unique_ptr<PacketPad>> pads_;
};

TEST_F(OutstandingTest, WhatIsAcknowledgedIsNoLongerOnTheWay) {
  send(4);
  EXPECT_EQ(sent_.in_flight(), 4 * kChunk);
  now_ += milliseconds(30);
  const auto outcome = sack(2, {{2, 2}});
  EXPECT_TRUE(outcome.counts);
  EXPECT_TRUE(outcome.advanced);
  EXPECT_EQ(outcome.bytes, 3 * kChunk);
  EXPECT_EQ(outcome.in_flight_before, 4 * kChunk);
  EXPECT_EQ(outcome.round_trip, milliseconds(30));
  EXPECT_EQ(sent_.in_flight(), kChunk);
  EXPECT_EQ(sent_.cumulative(), Tsn(2));
  EXPECT_FALSE(sack(1).counts) << "an old one";
  EXPECT_FALSE(sack(9).counts) << "of what was never sent";
  EXPECT_TRUE(sack(4).counts);
  EXPECT_TRUE(sent_.empty());
  EXPECT_EQ(sent_.in_flight(), 0U);
}

TEST_F(OutstandingTest, WhatWasOvertakenIsLostAWhileAfterItWasSent) {
  sent_.set_patience(milliseconds(56));
  send(1);
  now_ += milliseconds(16);
  send(1);
  now_ += milliseconds(34);
  EXPECT_FALSE(sack(0, {{2, 2}}).loss_began) << "50 ms: it may only be late";
  ASSERT_TRUE(sent_.overdue_at());
  EXPECT_EQ(*sent_.overdue_at(), now_ + milliseconds(6));
  EXPECT_EQ(sent_.handle_overdue(now_ + milliseconds(5)).lost, 0U);
  now_ += milliseconds(6);
  const auto outcome = sent_.handle_overdue(now_);
  EXPECT_TRUE(outcome.loss_began);
  EXPECT_EQ(outcome.lost, 1U);
  EXPECT_EQ(lost(), std::vector<std::uint32_t>{1});
  EXPECT_FALSE(sent_.overdue_at());
}

TEST_F(OutstandingTest, AnAcknowledgementThatWasLostIsNotMeasuredWithTheNextOne) {
  send(1);
  now_ += milliseconds(500);
  send(1);
  sent_.lose_last(now_);
  EXPECT_EQ(lost(), std::vector<std::uint32_t>{2});
  now_ += milliseconds(50);
  EXPECT_FALSE(sack(2).round_trip) << "the first was sent 550 ms ago, the second twice";
  send(1);
  now_ += milliseconds(500);
  send(1);
  now_ += milliseconds(50);
  EXPECT_EQ(sack(4).round_trip, milliseconds(50));
}

TEST_F(OutstandingTest, OfWhatWasSentAtOnceTheOrderCounts) {
  sent_.set_patience(milliseconds(56));
  send(3);
  now_ += milliseconds(60);
  EXPECT_EQ(sack(0, {{2, 2}}).lost, 1U) << "the third was not overtaken";
  EXPECT_EQ(lost(), std::vector<std::uint32_t>{1});
}

TEST_F(OutstandingTest, AnAnswerThatCameTooSoonForTheSecondTimeSaysNothingOfWhatWasSentBefore) {
  sent_.set_patience(milliseconds(56));
  send(2);
  now_ += milliseconds(60);
  sent_.lose_last(now_);
  EXPECT_EQ(lost(), std::vector<std::uint32_t>{2});
  send(1);  // behind the repetition
  now_ += milliseconds(10);
  (void)sack(0, {{2, 2}});
  EXPECT_EQ(lost(), std::vector<std::uint32_t>{}) << "the first answer, late as it is";
}

TEST_F(OutstandingTest, WhatWentInALargePacketIsLostWhereThoseDoNotPass) {
  send(2);
  sent_.packet_sent(1400);
  send(2);
  sent_.packet_sent(900);
  EXPECT_TRUE(sent_.lose_larger_than(now_, 1000));
  EXPECT_EQ(lost(), (std::vector<std::uint32_t>{1, 2}));
  sent_.packet_sent(900);
  EXPECT_FALSE(sent_.lose_larger_than(now_, 1000)) << "they went in a small one now";
  EXPECT_EQ(sack(4).acknowledged_packet, 900U);
}

TEST_F(OutstandingTest, WhatHasExpiredIsGivenUpInWhateverOrderThatIs) {
  for (const int life : {50, 20, 90}) {
    OutgoingMessage message;
    message.bytes.resize(100);
    message.expires = now_ + milliseconds(life);
    queue_.add(std::move(message));
    (void)sent_.add(now_, *queue_.next(now_, 1000));
  }
  for (const auto& [after, left] : std::map<int, std::size_t>{{19, 3}, {20, 2}, {50, 1}, {89, 1}, {90, 0}}) {
    sent_.abandon_expired(now_ + milliseconds(after));
    EXPECT_EQ(sent_.in_flight(), left * kChunk) << after;
  }
}

TEST_F(OutstandingTest, TheLastThatMayBeSentAgainIsLostForAProbe) {
  send(2);
  send(2, std::uint16_t{0});
  sent_.lose_last(now_);
  EXPECT_EQ(lost(), std::vector<std::uint32_t>{2});
  EXPECT_EQ(sent_.in_flight(), 2 * kChunk) << "those that may not are given up";
  EXPECT_FALSE(sent_.is_recovering());
}

TEST_F(OutstandingTest, WhatThreeSacksMissIsLostOnceAndBeginsARecovery) {
  send(6);
  EXPECT_FALSE(sack(1, {{2, 2}}).loss_began);
  EXPECT_FALSE(sack(1, {{2, 3}}).loss_began);
  EXPECT_FALSE(sack(1, {{2, 3}}).loss_began) << "it acknowledges nothing more: no sign of a loss";
  const auto third = sack(1, {{2, 4}});
  EXPECT_TRUE(third.loss_began);
  EXPECT_TRUE(sent_.is_recovering());
  EXPECT_EQ(lost(), (std::vector<std::uint32_t>{2}));
  send(4);
  for (const int end : {5, 6, 7, 8}) EXPECT_FALSE(sack(1, {{2, static_cast<std::uint16_t>(end)}}).loss_began);
  EXPECT_TRUE(lost().empty()) << "not again before a timeout";
  EXPECT_TRUE(sack(10).counts);
  EXPECT_FALSE(sent_.is_recovering());
}

TEST_F(OutstandingTest, NoRoundTripIsMeasuredOfWhatWasSentAgain) {
  send(1);
  now_ += milliseconds(500);
  sent_.timed_out(now_);
  EXPECT_EQ(lost().size(), 1U);
  now_ += milliseconds(30);
  EXPECT_FALSE(sack(1).round_trip);
}

TEST_F(OutstandingTest, AfterATimeoutAllIsLostAlsoWhatAGapBlockHadAcknowledged) {
  send(4);
  (void)sack(0, {{2, 2}});
  sent_.timed_out(now_);
  EXPECT_EQ(sent_.in_flight(), 0U);
  EXPECT_EQ(lost(), (std::vector<std::uint32_t>{1, 2, 3, 4}));
  EXPECT_EQ(sent_.in_flight(), 4 * kChunk);
  EXPECT_FALSE(sent_.has_lost());
}

TEST_F(OutstandingTest, WhatIsLostTooOftenIsGivenUpAndSaid) {
  send(1, 1);
  send(1);
  sent_.timed_out(now_);
  EXPECT_EQ(lost(), (std::vector<std::uint32_t>{1, 2})) << "once it may be sent again";
  EXPECT_FALSE(sent_.needs_forward());
  sent_.timed_out(now_);
  EXPECT_EQ(lost(), (std::vector<std::uint32_t>{2}));
  ASSERT_TRUE(sent_.needs_forward());
  const auto said = forward();
  ASSERT_TRUE(said);
  EXPECT_EQ(said->cumulative(), Tsn(1));
  ASSERT_EQ(said->count(), 1U);
  EXPECT_EQ(said->skipped(0), (Skipped{0, false, 0}));
  (void)sack(1);
  EXPECT_FALSE(sent_.needs_forward());
}

TEST_F(OutstandingTest, OfAMessageWhoseTimeIsOverAllFragmentsAreGivenUpAndItsRestIsNeverSent) {
  OutgoingMessage message;
  message.bytes.resize(500);
  message.expires = now_ + milliseconds(100);
  queue_.add(std::move(message));
  for (int i = 0; i < 2; ++i) (void)sent_.add(now_, *queue_.next(now_, 100));
  (void)sack(2);
  now_ += milliseconds(99);
  (void)sent_.add(now_, *queue_.next(now_, 100));
  sent_.abandon_expired(now_);
  EXPECT_FALSE(sent_.needs_forward());
  now_ += milliseconds(1);
  sent_.abandon_expired(now_);
  EXPECT_EQ(forward()->cumulative(), Tsn(4)) << "one TSN stands for what was not sent";
  EXPECT_FALSE(queue_.next(now_, 100));
  EXPECT_EQ(sent_.in_flight(), 0U);
  EXPECT_EQ(sent_.next_tsn(), Tsn(5));
}

TEST_F(OutstandingTest, WhatOfAGivenUpMessageIsReportedAsReceivedIsStillSaid) {
  OutgoingMessage message;
  message.bytes.resize(300);
  message.expires = now_ + milliseconds(100);
  queue_.add(std::move(message));
  for (int i = 0; i < 3; ++i) (void)sent_.add(now_, *queue_.next(now_, 100));
  now_ += milliseconds(100);
  sent_.abandon_expired(now_);
  EXPECT_EQ(sack(0, {{2, 3}}).bytes, 0U);
  EXPECT_EQ(forward()->cumulative(), Tsn(3));
}

TEST_F(OutstandingTest, NothingIsGivenUpWhereThatWasNotAgreedOn) {
  sent_.set_partial_reliability(false);
  send(2, std::uint16_t{0});
  (void)sent_.timed_out(now_);
  EXPECT_FALSE(forward());
  EXPECT_EQ(lost(), (std::vector<std::uint32_t>{1, 2}));
}

TEST_F(OutstandingTest, OfWhatIsGivenUpNothingIsKeptButItsName) {
  OutgoingMessage message;
  message.bytes.resize(100);
  message.max_retransmits = std::uint16_t{0};
  queue_.add(std::move(message));
  OutgoingFragment fragment = *queue_.next(now_, 1000);
  const std::weak_ptr<OutgoingMessage> kept = fragment.message;
  (void)sent_.add(now_, std::move(fragment));
  EXPECT_FALSE(kept.expired());
  (void)sent_.timed_out(now_);
  EXPECT_TRUE(kept.expired());
  EXPECT_TRUE(forward());
}

TEST_F(OutstandingTest, WhatIsLostIsSentAgainInItsOrderWhateverGoesOutOrComesBetween) {
  send(6);
  (void)sent_.timed_out(now_);
  EXPECT_EQ(sent_.next_lost(now_, 1200)->tsn, Tsn(1));
  EXPECT_EQ(sent_.next_lost(now_, 1200)->tsn, Tsn(2));
  (void)sack(3, {{2, 2}});
  EXPECT_EQ(sent_.next_lost(now_, 1200)->tsn, Tsn(4));
  (void)sent_.timed_out(now_);
  EXPECT_EQ(lost(), (std::vector<std::uint32_t>{4, 5, 6}));
}

TEST_F(OutstandingTest, BlocksThatOverlapOrGoBeyondWhatWasSentDoNoHarm) {
  send(3);
  const auto outcome = sack(0, {{2, 65535}, {2, 65535}, {3, 3}, {2, 2}});
  EXPECT_EQ(outcome.bytes, 2 * kChunk);
  EXPECT_EQ(sent_.in_flight(), kChunk);
}

}  // namespace
}  // namespace parlor::sctp
