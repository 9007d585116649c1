#include "http/origin_policy.hpp"

#include <gtest/gtest.h>

namespace parlor::http {
namespace {

constexpr bool kLoopback = true;
constexpr bool kNetwork = false;

TEST(OriginPolicy, LetsProgramsThatAreNoBrowsersIn) {
  EXPECT_TRUE(OriginPolicy().allows(std::nullopt, parse_host("a"), kNetwork));
  EXPECT_TRUE(
      OriginPolicy::only({*parse_origin("https://a")}).allows(std::nullopt, parse_host("b"), kNetwork));
}

TEST(OriginPolicy, TakesThePageOfTheRequestedHostByDefault) {
  const OriginPolicy policy;
  EXPECT_TRUE(policy.allows("http://play.example.com:8080", parse_host("play.example.com:8080"), kNetwork));
  EXPECT_TRUE(policy.allows("https://play.example.com", parse_host("PLAY.example.com"), kNetwork));
  EXPECT_FALSE(policy.allows("http://play.example.com:8081", parse_host("play.example.com:8080"), kNetwork));
  EXPECT_FALSE(policy.allows("https://evil.example", parse_host("play.example.com"), kNetwork));
  EXPECT_FALSE(policy.allows("https://play.example.com", std::nullopt, kNetwork));
  EXPECT_FALSE(policy.allows("null", parse_host("play.example.com"), kNetwork));
}

TEST(OriginPolicy, TakesLoopbackOriginsOverLoopbackOnly) {
  const OriginPolicy policy;
  EXPECT_TRUE(policy.allows("http://localhost:5173", parse_host("127.0.0.1:8080"), kLoopback));
  EXPECT_FALSE(policy.allows("http://localhost:5173", parse_host("play.example.com"), kNetwork));
  EXPECT_FALSE(policy.allows("http://evil.example", parse_host("127.0.0.1:8080"), kLoopback));
}

TEST(OriginPolicy, TakesExactlyTheListedOrigins) {
  const auto policy =
      OriginPolicy::only({*parse_origin("https://a.example"), *parse_origin("http://b.example:81")});
  EXPECT_TRUE(policy.allows("https://a.example", parse_host("x"), kNetwork));
  EXPECT_TRUE(policy.allows("https://A.example:443", parse_host("x"), kNetwork));
  EXPECT_TRUE(policy.allows("http://b.example:81", parse_host("x"), kNetwork));
  for (const char* origin :
       {"http://a.example", "https://x", "https://a.example.evil", "http://localhost", "null", ""}) {
    EXPECT_FALSE(policy.allows(origin, parse_host("x"), kLoopback)) << origin;
  }
}

TEST(OriginPolicy, AnyTakesEvenNull) {
  EXPECT_TRUE(OriginPolicy::any().allows("null", std::nullopt, kNetwork));
}

}  // namespace
}  // namespace parlor::http
