#include "room/link/link.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace parlor::room {
namespace {

using base::milliseconds;
using base::seconds;

/// A link of the side that restarts first (or not), with what came out of it.
class LinkTest : public testing::Test {
 protected:
  LinkTest() { make(true); }
  void make(bool restarts_first) {
    outbox_ = std::make_unique<Outbox>();
    context_.reset(new LinkContext{*outbox_, channels_, 1, PeerId{1}, PeerId{1}, 1, false, true, false});
    link_ = std::make_unique<Link>(now_, *context_, PeerId{2}, 1, CarrierId{7}, restarts_first);
    heard_ = 0;
  }
  void pass(base::Duration time) {
    const base::Time until = now_ + time;
    while (const auto at = link_->poll_timeout()) {
      if (*at > until) break;
      now_ = *at;
      link_->handle_timeout(now_);
      ASSERT_TRUE(!link_->poll_timeout() || *link_->poll_timeout() > now_);
    }
    now_ = until;
  }
  void open() {
    link_->handle_open(now_);
    drain_events();
  }
  SendResult send(Channel channel, std::size_t size) {
    return link_->send(now_, channel, std::make_shared<const Bytes>(size), 0);
  }
  /// A reliable message of the other end comes in; how many come out.
  std::size_t hear(std::size_t size) {
    FrameHeader header;
    header.number = heard_++;
    header.from_life = header.to_life = 1;
    const HeaderBytes written_head = write_header(header);
    const BytesView head = written_head.view();
    Bytes bytes(head.begin(), head.end());
    bytes.resize(bytes.size() + size);
    link_->handle_frame(now_, kReliable, bytes);
    std::size_t count = 0;
    while (link_->poll_message()) ++count;
    return count;
  }
  /// Frames of the game, without those of the link itself.
  std::vector<CarrierSend> sends() {
    auto all = drained<CarrierSend>();
    all.erase(
        std::remove_if(all.begin(), all.end(), [](const auto& send) { return send.channel > kUnreliable; }),
        all.end());
    return all;
  }
  template <class T>
  std::vector<T> drained() {
    std::vector<T> all;
    while (auto transmit = outbox_->poll_transmit()) {
      if (auto* one = std::get_if<T>(&*transmit)) all.push_back(std::move(*one));
    }
    return all;
  }
  std::vector<Event> drain_events() {
    std::vector<Event> all;
    while (auto event = outbox_->events().pop()) all.push_back(*std::move(event));
    return all;
  }
  std::size_t restarts() { return drained<RestartCarrier>().size(); }
  void expect_path(const Event& event, Path from, Path to) {
    const auto* changed = std::get_if<PathChanged>(&event);
    ASSERT_NE(changed, nullptr);
    EXPECT_EQ(changed->peer, PeerId{2});
    EXPECT_EQ(changed->from, from);
    EXPECT_EQ(changed->to, to);
  }

