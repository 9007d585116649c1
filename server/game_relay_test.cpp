#include "server/game_relay.hpp"

#include <gtest/gtest.h>

#include <boost/asio/post.hpp>
#include <chrono>
#include <fstream>
#include <functional>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "server/ws_session.hpp"

namespace parlor::server {
namespace {

using signaling::ConnectionId;
using signaling::LeaveReason;

constexpr PeerId kAlice{11};
constexpr PeerId kBob{12};
const std::string kCode = "kamoridun";

base::Time steady_now() {
  const auto since = std::chrono::steady_clock::now().time_since_epoch();
  return base::time_from(std::chrono::duration_cast<base::Duration>(since));
}

/// alice is there on connection 1, bob on connection 2; both sockets take what comes.
class GameRelayTest : public ::testing::Test {
 protected:
  GameRelayTest() {
    enter(kAlice, ConnectionId{1});
    enter(kBob, ConnectionId{2});
  }
  GameRelay::Hooks hooks() {
    GameRelay::Hooks made;
    made.now = steady_now;
    made.address_of = [this](ConnectionId connection) { return connection == gone ? nullptr : &address; };
    made.send = [this](ConnectionId to, const relay::RelayTransmit& transmit) {
      got[to].push_back(*transmit.payload);
      if (on_send) on_send();
    };
    made.refused = [this](ConnectionId, relay::Refusal reason) { refused.push_back(reason); };
    made.stalled = [this](ConnectionId connection) {
      stalled.push_back(connection);
      if (on_stalled) on_stalled();
    };
    return made;
  }
  void enter(PeerId peer, ConnectionId connection, const std::string& code = kCode) {
    relay.follow(signaling::MemberEntered{code, connection, peer, 2});
    relay.writable(connection);
  }
  void say(ConnectionId from, const std::string& text, relay::Lane lane = relay::Lane::reliable) {
    relay::ClientFrame frame;
    frame.lane = lane;
    frame.payload = base::as_bytes(text);
    relay.frame(from, write(frame));
  }

