#include "native/url.hpp"

#include <gtest/gtest.h>

namespace parlor::platform::native {
namespace {

TEST(Url, TakesTheFourSchemesWithTheirPorts) {
  EXPECT_EQ(parse_url("ws://a.example"), (Url{false, "a.example", 80, "/"}));
  EXPECT_EQ(parse_url("wss://a.example/v1?x=%20&y"), (Url{true, "a.example", 443, "/v1?x=%20&y"}));
  EXPECT_EQ(parse_url("http://127.0.0.1:8080?q"), (Url{false, "127.0.0.1", 8080, "/?q"}));
  EXPECT_EQ(parse_url("https://[2001:db8::1]:65535/"), (Url{true, "2001:db8::1", 65535, "/"}));
}

TEST(Url, SaysTheHostAsItsHeaderHasIt) {
  EXPECT_EQ(parse_url("ws://a.example:80/")->authority(), "a.example");
  EXPECT_EQ(parse_url("ws://a.example:8080/")->authority(), "a.example:8080");
  EXPECT_EQ(parse_url("wss://[::1]/")->authority(), "[::1]");
  EXPECT_EQ(parse_url("wss://[::1]:80/")->authority(), "[::1]:80");
}

TEST(Url, RefusesWhatIsNone) {
  for (const std::string text : {"",
                                 "ws://",
                                 "ws:///path",
                                 "ftp://a",
                                 "a.example",
                                 "ws://a:0",
                                 "ws://a:65536",
                                 "ws://a:",
                                 "ws://a:8x",
                                 "ws://[::1",
                                 "ws://[::1]x",
                                 "ws://[1.2.3.4]",
                                 "ws://[nothing]",
                                 "ws://user@a",
                                 "ws://a/b c",
                                 "ws://a/b\r\nHost: c",
                                 "ws://a/#f",
                                 "ws://a b",
                                 "ws://\xc3\xa4",
                                 "WS://a"}) {
    EXPECT_FALSE(parse_url(text)) << text;
  }
  EXPECT_FALSE(parse_url("ws://" + std::string(254, 'a')));
  EXPECT_TRUE(parse_url("ws://" + std::string(253, 'a')));
  EXPECT_FALSE(parse_url("ws://a/" + std::string(kMaxUrl, 'b')));
}

}  // namespace
}  // namespace parlor::platform::native
