#include "server/game_relay.hpp"

#include <gtest/gtest.h>

#include <boost/asio/post.hpp>
#include <chrono>
#include <functional>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

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
  std::function<void()> on_send;
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

TEST_F(GameRelayTest, TellsOfRefusals) {
  relay.frame(ConnectionId{1}, base::as_bytes("?"));
  relay.shut_down();
  say(ConnectionId{1}, "x");
  EXPECT_EQ(refused, (std::vector{relay::Refusal::malformed, relay::Refusal::off}));
}

}  // namespace
}  // namespace parlor::server
