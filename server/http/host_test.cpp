#include "http/host.hpp"

#include <gtest/gtest.h>

namespace parlor::http {
namespace {

TEST(Host, ReadsNamesAddressesAndPorts) {
  EXPECT_EQ(parse_host("Play.Example.com")->name, "play.example.com");
  EXPECT_FALSE(parse_host("play.example.com")->port);
  EXPECT_EQ(parse_host("play.example.com:8080")->port, 8080);
  EXPECT_EQ(parse_host("192.0.2.1:80")->name, "192.0.2.1");
  const auto v6 = parse_host("[2001:DB8:0::1]:8080");
  ASSERT_TRUE(v6);
  EXPECT_EQ(v6->bracketed(), "[2001:db8::1]");
  EXPECT_EQ(v6->port, 8080);
}

TEST(Host, RefusesWhatCouldChangeAUrl) {
  for (const std::string& text : {std::string(),
                                  std::string(":80"),
                                  std::string("a b"),
                                  std::string("a/b"),
                                  std::string("a?b"),
                                  std::string("a@b"),
                                  std::string("a:"),
                                  std::string("a:b"),
                                  std::string("a:65536"),
                                  std::string("a:1:2"),
                                  std::string("[::1"),
                                  std::string("[::1]x"),
                                  std::string("[1.2.3.4]"),
                                  std::string("::1"),
                                  std::string("a..b"),
                                  std::string(".a"),
                                  std::string("-a"),
                                  std::string("a\"b"),
                                  std::string("a,b"),
                                  std::string("é"),
                                  std::string(254, 'a')}) {
    EXPECT_FALSE(parse_host(text)) << text;
  }
  EXPECT_TRUE(parse_host(std::string(253, 'a')));
}

TEST(Host, KnowsLoopback) {
  for (const char* text : {"localhost", "localhost:1", "cubes.localhost", "127.0.0.1", "127.8.8.8:80",
                           "[::1]", "[::ffff:127.0.0.1]"}) {
    EXPECT_TRUE(parse_host(text)->is_loopback()) << text;
  }
  for (const char* text : {"localhost.example.com", "128.0.0.1", "[::2]", "notlocalhost"}) {
    EXPECT_FALSE(parse_host(text)->is_loopback()) << text;
  }
}

TEST(Origin, AlwaysHasAPort) {
  EXPECT_EQ(parse_origin("http://a")->host.port, 80);
  EXPECT_EQ(parse_origin("https://a")->host.port, 443);
  EXPECT_EQ(parse_origin("https://a:8443")->host.port, 8443);
  EXPECT_EQ(*parse_origin("https://a:443"), *parse_origin("HTTPS://A"));
}

TEST(Origin, RefusesNullPathsAndOtherSchemes) {
  for (const char* text : {"", "null", "a", "ftp://a", "file://", "http://", "http:/a", "http://a/",
                           "http://a/b", "http://a b"}) {
    EXPECT_FALSE(parse_origin(text)) << text;
  }
}

}  // namespace
}  // namespace parlor::http
