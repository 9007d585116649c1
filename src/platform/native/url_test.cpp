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

TEST(StunUrl, HasAHostAndMaybeAPort) {
  EXPECT_EQ(parse_stun_url("stun:play.example.com"), (StunServer{"play.example.com", 3478}));
  EXPECT_EQ(parse_stun_url("stun:192.0.2.1:3479"), (StunServer{"192.0.2.1", 3479}));
  EXPECT_EQ(parse_stun_url("stun:[2001:db8::1]:5"), (StunServer{"2001:db8::1", 5}));
  EXPECT_EQ(parse_stun_url("stun:[2001:db8::1]"), (StunServer{"2001:db8::1", 3478}));
  for (const char* text :
       {"", "stun:", "stuns:a", "turn:a", "stun:a:", "stun:a:0", "stun:a:70000", "stun:a b", "stun:a\n",
        "stun:[::1", "stun:[a]", "stun:a?transport=udp", "stun://a", "STUN:a"}) {
    EXPECT_FALSE(parse_stun_url(text)) << text;
  }
}

}  // namespace
}  // namespace parlor::platform::native
