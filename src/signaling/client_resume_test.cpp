// A client that loses its server and comes back.

#include <gtest/gtest.h>

#include "signaling/client.hpp"

namespace parlor::signaling {
namespace {

using base::milliseconds;
using base::seconds;

const JoinedRoom kJoinedFirst{"kamo-ridun", "", "ticket-1", PeerId{7}, PeerId{9}, 1, 8, {{PeerId{9}, "Bob"}}};

class ClientResume : public ::testing::Test {
 protected:
  static ClientConfig config() {
    ClientConfig made;
    made.server = "wss://play.example.com";
    made.hello = {kProtocolVersion, "cubes", "", "Ada"};
    made.entry = CreateRoom{8, ""};
    made.seed = 42;
    return made;
  }
  ClientResume() : client(config(), now) {
    client.handle_open(now);
    hear(Welcome{});
    hear(kJoinedFirst);
    drain();
  }
  void hear(const ServerMessage& message) { client.handle_frame(now, write(message)); }
  void drain() {
    opened.clear();
    frames.clear();
    closed.clear();
    events.clear();
    while (auto out = client.poll_transmit()) {
      if (auto* open = std::get_if<OpenSocket>(&*out)) opened.push_back(open->url);
      if (auto* send = std::get_if<SendFrame>(&*out)) frames.push_back(send->text);
      if (auto* close = std::get_if<CloseSocket>(&*out)) closed.push_back(close->code);
    }
    while (auto event = client.poll_event()) events.push_back(*event);
  }
  /// Until the next attempt; how long it took.
  base::Duration pause() {
    const base::Time before = now;
    EXPECT_EQ(client.state(), ClientState::pausing);
    now = *client.poll_timeout();
    client.handle_timeout(now);
    drain();
    EXPECT_EQ(opened.size(), 1U);
    return now - before;
  }
  template <class T>
  [[nodiscard]] bool heard() const {
    return events.size() == 1 && std::holds_alternative<T>(events[0]);
  }

