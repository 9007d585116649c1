// What more a NAT is: hairpins, nested ones, firewalls, trouble, and who meets whom through which.

#include "sim/test_home.hpp"

namespace parlor::sim {
namespace {

using base::milliseconds;
using base::seconds;
using testing::delay_of;
using testing::Ear;
using testing::Home;
using testing::kDependences;

TEST(NatHairpin, TwoBehindOneReachEachOtherByTheirOutsideAddresses) {
  for (bool hairpinning : {true, false}) {
    NatOptions options = nats::full_cone();
    options.hairpinning = hairpinning;
    Home home(options);
    Host& dave = home.nat.lan().host("dave", {"192.168.0.3"});
    Ear d(dave, 6000);
    d.say(home.to_b1, "x");
    home.run();
    home.a.say(Home::seen(home.b1), "round");
    home.run();
    EXPECT_EQ(d.texts(), hairpinning ? "round" : "");
    if (hairpinning) {
      EXPECT_EQ(d.heard[0].from, endpoint("198.51.100.1", 5000)) << "RFC 4787 REQ-9: the external address";
    }
    EXPECT_EQ(home.nat.count(Fate::no_hairpin), hairpinning ? 0U : 1U);
    home.a.say(endpoint("192.168.0.3", 6000), "direct");
    home.run();
    EXPECT_EQ(d.heard.back().text, "direct") << "in the segment itself nothing is in between";
  }
}

TEST(NatHairpin, IsFilteredAsEverythingElse) {
  Home home(nats::port_restricted());
  Host& dave = home.nat.lan().host("dave", {"192.168.0.3"});
  Ear d(dave, 6000);
  d.say(home.to_b1, "x");
  home.run();
  home.a.say(endpoint("198.51.100.1", 6000), "too early");
  home.run();
  d.say(endpoint("198.51.100.1", 5000), "hole");
  home.run();
  home.a.say(endpoint("198.51.100.1", 6000), "now");
  home.run();
  EXPECT_EQ(d.texts(), "now");
  EXPECT_EQ(home.a.texts(), "hole") << "alice's own attempt has opened her side";
}

TEST(NatNested, AHomeBehindAProviderIsSeenByTheProvidersAddress) {
  World world;
  Network internet(world);
  Nat& provider = internet.nat("provider", nats::cgn(), "100.0.0.1");
  Nat& home = provider.lan().nat("home", nats::port_restricted(), "10.64.0.2", delay_of(milliseconds(5)));
  Nat& neighbour = provider.lan().nat("neighbour", nats::port_restricted(), "10.64.0.3");
  Host& alice = home.lan().host("alice", {"192.168.0.2"});
  Host& dave = neighbour.lan().host("dave", {"192.168.0.2"});
  Host& server = internet.host("server", {"203.0.113.2"});
  Ear a(alice, 5000);
  Ear d(dave, 5000);
  Ear s(server, 3478);
  a.say(endpoint("203.0.113.2", 3478), "alice");
  world.run_for(milliseconds(50));
  d.say(endpoint("203.0.113.2", 3478), "dave");
  world.run_for(milliseconds(50));
  ASSERT_EQ(s.heard.size(), 2U);
  const base::SocketAddress at_alice = s.heard[0].from;
  const base::SocketAddress at_dave = s.heard[1].from;
  EXPECT_EQ(at_alice.ip, ip("100.0.0.1"));
  EXPECT_EQ(at_dave.ip, ip("100.0.0.1"));
  EXPECT_NE(at_alice.port, at_dave.port);
  s.say(at_alice, "answer");
  world.run_for(milliseconds(50));
  EXPECT_EQ(a.texts(), "answer");
  // Both punch; the provider turns the packets round.
  for (int i = 0; i < 2; ++i) {
    a.say(at_dave, "a" + std::to_string(i));
    d.say(at_alice, "d" + std::to_string(i));
    world.run_for(milliseconds(50));
  }
  EXPECT_EQ(d.heard.back().text, "a1");
  EXPECT_EQ(a.heard.back().text, "d1");
  EXPECT_GT(provider.count(Fate::hairpinned), 0U);
}

TEST(NatPunching, PortRestrictedPairsMeetAndSymmetricOnesDoNot) {
  const auto meets = [](const NatOptions& one, const NatOptions& other) {
    World world;
    Network internet(world);
    Host& alice = internet.nat("a", one, "198.51.100.1").lan().host("alice", {"192.168.0.2"});
    Host& bob = internet.nat("b", other, "198.51.100.2").lan().host("bob", {"192.168.0.2"});
    Ear a(alice, 5000);
    Ear b(bob, 5000);
    Ear stun(internet.host("stun", {"203.0.113.2"}), 3478);
    a.say(endpoint("203.0.113.2", 3478), "a");
    world.run_for(milliseconds(10));
    b.say(endpoint("203.0.113.2", 3478), "b");
    world.run_for(milliseconds(10));
    if (stun.heard.size() < 2) return false;  // no UDP at all
    base::SocketAddress to_bob = stun.heard[1].from;
    base::SocketAddress to_alice = stun.heard[0].from;
    for (int i = 0; i < 4; ++i) {
      a.say(to_bob, "ping");
      b.say(to_alice, "ping");
      world.run_for(milliseconds(10));
      // Who is heard from another port answers there: ICE's peer-reflexive candidates.
      if (!a.heard.empty()) to_bob = a.heard.back().from;
      if (!b.heard.empty()) to_alice = b.heard.back().from;
    }
    return !a.heard.empty() && !b.heard.empty();
  };
  // Rows and columns: open, full_cone, restricted, port_restricted, symmetric, cgn, udp_blocked.
  const std::array<std::string_view, 7> expected{"yyyyyyn", "yyyyyyn", "yyyyyyn", "yyyynyn",
                                                 "yyynnyn", "yyyyyyn", "nnnnnnn"};
  std::string row;
  for (std::size_t i = 0; i < all_nats().size(); ++i) {
    row.clear();
    for (const NamedNat& other : all_nats()) {
      NatOptions one = all_nats()[i].make();
      NatOptions two = other.make();
      // Both have private addresses here; to a puncher "open" is the same as a full cone.
      if (!one.translates) one = nats::full_cone();
      if (!two.translates) two = nats::full_cone();
      row += meets(one, two) ? 'y' : 'n';
    }
    EXPECT_EQ(row, expected[i]) << all_nats()[i].name;
  }
}

TEST(NatOpen, TranslatesAndFiltersNothing) {
  World world;
  Network internet(world);
  Nat& router = internet.nat("router", nats::open(), "");
  Host& alice = router.lan().host("alice", {"198.51.100.9", "2001:db8:1::9"});
  Host& bob = internet.host("bob", {"203.0.113.2", "2001:db8:2::2"});
  Ear a(alice, 5000);
  Ear b(bob, 1);
  b.say(endpoint("198.51.100.9", 5000), "unasked");
  b.say(endpoint("2001:db8:1::9", 5000), "six");
  a.say(endpoint("203.0.113.2", 1), "out");
  world.run_for(seconds(1));
  EXPECT_EQ(a.texts(), "unasked six");
  EXPECT_EQ(b.heard.at(0).from, endpoint("198.51.100.9", 5000));
}

TEST(NatFirewall, KeepsAddressesOfIpv6AndLetsInOnlyAnswers) {
  for (Dependence filtering : kDependences) {
    NatOptions options = nats::port_restricted();
    options.firewall = filtering;
    Home home(options);
    Host& dave = home.nat.lan().host("dave", {"2001:db8:1::3"});
    Host& eve = home.internet.host("eve", {"2001:db8:2::2"});
    Ear d(dave, 5000);
    Ear e1(eve, 1);
    Ear e2(eve, 2);
    e1.say(endpoint("2001:db8:1::3", 5000), "unasked");
    home.run();
    d.say(endpoint("2001:db8:2::2", 1), "hello");
    home.run();
    EXPECT_EQ(e1.heard.at(0).from, endpoint("2001:db8:1::3", 5000));
    e1.say(endpoint("2001:db8:1::3", 5000), "answer");
    e2.say(endpoint("2001:db8:1::3", 5000), "other");
    home.run();
    EXPECT_EQ(d.texts(), filtering == Dependence::address_and_port_dependent ? "answer" : "answer other");
    home.world.run_for(seconds(121));
    e1.say(endpoint("2001:db8:1::3", 5000), "late");
    home.run();
    EXPECT_NE(d.heard.back().text, "late");
  }
}

TEST(NatFirewall, OfTwoNestedBothAreAsked) {
  World world;
  Network internet(world);
  Nat& provider = internet.nat("provider", nats::cgn(), "100.0.0.1");
  Nat& home = provider.lan().nat("home", nats::port_restricted(), "10.64.0.2");
  Host& alice = home.lan().host("alice", {"2001:db8:1::2"});
  Host& bob = internet.host("bob", {"2001:db8:2::2"});
  Ear a(alice, 5000);
  Ear b(bob, 1);
  b.say(endpoint("2001:db8:1::2", 5000), "unasked");
  world.run_for(seconds(1));
  EXPECT_EQ(provider.count(Fate::filtered), 1U);
  a.say(endpoint("2001:db8:2::2", 1), "x");
  world.run_for(seconds(1));
  b.say(endpoint("2001:db8:1::2", 5000), "answer");
  world.run_for(seconds(1));
  EXPECT_EQ(a.texts(), "answer");
}

TEST(NatBlocked, LetsNoUdpOut) {
  Home home(nats::udp_blocked());
  home.a.say(home.to_b1, "x");
  home.run();
  EXPECT_TRUE(home.b1.heard.empty());
  EXPECT_EQ(home.nat.count(Fate::blocked), 1U);
}

TEST(NatProtocols, UdpAndTcpOfOnePortHaveMappingsOfTheirOwn) {
  Home home(nats::port_restricted());
  std::shared_ptr<Stream> accepted;
  home.bob.listen(80, [&](const std::shared_ptr<Stream>& stream) { accepted = stream; });
  std::size_t received = 0;
  StreamHandlers handlers;
  handlers.received = [&](base::BytesView bytes) { received += bytes.size(); };
  const auto stream = home.alice.connect(endpoint("203.0.113.2", 80), handlers);
  home.run();
  ASSERT_TRUE(accepted);
  Ear same(home.alice, stream->local().port);
  same.say(home.to_b1, "x");
  home.run();
  home.b1.say(Home::seen(home.b1), "answer");
  home.run();
  EXPECT_EQ(same.texts(), "answer");
  EXPECT_EQ(home.nat.mappings(), 2U);
  home.world.run_for(seconds(600));
  EXPECT_EQ(home.nat.mappings(), 1U) << "that of UDP has expired";
  accepted->send(base::as_bytes("late"));
  home.run();
  EXPECT_EQ(received, 4U);
}

TEST(NatTrouble, OneThatIsRestartedKnowsNobody) {
  Home home(nats::full_cone());
  home.a.say(home.to_b1, "x");
  home.run();
  const base::SocketAddress mapped = Home::seen(home.b1);
  home.nat.forget();
  home.b1.say(mapped, "lost");
  home.run();
  EXPECT_EQ(home.a.texts(), "");
  home.a.say(home.to_b1, "x");
  home.run();
  home.b1.say(Home::seen(home.b1), "found");
  home.run();
  EXPECT_EQ(home.a.texts(), "found");
}

TEST(NatTrouble, ANewExternalAddressReplacesTheOld) {
  Home home(nats::full_cone());
  home.a.say(home.to_b1, "x");
  home.run();
  const base::SocketAddress before = Home::seen(home.b1);
  home.nat.renumber("198.51.100.77");
  home.b1.say(before, "lost");
  home.run();
  home.a.say(home.to_b1, "x");
  home.run();
  EXPECT_EQ(Home::seen(home.b1).ip, ip("198.51.100.77"));
  home.b1.say(Home::seen(home.b1), "found");
  home.run();
  EXPECT_EQ(home.a.texts(), "found");
}

TEST(NatBounds, AMappingRemembersSoManyRemotesAndForgetsTheStalest) {
  Home home(nats::port_restricted());
  home.a.say(home.to_c1, "x");
  home.run();
  for (std::uint16_t port = 1; port <= Nat::kMaxRemotes; ++port) {
    home.a.say({ip("203.0.113.200"), port}, "x");
  }
  home.a.say(home.to_b1, "x");
  home.run();
  home.c1.say(endpoint("198.51.100.1", 5000), "stale");
  home.b1.say(endpoint("198.51.100.1", 5000), "fresh");
  home.run();
  EXPECT_EQ(home.a.texts(), "fresh");
}

}  // namespace
}  // namespace parlor::sim
