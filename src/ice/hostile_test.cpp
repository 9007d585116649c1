// What strangers send, and what the other side may not do.

#include "ice/test_alone.hpp"
#include "stun/integrity.hpp"

namespace parlor::ice {
namespace {

using base::milliseconds;
using base::seconds;
using testing::Alone;
using testing::at;
using testing::kBob;

TEST(IceHostile, WhoDoesNotKnowThePasswordGetsNoAnswer) {
  Alone alone;
  Credentials wrong = alone.agent.local_credentials();
  wrong.password[0] = wrong.password[0] == 'A' ? 'B' : 'A';
  alone.hear(alone.request(wrong), alone.there);
  Credentials other = alone.agent.local_credentials();
  other.ufrag = "else";
  alone.hear(alone.request(other), alone.there);
  base::Bytes spoiled = alone.request(alone.agent.local_credentials());
  spoiled[24] ^= std::byte{1};
  alone.hear(spoiled, alone.there);
  EXPECT_TRUE(alone.sent().empty());
  EXPECT_FALSE(alone.agent.knows(alone.here, alone.there));
}

TEST(IceHostile, ACheckWithoutAFingerprintGetsNoAnswer) {
  Alone alone;
  base::Bytes bytes = alone.request(alone.agent.local_credentials());
  bytes.resize(bytes.size() - 8);
  base::ByteWriter(bytes).u16(0x0001);
  std::span<std::byte> length(bytes.data() + 2, 2);
  base::ByteWriter(length).u16(static_cast<std::uint16_t>(bytes.size() - 20));
  alone.hear(bytes, alone.there);
  EXPECT_TRUE(alone.sent().empty());
}

TEST(IceHostile, AnEarlyCheckIsAnsweredAndLearntFrom) {
  Alone alone;
  alone.hear(alone.request(alone.agent.local_credentials()), alone.there);
  const auto answers = alone.sent();
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_EQ(answers[0].remote, alone.there);
  const auto answer = stun::Message::parse(answers[0].bytes);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->message_class(), stun::MessageClass::success);
  EXPECT_EQ(answer->read<stun::XorMappedAddress>(), alone.there);
  EXPECT_TRUE(is_authentic(*answer, alone.agent.local_credentials().password));
  EXPECT_TRUE(alone.agent.knows(alone.here, alone.there)) << "DTLS may begin before the answer is here";
  EXPECT_TRUE(alone.agent.pairs().empty());

