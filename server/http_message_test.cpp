#include "server/http_message.hpp"

#include <gtest/gtest.h>

namespace parlor::server {
namespace {

TEST(HttpMessage, WritesTheHeadOfAnAnswer) {
  HttpResponse response;
  response.headers = {{"Content-Type", "text/plain"}};
  response.body = std::make_shared<const std::string>("four");
  EXPECT_EQ(head_of(response), "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 4\r\n\r\n");
  response.close = true;
  response.status = 503;
  EXPECT_EQ(head_of(response),
            "HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain\r\nContent-Length: "
            "4\r\nConnection: close\r\n\r\n");
}

TEST(HttpMessage, TellsNoLengthWhereThereCanBeNone) {
  HttpResponse response;
  response.status = 304;
  EXPECT_EQ(head_of(response), "HTTP/1.1 304 Not Modified\r\n\r\n");
  response.status = 204;
  EXPECT_EQ(head_of(response), "HTTP/1.1 204 No Content\r\n\r\n");
  response.status = 404;
  EXPECT_EQ(head_of(response), "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
}

}  // namespace
}  // namespace parlor::server
