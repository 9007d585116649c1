#include "server/admission.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace parlor::server {
namespace {

base::IpAddress ip(std::string_view text) {
  return base::IpAddress::parse(text).value();
}

TEST(Admission, LimitsTheWholeServer) {
  Admission admission(2, 10);
  Admission::Place a, b, c;
  EXPECT_EQ(admission.enter(ip("192.0.2.1"), true, a), Refusal::none);
  EXPECT_EQ(admission.enter(ip("192.0.2.2"), true, b), Refusal::none);
  EXPECT_EQ(admission.enter(ip("192.0.2.3"), true, c), Refusal::server_full);
  EXPECT_FALSE(c.taken());
  a = Admission::Place();
  EXPECT_EQ(admission.enter(ip("192.0.2.3"), true, c), Refusal::none);
  EXPECT_EQ(admission.count(), 2U);
}

TEST(Admission, CountsAnIpv6CustomerAsOneSite) {
  Admission admission(10, 2);
  Admission::Place a, b, c, d;
  EXPECT_EQ(admission.enter(ip("2001:db8::1"), true, a), Refusal::none);
  EXPECT_EQ(admission.enter(ip("2001:db8::2"), true, b), Refusal::none);
  EXPECT_EQ(admission.enter(ip("2001:db8::3"), true, c), Refusal::site_full);
  EXPECT_EQ(admission.enter(ip("2001:db8:0:1::3"), true, d), Refusal::none);
}

TEST(Admission, LimitsWhatAnIpv6NeighbourhoodHas) {
  Admission admission(1000, 2);
  std::vector<Admission::Place> places(100);
  std::size_t taken = 0;
  for (std::size_t i = 0; i < places.size(); ++i) {
    const std::string address = "2001:db8:1:" + std::to_string(i) + "::1";
    if (admission.enter(ip(address), true, places[i]) == Refusal::none) ++taken;
  }
  EXPECT_EQ(taken, 2 * base::SiteCounts::kSitesOfNeighbourhood);
}

TEST(Admission, TakesAMappedAddressForTheSameSite) {
  Admission admission(10, 1);
  Admission::Place a, b;
  EXPECT_EQ(admission.enter(ip("192.0.2.1"), true, a), Refusal::none);
  EXPECT_EQ(admission.enter(ip("::ffff:192.0.2.1"), true, b), Refusal::site_full);
}

TEST(Admission, CountsAProxiedConnectionWhereItReallyComesFrom) {
  Admission admission(10, 1);
  Admission::Place a, b, c;
  EXPECT_EQ(admission.enter(ip("10.0.0.1"), false, a), Refusal::none);
  EXPECT_EQ(admission.enter(ip("10.0.0.1"), false, b), Refusal::none);
  EXPECT_EQ(admission.move(ip("192.0.2.1"), a), Refusal::none);
  EXPECT_EQ(admission.move(ip("192.0.2.1"), a), Refusal::none);
  EXPECT_EQ(admission.move(ip("192.0.2.1"), b), Refusal::site_full);
  EXPECT_EQ(admission.enter(ip("192.0.2.1"), true, c), Refusal::site_full);
  a = Admission::Place();
  EXPECT_EQ(admission.move(ip("192.0.2.1"), b), Refusal::none);
}

TEST(Admission, GivesPlacesBackWhenTheyAreMovedAway) {
  Admission admission(10, 10);
  {
    std::vector<Admission::Place> places(3);
    for (auto& place : places) EXPECT_EQ(admission.enter(ip("192.0.2.1"), true, place), Refusal::none);
    const Admission::Place moved = std::move(places[0]);
    EXPECT_EQ(admission.count(), 3U);
  }
  EXPECT_EQ(admission.count(), 0U);
}

}  // namespace
}  // namespace parlor::server
