// The agent's rules one by one, with datagrams written by hand.

#include "ice/test_alone.hpp"

namespace parlor::ice {
namespace {

using base::milliseconds;
using base::seconds;
using testing::Alone;
using testing::at;
using testing::kBob;

constexpr std::uint64_t kHighest = ~std::uint64_t{0};

/// What the one datagram was that came out; nothing: none or several.
std::optional<stun::MessageClass> only_answer(Alone& alone) {
  const auto sent = alone.sent();
  if (sent.size() != 1) return std::nullopt;
  return stun::Message::parse(sent[0].bytes)->message_class();
}

TEST(IceAgent, TheLargerTieBreakerControls) {
  for (const Role role : {Role::controlling, Role::controlled}) {
    Alone weak(role);
    weak.hear(
        weak.request(weak.agent.local_credentials(), {.priority = 5, .role = role, .tie_breaker = kHighest}),
        weak.there);
    Alone strong(role);
    strong.hear(
        strong.request(strong.agent.local_credentials(), {.priority = 5, .role = role, .tie_breaker = 0}),
        strong.there);
    // Who controls in the end is not whom it is asked by (RFC 8445 §7.3.1.1).
    EXPECT_EQ(weak.agent.role(), Role::controlled);
    EXPECT_EQ(strong.agent.role(), Role::controlling);
    const bool was_controlling = role == Role::controlling;
    EXPECT_EQ(only_answer(weak), was_controlling ? stun::MessageClass::success : stun::MessageClass::error);
    EXPECT_EQ(only_answer(strong), was_controlling ? stun::MessageClass::error : stun::MessageClass::success);
  }
}

TEST(IceAgent, ALiteOneIsControlledWhateverTheOtherSays) {
  Alone lite(Role::controlled, {.lite = true});
  lite.hear(lite.request(lite.agent.local_credentials(),
                         {.priority = 5, .role = Role::controlled, .tie_breaker = 0}),
            lite.there);
  EXPECT_EQ(lite.agent.role(), Role::controlled);
  EXPECT_EQ(only_answer(lite), stun::MessageClass::error);
}

TEST(IceAgent, ARoleConflictInAnAnswerSwitchesTheRoleAndAsksAgain) {
  Alone alone(Role::controlling);
  alone.agent.set_remote(alone.now, kBob, false);
  alone.agent.add_remote_candidate(alone.now, {.address = alone.there, .priority = 9, .foundation = "1"});
  alone.agent.handle_timeout(alone.now);
  const auto first_checks = alone.sent();
  ASSERT_EQ(first_checks.size(), 1U);
  const auto first = stun::Message::parse(first_checks[0].bytes);
  alone.hear(write_error(*first, kBob.password, kRoleConflict, "Role Conflict"), alone.there);
  EXPECT_EQ(alone.agent.role(), Role::controlled);
  alone.now += milliseconds(20);
  alone.agent.handle_timeout(alone.now);
  const auto checks = alone.sent();
  ASSERT_EQ(checks.size(), 1U);
  const auto second = read_request(*stun::Message::parse(checks[0].bytes));
  EXPECT_EQ(second->role, Role::controlled);
  EXPECT_NE(second->tie_breaker, read_request(*first)->tie_breaker) << "RFC 8445 §7.2.5.1";
}

TEST(IceAgent, AConflictThatCrossedAChangeOfRolesChangesNothing) {
  Alone alone(Role::controlling);
  alone.agent.set_remote(alone.now, kBob, false);
  alone.agent.add_remote_candidate(alone.now, {.address = alone.there, .priority = 9, .foundation = "1"});
  alone.agent.handle_timeout(alone.now);
  const auto checks = alone.sent();
  alone.hear(alone.request(alone.agent.local_credentials(),
                           {.priority = 5, .role = Role::controlling, .tie_breaker = kHighest}),
             alone.there);
  ASSERT_EQ(alone.agent.role(), Role::controlled);
  alone.hear(
      write_error(*stun::Message::parse(checks[0].bytes), kBob.password, kRoleConflict, "Role Conflict"),
      alone.there);
  EXPECT_EQ(alone.agent.role(), Role::controlled);
}

TEST(IceAgent, ACheckOfAnotherLifeIsAnsweredAndNotLearntFrom) {
  Alone alone;
  alone.agent.set_remote(alone.now, {"else", kBob.password}, false);
  alone.hear(alone.request(alone.agent.local_credentials()), alone.there);
  EXPECT_EQ(only_answer(alone), stun::MessageClass::success);
  EXPECT_TRUE(alone.agent.pairs().empty());
}

TEST(IceAgent, ACheckEndsAfterEightTriesAndIsTriggeredByTheOtherSides) {
  Alone alone;
  alone.agent.set_remote(alone.now, kBob, false);
  alone.agent.add_remote_candidate(alone.now, {.address = alone.there, .priority = 9, .foundation = "1"});
  int sent = 0;
  const base::Time end = alone.now + milliseconds(11'050);
  while (alone.now < end) {
    alone.agent.handle_timeout(alone.now);
    for (const Transmit& transmit : alone.sent()) sent += transmit.remote == alone.there ? 1 : 0;
    alone.now += milliseconds(10);
  }
  EXPECT_EQ(sent, 8);
  EXPECT_EQ(alone.agent.pairs()[0].state, PairState::failed);
  alone.hear(alone.request(alone.agent.local_credentials()), alone.there);
  EXPECT_EQ(only_answer(alone), stun::MessageClass::success);
  alone.agent.handle_timeout(alone.now);
  EXPECT_EQ(only_answer(alone), stun::MessageClass::request);
}

TEST(IceAgent, TheOtherSidesCheckHastensOneThatIsUnderWay) {
  Alone alone;
  alone.agent.set_remote(alone.now, kBob, false);
  alone.agent.add_remote_candidate(alone.now, {.address = alone.there, .priority = 9, .foundation = "1"});
  alone.agent.handle_timeout(alone.now);
  EXPECT_EQ(alone.sent().size(), 1U);
  alone.now += milliseconds(60);
  alone.hear(alone.request(alone.agent.local_credentials()), alone.there);
  EXPECT_EQ(alone.sent().size(), 2U) << "an answer, and the check again: now the way is open";
}

TEST(IceAgent, ARoundTripIsNotMeasuredByAnAnswerToOneOfSeveral) {
  Alone alone(Role::controlled);
  alone.agent.set_remote(alone.now, kBob, false);
  alone.agent.add_remote_candidate(alone.now, {.address = alone.there, .priority = 9, .foundation = "1"});
  alone.agent.handle_timeout(alone.now);
  alone.now += milliseconds(200);
  alone.agent.handle_timeout(alone.now);
  const auto checks = alone.sent();
  ASSERT_EQ(checks.size(), 2U);
  alone.hear(write_success(*stun::Message::parse(checks[0].bytes), kBob.password, alone.here), alone.there);
  EXPECT_EQ(alone.agent.state(), AgentState::connected);
  EXPECT_FALSE(alone.agent.round_trip());
}

TEST(IceAgent, OnceNominatedWhatIsWorseIsNotTriedAnyMore) {
  Alone alone(Role::controlling);
  alone.agent.set_remote(alone.now, kBob, false);
  alone.agent.add_remote_candidate(alone.now, {.address = alone.there, .priority = 900, .foundation = "1"});
  for (std::uint16_t i = 1; i <= 40; ++i) {
    alone.agent.add_remote_candidate(
        alone.now,
        {.address = at("192.0.2.100:" + std::to_string(i)), .priority = i, .foundation = std::to_string(i)});
  }
  alone.agent.handle_timeout(alone.now);
  const auto checks = alone.sent();
  ASSERT_EQ(checks.size(), 1U);
  alone.hear(write_success(*stun::Message::parse(checks[0].bytes), kBob.password, alone.here), alone.there);
  const auto nominations = alone.sent();
  ASSERT_EQ(nominations.size(), 1U) << "at once: nothing better can come";
  EXPECT_TRUE(read_request(*stun::Message::parse(nominations[0].bytes))->use_candidate);
  EXPECT_EQ(alone.agent.pairs().size(), 1U);
}

TEST(IceAgent, WhatIsBetterHasAMomentToWorkAsWell) {
  Alone alone(Role::controlling);
  alone.agent.set_remote(alone.now, kBob, false);
  const base::SocketAddress better = at("192.0.2.3:3");
  alone.agent.add_remote_candidate(alone.now, {.address = better, .priority = 900, .foundation = "2"});
  alone.agent.add_remote_candidate(alone.now, {.address = alone.there, .priority = 9, .foundation = "1"});
  alone.agent.handle_timeout(alone.now);
  alone.now += milliseconds(20);
  alone.agent.handle_timeout(alone.now);
  const auto checks = alone.sent();
  ASSERT_EQ(checks.size(), 2U);
  alone.hear(write_success(*stun::Message::parse(checks[1].bytes), kBob.password, alone.here), alone.there);
  EXPECT_EQ(alone.agent.route()->remote, alone.there) << "data may go already";
  EXPECT_TRUE(alone.sent().empty()) << "and nothing is nominated";
  alone.now += milliseconds(30);
  alone.hear(write_success(*stun::Message::parse(checks[0].bytes), kBob.password, alone.here), better);
  EXPECT_EQ(alone.agent.route()->remote, better);
  EXPECT_EQ(alone.sent().size(), 1U) << "the nomination";
}

TEST(IceAgent, AReflexiveCandidateIsTriedHoweverManyHostCandidatesThereAre) {
  Alone alone;
  alone.agent.set_remote(alone.now, kBob, false);
  for (std::uint16_t i = 2; i <= 9; ++i) alone.agent.add_address(alone.now, {alone.here.ip, i}, 60000);
  for (std::uint16_t i = 1; i <= 13; ++i) {
    alone.agent.add_remote_candidate(alone.now, {.address = {alone.there.ip, i},
                                                 .priority = candidate_priority(CandidateType::host, i),
                                                 .foundation = std::to_string(i)});
  }
  ASSERT_EQ(alone.agent.pairs().size(), Checklist::kMostPairs);
  alone.agent.add_remote_candidate(alone.now, {.type = CandidateType::server_reflexive,
                                               .address = at("203.0.113.7:7"),
                                               .priority = 5,
                                               .foundation = "s"});
  const auto reflexive = std::ranges::count_if(alone.agent.pairs(), [](const Pair& pair) {
    return pair.remote_type == CandidateType::server_reflexive;
  });
  EXPECT_EQ(reflexive, 9) << "with each of this side's addresses";
  EXPECT_EQ(alone.agent.pairs().size(), Checklist::kMostPairs);
}

TEST(IceAgent, ManyPairsAreNotAskedMoreOftenThanFew) {
  Alone alone;
  alone.agent.set_remote(alone.now, kBob, false);
  for (std::uint16_t i = 1; i <= 60; ++i) {
    alone.agent.add_remote_candidate(
        alone.now, {.address = {alone.there.ip, i}, .priority = i, .foundation = std::to_string(i)});
  }
  std::size_t most = 0;
  for (int second = 0; second < 12; ++second) {
    std::size_t sent = 0;
    for (int i = 0; i < 200; ++i) {
      alone.now += milliseconds(5);
      alone.agent.handle_timeout(alone.now);
      sent += alone.sent().size();
    }
    most = std::max(most, sent);
  }
  EXPECT_LE(most, 105U) << "each 20 ms a new one, and as many again that are repeated";
}

TEST(IceAgent, OneWhoConflictsWithoutEndIsLeftAlone) {
  Alone alone(Role::controlling);
  alone.agent.set_remote(alone.now, kBob, false);
  alone.agent.add_remote_candidate(alone.now, {.address = alone.there, .priority = 9, .foundation = "1"});
  int asked = 0;
  for (int i = 0; i < 500; ++i) {
    alone.now += milliseconds(20);
    alone.agent.handle_timeout(alone.now);
    for (const Transmit& transmit : alone.sent()) {
      ++asked;
      alone.hear(
          write_error(*stun::Message::parse(transmit.bytes), kBob.password, kRoleConflict, "Role Conflict"),
          alone.there);
    }
  }
  EXPECT_LE(asked, 6);
  EXPECT_EQ(alone.agent.pairs()[0].state, PairState::failed);
}

TEST(IceAgent, AnAnswerThatSaysNoAddressIsAFailure) {
  Alone alone;
  alone.agent.set_remote(alone.now, kBob, false);
  alone.agent.add_remote_candidate(alone.now, {.address = alone.there, .priority = 9, .foundation = "1"});
  alone.agent.handle_timeout(alone.now);
  const auto checks = alone.sent();
  const auto check = stun::Message::parse(checks.at(0).bytes);
  std::array<std::byte, 128> buffer{};
  stun::MessageWriter writer(buffer, stun::MessageClass::success, *check);
  writer.add_message_integrity(base::as_bytes(kBob.password));
  writer.add_fingerprint();
  alone.hear(writer.finish(), alone.there);
  EXPECT_EQ(alone.agent.pairs()[0].state, PairState::failed) << "and may be tried again";
}

TEST(IceAgent, APeerWhoseAddressChangesAgainAndAgainIsStillHeard) {
  Alone alone;
  alone.agent.set_remote(alone.now, kBob, false);
  for (std::uint16_t port = 1; port <= 200; ++port) {
    const base::SocketAddress from{alone.there.ip, port};
    alone.hear(alone.request(alone.agent.local_credentials()), from);
    EXPECT_TRUE(alone.agent.knows(alone.here, from)) << port;
    // Each has had its time before the next one comes.
    for (int i = 0; i < 60; ++i) {
      alone.now += milliseconds(200);
      alone.agent.handle_timeout(alone.now);
      alone.sent();
    }
  }
}

TEST(IceAgent, EventsThatNobodyTakesAreBounded) {
  Alone alone;
  for (int i = 0; i < 2000; ++i) alone.agent.restart(alone.now);
  std::size_t count = 0;
  while (alone.agent.poll_event()) ++count;
  EXPECT_LE(count, Agent::kMostWaiting);
}

}  // namespace
}  // namespace parlor::ice