  alone.agent.set_remote(alone.now, kBob, false);
  ASSERT_EQ(alone.agent.pairs().size(), 1U);
  alone.agent.handle_timeout(alone.now);
  const auto checks = alone.sent();
  ASSERT_EQ(checks.size(), 1U);
  EXPECT_EQ(checks[0].remote, alone.there);
}

TEST(IceHostile, ACheckShowsThatSomebodyWasHeardAndAnAnswerThatItIsThere) {
  for (const bool lite : {false, true}) {
    Alone alone(Role::controlled, {.lite = lite});
    const auto known = [&] { return alone.agent.validation(alone.here, alone.there); };
    alone.agent.set_remote(alone.now, kBob, false);
    alone.agent.add_remote_candidate(alone.now, {.address = alone.there, .priority = 9, .foundation = "1"});
    EXPECT_EQ(known(), AddressValidation::unknown);
    alone.hear(alone.request(alone.agent.local_credentials()), alone.there);
    EXPECT_EQ(known(), AddressValidation::claimed);
    alone.agent.handle_timeout(alone.now);
    for (const Transmit& check : alone.sent()) {
      const auto message = stun::Message::parse(check.bytes);
      if (message->message_class() == stun::MessageClass::request)
        alone.hear(write_success(*message, kBob.password, alone.here), alone.there);
    }
    EXPECT_EQ(known(), lite ? AddressValidation::claimed : AddressValidation::validated)
        << "a lite one asks nobody";
  }
}

TEST(IceHostile, AnEarlyCheckOfAnotherLifeIsNotLearntFrom) {
  Alone alone;
  alone.hear(alone.request(alone.agent.local_credentials()), alone.there);
  alone.agent.set_remote(alone.now, {"else", kBob.password}, false);
  EXPECT_TRUE(alone.agent.pairs().empty());
}

TEST(IceHostile, ManyEarlyChecksAreAnsweredAndFewRemembered) {
  Alone alone;
  for (std::uint16_t port = 1; port <= 1000; ++port) {
    alone.hear(alone.request(alone.agent.local_credentials()), {alone.there.ip, port});
    EXPECT_EQ(alone.sent().size(), 1U);
  }
  alone.agent.set_remote(alone.now, kBob, false);
  EXPECT_EQ(alone.agent.pairs().size(), Agent::kMostEarly);
}

TEST(IceHostile, ManyAddressesOfOnePeerAreBounded) {
  Alone alone;
  alone.agent.set_remote(alone.now, kBob, false);
  for (std::uint16_t port = 1; port <= 1000; ++port) {
    alone.hear(alone.request(alone.agent.local_credentials()), {alone.there.ip, port});
    alone.agent.add_remote_candidate(alone.now,
                                     {.address = {alone.there.ip, static_cast<std::uint16_t>(port + 2000)},
                                      .priority = port,
                                      .foundation = std::to_string(port)});
  }
  EXPECT_LE(alone.agent.pairs().size(), Agent::kMostRemoteCandidates);
  alone.sent();
  // A second of checks: one each 20 ms, whatever waits, and what was sent again.
  std::size_t sent = 0;
  for (int i = 0; i < 1000; ++i) {
    alone.now += milliseconds(1);
    alone.agent.handle_timeout(alone.now);
    sent += alone.sent().size();
  }
  EXPECT_LE(sent, 200U);
}

TEST(IceHostile, ManyChecksFromElsewhereHastenNoMoreThanThePaceAllows) {
  for (const int ports : {1, 60}) {
    Alone alone;
    alone.agent.set_remote(alone.now, kBob, false);
    const auto from_victim = [&](int i) {
      return base::SocketAddress{alone.there.ip, static_cast<std::uint16_t>(1 + i % ports)};
    };
    for (int i = 0; i < 2 * ports; ++i) {
      alone.hear(alone.request(alone.agent.local_credentials()), from_victim(i));
      alone.now += milliseconds(20);
      alone.agent.handle_timeout(alone.now);
    }
    alone.now += milliseconds(100);
    alone.sent();
    // A second in which it is asked each millisecond, and nobody answers.
    int answers = 0;
    int checks = 0;
    for (int i = 0; i < 1000; ++i) {
      alone.hear(alone.request(alone.agent.local_credentials()), from_victim(i));
      if (const auto due = alone.agent.poll_timeout(); due && *due <= alone.now)
        alone.agent.handle_timeout(alone.now);
      for (const Transmit& transmit : alone.sent())
        ++(stun::Message::parse(transmit.bytes)->message_class() == stun::MessageClass::request ? checks
                                                                                                : answers);
      alone.now += milliseconds(1);
    }
    EXPECT_EQ(answers, 1000);
    EXPECT_LE(checks, 51) << ports;
    EXPECT_GE(checks, 45) << "a way that opens is still seen at once";
  }
}

TEST(IceHostile, HoweverOftenTheOtherSideAsksALateAnswerToTheFirstCheckCounts) {
  Alone alone;
  alone.agent.set_remote(alone.now, kBob, false);
  std::optional<Transmit> first;
  for (int i = 0; i < 2000; ++i) {
    if (i % 2 == 0) alone.hear(alone.request(alone.agent.local_credentials()), alone.there);
    if (const auto due = alone.agent.poll_timeout(); due && *due <= alone.now)
      alone.agent.handle_timeout(alone.now);
    for (const Transmit& transmit : alone.sent()) {
      if (stun::Message::parse(transmit.bytes)->message_class() != stun::MessageClass::request) continue;
      if (!first) {
        first = transmit;
      } else {
        ASSERT_EQ(stun::Message::parse(transmit.bytes)->transaction_id(),
                  stun::Message::parse(first->bytes)->transaction_id())
            << "it was given up after " << i << " ms";
      }
    }
    alone.now += milliseconds(1);
  }
  EXPECT_TRUE(first);
}

TEST(IceHostile, ALocalCandidateOfManyIsPairedWithTheBestOfTheOthers) {
  Alone alone;
  alone.agent.set_remote(alone.now, kBob, false);
  for (std::uint16_t i = 2; i <= 10; ++i) alone.agent.add_address(alone.now, {alone.here.ip, i}, i);
  for (std::uint16_t i = 1; i <= 60; ++i) {
    alone.agent.add_remote_candidate(
        alone.now, {.address = {alone.there.ip, i}, .priority = i, .foundation = std::to_string(i)});
  }
  EXPECT_EQ(alone.agent.pairs().size(), Checklist::kMostPairs);
  for (const Pair& pair : alone.agent.pairs()) EXPECT_GT(pair.remote_priority, 49U);
}

TEST(IceHostile, AnUnknownAttributeThatMustBeUnderstoodIsNamed) {
  Alone alone;
  std::array<std::byte, 512> buffer{};
  stun::MessageWriter writer(buffer, stun::MessageClass::request, stun::Method::binding, {});
  const Credentials& mine = alone.agent.local_credentials();
  writer.add<stun::Username>(mine.ufrag + ":bobb");
  writer.add(stun::AttributeType{0x7abc}, {});
  writer.add_message_integrity(base::as_bytes(mine.password));
  writer.add_fingerprint();
  alone.hear(writer.finish(), alone.there);
  const auto answers = alone.sent();
  ASSERT_EQ(answers.size(), 1U);
  const auto answer = stun::Message::parse(answers[0].bytes);
  ASSERT_TRUE(answer && answer->read<stun::ErrorCode>());
  EXPECT_EQ(answer->read<stun::ErrorCode>()->code, 420);
  EXPECT_EQ(answer->read<stun::UnknownAttributes>(), std::vector{stun::AttributeType{0x7abc}});
}

TEST(IceHostile, ACheckWithoutPriorityOrRoleIsABadRequest) {
  Alone alone;
  std::array<std::byte, 512> buffer{};
  stun::MessageWriter writer(buffer, stun::MessageClass::request, stun::Method::binding, {});
  const Credentials& mine = alone.agent.local_credentials();
  writer.add<stun::Username>(mine.ufrag + ":bobb");
  writer.add_message_integrity(base::as_bytes(mine.password));
  writer.add_fingerprint();
  alone.hear(writer.finish(), alone.there);
  const auto answers = alone.sent();
  ASSERT_EQ(answers.size(), 1U);
  const auto answer = stun::Message::parse(answers[0].bytes);
  ASSERT_TRUE(answer && answer->read<stun::ErrorCode>());
  EXPECT_EQ(answer->read<stun::ErrorCode>()->code, 400);
}

TEST(IceHostile, OnlyTheOneWhoWasAskedCanAnswer) {
  Alone alone;
  alone.agent.set_remote(alone.now, kBob, false);
  alone.agent.add_remote_candidate(alone.now, {.address = alone.there, .priority = 9, .foundation = "1"});
  alone.agent.handle_timeout(alone.now);
  const auto checks = alone.sent();
  ASSERT_EQ(checks.size(), 1U);
  const auto check = stun::Message::parse(checks[0].bytes);
  alone.hear(write_success(*check, "not the password of bob", alone.here), alone.there);
  EXPECT_EQ(alone.agent.pairs()[0].state, PairState::in_progress);
  // One who knows the password but sits elsewhere: the ways differ (RFC 8445 §7.2.5.2.1).
  alone.hear(write_success(*check, kBob.password, alone.here), at("192.0.2.9:9"));
  EXPECT_EQ(alone.agent.pairs()[0].state, PairState::failed);
}

TEST(IceHostile, APeerCannotMakeThisSideTalkToItsOwnMachine) {
  Alone alone;
  alone.agent.set_remote(alone.now, kBob, false);
  for (const char* address :
       {"224.0.0.251:5353", "255.255.255.255:9", "240.0.0.1:9", "0.1.2.3:9", "[ff02::fb]:5353",
        "127.0.0.1:80", "0.0.0.0:80", "192.0.2.2:0", "[::1]:80", "[fe80::1]:5"})
    alone.agent.add_remote_candidate(alone.now, {.address = at(address), .priority = 9, .foundation = "1"});
  EXPECT_TRUE(alone.agent.pairs().empty());
}

TEST(IceHostile, AnythingMayComeAndNothingHappens) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    SCOPED_TRACE(seed);
    Alone alone;
    base::SeededRandom random(seed);
    alone.agent.set_remote(alone.now, kBob, false);
    alone.agent.add_remote_candidate(alone.now, {.address = alone.there, .priority = 9, .foundation = "1"});
    base::Bytes last = alone.request(alone.agent.local_credentials());
    for (int i = 0; i < 400; ++i) {
      base::Bytes bytes = last;
      for (std::uint32_t flips = random.below(4); flips > 0; --flips)
        bytes[random.below(static_cast<std::uint32_t>(bytes.size()))] =
            static_cast<std::byte>(random.below(256));
      alone.hear(bytes, {alone.there.ip, static_cast<std::uint16_t>(1 + random.below(100))});
      alone.now += milliseconds(random.below(300));
      alone.agent.handle_timeout(alone.now);
      for (Transmit& transmit : alone.sent()) {
        if (random.below(8) == 0) last = std::move(transmit.bytes);
      }
      const auto due = alone.agent.poll_timeout();
      ASSERT_TRUE(!due || *due > alone.now);
      while (alone.agent.poll_event()) {
      }
    }
    EXPECT_LE(alone.agent.pairs().size(), Checklist::kMostPairs);
  }
}

}  // namespace
}  // namespace parlor::ice
