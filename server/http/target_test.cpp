#include "http/target.hpp"

#include <gtest/gtest.h>

namespace parlor::http {
namespace {

TEST(Target, SplitsPathAndQueryAtTheFirstQuestionMark) {
  const auto target = parse_target("/v1?version=1&name=A%20b?c");
  ASSERT_TRUE(target);
  EXPECT_EQ(target->path, "/v1");
  EXPECT_EQ(target->query, "version=1&name=A%20b?c");
}

TEST(Target, DecodesThePathOnceAndKeepsATrailingSlash) {
  EXPECT_EQ(parse_target("/a%20b/%C3%A9/")->path, "/a b/é/");
  EXPECT_EQ(parse_target("/%2541")->path, "/%41");
  EXPECT_EQ(parse_target("/")->path, "/");
}

TEST(Target, TakesAbsoluteForm) {
  EXPECT_EQ(parse_target("http://example.com:80/a?b")->path, "/a");
  EXPECT_EQ(parse_target("HTTPS://example.com?b")->path, "/");
  EXPECT_EQ(parse_target("HTTPS://example.com?b")->query, "b");
}

TEST(Target, ForbidsEveryWayOutOfTheFolder) {
  for (const char* text :
       {"/..",          "/../etc/passwd", "/a/../b", "/a/%2e%2e/b",    "/%2E%2e",      "/.%2e/x",
        "/a/./b",       "/a%2fb",         "/a%5cb",  "/a\\..\\b",      "//etc/passwd", "/a//b",
        "/.git/config", "/.env",          "/a%00b",  "/a%0ab",         "/a%7fb",       "/%",
        "/%4",          "/%zz",           "/%ff",    "/%c0%ae%c0%ae/x"}) {
    const auto target = parse_target(text);
    ASSERT_FALSE(target) << text;
    EXPECT_EQ(target.error(), TargetFault::forbidden) << text;
  }
}

TEST(Target, LetsTheWellKnownFolderBeSeen) {
  EXPECT_EQ(parse_target("/.well-known/x")->path, "/.well-known/x");
}

TEST(Target, CallsWhatIsNoTargetMalformed) {
  for (const std::string& text :
       {std::string(), std::string("*"), std::string("a"), std::string("ftp://a/b"), std::string("http:///a"),
        std::string("/a#b"), "/" + std::string(kMaxTarget, 'a')}) {
    const auto target = parse_target(text);
    ASSERT_FALSE(target) << text;
    EXPECT_EQ(target.error(), TargetFault::malformed) << text;
  }
  EXPECT_TRUE(parse_target("/" + std::string(kMaxTarget - 1, 'a')));
}

}  // namespace
}  // namespace parlor::http
