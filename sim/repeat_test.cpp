// A seed means the same in every build: natively, as WebAssembly, under sanitizers. The figures were written
// down once; they change only when what a seed means changes, and then the seeds that people have noted are
// worth nothing.

#include "sim/test_link.hpp"
#include "sim/test_stream.hpp"

namespace parlor::sim {
namespace {

using base::milliseconds;
using base::seconds;
using testing::LinkBench;
using testing::Pair;
using testing::pattern;

/// FNV-1a over numbers.
class Fingerprint {
 public:
  void add(std::uint64_t value) {
    for (int i = 0; i < 8; ++i, value >>= 8) hash_ = (hash_ ^ (value & 0xff)) * 0x100000001b3U;
  }
  void add(base::Time time) { add(static_cast<std::uint64_t>(time.time_since_epoch().count())); }
  [[nodiscard]] std::uint64_t value() const { return hash_; }

 private:
  std::uint64_t hash_ = 0xcbf29ce484222325U;
};

std::uint64_t of_links(std::uint64_t seed) {
  Fingerprint print;
  for (const NamedConditions& one : all_conditions()) {
    LinkOptions options = one.make();
    options.corrupt = 0.01;
    LinkBench bench(options, seed);
    bench.stream(500, milliseconds(7), 400);
    for (const auto& arrival : bench.arrivals) {
      print.add(arrival.number);
      print.add(arrival.at);
      for (std::byte byte : arrival.bytes) print.add(std::to_integer<std::uint64_t>(byte));
    }
  }
  return print.value();
}

std::uint64_t of_streams(std::uint64_t seed) {
  Fingerprint print;
  for (const NamedConditions& one : all_conditions()) {
    Pair pair(one.make(), {}, seed);
    pair.near.to_send = pattern(100'000);
    EXPECT_TRUE(pair.world.run_until([&] { return pair.far.got.size() == 100'000; }, seconds(600)));
    print.add(pair.world.now());
    print.add(pair.near.stream->stats().segments);
    print.add(pair.near.stream->stats().resent);
  }
  return print.value();
}

std::uint64_t of_nats(std::uint64_t seed) {
  Fingerprint print;
  World world(seed);
  Network internet(world);
  Nat& nat = internet.nat("home", nats::symmetric(), "198.51.100.1");
  Host& alice = nat.lan().host("alice", {"192.168.0.2"});
  for (std::uint16_t port = 1; port <= 50; ++port) {
    alice.bind(port)->send(endpoint("203.0.113.2", 1), base::as_bytes("x"));
    world.run_for(milliseconds(1));
    const auto mapped = nat.mapped(Protocol::udp, endpoint("192.168.0.2", port), endpoint("203.0.113.2", 1));
    EXPECT_TRUE(mapped);
    if (mapped) print.add(mapped->port);
  }
  return print.value();
}

TEST(Repeat, OneSeedIsOneRunOfEverything) {
  EXPECT_EQ(of_links(1), of_links(1));
  EXPECT_EQ(of_streams(1), of_streams(1));
  EXPECT_EQ(of_nats(1), of_nats(1));
  EXPECT_NE(of_links(1), of_links(2));
  EXPECT_NE(of_streams(1), of_streams(2));
  EXPECT_NE(of_nats(1), of_nats(2));
}

TEST(Repeat, ASeedMeansTheSameInEveryBuild) {
  EXPECT_EQ(of_links(1), 11651855149952820409U);
  EXPECT_EQ(of_streams(1), 15767212022619004159U);
  EXPECT_EQ(of_nats(1), 9555878432202594354U);
}

}  // namespace
}  // namespace parlor::sim
