#include "native/http_response.hpp"

#include <gtest/gtest.h>

namespace parlor::platform::native {
namespace {

using State = HttpResponse::State;

/// Byte by byte, then the end where it is said.
HttpResponse read(std::string_view text, bool ends = false, std::size_t most = 1000) {
  HttpResponse response(most);
  for (const char& c : text) response.add({&c, 1});
  HttpResponse whole(most);
  whole.add(text);
  if (ends) response.end();
  if (ends) whole.end();
  EXPECT_EQ(response.state(), whole.state()) << "however it is cut";
  EXPECT_EQ(response.body(), whole.body());
  return response;
}

TEST(HttpHead, IsReadWithItsFields) {
  const auto head = parse_http_head(
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: WebSocket\r\nX:\r\nConnection: keep-alive,  Upgrade "
      "\r\n\r\n");
  ASSERT_TRUE(head);
  EXPECT_EQ(head->status, 101);
  EXPECT_EQ(head->field("x"), "");
  EXPECT_EQ(head->field("y"), std::nullopt);
  EXPECT_TRUE(head->lists("upgrade", "websocket"));
  EXPECT_TRUE(head->lists("connection", "upgrade"));
  EXPECT_FALSE(head->lists("connection", "close"));
}

TEST(HttpHead, RefusesWhatIsNone) {
  for (const std::string_view text :
       {"", "\r\n\r\n", "HTTP/2 200\r\n\r\n", "HTTP/1.1 20\r\n\r\n", "HTTP/1.1 2000\r\n\r\n",
        "HTTP/1.1 abc\r\n\r\n", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
        "HTTP/1.1 200 OK\r\nblank : x\r\n\r\n", "HTTP/1.1 200 OK\r\na: b\r\n folded\r\n\r\n",
        "HTTP/1.1 200 OK\r\n: x\r\n\r\n", "HTTP/1.1 200 OK\r\na: b\nc\r\n\r\n",
        "HTTP/1.1 200 OK\r\n\r\nmore"}) {
    EXPECT_FALSE(parse_http_head(text)) << text;
  }
  std::string many = "HTTP/1.1 200 OK\r\n";
  for (std::size_t i = 0; i < kMaxHttpFields; ++i) many += "a: b\r\n";
  EXPECT_TRUE(parse_http_head(many + "\r\n"));
  EXPECT_FALSE(parse_http_head(many + "a: b\r\n\r\n"));
}

TEST(HttpResponse, HasABodyByItsLengthInChunksOrToTheEnd) {
  const auto by_length = read("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello and more");
  EXPECT_EQ(by_length.state(), State::complete);
  EXPECT_EQ(by_length.body(), "hello");
  const auto chunks = read(
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nhel\r\n2\r\nlo\r\n0\r\nTrailer: "
      "t\r\n\r\n");
  EXPECT_EQ(chunks.state(), State::complete);
  EXPECT_EQ(chunks.body(), "hello");
  EXPECT_EQ(read("HTTP/1.1 200 OK\r\n\r\nhello").state(), State::body);
  EXPECT_EQ(read("HTTP/1.1 200 OK\r\n\r\nhello", true).state(), State::complete);
  EXPECT_EQ(read("HTTP/1.1 204 No Content\r\n\r\n").state(), State::complete);
  const auto interim =
      read("HTTP/1.1 103 Early Hints\r\nA: b\r\n\r\nHTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(interim.state(), State::complete);
  EXPECT_EQ(interim.head().status, 404);
}

TEST(HttpResponse, IsBadWhereItIsCutOffOrContradictsItself) {
  for (const std::string_view text :
       {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 5, 5\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\n\r\n", "HTTP/1.1 200 OK\r\nContent", "nonsense\r\n\r\n"}) {
    EXPECT_EQ(read(text, true).state(), State::bad) << text;
  }
}

TEST(HttpResponse, HasLimits) {
  EXPECT_EQ(read("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n", false, 5).state(), State::bad);
  EXPECT_EQ(read("HTTP/1.1 200 OK\r\n\r\n123456", false, 5).state(), State::bad);
  EXPECT_EQ(
      read("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n123\r\n3\r\n456\r\n", false, 5).state(),
      State::bad);
  EXPECT_EQ(read("HTTP/1.1 200 OK\r\n" + std::string(kMaxHttpHead, 'a')).state(), State::bad);
  EXPECT_EQ(read("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + std::string(2000, '0')).state(),
            State::bad);
  std::string trailers = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n";
  for (int i = 0; i < 20; ++i) trailers += "a: " + std::string(900, 'b') + "\r\n";
  EXPECT_EQ(read(trailers).state(), State::bad);
}

}  // namespace
}  // namespace parlor::platform::native
