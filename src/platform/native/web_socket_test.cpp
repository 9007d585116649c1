#include "native/web_socket.hpp"

#include <optional>

#include "crypto/hash.hpp"
#include "native/http_fetch.hpp"
#include "native/native_test.hpp"

namespace parlor::platform::native {
namespace {

struct SocketOwner final : WebSocketOwner {
  void on_socket_open() override { said += "open;"; }
  void on_socket_text(std::string_view text) override { said.append("text ").append(text).append(";"); }
  void on_socket_bytes(base::BytesView bytes) override {
    said += "bytes " + std::to_string(bytes.size()) + ';';
  }
  void on_socket_close(std::uint16_t code, std::string_view reason) override {
    said.append("close " + std::to_string(code) + ' ').append(reason).append(";");
    closed = true;
    if (loop != nullptr) loop->bury(std::exchange(socket, nullptr));
  }
  void on_socket_sent() override { ++sent; }
  std::string said;
  bool closed = false;
  int sent = 0;
  Loop* loop = nullptr;
  std::shared_ptr<WebSocket> socket;
};

std::string answer_of(const std::string& request) {
  const std::size_t at = request.find("Sec-WebSocket-Key: ") + 19;
  const std::string key = request.substr(at, request.find("\r\n", at) - at);
  return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: "
         "Upgrade\r\nSec-WebSocket-Accept: " +
         base::to_base64(crypto::sha1(base::as_bytes(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))) +
         "\r\n\r\n";
}

class WebSocketTest : public testing::Test {
 protected:
  WebSocketTest() { owner.loop = &loop; }
  bool heard(std::string_view end) {
    return run_until(loop, [&] { return server->heard().ends_with(end); });
  }
  void connect(const std::string& url) { owner.socket = WebSocket::open(loop, owner, url); }
  void open() {
    connect(server->at("ws"));
    ASSERT_TRUE(heard("\r\n\r\n"));
    server->say(answer_of(server->heard()));
    ASSERT_TRUE(run_until(loop, [&] { return owner.said == "open;"; })) << owner.said;
    owner.said.clear();
    opened_at = server->heard().size();
  }
  bool closed() {
    return run_until(loop, [&] { return owner.closed; });
  }

