#pragma once
// A bare link in a test: datagrams with numbers go in, and it is written down which come out when.

#include <gtest/gtest.h>

#include <vector>

#include "sim/link.hpp"

namespace parlor::sim::testing {

struct Arrival {
  std::uint64_t number;
  base::Time at;
  base::Bytes bytes;
};

class LinkBench {
 public:
  explicit LinkBench(const LinkOptions& options, std::uint64_t seed = 1)
      : world(seed), link(world, "link", options, [this](Packet packet) {
          arrivals.push_back({packet.number, world.now(), std::move(packet.bytes)});
        }) {}

  /// A datagram that is `size` bytes as an IP packet.
  void send(std::size_t size = 100, Protocol protocol = Protocol::udp) {
    Packet packet;
    packet.protocol = protocol;
    packet.source = endpoint("10.0.0.1", 1);
    packet.destination = endpoint("10.0.0.2", 2);
    packet.bytes.resize(size - header_size(protocol, false));
    packet.number = world.next_packet_number();
    link.send(std::move(packet));
  }
  /// `count` datagrams, one each `apart`; then until all have come.
  void stream(int count, base::Duration apart = base::milliseconds(1), std::size_t size = 100) {
    for (int i = 0; i < count; ++i) {
      send(size);
      world.run_for(apart);
    }
    settle();
  }
  void settle() {
    while (world.pending() > 0) world.run_for(base::seconds(1));
    const LinkStats& stats = link.stats();
    EXPECT_EQ(stats.under_way(), 0U);
    EXPECT_EQ(stats.delivered, arrivals.size());
    EXPECT_EQ(stats.sent + stats.duplicated, stats.delivered + stats.dropped());
  }
  [[nodiscard]] std::vector<std::uint64_t> numbers() const {
    std::vector<std::uint64_t> all;
    for (const Arrival& arrival : arrivals) all.push_back(arrival.number);
    return all;
  }

  World world;
  Link link;
  std::vector<Arrival> arrivals;
};

}  // namespace parlor::sim::testing
