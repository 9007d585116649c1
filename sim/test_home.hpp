#pragma once
// A home behind a NAT in a test, and two hosts outside that see what comes out.

#include <array>

#include "sim/test_internet.hpp"

namespace parlor::sim::testing {

inline constexpr std::array kDependences{Dependence::endpoint_independent, Dependence::address_dependent,
                                         Dependence::address_and_port_dependent};

/// alice behind a NAT; outside two hosts, one of them with two ports.
struct Home {
  explicit Home(const NatOptions& options, std::uint64_t seed = 1)
      : world(seed), nat(internet.nat("home", options, "198.51.100.1")) {}

  /// The endpoint that the last datagram of an ear came from.
  static base::SocketAddress seen(const Ear& ear) {
    return ear.heard.empty() ? base::SocketAddress{} : ear.heard.back().from;
  }
  void run() { world.run_for(base::milliseconds(10)); }

  World world;
  Network internet{world};
  Nat& nat;
  Host& alice = nat.lan().host("alice", {"192.168.0.2"});
  Host& bob = internet.host("bob", {"203.0.113.2"});
  Host& carol = internet.host("carol", {"203.0.113.3"});
  Ear a{alice, 5000};
  Ear b1{bob, 1};
  Ear b2{bob, 2};
  Ear c1{carol, 1};
  const base::SocketAddress to_b1 = endpoint("203.0.113.2", 1);
  const base::SocketAddress to_b2 = endpoint("203.0.113.2", 2);
  const base::SocketAddress to_c1 = endpoint("203.0.113.3", 1);
};

}  // namespace parlor::sim::testing