  Loop loop;
  std::optional<TestServer> server{std::in_place, loop};
  SocketOwner owner;
  std::size_t opened_at = 0;
};

TEST_F(WebSocketTest, OpensAndPassesMessagesBothWays) {
  open();
  owner.socket->send_text("hello");
  owner.socket->flush();
  EXPECT_TRUE(run_until(loop, [&] { return server->heard().size() == opened_at + 2 + 4 + 5; }));
  server->say(std::string("\x81\x02hi\x82\x03") + std::string(3, '\0'));
  EXPECT_TRUE(run_until(loop, [&] { return owner.said == "text hi;bytes 3;"; })) << owner.said;
  EXPECT_EQ(owner.socket->buffered(), 0U);
}

TEST_F(WebSocketTest, SaysNothingFromWithinACall) {
  connect("nonsense");
  EXPECT_EQ(owner.said, "");
  ASSERT_TRUE(closed());
  EXPECT_EQ(owner.said, "close 1006 Its address is no ws:// or wss:// URL.;");
}

TEST_F(WebSocketTest, WhatNobodyListensAtIsSaid) {
  const std::string url = server->at("ws");
  server.reset();
  connect(url);
  ASSERT_TRUE(closed());
  const std::string place = url.substr(5, url.find('/', 5) - 5);  // behind "ws://"
  EXPECT_EQ(owner.said, "close 1006 Nothing listens at " + place +
                            ": check the address and the port, or try again later.;");
}

TEST_F(WebSocketTest, WhatNobodyListensAtIsSaidWithTheSchemesPort) {
  connect("ws://[::1]");
  ASSERT_TRUE(closed());
  if (owner.said.find("Nothing listens") == std::string::npos)
    GTEST_SKIP() << owner.said;  // no IPv6, or a server
  EXPECT_TRUE(owner.said.starts_with("close 1006 Nothing listens at [::1]:80: check")) << owner.said;
}

TEST_F(WebSocketTest, TriesTheOtherAddressesOfAName) {
  server.emplace(loop, "::1");
  if (server->port() == 0) GTEST_SKIP() << "no IPv6 here";
  connect(server->at("ws", "localhost"));  // 127.0.0.1 comes first, where nobody listens
  EXPECT_TRUE(heard("\r\n\r\n"));
}

TEST_F(WebSocketTest, AServerThatHangsUpIsTold) {
  open();
  server->hang_up();
  ASSERT_TRUE(closed());
  EXPECT_EQ(owner.said, "close 1006 It ended the connection.;");
}

TEST_F(WebSocketTest, ACloseOfTheServerIsAnsweredAndTold) {
  open();
  server->say(std::string("\x88\x0b\x0f\xa3room_full", 13));
  ASSERT_TRUE(closed());
  EXPECT_EQ(owner.said, "close 4003 room_full;");
  EXPECT_TRUE(run_until(loop, [&] { return server->ended(); })) << "no more follows the answer";
  EXPECT_EQ(server->heard().size(), opened_at + 2 + 4 + 2);
}

TEST_F(WebSocketTest, ClosesInOrderThoughItsOwnerIsGone) {
  open();
  owner.socket->send_text("last words");
  owner.socket->close(1000);
  owner.socket.reset();
  EXPECT_EQ(loop.kept(), 1U);
  EXPECT_TRUE(
      run_until(loop, [&] { return server->heard().size() == opened_at + (2 + 4 + 10) + (2 + 4 + 2); }));
  server->say(std::string("\x81\x04late\x88\x02\x03\xe8", 10));
  EXPECT_TRUE(run_until(loop, [&] { return loop.kept() == 0; }));
  EXPECT_EQ(owner.said, "") << "nothing is told any more";
}

TEST_F(WebSocketTest, AServerThatNeverAnswersACloseIsNotWaitedForLong) {
  open();
  owner.socket->close(1000);
  owner.socket.reset();
  const base::Time begin = now();
  EXPECT_TRUE(run_until(loop, [&] { return loop.kept() == 0; }));
  EXPECT_GE(now() - begin, WebSocket::kCloseDeadline);
}

TEST_F(WebSocketTest, WhatTheServerDoesNotReadWaitsAndIsCounted) {
  open();
  server->stall();
  const std::string message(60'000, 'm');
  while (owner.socket->buffered() < 200'000) {
    owner.socket->send_text(message);
    owner.socket->flush();
  }
  EXPECT_EQ(owner.sent, 0);
}

TEST_F(WebSocketTest, AServerThatNeverReadsIsGivenUpAtALimit) {
  open();
  server->stall();
  const std::string message(60'000, 'm');
  for (int i = 0; i < 4'000 && !owner.closed; ++i) {
    if (owner.socket->buffered() > WebSocket::kMaxQueued) break;
    owner.socket->send_text(message);
    owner.socket->flush();
  }
  ASSERT_TRUE(closed());
  EXPECT_EQ(owner.said, "close 1006 It takes nothing any more.;");
}

TEST_F(WebSocketTest, ATlsServerThatIsNoneIsSaid) {
  connect(server->at("wss"));
  ASSERT_TRUE(run_until(loop, [&] { return !server->heard().empty(); }));
  server->say("HTTP/1.1 400 Bad Request\r\n\r\n");
  ASSERT_TRUE(closed());
  EXPECT_EQ(owner.said, "close 1006 No TLS connection could be made with it: is it one for wss://?;");
}

TEST_F(WebSocketTest, AnOwnerMayOpenAnotherWhenOneCloses) {
  // As a room does that looks for its server again.
  struct Again final : WebSocketOwner {
    explicit Again(Loop& in, std::string to) : loop(in), url(std::move(to)) { open(); }
    void open() { socket = WebSocket::open(loop, *this, url); }
    void on_socket_open() override {}
    void on_socket_text(std::string_view) override {}
    void on_socket_bytes(base::BytesView) override {}
    void on_socket_sent() override {}
    void on_socket_close(std::uint16_t, std::string_view) override {
      loop.bury(std::exchange(socket, nullptr));
      if (++closes < 3) open();
    }
    Loop& loop;
    std::string url;
    int closes = 0;
    std::shared_ptr<WebSocket> socket;
  };
  Again again(loop, server->at("ws"));
  for (int i = 1; i <= 3; ++i) {
    ASSERT_TRUE(run_until(loop, [&] { return server->accepted() == i; }));
    loop.turn(base::milliseconds(1));
    server->hang_up();
  }
  EXPECT_TRUE(run_until(loop, [&] { return again.closes == 3; }));
}

TEST(HttpFetch, GivesTheBodyOfAnAnswerAndNothingElse) {
  Loop loop;
  TestServer server(loop);
  std::string body;
  auto fetch = HttpFetch::get(loop, server.at("http"), [&](const std::string& got) { body = got; });
  ASSERT_TRUE(run_until(loop, [&] { return server.heard().ends_with("\r\n\r\n"); }));
  EXPECT_TRUE(server.heard().starts_with("GET /v1?x=1 HTTP/1.1\r\nHost: 127.0.0.1:")) << server.heard();
  server.say("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n");
  EXPECT_TRUE(run_until(loop, [&] { return body == "hello"; })) << body;

  for (const std::string_view answer :
       {"HTTP/1.1 404 Not Found\r\nContent-Length: 1\r\n\r\nx", "nonsense\r\n\r\n"}) {
    bool told = false;
    fetch = HttpFetch::get(loop, server.at("http"), [&](const std::string&) { told = true; });
    const int before = server.accepted();
    ASSERT_TRUE(run_until(loop, [&] { return server.accepted() > before; }));
    server.say(answer);
    EXPECT_TRUE(run_until(loop, [&] { return server.ended(); }));
    EXPECT_FALSE(told) << answer;
  }
}

TEST(HttpFetch, TellsNothingOnceItIsCancelled) {
  Loop loop;
  TestServer server(loop);
  bool told = false;
  auto fetch = HttpFetch::get(loop, server.at("http"), [&](const std::string&) { told = true; });
  ASSERT_TRUE(run_until(loop, [&] { return server.heard().ends_with("\r\n\r\n"); }));
  server.say("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi");
  fetch->cancel();
  fetch.reset();
  EXPECT_TRUE(run_until(loop, [&] { return server.ended(); }));
  EXPECT_FALSE(told);
}

}  // namespace
}  // namespace parlor::platform::native
