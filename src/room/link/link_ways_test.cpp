// What becomes of one link when its carrier, the server or the member does not answer.

#include "room/link/link_test.hpp"

namespace parlor::room::testing {
namespace {

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

TEST_F(LinkTest, AMemberWhoseProgramEndsWhileTheServerIsGoneLeft) {
  for (const bool before : {true, false}) {
    make(true, true);
    open();
    if (before) link_->handle_server_lost(now_);
    hear_bye(Bye::program_ends);
    if (!before) {
      EXPECT_FALSE(link_->end()) << "the server would say whether it comes back";
      link_->handle_server_lost(now_);
    }
    ASSERT_TRUE(link_->end());
    EXPECT_EQ(link_->end()->reason, Reason::peer_left);
  }
}

TEST_F(LinkTest, AMemberWhoseProgramEndsIsWaitedForWhileTheServerIsThere) {
  make(true, true);
  open();
  hear_bye(Bye::program_ends);
  link_->handle_state(now_, CarrierState::closed, "");
  pass(seconds(20));
  EXPECT_FALSE(link_->end());
  EXPECT_EQ(restarts(), 0u);
  EXPECT_FALSE(link_->wants_carrier()) << "nobody is there to answer";
  EXPECT_TRUE(drain_events().empty()) << "the way is left as it was until the server speaks";
  link_->handle_member_away(now_);
  const auto events = drain_events();
  ASSERT_EQ(events.size(), 1u);
  expect_path(events[0], Path::direct, Path::none);
  pass(seconds(1000));
  EXPECT_FALSE(link_->end());
}

TEST_F(LinkTest, WhatARelayHeldForAConnectionThatWasReplacedIsSentAgain) {
  make(true, true);
  EXPECT_EQ(send(kReliable, 3), SendResult::queued);
  const auto given = [&] {
    std::size_t count = 0;
    for (const RelaySend& one : drained<RelaySend>()) count += one.lane == relay::Lane::reliable ? 1 : 0;
    return count;
  };
  EXPECT_EQ(given(), 1u);
  link_->handle_member_back(now_);
  EXPECT_EQ(given(), 1u) << "nobody had noticed that it was away";
}

TEST_F(LinkTest, PingsBeyondALimitStayUnanswered) {
  open();
  (void)drained<CarrierSend>();
  for (std::uint16_t id = 0; id < 200; ++id) {
    Control control;
    control.ping = Ping{id, 0, 0, false, 0};
    hear_control(control);
  }
  EXPECT_EQ(drained<CarrierSend>().size(), 16u);
}

TEST_F(LinkTest, AMemberThatANewServerNeverHearsOfEndsWithItsCarrier) {
  for (const bool says_bye : {true, false}) {
    make(true, true);
    open();
    link_->handle_server_lost(now_);
    link_->handle_server_back(now_);
    link_->handle_member_missing(now_);
    if (says_bye) {
      hear_bye(Bye::program_ends);
    } else {
      link_->handle_state(now_, CarrierState::closed, "");
    }
    pass(Link::kMourning);
    EXPECT_TRUE(link_->end()) << says_bye;
  }
}

TEST_F(LinkTest, ACarrierThatWasClosedWithoutAWordIsWaitedForUntilTheServerIsBack) {
  make(true, true);
  open();
  link_->handle_server_lost(now_);
  link_->handle_state(now_, CarrierState::closed, "");
  pass(Link::kMourning - milliseconds(1));
  EXPECT_FALSE(link_->end());
  pass(milliseconds(1));
  ASSERT_TRUE(link_->end());
  EXPECT_EQ(link_->end()->reason, Reason::peer_lost);
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

TEST_F(LinkTest, AnOfferThatHoldsAgainstTheMembersAndWasLostIsMadeAgain) {
  open();
  link_->note_offered(now_, "u1");
  now_ += Link::kRestartGap - milliseconds(1);
  link_->offer_again_if_lost(now_);
  EXPECT_EQ(restarts(), 0u) << "its answer may be under way";
  now_ += milliseconds(1);
  link_->offer_again_if_lost(now_);
  EXPECT_EQ(restarts(), 1u);
  link_->offer_again_if_lost(now_);
  EXPECT_EQ(restarts(), 0u) << "not for each of the member's";
  link_->note_answered("u0");
  now_ += seconds(10);
  link_->offer_again_if_lost(now_);
  EXPECT_EQ(restarts(), 1u) << "what was answered is an earlier one";
  link_->note_answered("u1");
  now_ += seconds(10);
  link_->offer_again_if_lost(now_);
  EXPECT_EQ(restarts(), 0u);
  make(false);
  link_->note_offered(now_, "u1");
  now_ += seconds(10);
  link_->offer_again_if_lost(now_);
  EXPECT_EQ(restarts(), 0u) << "it gives way to the member's";
}

}  // namespace
}  // namespace parlor::room::testing