  const ConnectionId gone{77};
  net::io_context io;
  base::IpAddress address = base::IpAddress::v4({192, 0, 2, 1});
  std::map<ConnectionId, std::vector<std::string>> got;
  std::vector<relay::Refusal> refused;
  std::vector<ConnectionId> stalled;
  std::function<void()> on_send;
  std::function<void()> on_stalled;
  GameRelay relay{io, {}, hooks()};
};

TEST_F(GameRelayTest, FollowsMembersAsTheyComeAndGo) {
  say(ConnectionId{1}, "a");
  EXPECT_EQ(got[ConnectionId{2}].size(), 1U);
  relay.follow(signaling::MemberAway{kCode, kBob});
  say(ConnectionId{1}, "b");
  EXPECT_EQ(got[ConnectionId{2}].size(), 1U);
  relay.follow(signaling::MemberBack{kCode, ConnectionId{3}, kBob, false});
  relay.writable(ConnectionId{3});
  say(ConnectionId{1}, "c");
  EXPECT_EQ(got[ConnectionId{3}].size(), 1U);
  relay.follow(signaling::MemberGone{kCode, kBob, LeaveReason::left, 1});
  say(ConnectionId{1}, "d");
  EXPECT_EQ(got[ConnectionId{3}].size(), 1U);
  EXPECT_EQ(relay.counters().members, 1U);
}

TEST_F(GameRelayTest, AMemberWhoseConnectionHasGoneMeanwhileIsNotThere) {
  relay.follow(signaling::MemberEntered{kCode, gone, PeerId{13}, 3});
  EXPECT_EQ(relay.counters().members, 2U);
}

TEST_F(GameRelayTest, RoomsWhoseCodesDifferInOneLetterAreTwo) {
  for (std::size_t i = 0; i < kCode.size(); ++i) {
    std::string code = kCode;
    code[i] = code[i] == 'a' ? 'e' : code[i] == 'b' ? 'd' : i % 2 == 0 ? 'b' : 'a';
    enter(PeerId{13}, ConnectionId{100 + i}, code);
  }
  EXPECT_EQ(relay.counters().rooms, 1 + kCode.size());
}

TEST_F(GameRelayTest, OrderHoldsWhereSendingComesBackToIt) {
  on_send = [&] {
    if (got[ConnectionId{2}].size() == 1) say(ConnectionId{1}, "second");
  };
  say(ConnectionId{1}, "first");
  EXPECT_EQ(got[ConnectionId{2}], (std::vector<std::string>{"first", "second"}));
}

TEST_F(GameRelayTest, GoesOnAfterASendThatThrew) {
  on_send = [] { throw std::runtime_error("no memory"); };
  EXPECT_THROW(say(ConnectionId{1}, "a"), std::runtime_error);
  on_send = nullptr;
  say(ConnectionId{1}, "b");
  EXPECT_EQ(got[ConnectionId{2}].back(), "b");
}

TEST_F(GameRelayTest, HandsOutLittleAtATime) {
  for (int i = 0; i < 100; ++i) say(ConnectionId{1}, std::string(1000, 'x'));
  const std::size_t first = got[ConnectionId{2}].size();
  EXPECT_LE(first, 9U);
  relay.writable(ConnectionId{2});
  EXPECT_LE(got[ConnectionId{2}].size(), 2 * first);
  EXPECT_GT(got[ConnectionId{2}].size(), first);
}

TEST_F(GameRelayTest, WakesByItselfWhenAPauseIsOver) {
  for (int i = 0; i < 5; ++i) say(ConnectionId{1}, std::string(16'000, 'x'), relay::Lane::bulk);
  on_send = [&] { net::post(io, [&] { relay.writable(ConnectionId{2}); }); };
  relay.writable(ConnectionId{2});
  io.run_for(std::chrono::seconds(20));  // ends as soon as nothing is left to do
  EXPECT_EQ(got[ConnectionId{2}].size(), 5U);
}

TEST_F(GameRelayTest, TellsOfWhoTakesNothingAndOthersHearAtOnceWhenItIsGone) {
  relay::RelayConfig impatient;
  impatient.patience = base::milliseconds(20);
  GameRelay short_lived(io, impatient, hooks());
  for (const auto& [peer, id] : {std::pair(kAlice, 1U), std::pair(kBob, 2U), std::pair(PeerId{13}, 3U)}) {
    short_lived.follow(signaling::MemberEntered{kCode, ConnectionId{id}, peer, 3});
    if (id != 2) short_lived.writable(ConnectionId{id});
  }
  relay::ClientFrame frame;
  frame.payload = base::as_bytes("x");
  short_lived.frame(ConnectionId{1}, write(frame));
  // What ends with bob makes news for alice: it must not wait for her next frame.
  on_stalled = [&] {
    short_lived.follow(signaling::MemberAway{kCode, kBob});
    short_lived.frame(ConnectionId{1}, write(frame));
  };
  io.run_for(std::chrono::seconds(20));
  EXPECT_EQ(stalled, std::vector{ConnectionId{2}});
  EXPECT_EQ(got[ConnectionId{3}], (std::vector<std::string>{"x", "x"}));
  EXPECT_EQ(short_lived.counters().waiting_frames, 0U);
}

TEST_F(GameRelayTest, TellsOfRefusals) {
  relay.frame(ConnectionId{1}, base::as_bytes("?"));
  relay.shut_down();
  say(ConnectionId{1}, "x");
  EXPECT_EQ(refused, (std::vector{relay::Refusal::malformed, relay::Refusal::off}));
}

TEST(RelayConfig, IsWithoutAWordOfTheOperatorTheDefault) {
  const relay::RelayConfig made = relay_config(config::ServeConfig(), 1);
  const relay::RelayConfig given;
  const auto same = [](const relay::Rate& one, const relay::Rate& other) {
    return one.burst == other.burst && one.per_second == other.per_second;
  };
  EXPECT_TRUE(same(made.sender_rate, given.sender_rate));
  EXPECT_TRUE(same(made.room_rate, given.room_rate));
  EXPECT_TRUE(same(made.site_rate, given.site_rate));
  EXPECT_TRUE(same(made.neighbourhood_rate, given.neighbourhood_rate));
  EXPECT_TRUE(same(made.server_rate, given.server_rate));
  EXPECT_EQ(made.sender_waiting, given.sender_waiting);
  EXPECT_EQ(made.room_waiting, given.room_waiting);
  EXPECT_EQ(made.site_waiting, given.site_waiting);
  EXPECT_EQ(made.neighbourhood_waiting, given.neighbourhood_waiting);
  EXPECT_EQ(made.server_waiting, given.server_waiting);
}

TEST(RelayConfig, AnIpv6Slash48HasSomeSitesWorthAndNeverAll) {
  config::ServeConfig operators;
  operators.relay_rate_per_site = 100;
  EXPECT_EQ(relay_config(operators, 1).neighbourhood_rate.per_second, 800U * 1024);
  operators.relay_rate_per_site = 24 * 1024;
  EXPECT_EQ(relay_config(operators, 1).neighbourhood_rate.per_second, 24U << 20U);
}

TEST(RelayConfig, TakesBudgetsAndSharesTheMemoryOut) {
  config::ServeConfig operators;
  operators.relay_rate_per_member = 512 * 1024;  // the most that may be said is the most that a rate holds
  operators.relay_memory = 64;
  EXPECT_EQ(relay_config(operators, 1).sender_rate.burst, 1U << 30U);
  EXPECT_EQ(relay_config(operators, 2).server_waiting, 32U << 20U);
  EXPECT_EQ(relay_config(operators, 16).server_waiting, 16U << 20U) << "the least";
}

TEST(RelayConfig, NobodyFillsMoreThanAPartOfAWorkersMemory) {
  for (const std::size_t workers : {1U, 2U, 16U, 256U}) {
    for (const std::uint32_t memory : {16U, 256U, 64U * 1024U}) {
      config::ServeConfig operators;
      operators.relay_memory = memory;
      const relay::RelayConfig made = relay_config(operators, workers);
      EXPECT_LE(made.neighbourhood_waiting, made.server_waiting / 4);
      EXPECT_LE(made.site_waiting, made.server_waiting / 8);
      EXPECT_LE(made.room_waiting, made.server_waiting / 8);
      EXPECT_LE(made.sender_waiting, made.room_waiting / 2);
      EXPECT_GE(made.sender_waiting, 1U << 20U) << "what windows let wait for eight receivers";
    }
  }
}

TEST(RelayConfig, WhatIsReadFromAConnectionIsWhatThePageSays) {
  std::ifstream file(std::string(PARLOR_SOURCE_DIR) + "/docs/relay.md");
  std::stringstream page;
  page << file.rdbuf();
  const auto mib = [](std::uint64_t bytes) { return std::to_string(bytes >> 20U) + " MiB"; };
  const std::string row = "from a connection, with " + std::to_string(relay::kHandlingCost) +
                          " bytes more for each frame, " + std::to_string(relay::kRecipientHandlingCost) +
                          " for each further recipient and " + std::to_string(relay::kAgainHandlingCost) +
                          " for each `again` | " + mib(kGameReadBurst) + " at once, then " +
                          mib(kGameReadPerSecond) + " per second";
  EXPECT_NE(page.str().find(row), std::string::npos) << row;
}

}  // namespace
}  // namespace parlor::server
