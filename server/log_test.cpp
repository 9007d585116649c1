#include "server/log.hpp"

#include <gtest/gtest.h>

namespace parlor::server {
namespace {

TEST(Log, WritesOneLineOfKeysAndValues) {
  EXPECT_EQ(log_line("listening", {{"address", "[::1]:80"}, {"workers", "4"}}),
            "event=listening address=[::1]:80 workers=4");
  EXPECT_EQ(log_line("stopped", {}), "event=stopped");
}

TEST(Log, QuotesWhatCouldBeTakenForSomethingElse) {
  EXPECT_EQ(log_line("x", {{"reason", "two words"}}), R"(event=x reason="two words")");
  EXPECT_EQ(log_line("x", {{"v", ""}}), R"(event=x v="")");
  EXPECT_EQ(log_line("x", {{"v", "a=b"}}), R"(event=x v="a=b")");
  EXPECT_EQ(log_line("x", {{"v", "\"\\"}}), R"(event=x v="\"\\")");
}

TEST(Log, LetsNoStrangerForgeALine) {
  EXPECT_EQ(log_line("x", {{"origin", "a\nevent=forged\x1b[31m\xc3\xa9"}}),
            R"(event=x origin="a\x0aevent=forged\x1b[31m\xc3\xa9")");
}

TEST(Log, TakesBracesForNoFormat) {
  open_log(LogLevel::info, false);
  testing::internal::CaptureStderr();
  log_event(LogLevel::info, "x", {{"origin", "{}{:d}{"}});
  const std::string said = testing::internal::GetCapturedStderr();
  open_log(LogLevel::off, false);
  EXPECT_TRUE(said.ends_with(" level=info event=x origin=\"{}{:d}{\"\n")) << said;
}

TEST(Log, ShortensAddressesAndCodes) {
  EXPECT_EQ(logged(*base::IpAddress::parse("203.0.113.9")), "203.0.x.x");
  EXPECT_EQ(logged(*base::IpAddress::parse("127.0.0.1")), "127.0.0.1");
  EXPECT_EQ(logged_code("kamoridun"), "kamo*");
  EXPECT_EQ(logged_code(""), "*");
}

TEST(LogLimit, LetsABurstThroughAndThenSoManyLinesASecond) {
  LogLimit limit(200, 20);
  const auto taken = [&] {
    int lines = 0;
    for (int i = 0; i < 1000; ++i) lines += limit.take() ? 1 : 0;
    return lines;
  };
  EXPECT_EQ(taken(), 200);
  EXPECT_EQ(limit.renew(), 800U);
  EXPECT_EQ(taken(), 20);
  EXPECT_EQ(limit.renew(), 980U);
  for (int second = 0; second < 100; ++second) EXPECT_EQ(limit.renew(), 0U);
  EXPECT_EQ(taken(), 200) << "after a rest, as at first";
}

}  // namespace
}  // namespace parlor::server