  base::Time now = base::time_from(seconds(1000));
  Client client;
  std::vector<std::string> opened;
  std::vector<std::string> frames;
  std::vector<std::uint16_t> closed;
  std::vector<ClientEvent> events;
};

TEST_F(ClientResume, OfARoomThatWasMadeOrJoinedAnotherIsIgnored) {
  hear(JoinedRoom{"bifo-gamek", "", "t2", PeerId{5}, PeerId{9}, 1, 2, {{PeerId{9}, "Bob"}}});
  drain();
  EXPECT_TRUE(events.empty());
}

TEST_F(ClientResume, ALostConnectionIsMadeAnewWithTheTicketInTheFirstFrame) {
  client.handle_close(now, 1006, "");
  drain();
  EXPECT_TRUE(heard<Interrupted>());
  pause();
  EXPECT_EQ(opened[0], "wss://play.example.com/v1?version=1&game=cubes&name=Ada");
  client.handle_open(now);
  drain();
  ASSERT_EQ(frames.size(), 1U);
  EXPECT_EQ(frames[0], R"({"type":"join","code":"kamoridun","ticket":"ticket-1","resume":true})");
  hear(Welcome{});
  JoinedRoom again = kJoinedFirst;
  again.ticket = "ticket-2";
  hear(again);
  EXPECT_EQ(client.state(), ClientState::joined);
  drain();
  ASSERT_EQ(events.size(), 2U);
  EXPECT_TRUE(std::holds_alternative<Welcome>(events[0]));
  EXPECT_EQ(std::get<JoinedRoom>(events[1]), again);
  // And the next time with the new ticket.
  client.handle_close(now, 1001, "");
  pause();
  client.handle_open(now);
  drain();
  EXPECT_NE(frames[0].find("ticket-2"), std::string::npos);
}

TEST_F(ClientResume, TheTicketThatCameWithANewTermIsTheOneToShow) {
  hear(HostOfRoom{PeerId{7}, 2, "ticket-9"});
  client.handle_close(now, 1006, "");
  pause();
  client.handle_open(now);
  drain();
  EXPECT_NE(frames[0].find("ticket-9"), std::string::npos);
}

TEST_F(ClientResume, PausesGrowUpToALimitAndAreNotTheSameForAll) {
  client.handle_close(now, 1006, "");
  base::Duration expected = milliseconds(250);
  for (int attempt = 0; attempt < 24; ++attempt) {
    const base::Duration took = pause();
    EXPECT_GT(took, expected);
    EXPECT_LE(took, 2 * expected + base::microseconds(1));
    expected = attempt + 1 < 20 ? std::min<base::Duration>(2 * expected, seconds(2)) : seconds(10);
    client.handle_close(now, 1006, "");
    EXPECT_FALSE(client.poll_event().has_value() && attempt > 0) << "told once";
  }
  ClientConfig other = config();
  other.seed = 43;
  Client second(other, now);
  Client first(config(), now);
  for (Client* one : {&first, &second}) {
    one->handle_open(now);
    one->handle_frame(now, write(ServerMessage(kJoinedFirst)));
    one->handle_close(now, 1006, "");
  }
  EXPECT_NE(first.poll_timeout(), second.poll_timeout());
}

TEST_F(ClientResume, ThePausesBeginAnewOnceItWasBack) {
  client.handle_close(now, 1006, "");
  for (int i = 0; i < 8; ++i) {
    pause();
    client.handle_close(now, 1006, "");
  }
  pause();
  client.handle_open(now);
  hear(kJoinedFirst);
  client.handle_close(now, 1006, "");
  EXPECT_LE(pause(), milliseconds(501));
}

TEST_F(ClientResume, AServerThatDoesNotAnswerAnAttemptIsTriedAgain) {
  client.handle_close(now, 1006, "");
  pause();
  now += seconds(10);
  client.handle_timeout(now);  // the socket did not open
  drain();
  EXPECT_EQ(closed, (std::vector<std::uint16_t>{4019}));
  EXPECT_TRUE(events.empty());
  pause();
  client.handle_open(now);
  now += seconds(10);
  client.handle_timeout(now);  // it did, and nothing was said
  EXPECT_EQ(client.state(), ClientState::pausing);
}

TEST_F(ClientResume, APlaceThatIsGoneEndsIt) {
  for (const ErrorCode code : {ErrorCode::no_such_room, ErrorCode::replaced, ErrorCode::room_full,
                               ErrorCode::build_mismatch, ErrorCode::unsupported_version}) {
    ClientResume::now += seconds(1);
    Client one(config(), now);
    one.handle_open(now);
    one.handle_frame(now, write(ServerMessage(kJoinedFirst)));
    one.handle_close(now, 1006, "");
    now = *one.poll_timeout();
    one.handle_timeout(now);
    one.handle_open(now);
    one.handle_frame(now, write(ServerMessage(Error{code, "x", "join"})));
    EXPECT_EQ(one.state(), ClientState::closed) << to_string(code);
    EXPECT_FALSE(one.poll_timeout());
  }
}

TEST_F(ClientResume, ABusyServerIsTriedAgain) {
  for (const ErrorCode code : {ErrorCode::rate_limited, ErrorCode::server_full, ErrorCode::server_shutdown}) {
    client.handle_close(now, 1006, "");
    pause();
    client.handle_open(now);
    hear(Error{code, "x", "join"});
    EXPECT_EQ(client.state(), ClientState::pausing) << to_string(code);
    pause();
    client.handle_open(now);
    hear(kJoinedFirst);
  }
}

TEST_F(ClientResume, WithoutATicketTheEndIsTheEnd) {
  Client one(config(), now);
  one.handle_open(now);
  JoinedRoom joined = kJoinedFirst;
  joined.ticket.clear();
  one.handle_frame(now, write(ServerMessage(joined)));
  one.handle_close(now, 1006, "");
  EXPECT_EQ(one.state(), ClientState::closed);
}

TEST_F(ClientResume, LeavingDuringAPauseIsTheEndAndClosesNothing) {
  client.handle_close(now, 1006, "");
  drain();
  client.leave();
  drain();
  EXPECT_EQ(client.state(), ClientState::closed);
  EXPECT_TRUE(closed.empty() && frames.empty() && events.empty());
  EXPECT_FALSE(client.poll_timeout());
}

TEST_F(ClientResume, WhatIsSaidDuringAPauseGoesNowhere) {
  client.handle_close(now, 1006, "");
  client.send(EndOfCandidates{PeerId{9}});
  hear(HostOfRoom{PeerId{7}, 2});
  drain();
  EXPECT_TRUE(frames.empty());
  EXPECT_TRUE(heard<Interrupted>());
}

}  // namespace
}  // namespace parlor::signaling