  static constexpr Channel kReliable = 0;
  static constexpr Channel kUnreliable = 1;
  std::vector<ChannelOptions> channels_ = {{"events", Delivery::reliable}, {"state", Delivery::unreliable}};
  base::Time now_ = base::time_from(seconds(100));
  std::unique_ptr<Outbox> outbox_;
  std::unique_ptr<LinkContext> context_;
  std::uint16_t heard_ = 0;
  std::unique_ptr<Link> link_;
};

TEST_F(LinkTest, ReliableMessagesWaitForTheCarrierAndGoFirst) {
  EXPECT_EQ(send(kReliable, 1), SendResult::queued);
  EXPECT_EQ(send(kReliable, 2), SendResult::queued);
  EXPECT_TRUE(sends().empty());
  EXPECT_EQ(link_->stats().queued_bytes, 3u);
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
  link_->handle_stats({Path::turn, milliseconds(30), 10, 20});
  link_->handle_open(now_);
  link_->handle_stats({Path::direct, milliseconds(20), 11, 21});
  const auto events = drain_events();
  ASSERT_EQ(events.size(), 2u);
  expect_path(events[0], Path::none, Path::turn);
  expect_path(events[1], Path::turn, Path::direct);
  EXPECT_EQ(link_->stats().round_trip, std::chrono::microseconds(20'000));
  EXPECT_EQ(link_->stats().wire_bytes_sent, 11u);
  EXPECT_EQ(link_->stats().wire_bytes_received, 21u);
}

TEST_F(LinkTest, CountsWhatItCarried) {
  send(kReliable, 5);
  open();
  EXPECT_EQ(hear(9), 1u);
  EXPECT_EQ(link_->stats().messages_sent, 1u);
  EXPECT_EQ(link_->stats().bytes_sent, 5u);
  EXPECT_EQ(link_->stats().messages_received, 1u);
  EXPECT_EQ(link_->stats().bytes_received, 9u);
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

TEST_F(LinkTest, FailsAfterTheDeadlineOnceAndKeepsTrying) {
  pass(Link::kDeadline - milliseconds(1));
  EXPECT_TRUE(drain_events().empty());
  EXPECT_EQ(restarts(), 0u);
  pass(milliseconds(1));
  const auto events = drain_events();
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(std::get<LinkFailed>(events[0]).reason, Reason::link_failed);
  EXPECT_EQ(restarts(), 1u);
  pass(2 * Link::kRetry);
  EXPECT_EQ(restarts(), 1u);
  EXPECT_TRUE(link_->wants_carrier()) << "the third time";
  EXPECT_TRUE(drain_events().empty());
  link_->handle_open(now_);
  EXPECT_EQ(drain_events().size(), 1u);
  pass(seconds(1000));
  EXPECT_EQ(restarts(), 0u);
}

TEST_F(LinkTest, TheOtherSideRestartsLater) {
  make(false);
  pass(Link::kRetry + Link::kStagger - milliseconds(1));
  EXPECT_EQ(restarts(), 0u);
  pass(milliseconds(1));
  EXPECT_EQ(restarts(), 1u);
}

TEST_F(LinkTest, TellsAtOnceWhenTheFirstAttemptFailed) {
  link_->handle_state(now_, CarrierState::failed, "no candidates");
  const auto events = drain_events();
  ASSERT_EQ(events.size(), 1u);
  EXPECT_NE(std::get<LinkFailed>(events[0]).message.find("no candidates"), std::string::npos);
  pass(milliseconds(0));
  EXPECT_EQ(restarts(), 1u);
}

TEST_F(LinkTest, ACarrierThatKeepsFailingIsRestartedSlowly) {
  for (int i = 0; i < 100; ++i) {
    link_->handle_state(now_, CarrierState::failed, "");
    pass(milliseconds(100));
  }
  EXPECT_EQ(drain_events().size(), 1u);
  EXPECT_EQ(restarts(), 2u) << "in ten seconds";
  EXPECT_TRUE(link_->wants_carrier()) << "and the third with another carrier";
}

TEST_F(LinkTest, ShortSilenceIsForgiven) {
  open();
  link_->handle_state(now_, CarrierState::disconnected, "");
  pass(Link::kSilence - milliseconds(1));
  link_->handle_state(now_, CarrierState::connected, "");
  pass(seconds(100));
  EXPECT_TRUE(drain_events().empty());
  EXPECT_EQ(restarts(), 0u);
}

TEST_F(LinkTest, LongSilenceLosesThePathAndRestarts) {
  open();
  link_->handle_state(now_, CarrierState::disconnected, "");
  link_->handle_state(now_ + seconds(1), CarrierState::disconnected, "");
  pass(Link::kSilence);
  auto events = drain_events();
  ASSERT_EQ(events.size(), 1u);
  expect_path(events[0], Path::direct, Path::none);
  EXPECT_EQ(restarts(), 1u);
  EXPECT_EQ(send(kReliable, 4), SendResult::queued);
  EXPECT_TRUE(sends().empty());
  pass(Link::kDeadline);
  events = drain_events();
  ASSERT_EQ(events.size(), 1u);
  EXPECT_TRUE(std::holds_alternative<LinkFailed>(events[0]));
  link_->handle_state(now_, CarrierState::connected, "");
  events = drain_events();
  ASSERT_EQ(events.size(), 1u);
  expect_path(events[0], Path::none, Path::direct);
  EXPECT_EQ(sends().size(), 1u);
}

TEST_F(LinkTest, AMessageIsASignOfLife) {
  open();
  link_->handle_state(now_, CarrierState::disconnected, "");
  pass(seconds(3));
  EXPECT_EQ(hear(1), 1u);
  pass(seconds(3));
  EXPECT_TRUE(drain_events().empty());
  link_->handle_state(now_, CarrierState::failed, "");
  EXPECT_EQ(hear(1), 1u);
  EXPECT_EQ(drain_events().size(), 1u) << "but what failed has to be connected again";
}

TEST_F(LinkTest, MessagesOverACarrierThatIsCutOffDoNotEndTheWatch) {
  for (const CarrierState state : {CarrierState::disconnected}) {
    make(true);
    open();
    link_->handle_state(now_, state, "");
    EXPECT_EQ(hear(1), 1u);  // one that was under way
    drain_events();
    restarts();
    pass(Link::kSilence - milliseconds(1));
    EXPECT_TRUE(drain_events().empty());
    pass(milliseconds(1) + Link::kRestartGap);
    const auto events = drain_events();
    ASSERT_EQ(events.size(), 1u);
    expect_path(events[0], Path::direct, Path::none);
    EXPECT_EQ(restarts(), 1u);
    // Once it is connected again, quiet is no silence.
    link_->handle_state(now_, CarrierState::connected, "");
    EXPECT_EQ(hear(1), 1u);
    drain_events();
    pass(seconds(60));
    EXPECT_TRUE(drain_events().empty());
  }
}

TEST_F(LinkTest, OffersThatComeTooFastAreIgnored) {
  for (std::uint32_t i = 0; i < Link::kOfferBurst; ++i) EXPECT_TRUE(link_->handle_offer(now_, 0));
  EXPECT_FALSE(link_->handle_offer(now_, 0));
  now_ += seconds(1);
  EXPECT_TRUE(link_->handle_offer(now_, 0));
}

TEST_F(LinkTest, CandidatesOfARoundAreLookedAtUpToALimit) {
  EXPECT_TRUE(link_->handle_candidates(Link::kMaxCandidates - 1));
  EXPECT_FALSE(link_->handle_candidates(2));
  EXPECT_TRUE(link_->handle_candidates(1));
  EXPECT_FALSE(link_->handle_candidates(1));
  EXPECT_FALSE(link_->handle_offer(now_, Link::kMaxCandidates + 1)) << "those in an offer count as well";
  EXPECT_TRUE(link_->handle_offer(now_, 3)) << "which begins a round";
  EXPECT_TRUE(link_->handle_candidates(Link::kMaxCandidates - 3));
  EXPECT_FALSE(link_->handle_candidates(1));
}

TEST_F(LinkTest, ARestartFromHereBeginsARoundOfCandidates) {
  EXPECT_TRUE(link_->handle_candidates(Link::kMaxCandidates));
  link_->handle_state(now_, CarrierState::failed, "");
  pass(milliseconds(0));
  EXPECT_EQ(restarts(), 1u);
  EXPECT_TRUE(link_->handle_candidates(Link::kMaxCandidates)) << "of the answer to its offer";
}

TEST_F(LinkTest, AFailedCarrierRestartsAtOnceOnTheFirstSideOnly) {
  open();
  link_->handle_state(now_, CarrierState::failed, "");
  pass(milliseconds(0));
  EXPECT_EQ(restarts(), 1u);
  make(false);
  open();
  link_->handle_state(now_, CarrierState::failed, "");
  pass(Link::kStagger - milliseconds(1));
  EXPECT_EQ(restarts(), 0u);
  pass(milliseconds(1));
  EXPECT_EQ(restarts(), 1u);
}

TEST_F(LinkTest, AClosedCarrierWaitsForTheServersWord) {
  open();
  link_->handle_state(now_, CarrierState::closed, "");
  EXPECT_TRUE(drain_events().empty()) << "PeerLeft follows";
  pass(Link::kFarewell - milliseconds(1));
  EXPECT_FALSE(link_->end());
  pass(milliseconds(1));
  ASSERT_TRUE(link_->end());
  EXPECT_EQ(link_->end()->reason, Reason::link_failed);
  EXPECT_EQ(restarts(), 0u);
}

TEST_F(LinkTest, AClosedCarrierStaysClosed) {
  open();
  link_->handle_state(now_, CarrierState::closed, "");
  link_->handle_open(now_);
  link_->handle_state(now_, CarrierState::connected, "");
  EXPECT_EQ(hear(1), 0u);
  EXPECT_EQ(send(kUnreliable, 1), SendResult::dropped);
  EXPECT_EQ(send(kReliable, 1), SendResult::queued);
  EXPECT_TRUE(sends().empty());
}

TEST_F(LinkTest, WithoutAServerAClosedCarrierIsAMemberThatLeft) {
  open();
  link_->handle_server_lost(now_);
  link_->handle_state(now_, CarrierState::closed, "");
  ASSERT_TRUE(link_->end());
  EXPECT_EQ(link_->end()->reason, Reason::peer_left);

  make(true);
  open();
  link_->handle_state(now_, CarrierState::closed, "");
  link_->handle_server_lost(now_);
  ASSERT_TRUE(link_->end());
  EXPECT_EQ(link_->end()->reason, Reason::peer_left);
}

TEST_F(LinkTest, WithoutAServerALostPathMayComeBackByItself) {
  open();
  link_->handle_server_lost(now_);
  EXPECT_FALSE(link_->end());
  link_->handle_state(now_, CarrierState::failed, "");
  pass(Link::kMourning - milliseconds(1));
  EXPECT_FALSE(link_->end());
  link_->handle_state(now_, CarrierState::connected, "");
  EXPECT_EQ(hear(1), 1u);
  pass(seconds(1000));
  EXPECT_FALSE(link_->end());
  EXPECT_EQ(restarts(), 0u);
}

TEST_F(LinkTest, WithoutAServerALostPathIsALostMember) {
  open();
  link_->handle_server_lost(now_);
  link_->handle_state(now_, CarrierState::failed, "");
  pass(Link::kMourning);
  ASSERT_TRUE(link_->end());
  EXPECT_EQ(link_->end()->reason, Reason::peer_lost);
}

TEST_F(LinkTest, TheServerLostWhileConnectingLeavesTheRestOfTheTime) {
  link_->handle_server_lost(now_);
  pass(seconds(3));
  link_->handle_open(now_);
  pass(seconds(1000));
  EXPECT_FALSE(link_->end());

  make(true);
  link_->handle_server_lost(now_);
  pass(Link::kMourning);
  ASSERT_TRUE(link_->end());
  EXPECT_EQ(link_->end()->reason, Reason::link_failed);
}

TEST_F(LinkTest, AMemberThatTheServerLostStaysWhileItsPathLives) {
  open();
  link_->handle_member_lost(now_);
  pass(seconds(1000));
  EXPECT_FALSE(link_->end());
  link_->handle_state(now_, CarrierState::disconnected, "");
  pass(Link::kSilence);
  ASSERT_TRUE(link_->end());
  EXPECT_EQ(link_->end()->reason, Reason::peer_lost);
  EXPECT_EQ(restarts(), 0u);
}

TEST_F(LinkTest, AMemberThatTheServerLostWithoutAPathIsLost) {
  link_->handle_member_lost(now_);
  ASSERT_TRUE(link_->end());
  EXPECT_EQ(link_->end()->reason, Reason::peer_lost);
}

}  // namespace
}  // namespace parlor::room
