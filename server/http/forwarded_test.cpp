#include "http/forwarded.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace parlor::http {
namespace {

base::IpAddress ip(std::string_view text) {
  return base::IpAddress::parse(text).value();
}
const std::vector<Network> kTrusted{*Network::parse("127.0.0.0/8"), *Network::parse("fd00::/8")};

TEST(Network, ParsesWhatItPrints) {
  for (const char* text : {"10.0.0.0/8", "0.0.0.0/0", "192.0.2.1", "fd00::/8", "::1", "2001:db8::/33"}) {
    const auto network = Network::parse(text);
    ASSERT_TRUE(network) << text;
    EXPECT_EQ(network->to_string(), text);
  }
  for (const char* text :
       {"", "10.0.0.0/33", "::/129", "10.0.0.0/", "10.0.0.0/a", "10.0.0/8", "/8", "10.0.0.0/0008"}) {
    EXPECT_FALSE(Network::parse(text)) << text;
  }
}

TEST(Network, ContainsByPrefix) {
  const auto network = *Network::parse("10.128.0.0/9");
  EXPECT_TRUE(network.contains(ip("10.200.1.1")));
  EXPECT_TRUE(network.contains(ip("::ffff:10.128.0.1")));
  EXPECT_FALSE(network.contains(ip("10.127.255.255")));
  EXPECT_FALSE(network.contains(ip("fd00::1")));
  EXPECT_TRUE(Network::parse("0.0.0.0/0")->contains(ip("203.0.113.9")));
  EXPECT_TRUE(Network::parse("2001:db8::/33")->contains(ip("2001:db8:7fff::1")));
  EXPECT_FALSE(Network::parse("2001:db8::/33")->contains(ip("2001:db8:8000::1")));
}

TEST(Forwarded, BelievesOnlyTrustedProxies) {
  EXPECT_EQ(client_address(ip("203.0.113.5"), "198.51.100.1", kTrusted), ip("203.0.113.5"));
  EXPECT_EQ(client_address(ip("127.0.0.1"), "198.51.100.1", kTrusted), ip("198.51.100.1"));
  EXPECT_EQ(client_address(ip("127.0.0.1"), "198.51.100.1", {}), ip("127.0.0.1"));
}

TEST(Forwarded, TakesTheRightmostThatNoTrustedProxyOwns) {
  // The client wrote 10.9.9.9 itself; only the entry that the proxy added counts.
  EXPECT_EQ(client_address(ip("127.0.0.1"), "10.9.9.9, 198.51.100.1", kTrusted), ip("198.51.100.1"));
  EXPECT_EQ(client_address(ip("127.0.0.1"), "198.51.100.1, fd00::2 ", kTrusted), ip("198.51.100.1"));
  EXPECT_EQ(client_address(ip("127.0.0.1"), "127.0.0.2", kTrusted), ip("127.0.0.2"));
}

TEST(Forwarded, ReadsPortsAndStopsAtNonsense) {
  EXPECT_EQ(client_address(ip("127.0.0.1"), "198.51.100.1:4711", kTrusted), ip("198.51.100.1"));
  EXPECT_EQ(client_address(ip("127.0.0.1"), "[2001:db8::1]:4711", kTrusted), ip("2001:db8::1"));
  EXPECT_EQ(client_address(ip("127.0.0.1"), "198.51.100.1, unknown", kTrusted), ip("127.0.0.1"));
  EXPECT_EQ(client_address(ip("127.0.0.1"), "", kTrusted), ip("127.0.0.1"));
  EXPECT_EQ(client_address(ip("127.0.0.1"), ",", kTrusted), ip("127.0.0.1"));
}

}  // namespace
}  // namespace parlor::http
