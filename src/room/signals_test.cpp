// Offers, answers and candidates on their way between the server and the carriers: what others say decides
// how many they are and how long.

#include <gtest/gtest.h>

#include "room/machine.hpp"
#include "signaling/messages.hpp"

namespace parlor::room {
namespace {

using base::milliseconds;
using base::seconds;

constexpr PeerId kMe{3};
constexpr PeerId kMallory{7};

/// A member in a room with one other, whose server is the test.
class SignalsTest : public testing::Test {
 protected:
  SignalsTest() : machine_(options(), now_) {
    machine_.handle_server_open(now_);
    hear(signaling::Welcome{});
    signaling::JoinedRoom joined;
    joined.code = "kamo-ridun";
    joined.ticket = "t";
    joined.you = kMe;
    joined.host = kMallory;
    joined.term = 1;
    joined.size = 8;
    joined.members.push_back({kMallory, "Mallory"});
    hear(joined);
    drain();
  }
  static RoomOptions options() {
    RoomOptions options;
    options.server = "ws://server";
    options.game = "test";
    options.name = "Ada";
    options.entry = Join{"kamo-ridun", ""};
    return options;
  }
  void hear(const signaling::ServerMessage& message) {
    machine_.handle_server_frame(now_, signaling::write(message));
  }
  void drain() {
    while (auto transmit = machine_.poll_transmit()) {
      if (auto* open = std::get_if<OpenCarrier>(&*transmit)) carrier_ = open->carrier;
      if (auto* frame = std::get_if<SendFrame>(&*transmit)) frames_.push_back(std::move(frame->text));
      if (std::holds_alternative<CarrierSignal>(*transmit)) ++taken_;
      if (std::holds_alternative<RestartCarrier>(*transmit)) ++restarts_;
    }
  }
  void carrier_says(Signal signal) {
    machine_.handle_carrier_signal(now_, carrier_, std::move(signal));
    drain();
  }
  /// How many signals came out to the server since the last call.
  std::size_t said() {
    drain();
    return std::exchange(frames_, {}).size();
  }
  /// How often the carrier was told to begin anew since the last call.
  int restarts() {
    drain();
    return std::exchange(restarts_, 0);
  }

