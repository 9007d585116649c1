#include "base/site_counts.hpp"

#include <gtest/gtest.h>

namespace parlor::base {
namespace {

IpAddress ip(const std::string& text) {
  return *IpAddress::parse(text);
}

TEST(SiteCounts, LimitASiteAndGivePlacesBack) {
  SiteCounts counts(2);
  EXPECT_TRUE(counts.add(ip("192.0.2.1")));
  EXPECT_TRUE(counts.add(ip("::ffff:192.0.2.1")));
  EXPECT_FALSE(counts.add(ip("192.0.2.1")));
  EXPECT_TRUE(counts.add(ip("192.0.2.2")));
  counts.remove(ip("192.0.2.1"));
  EXPECT_TRUE(counts.add(ip("192.0.2.1")));
}

TEST(SiteCounts, CountIpv6ByThe64) {
  SiteCounts counts(1);
  EXPECT_TRUE(counts.add(ip("2001:db8::1")));
  EXPECT_FALSE(counts.add(ip("2001:db8::2")));
  EXPECT_TRUE(counts.add(ip("2001:db8:0:1::1")));
}

TEST(SiteCounts, LimitAnIpv6NeighbourhoodToSomeSitesWorth) {
  SiteCounts counts(2);
  std::size_t added = 0;
  for (int site = 0; site < 100; ++site) {
    if (counts.add(ip("2001:db8:1:" + std::to_string(site) + "::1"))) ++added;
  }
  EXPECT_EQ(added, 2 * SiteCounts::kSitesOfNeighbourhood);
  EXPECT_TRUE(counts.add(ip("2001:db8:2::1"))) << "another neighbourhood";
  counts.remove(ip("2001:db8:1:5::1"));
  EXPECT_TRUE(counts.add(ip("2001:db8:1:99::1")));
  EXPECT_FALSE(counts.add(ip("2001:db8:1:98::1")));
}

TEST(SiteCounts, AreNotLimitedByAnIpv4Neighbourhood) {
  SiteCounts counts(1);
  for (int host = 1; host < 255; ++host) EXPECT_TRUE(counts.add(ip("192.0.2." + std::to_string(host))));
}

TEST(SiteCounts, KeepNothingOfSitesThatAreGone) {
  SiteCounts counts(1);
  for (int site = 0; site < 100; ++site) {
    const IpAddress address = ip("2001:db8:1:" + std::to_string(site) + "::1");
    EXPECT_TRUE(counts.add(address));
    counts.remove(address);
  }
  EXPECT_EQ(counts.sites(), 0U);
}

}  // namespace
}  // namespace parlor::base
