#pragma once
// A client in a test, whose server is the test.

#include <gtest/gtest.h>

#include "base/time.hpp"
#include "signaling/client.hpp"

namespace parlor::signaling::testing {

inline ClientConfig config(decltype(ClientConfig::entry) entry = JoinRoom{"kamoridun", ""}) {
  ClientConfig made;
  made.server = "ws://127.0.0.1:8080";
  made.hello = {1, "cubes", "b1", "Ada L"};
  made.entry = std::move(entry);
  return made;
}

inline const JoinedRoom kJoined{"kamo-ridun", "", "ticket", PeerId{7}, PeerId{9}, 1, 8, {{PeerId{9}, "Bob"}}};

class ClientTest : public ::testing::Test {
 protected:
  explicit ClientTest(ClientConfig made = config()) : client(std::move(made), now) {}

  void hear(const ServerMessage& message) { client.handle_frame(now, write(message)); }
  template <class T>
  T take() {
    auto event = client.poll_event();
    if (!event || !std::holds_alternative<T>(*event)) {
      ADD_FAILURE() << (event ? "another event" : "no event");
      return T{};
    }
    return std::get<T>(*event);
  }
  template <class T>
  T sent() {
    auto out = client.poll_transmit();
    if (!out || !std::holds_alternative<T>(*out)) {
      ADD_FAILURE() << (out ? "another output" : "no output");
      return T{};
    }
    return std::get<T>(*out);
  }
  [[nodiscard]] bool quiet() { return !client.poll_transmit() && !client.poll_event(); }
  /// Through the socket's opening into the room.
  void join() {
    sent<OpenSocket>();
    client.handle_open(now);
    hear(Welcome{});
    hear(kJoined);
    take<Welcome>();
    take<JoinedRoom>();
    ASSERT_TRUE(quiet());
  }
  /// The reason and sentence of the end, after which there is nothing more.
  Disconnected ended() {
    const Disconnected end = take<Disconnected>();
    EXPECT_EQ(client.state(), ClientState::closed);
    EXPECT_FALSE(client.poll_timeout());
    EXPECT_FALSE(client.poll_event());
    EXPECT_FALSE(end.message.empty());
    EXPECT_TRUE(end.message.back() == '.' || end.message.back() == ')') << end.message;
    return end;
  }

  base::Time now = base::time_from(base::seconds(100));
  Client client;
};

}  // namespace parlor::signaling::testing