  base::Time now_ = base::time_from(seconds(100));
  Machine machine_;
  CarrierId carrier_{};
  std::vector<std::string> frames_;
  std::size_t taken_ = 0;
  int restarts_ = 0;
};

TEST_F(SignalsTest, WhatTheServerWouldRefuseIsNotSaid) {
  said();
  using Type = Description::Type;
  carrier_says(Description{Type::offer, std::string(signaling::kMaxSdp + 1, 's')});
  carrier_says(Description{Type::answer, std::string(signaling::kMaxSdp + 1, 's')});
  carrier_says(IceCandidate{std::string(signaling::kMaxCandidate + 1, 'c'), "0", 0, "u"});
  carrier_says(IceCandidate{"c", std::string(signaling::kMaxMid + 1, 'm'), 0, "u"});
  carrier_says(IceCandidate{"c", "0", 0, std::string(signaling::kMaxUfrag + 1, 'u')});
  EXPECT_EQ(said(), 0u);
  carrier_says(Description{Type::answer, std::string(signaling::kMaxSdp, 's')});
  carrier_says(IceCandidate{std::string(signaling::kMaxCandidate, 'c'), std::string(signaling::kMaxMid, 'm'),
                            0, std::string(signaling::kMaxUfrag, 'u')});
  EXPECT_EQ(said(), 2u);
}

TEST_F(SignalsTest, WhatIsNoTextIsNotSaid) {
  said();
  using Type = Description::Type;
  for (const char* bad : {"a\xc3", "\xff", "\xed\xa0\x80"}) {
    carrier_says(Description{Type::offer, bad});
    carrier_says(Description{Type::answer, bad});
    carrier_says(IceCandidate{bad, "0", 0, "u"});
    carrier_says(IceCandidate{"c", bad, 0, "u"});
    carrier_says(IceCandidate{"c", "0", 0, bad});
  }
  EXPECT_EQ(said(), 0u);
  carrier_says(Description{Type::answer, "s=\xc3\xa9"});
  carrier_says(IceCandidate{"c", "\xc3\xa9", 0, "u"});
  EXPECT_EQ(said(), 2u);
}

TEST_F(SignalsTest, CandidatesBeyondTheLimitDoNotReachTheCarrier) {
  for (std::uint32_t i = 0; i < 3 * Link::kMaxCandidates; ++i) {
    hear(signaling::Candidate{kMallory, "candidate:" + std::to_string(i), "0", 0, "u"});
  }
  drain();
  EXPECT_EQ(taken_, Link::kMaxCandidates);
}

TEST_F(SignalsTest, CandidatesInADescriptionCountAsWell) {
  std::string crowd = "v=0\r\n";
  for (std::uint32_t i = 0; i <= Link::kMaxCandidates; ++i)
    crowd += "a=candidate:1 1 udp 1 192.0.2.1 9 typ host\r\n";
  hear(signaling::Offer{kMallory, crowd});
  hear(signaling::Answer{kMallory, crowd});
  drain();
  EXPECT_EQ(taken_, 0u);
  hear(signaling::Answer{kMallory, "v=0\r\n"});
  drain();
  EXPECT_EQ(taken_, 1u);
}

TEST_F(SignalsTest, SignalsWaitUntilTheServerTakesThem) {
  said();
  const auto candidate = [&] { carrier_says(IceCandidate{"c", "0", 0, "u"}); };
  for (std::uint32_t i = 0; i < Machine::kSignalBurst + 3; ++i) candidate();
  EXPECT_EQ(said(), Machine::kSignalBurst);
  for (int i = 1; i <= 3; ++i) {
    const auto due = machine_.poll_timeout();
    ASSERT_TRUE(due);
    EXPECT_EQ(*due,
              base::time_from(seconds(100)) + i * base::Duration(seconds(1)) / Machine::kSignalsPerSecond);
    now_ = *due - milliseconds(1);
    machine_.handle_timeout(now_);
    EXPECT_EQ(said(), 0u);
    now_ = *due;
    machine_.handle_timeout(now_);
    EXPECT_EQ(said(), 1u) << "one at its time";
  }
}

TEST_F(SignalsTest, LongSignalsCountAsOftenAsTheServerCountsThem) {
  said();
  const Description large{Description::Type::answer, std::string(signaling::kMaxSdp, 's')};
  const std::uint32_t cost = signaling::message_cost(
      signaling::write(signaling::ClientMessage(signaling::Answer{kMallory, large.sdp})).size());
  EXPECT_GE(cost, 9u);
  for (std::uint32_t i = 0; i < 2 * Machine::kSignalBurst / cost; ++i) carrier_says(large);
  EXPECT_EQ(said(), Machine::kSignalBurst / cost);
}

TEST_F(SignalsTest, AMemberWhoseConnectionTheServerClosedStaysWhileItsPathHolds) {
  machine_.handle_carrier_open(now_, carrier_);
  hear(signaling::PeerLeftRoom{kMallory, signaling::LeaveReason::removed});
  EXPECT_EQ(machine_.peers().size(), 1u);
  const Bytes hello(3);
  EXPECT_EQ(machine_.send(now_, kMallory, 0, hello), SendResult::queued);
  machine_.handle_carrier_state(now_, carrier_, CarrierState::failed, "");
  EXPECT_TRUE(machine_.peers().empty());
}

TEST_F(SignalsTest, AnAnswerToAnEarlierOfferIsNoneToTheLatest) {
  carrier_says(Description{Description::Type::offer, "v=0\r\na=ice-ufrag:first\r\n"});
  carrier_says(Description{Description::Type::offer, "v=0\r\na=ice-ufrag:second\r\n"});
  hear(signaling::Answer{kMallory, "v=0\r\na=x-parlor-offer:first\r\n"});
  now_ += seconds(6);
  hear(signaling::Offer{kMallory, "v=0\r\na=ice-ufrag:theirs\r\n"});
  EXPECT_EQ(restarts(), 1) << "the second was lost, and theirs is ignored for it";
  hear(signaling::Answer{kMallory, "v=0\r\na=x-parlor-offer:second\r\n"});
  now_ += seconds(6);
  hear(signaling::Offer{kMallory, "v=0\r\na=ice-ufrag:other\r\n"});
  EXPECT_EQ(restarts(), 0);
}

}  // namespace
}  // namespace parlor::room
