// Hosts, sockets and the segments between them.

#include "sim/network.hpp"

#include "sim/test_internet.hpp"

namespace parlor::sim {
namespace {

using base::milliseconds;
using base::seconds;
using testing::delay_of;
using testing::Ear;

struct NetworkTest : ::testing::Test {
  World world;
  Network internet{world};
};

TEST_F(NetworkTest, ADatagramTakesTheUpLinkOfOneAndTheDownLinkOfTheOther) {
  Host& alice =
      internet.host("alice", {"192.0.2.1"}, {delay_of(milliseconds(10)), delay_of(milliseconds(1))});
  Host& bob = internet.host("bob", {"192.0.2.2"}, {delay_of(milliseconds(100)), delay_of(milliseconds(5))});
  Ear from(alice, 1000);
  Ear to(bob, 2000);
  from.say(endpoint("192.0.2.2", 2000), "hello");
  world.run_for(seconds(1));
  ASSERT_EQ(to.heard.size(), 1U);
  EXPECT_EQ(to.heard[0].from, endpoint("192.0.2.1", 1000));
  EXPECT_EQ(to.heard[0].text, "hello");
  EXPECT_EQ(to.heard[0].at, World::kStart + milliseconds(15));
  to.say(to.heard[0].from, "hi");
  world.run_for(seconds(1));
  ASSERT_EQ(from.heard.size(), 1U);
  EXPECT_EQ(from.heard[0].at, World::kStart + seconds(1) + milliseconds(101));
}

TEST_F(NetworkTest, APathBetweenTwoHasConditionsOfItsOwn) {
  Host& alice = internet.host("alice", {"192.0.2.1"});
  Host& bob = internet.host("bob", {"192.0.2.2"}, {delay_of(milliseconds(500)), delay_of(milliseconds(1))});
  Host& carol = internet.host("carol", {"192.0.2.3"});
  Ear a(alice, 1);
  Ear b(bob, 1);
  Ear c(carol, 1);
  internet.set_between(alice.interface(), bob.interface(), delay_of(milliseconds(80)));
  a.say(endpoint("192.0.2.2", 1), "x");
  a.say(endpoint("192.0.2.3", 1), "x");
  world.run_for(seconds(1));
  EXPECT_EQ(b.heard.at(0).at, World::kStart + milliseconds(81)) << "between, and down";
  EXPECT_EQ(c.heard.at(0).at, World::kStart);

  internet.cut(alice.interface(), bob.interface());
  a.say(endpoint("192.0.2.2", 1), "y");
  b.say(endpoint("192.0.2.1", 1), "y");
  c.say(endpoint("192.0.2.1", 1), "z");
  world.run_for(seconds(1));
  EXPECT_EQ(a.texts(), "z");
  EXPECT_EQ(b.texts(), "x");
  internet.mend(alice.interface(), bob.interface());
  b.say(endpoint("192.0.2.1", 1), "w");
  world.run_for(seconds(1));
  EXPECT_EQ(a.texts(), "z w");
}

TEST_F(NetworkTest, OneDirectionCanBeCutAlone) {
  Host& alice = internet.host("alice", {"192.0.2.1"});
  Host& bob = internet.host("bob", {"192.0.2.2"});
  Ear a(alice, 1);
  Ear b(bob, 1);
  internet.between(alice.interface(), bob.interface()).cut();
  a.say(endpoint("192.0.2.2", 1), "lost");
  b.say(endpoint("192.0.2.1", 1), "heard");
  world.run_for(seconds(1));
  EXPECT_EQ(a.texts(), "heard");
  EXPECT_EQ(b.texts(), "");
}

TEST_F(NetworkTest, WhatHasNoAddressOrNoListenerIsTraced) {
  world.trace().keep(10);
  Host& alice = internet.host("alice", {"192.0.2.1"});
  internet.host("bob", {"192.0.2.2"});
  Ear a(alice, 1);
  a.say(endpoint("192.0.2.9", 1), "x");
  a.say(endpoint("192.0.2.2", 7), "x");
  a.say(endpoint("2001:db8::1", 7), "x");
  world.run_for(seconds(1));
  std::vector<Fate> drops;
  for (const auto& entry : world.trace().entries()) {
    if (is_drop(entry.fate)) drops.push_back(entry.fate);
  }
  EXPECT_EQ(drops, (std::vector<Fate>{Fate::no_route, Fate::no_route, Fate::no_listener}))
      << world.trace().table(World::kStart);
}

TEST_F(NetworkTest, AHostSpeaksBothFamiliesAndAnswersFromTheRightOne) {
  Host& alice = internet.host("alice", {"192.0.2.1", "2001:db8::1"});
  Host& bob = internet.host("bob", {"2001:db8::2", "192.0.2.2"});
  Ear a(alice, 1000);
  Ear b(bob, 2000);
  a.say(endpoint("2001:db8::2", 2000), "six");
  a.say(endpoint("192.0.2.2", 2000), "four");
  world.run_for(seconds(1));
  ASSERT_EQ(b.heard.size(), 2U);
  EXPECT_EQ(b.heard[0].from, endpoint("2001:db8::1", 1000));
  EXPECT_EQ(b.heard[1].from, endpoint("192.0.2.1", 1000));
  EXPECT_EQ(alice.address(1), ip("2001:db8::1"));
}

TEST_F(NetworkTest, ASocketOfOneAddressHearsAndSpeaksByThatOne) {
  Host& alice = internet.host("alice", {"192.0.2.1"});
  Interface& second = alice.attach(internet, {"192.0.2.50"}, delay_of(milliseconds(30)));
  Host& bob = internet.host("bob", {"192.0.2.2"});
  Ear one(alice, endpoint("192.0.2.1", 1000));
  Ear two(alice, endpoint("192.0.2.50", 1000));
  Ear b(bob, 2000);
  two.say(endpoint("192.0.2.2", 2000), "x");
  world.run_for(seconds(1));
  ASSERT_EQ(b.heard.size(), 1U);
  EXPECT_EQ(b.heard[0].from, endpoint("192.0.2.50", 1000));
  EXPECT_EQ(b.heard[0].at, World::kStart + milliseconds(30));
  b.say(endpoint("192.0.2.50", 1000), "back");
  second.cut();
  world.run_for(seconds(1));
  EXPECT_EQ(two.texts(), "") << "its interface is cut";
  b.say(endpoint("192.0.2.1", 1000), "other");
  world.run_for(seconds(1));
  EXPECT_EQ(one.texts(), "other");
}

TEST_F(NetworkTest, AHostInTwoNetworksTakesTheOneThatHasTheDestination) {
  Network lan(world, "lan");
  Host& alice = internet.host("alice", {"192.0.2.1"});
  alice.attach(lan, {"10.0.0.1"});
  Host& printer = lan.host("printer", {"10.0.0.7"});
  Ear a(alice, 1);
  Ear p(printer, 1);
  a.say(endpoint("10.0.0.7", 1), "page");
  world.run_for(seconds(1));
  ASSERT_EQ(p.heard.size(), 1U);
  EXPECT_EQ(p.heard[0].from, endpoint("10.0.0.1", 1));
}

TEST_F(NetworkTest, AHostReachesItselfWithoutItsLinks) {
  Host& alice = internet.host("alice", {"192.0.2.1"});
  Ear a(alice, 1);
  Ear b(alice, 2);
  alice.cut();
  a.say(endpoint("192.0.2.1", 2), "self");
  world.run_for(seconds(1));
  EXPECT_EQ(b.texts(), "self");
}

TEST_F(NetworkTest, PortZeroIsAPortThatIsFree) {
  Host& alice = internet.host("alice", {"192.0.2.1"});
  const auto one = alice.bind(0);
  const auto two = alice.bind(0);
  EXPECT_GE(one->local().port, Host::kFirstEphemeralPort);
  EXPECT_GE(two->local().port, Host::kFirstEphemeralPort);
  EXPECT_NE(one->local().port, two->local().port);
}

TEST_F(NetworkTest, ASocketMayCloseInItsOwnHandlerAndItsPortIsFreeAtOnce) {
  Host& alice = internet.host("alice", {"192.0.2.1"});
  Host& bob = internet.host("bob", {"192.0.2.2"});
  Ear a(alice, 1);
  Socket* socket = bob.bind(5).get();  // the host is its only owner
  std::string heard;
  socket->on_datagram([&](const base::Datagram& datagram) {
    socket->close();
    heard += base::as_text(datagram.bytes);
    bob.bind(5, [&](const base::Datagram& later) { heard += base::as_text(later.bytes); });
  });
  a.say(endpoint("192.0.2.2", 5), "a");
  a.say(endpoint("192.0.2.2", 5), "b");
  world.run_for(seconds(1));
  EXPECT_EQ(heard, "ab");
}

TEST_F(NetworkTest, TheSenderHearsOfAnMtuAfterARoundTrip) {
  LinkOptions narrow = delay_of(milliseconds(20));
  narrow.mtu = 1280;
  Host& alice = internet.host("alice", {"192.0.2.1"}, delay_of(milliseconds(10)));
  Host& bob = internet.host("bob", {"192.0.2.2"}, narrow);
  Ear a(alice, 1);
  Ear b(bob, 1);
  std::vector<std::pair<base::Time, std::size_t>> notices;
  a.socket().on_too_large([&](const base::SocketAddress& to, std::size_t mtu) {
    EXPECT_EQ(to, endpoint("192.0.2.2", 1));
    notices.emplace_back(world.now(), mtu);
  });
  a.say(endpoint("192.0.2.2", 1), std::string(1252, 'x'));
  a.say(endpoint("192.0.2.2", 1), std::string(1253, 'x'));
  world.run_for(seconds(1));
  EXPECT_EQ(b.heard.size(), 1U);
  ASSERT_EQ(notices.size(), 1U);
  EXPECT_EQ(notices[0].first, World::kStart + milliseconds(20)) << "10 ms there, 10 ms back";
  EXPECT_EQ(notices[0].second, 1280U);

  narrow.black_hole = true;
  bob.interface().down().set(narrow);
  a.say(endpoint("192.0.2.2", 1), std::string(1253, 'x'));
  world.run_for(seconds(1));
  EXPECT_EQ(notices.size(), 1U) << "a black hole says nothing";
}

TEST_F(NetworkTest, AHostWithoutPowerNeitherSendsNorHears) {
  Host& alice = internet.host("alice", {"192.0.2.1"});
  Host& bob = internet.host("bob", {"192.0.2.2"});
  Ear a(alice, 1);
  Ear b(bob, 1);
  bob.crash();
  EXPECT_FALSE(bob.is_on());
  a.say(endpoint("192.0.2.2", 1), "x");
  world.run_for(seconds(1));
  EXPECT_TRUE(b.heard.empty());
  bob.boot();
  Ear again(bob, 1);
  a.say(endpoint("192.0.2.2", 1), "y");
  world.run_for(seconds(1));
  EXPECT_EQ(again.texts(), "y");
}

TEST(Clock, ShowsItsOwnTimeAndKnowsWhenThatIs) {
  for (int drift : {0, 100, -100, 1000, -40'000}) {
    const Clock clock{seconds(-123) + base::microseconds(45), drift};
    base::SeededRandom random(9);
    for (int i = 0; i < 1000; ++i) {
      const base::Time shown = clock.local(World::kStart) + base::microseconds(random.below(2'000'000'000));
      const base::Time world = clock.world(shown);
      ASSERT_GE(clock.local(world), shown) << drift;
      ASSERT_LT(clock.local(world - base::microseconds(1)), shown) << drift;
    }
  }
  EXPECT_EQ((Clock{seconds(5), 100}.local(World::kStart + seconds(10'000))), World::kStart + seconds(10'006))
      << "100 µs a second are a second in 10,000";
}

}  // namespace
}  // namespace parlor::sim
