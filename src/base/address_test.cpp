#include "base/address.hpp"

#include <gtest/gtest.h>

namespace parlor::base {
namespace {

TEST(IpAddress, ParsesAndPrintsDottedQuads) {
  const auto ip = IpAddress::parse("203.0.113.7");
  ASSERT_TRUE(ip);
  EXPECT_FALSE(ip->is_v6());
  EXPECT_EQ(ip->to_string(), "203.0.113.7");
}

TEST(IpAddress, PrintsIpv6AsRfc5952Recommends) {
  const std::pair<const char*, const char*> cases[] = {
      {"2001:DB8:0:0:0:0:0:1", "2001:db8::1"},          {"::", "::"}, {"::1", "::1"}, {"fe80::", "fe80::"},
      {"2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},  // §4.2.2: a single group of zeros stays
      {"2001:0:0:1:0:0:0:1", "2001:0:0:1::1"},           // §4.2.3: the longest run
      {"2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"},     // §4.2.3: the first of equals
      {"::ffff:192.0.2.1", "::ffff:c000:201"},
  };
  for (const auto& [in, out] : cases) {
    const auto ip = IpAddress::parse(in);
    ASSERT_TRUE(ip) << in;
    EXPECT_EQ(ip->to_string(), out);
    EXPECT_EQ(IpAddress::parse(out), ip);
  }
}

TEST(IpAddress, RejectsWhatIsNoAddress) {
  for (const char* text : {"", "1.2.3", "1.2.3.4.5", "256.1.1.1", "01.2.3.4", "1.2.3.4 ", "1.2.3.-4", ":",
                           ":::", "1::2::3", "12345::", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9",
                           "1:2:3:4:5:6:7:8::", "::1%eth0", "[::1]", "::g", "1.2.3.4::"}) {
    EXPECT_FALSE(IpAddress::parse(text)) << text;
  }
}

TEST(IpAddress, UnmapsIpv4InIpv6) {
  EXPECT_EQ(IpAddress::parse("::ffff:10.1.2.3")->unmapped(), *IpAddress::parse("10.1.2.3"));
  EXPECT_EQ(IpAddress::parse("2001:db8::1")->unmapped(), *IpAddress::parse("2001:db8::1"));
}

TEST(IpAddress, CountsIpv6ByThe64BitNetwork) {
  EXPECT_EQ(IpAddress::parse("2001:db8:1:2:3:4:5:6")->site(), *IpAddress::parse("2001:db8:1:2::"));
  EXPECT_EQ(IpAddress::parse("192.0.2.1")->site(), *IpAddress::parse("192.0.2.1"));
}

TEST(IpAddress, NeighbourhoodIsTheNetworkThatIsHadWithoutEffort) {
  EXPECT_EQ(IpAddress::parse("2001:db8:1:2:3:4:5:6")->neighbourhood(), *IpAddress::parse("2001:db8:1::"));
  EXPECT_EQ(IpAddress::parse("::ffff:192.0.2.7")->neighbourhood(), *IpAddress::parse("192.0.2.0"));
}

TEST(IpAddress, ShortFormHidesTheHost) {
  EXPECT_EQ(IpAddress::parse("203.0.113.7")->to_short_string(), "203.0.x.x");
  EXPECT_EQ(IpAddress::parse("2001:db8:1:2:3::9")->to_short_string(), "2001:db8:1:x");
}

TEST(IpAddress, KnowsLoopback) {
  EXPECT_TRUE(IpAddress::parse("127.9.9.9")->is_loopback());
  EXPECT_TRUE(IpAddress::parse("::1")->is_loopback());
  EXPECT_TRUE(IpAddress::parse("::ffff:127.0.0.1")->is_loopback());
  EXPECT_FALSE(IpAddress::parse("::2")->is_loopback());
}

TEST(SocketAddress, ParsesAndPrintsBothFamilies) {
  for (const char* text : {"127.0.0.1:3478", "[::1]:80", "0.0.0.0:0"}) {
    const auto address = SocketAddress::parse(text);
    ASSERT_TRUE(address) << text;
    EXPECT_EQ(address->to_string(), text);
  }
  for (const char* text : {"1.2.3.4", "1.2.3.4:", "1.2.3.4:65536", "::1:80", "[1.2.3.4]:80", "[::1]80"}) {
    EXPECT_FALSE(SocketAddress::parse(text)) << text;
  }
}

}  // namespace
}  // namespace parlor::base
