// NATs as RFC 4787 tells them apart: what a STUN server and strangers see of a host behind one.

#include "sim/nat.hpp"

#include <set>

#include "sim/test_home.hpp"

namespace parlor::sim {
namespace {

using base::seconds;
using testing::Ear;
using testing::Home;
using testing::kDependences;

TEST(NatMapping, DependsOnWhatItSays) {
  for (Dependence mapping : kDependences) {
    NatOptions options;
    options.mapping = mapping;
    Home home(options);
    home.a.say(home.to_b1, "x");
    home.a.say(home.to_b2, "x");
    home.a.say(home.to_c1, "x");
    home.a.say(home.to_b1, "again");
    home.run();
    EXPECT_EQ(home.b1.heard[0].from, home.b1.heard[1].from) << "one destination has one mapping";
    EXPECT_EQ(Home::seen(home.b1).ip, ip("198.51.100.1"));
    EXPECT_EQ(Home::seen(home.b1) == Home::seen(home.b2), mapping != Dependence::address_and_port_dependent);
    EXPECT_EQ(Home::seen(home.b1) == Home::seen(home.c1), mapping == Dependence::endpoint_independent);
    const std::size_t expected = mapping == Dependence::endpoint_independent ? 1U
                                 : mapping == Dependence::address_dependent  ? 2U
                                                                             : 3U;
    EXPECT_EQ(home.nat.mappings(), expected);
    EXPECT_EQ(home.nat.mapped(Protocol::udp, endpoint("192.168.0.2", 5000), home.to_c1), Home::seen(home.c1));
  }
}

TEST(NatFiltering, LetsInWhatItSaysUnderEveryMapping) {
  for (Dependence mapping : kDependences) {
    for (Dependence filtering : kDependences) {
      SCOPED_TRACE(std::to_string(static_cast<int>(mapping)) + std::to_string(static_cast<int>(filtering)));
      NatOptions options;
      options.mapping = mapping;
      options.filtering = filtering;
      Home home(options);
      home.a.say(home.to_b1, "x");
      home.run();
      const base::SocketAddress mapped = Home::seen(home.b1);
      home.b1.say(mapped, "b1");
      home.b2.say(mapped, "b2");
      home.c1.say(mapped, "c1");
      home.run();
      EXPECT_EQ(home.a.texts(), filtering == Dependence::endpoint_independent ? "b1 b2 c1"
                                : filtering == Dependence::address_dependent  ? "b1 b2"
                                                                              : "b1");
      if (!home.a.heard.empty()) {
        EXPECT_EQ(home.a.heard[0].from, home.to_b1) << "the source is not changed";
      }
      EXPECT_EQ(home.nat.count(Fate::filtered), filtering == Dependence::endpoint_independent ? 0U
                                                : filtering == Dependence::address_dependent  ? 1U
                                                                                              : 2U);
    }
  }
}

TEST(NatFiltering, WhatWasNeverMappedStaysOutside) {
  Home home(nats::full_cone());
  home.c1.say(endpoint("198.51.100.1", 5000), "hello?");
  home.run();
  EXPECT_TRUE(home.a.heard.empty());
  EXPECT_EQ(home.nat.count(Fate::no_mapping), 1U);
}

TEST(NatPorts, ArePreservedUntilTheyCollide) {
  Home home(nats::port_restricted());
  Host& dave = home.nat.lan().host("dave", {"192.168.0.3"});
  Ear d(dave, 5000);
  home.a.say(home.to_b1, "x");
  home.run();
  EXPECT_EQ(Home::seen(home.b1).port, 5000);
  d.say(home.to_b1, "x");
  home.run();
  EXPECT_NE(Home::seen(home.b1).port, 5000);
  home.b1.say(Home::seen(home.b1), "to dave");
  home.run();
  EXPECT_EQ(d.texts(), "to dave");
  EXPECT_EQ(home.a.texts(), "");
}

TEST(NatPorts, ContiguousOnesFollowEachOtherAndWrap) {
  NatOptions options;
  options.ports = PortAllocation::contiguous;
  options.first_port = 7000;
  options.last_port = 7002;
  Home home(options);
  std::vector<int> ports;
  for (std::uint16_t port = 1; port <= 3; ++port) {
    Ear one(home.alice, port);
    one.say(home.to_b1, "x");
    home.run();
    ports.push_back(Home::seen(home.b1).port);
  }
  EXPECT_EQ(ports, (std::vector<int>{7000, 7001, 7002}));
  home.world.run_for(seconds(121));
  home.a.say(home.to_b1, "x");
  home.run();
  EXPECT_EQ(Home::seen(home.b1).port, 7000) << "its mapping has expired";
}

TEST(NatPorts, RandomOnesDifferWithTheSeedAndStayInThePool) {
  NatOptions options = nats::symmetric();
  options.first_port = 20'000;
  options.last_port = 29'999;
  std::set<int> seen;
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    Home home(options, seed);
    home.a.say(home.to_b1, "x");
    home.run();
    const int port = Home::seen(home.b1).port;
    EXPECT_GE(port, 20'000);
    EXPECT_LE(port, 29'999);
    seen.insert(port);
  }
  EXPECT_GE(seen.size(), 45U) << "of 50 draws among 10,000, 0.1 collide in the mean";
}

TEST(NatPorts, TwoNatsOfOneNameDrawDifferently) {
  Home home(nats::symmetric());
  Nat& other = home.internet.nat("home", nats::symmetric(), "198.51.100.2");
  Ear d(other.lan().host("dave", {"192.168.0.2"}), 5000);
  home.a.say(home.to_b1, "x");
  home.run();
  const int port = Home::seen(home.b1).port;
  d.say(home.to_b1, "x");
  home.run();
  EXPECT_NE(Home::seen(home.b1).port, port);
}

TEST(NatPorts, APoolThatIsUsedUpTurnsNewMappingsAway) {
  NatOptions options;
  options.max_ports = 2;
  Home home(options);
  Ear a2(home.alice, 5001);
  Ear a3(home.alice, 5002);
  home.a.say(home.to_b1, "one");
  a2.say(home.to_b1, "two");
  a3.say(home.to_b1, "three");
  home.a.say(home.to_b1, "four");
  home.run();
  EXPECT_EQ(home.b1.texts(), "one two four");
  EXPECT_EQ(home.nat.count(Fate::no_port), 1U);
  home.world.run_for(seconds(121));
  a3.say(home.to_b1, "five");
  home.run();
  EXPECT_EQ(home.b1.texts(), "one two four five") << "the others have expired";
}

TEST(NatTimeout, OutboundRefreshesAndInboundOnlyIfItSays) {
  for (bool inbound : {false, true}) {
    NatOptions options;
    options.udp_timeout = seconds(30);
    options.inbound_refreshes = inbound;
    Home home(options);
    home.a.say(home.to_b1, "x");
    home.run();
    const base::SocketAddress mapped = Home::seen(home.b1);
    for (int i = 0; i < 3; ++i) {  // 60 s of outbound, each within the timeout
      home.world.run_for(seconds(20));
      home.a.say(home.to_b1, "keep");
    }
    home.world.run_for(seconds(20));
    home.b1.say(mapped, "one");
    home.world.run_for(seconds(20));
    home.b1.say(mapped, "two");
    home.run();
    EXPECT_EQ(home.a.texts(), inbound ? "one two" : "one");
    EXPECT_EQ(home.nat.mappings(), inbound ? 1U : 0U);
  }
}

TEST(NatTimeout, EachRemoteHasItsOwn) {
  NatOptions options;
  options.udp_timeout = seconds(30);
  Home home(options);
  home.a.say(home.to_c1, "x");
  for (int i = 0; i < 4; ++i) {
    home.a.say(home.to_b1, "x");
    home.world.run_for(seconds(10));
  }
  home.b1.say(Home::seen(home.b1), "b1");
  home.c1.say(Home::seen(home.b1), "c1");
  home.run();
  EXPECT_EQ(home.a.texts(), "b1") << "the mapping lives, carol's permission does not";
}

TEST(NatTimeout, ANewMappingAfterwardsIsAnotherUnlessPortsArePreserved) {
  NatOptions options = nats::symmetric();
  Home home(options);
  home.a.say(home.to_b1, "x");
  home.run();
  const base::SocketAddress before = Home::seen(home.b1);
  home.world.run_for(seconds(130));
  home.a.say(home.to_b1, "x");
  home.run();
  EXPECT_NE(Home::seen(home.b1), before);
}

}  // namespace
}  // namespace parlor::sim
