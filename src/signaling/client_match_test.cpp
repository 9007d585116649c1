// A client that searches for a match: on another connection when the first is lost, and in another room when
// the one where it waited alone is given up.

#include <gtest/gtest.h>

#include "signaling/client.hpp"

namespace parlor::signaling {
namespace {

using base::milliseconds;
using base::seconds;

TEST(ClientMatch, GoesOnInAnotherRoomWhenTheOneWhereItWaitedAloneIsGivenUp) {
  ClientConfig config;
  config.server = "ws://h";
  config.hello = {kProtocolVersion, "cubes", "", "Ada"};
  config.entry = FindMatch{};
  base::Time now = base::time_from(seconds(1000));
  Client client(config, now);
  client.handle_open(now);
  const auto hear = [&](const ServerMessage& message) { client.handle_frame(now, write(message)); };
  hear(JoinedRoom{"kamo-ridun", "", "t1", PeerId{7}, PeerId{7}, 1, 2, {}});
  const JoinedRoom other{"bifo-gamek", "", "t2", PeerId{5}, PeerId{9}, 1, 2, {{PeerId{9}, "Bob"}}};
  hear(other);
  hear(other);  // the same again is nothing new
  std::vector<JoinedRoom> joined;
  while (const auto event = client.poll_event()) joined.push_back(std::get<JoinedRoom>(*event));
  ASSERT_EQ(joined.size(), 2U);
  EXPECT_EQ(joined[1], other);
  while (client.poll_transmit()) {
  }
  client.handle_close(now, 1006, "");
  now = *client.poll_timeout();
  client.handle_timeout(now);
  ASSERT_TRUE(client.poll_transmit());
  client.handle_open(now);
  const auto sent = client.poll_transmit();
  ASSERT_TRUE(sent && std::holds_alternative<SendFrame>(*sent));
  EXPECT_EQ(std::get<SendFrame>(*sent).text, write(ClientMessage(JoinRoom{"bifogamek", "t2", true})));
}

class ClientSearch : public ::testing::Test {
 protected:
  static ClientConfig config() {
    ClientConfig made;
    made.server = "ws://h";
    made.hello = {kProtocolVersion, "cubes", "", "Ada"};
    QuickMatch want;
    want.rating = 1500;
    want.patience = base::milliseconds(8000);
    made.entry = FindMatch{want};
    return made;
  }
  void hear(const ServerMessage& message) { client.handle_frame(now, write(message)); }
  /// Opens the socket that was asked for; what is said on it.
  QuickMatch open() {
    bool asked = false;
    while (const auto out = client.poll_transmit()) asked = asked || std::holds_alternative<OpenSocket>(*out);
    EXPECT_TRUE(asked);
    client.handle_open(now);
    const auto out = client.poll_transmit();
    if (!out || !std::holds_alternative<SendFrame>(*out)) return {};
    const auto message = parse_client_message(std::get<SendFrame>(*out).text);
    return message && std::holds_alternative<FindMatch>(*message) ? std::get<FindMatch>(*message).want
                                                                  : QuickMatch{};
  }
  void try_again() {
    now = *client.poll_timeout();
    client.handle_timeout(now);
  }
  template <class T>
  T told() {
    const auto event = client.poll_event();
    EXPECT_TRUE(event && std::holds_alternative<T>(*event));
    return event && std::holds_alternative<T>(*event) ? std::get<T>(*event) : T{};
  }

  base::Time now = base::time_from(seconds(1000));
  Client client{config(), now};
};

TEST_F(ClientSearch, GoesOnOnAnotherConnectionWithWhatIsLeftOfItsTime) {
  EXPECT_EQ(open().window, 100U);
  hear(SearchingMatch{0, 1});
  told<SearchingMatch>();
  now += seconds(2);
  hear(SearchingMatch{2000, 1});
  told<SearchingMatch>();
  client.handle_close(now, 1006, "");
  EXPECT_FALSE(client.poll_event()) << "it searches still";
  const base::Time lost = now;
  try_again();
  client.handle_close(now, 1006, "");
  try_again();
  const auto waited = std::chrono::duration_cast<milliseconds>(seconds(2) + (now - lost));
  const QuickMatch again = open();
  EXPECT_EQ(again.patience, milliseconds(8000) - waited);
  EXPECT_EQ(again.window, 100U + 50 * waited.count() / 1000);
  hear(SearchingMatch{0, 0});
  EXPECT_EQ(told<SearchingMatch>().waited_ms, waited.count());
  hear(JoinedRoom{"kamo-ridun", "", "t", PeerId{7}, PeerId{9}, 1, 2, {{PeerId{9}, "Bob"}}});
  EXPECT_EQ(told<JoinedRoom>().code, "kamo-ridun");
}

TEST_F(ClientSearch, WidensNoFurtherThanItMayAndWaitsNoLongerThanNotAtAll) {
  open();
  hear(SearchingMatch{0, 0});
  now += seconds(25);
  hear(SearchingMatch{25'000, 0});
  client.handle_close(now, 4014, "");
  now += seconds(4);
  try_again();
  const QuickMatch again = open();
  EXPECT_EQ(again.window, 1000U);
  EXPECT_EQ(again.patience, milliseconds(0));
}

TEST_F(ClientSearch, EndsWhenTheServerIsNotFoundAgainWithinTheGraceTime) {
  open();
  hear(SearchingMatch{0, 1});
  told<SearchingMatch>();
  const base::Time began = now;
  client.handle_close(now, 1001, "");
  while (client.state() != ClientState::closed && now - began < seconds(120)) {
    try_again();
    if (client.state() == ClientState::connecting) client.handle_close(now, 1006, "");
  }
  EXPECT_EQ(told<Disconnected>().reason, Reason::no_server);
  EXPECT_GE(now - began, seconds(30));
  EXPECT_LE(now - began, seconds(35));
}

TEST_F(ClientSearch, ThatWasRefusedOrNeverBeganIsNotTriedAgain) {
  open();
  client.handle_close(now, 1006, "");
  EXPECT_EQ(told<Disconnected>().reason, Reason::no_server);
  Client refused(config(), now);
  refused.handle_open(now);
  refused.handle_frame(now, write(ServerMessage(SearchingMatch{0, 0})));
  refused.handle_frame(now, write(ServerMessage(Error{ErrorCode::rate_limited, "Too many rooms.", "match"})));
  EXPECT_EQ(refused.state(), ClientState::closed);
}

}  // namespace
}  // namespace parlor::signaling
