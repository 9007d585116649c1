// Once there is a way: that it stays alive, that another takes its place, restarts.

#include "ice/test_peer.hpp"

namespace parlor::ice {
namespace {

using base::milliseconds;
using base::seconds;
using testing::at;
using testing::Introduction;
using testing::Peer;

sim::LinkOptions far(base::Duration delay) {
  sim::LinkOptions options;
  options.delay = delay;
  return options;
}

/// Two who have found each other; both have a second network if they are told to.
struct Connected {
  explicit Connected(std::uint64_t seed = 1, bool two_networks = false,
                     base::Duration second = milliseconds(5))
      : world(seed) {
    alice_host = &first.host("alice", {"192.0.2.1"}, far(milliseconds(5)));
    bob_host = &first.host("bob", {"192.0.2.2"}, far(milliseconds(5)));
    if (two_networks) {
      alice_host->attach(other, {"198.51.100.1"}, far(second));
      bob_host->attach(other, {"198.51.100.2"}, far(second));
    }
    alice = std::make_unique<Peer>(*alice_host);
    bob = std::make_unique<Peer>(*bob_host);
    both = std::make_unique<Introduction>(world, *alice, *bob);
    for (Peer* peer : {alice.get(), bob.get()}) {
      peer->add_address(0, 65535);
      if (two_networks) peer->add_address(1, 65000);
    }
    both->introduce();
    EXPECT_TRUE(world.run_until([&] { return alice->is_connected() && bob->is_connected(); }, seconds(2)));
    world.run_for(seconds(1));
  }
  [[nodiscard]] bool are_connected() const { return alice->is_connected() && bob->is_connected(); }

  sim::World world;
  sim::Network first{world, "first"};
  sim::Network other{world, "other"};
  sim::Host* alice_host = nullptr;
  sim::Host* bob_host = nullptr;
  std::unique_ptr<Peer> alice;
  std::unique_ptr<Peer> bob;
  std::unique_ptr<Introduction> both;
};

TEST(IceAlive, ConsentIsAskedForEveryFiveSecondsOrSo) {
  Connected two;
  const int before = two.alice->checks_heard;
  two.world.run_for(seconds(600));
  EXPECT_TRUE(two.are_connected());
  // Bob's checks, and answers to alice's own.
  EXPECT_GE(two.alice->checks_heard - before, 2 * 600 / 6 - 2);
  EXPECT_LE(two.alice->checks_heard - before, 2 * 600 / 4 + 2);
}

TEST(IceAlive, SilenceIsSeenWithinSecondsAndForgottenWhenItEnds) {
  Connected two;
  two.bob_host->cut();
  ASSERT_TRUE(
      two.world.run_until([&] { return two.alice->agent.state() == AgentState::disconnected; }, seconds(9)));
  EXPECT_TRUE(two.alice->agent.route()) << "data may still go: nobody knows yet";
  two.world.run_for(seconds(10));
  EXPECT_EQ(two.alice->agent.state(), AgentState::disconnected);
  two.bob_host->mend();
  EXPECT_TRUE(two.world.run_until([&] { return two.are_connected(); }, seconds(3)));
}

TEST(IceAlive, WhereDataWasComingItsEndIsSeenWithinFourSeconds) {
  Connected two;
  for (int i = 0; i < 200; ++i) {
    two.bob->say("tick");
    two.world.run_for(milliseconds(50));
  }
  two.bob_host->cut();
  EXPECT_TRUE(
      two.world.run_until([&] { return two.alice->agent.state() == AgentState::disconnected; }, seconds(4)));
}

TEST(IceAlive, DataThatComesKeepsItAliveThoughChecksAreLost) {
  Connected two;
  // Only checks are lost: what asks gets no answer, and the other side's data goes on.
  sim::LinkOptions lossy = far(milliseconds(5));
  lossy.loss = 0.9;
  two.alice_host->interface().up().set(lossy);
  for (int i = 0; i < 400; ++i) {
    two.bob->say("tick");
    two.world.run_for(milliseconds(50));
    ASSERT_EQ(two.alice->agent.state(), AgentState::connected);
  }
}

TEST(IceAlive, WithoutConsentForThirtySecondsNothingIsSentAnyMore) {
  Connected two;
  two.bob_host->cut();
  two.world.run_for(seconds(31));
  EXPECT_EQ(two.alice->agent.state(), AgentState::failed);
  EXPECT_FALSE(two.alice->agent.route());
  EXPECT_FALSE(two.alice->routes.back());
  const int sent = two.alice->checks_sent;
  two.world.run_for(seconds(60));
  EXPECT_EQ(two.alice->checks_sent, sent);
}

TEST(IceAlive, DataAloneIsNoConsent) {
  Connected two;
  // A NAT that lost its state lets nothing of alice through, while bob's data still comes (RFC 7675 §5.1).
  sim::LinkOptions dead = far(milliseconds(5));
  dead.loss = 1;
  two.alice_host->interface().up().set(dead);
  for (int i = 0; i < 35 * 20; ++i) {
    two.bob->say("tick");
    two.world.run_for(milliseconds(50));
  }
  EXPECT_EQ(two.alice->agent.state(), AgentState::failed);
}

TEST(IceAlive, AnotherWayTakesOverWhereTheFirstGoesSilent) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE(seed);
    Connected two(seed, true);
    ASSERT_EQ(two.alice->agent.route()->local.ip.to_string(), "192.0.2.1");
    ASSERT_EQ(two.bob->agent.route()->local.ip.to_string(), "192.0.2.2");
    two.first.cut(two.alice_host->interface(0), two.bob_host->interface(0));
    ASSERT_TRUE(two.world.run_until(
        [&] {
          return two.alice->agent.route() && two.bob->agent.route() &&
                 two.alice->agent.route()->local.ip.to_string() == "198.51.100.1" &&
                 two.bob->agent.route()->local.ip.to_string() == "198.51.100.2";
        },
        seconds(10)));
    EXPECT_TRUE(two.are_connected());
    two.world.run_for(seconds(60));
    EXPECT_TRUE(two.are_connected());
  }
}

TEST(IceAlive, AWayThatIsQuickerIsMovedTo) {
  // The preferred network has detours of 200 ms; the other one none.
  sim::World world(2);
  sim::Network first(world, "first");
  sim::Network other(world, "other");
  sim::Host& a = first.host("alice", {"192.0.2.1"}, far(milliseconds(50)));
  sim::Host& b = first.host("bob", {"192.0.2.2"}, far(milliseconds(50)));
  a.attach(other, {"198.51.100.1"}, far(milliseconds(2)));
  b.attach(other, {"198.51.100.2"}, far(milliseconds(2)));
  Peer alice(a);
  Peer bob(b);
  Introduction both(world, alice, bob);
  for (Peer* peer : {&alice, &bob}) {
    peer->add_address(0, 65535);
    peer->add_address(1, 65000);
  }
  both.introduce();
  world.run_for(seconds(60));
  EXPECT_EQ(alice.agent.route()->local.ip.to_string(), "198.51.100.1");
  EXPECT_EQ(bob.agent.route()->local.ip.to_string(), "198.51.100.2");
  EXPECT_LE(alice.routes.size(), 3U) << "and does not go to and fro";
}

TEST(IceAlive, AnAddressThatIsGoneTakesItsPairsAlong) {
  Connected two(1, true);
  const base::SocketAddress gone = two.alice->agent.route()->local;
  two.alice->call([&](Agent& agent, base::Time now) { agent.remove_address(now, gone); });
  ASSERT_TRUE(two.alice->agent.route());
  EXPECT_EQ(two.alice->agent.route()->local.ip.to_string(), "198.51.100.1") << "at once";
  two.world.run_for(seconds(10));
  EXPECT_EQ(two.bob->agent.route()->local.ip.to_string(), "198.51.100.2") << "was nominated";
}

TEST(IceRestart, DataGoesOnAndANewWayIsFound) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    Connected two(seed);
    const Credentials before = two.alice->agent.local_credentials();
    two.alice->call([](Agent& agent, base::Time now) { agent.restart(now); });
    EXPECT_NE(two.alice->agent.local_credentials(), before);
    EXPECT_EQ(two.alice->agent.state(), AgentState::connected);
    ASSERT_TRUE(two.alice->agent.route());
    EXPECT_TRUE(two.alice->say("on the former way"));
    two.both->tell(*two.alice, *two.bob);  // ignored: bob has not restarted
    two.world.run_for(milliseconds(60));
    EXPECT_EQ(two.bob->data.size(), 1U);
    two.bob->call([](Agent& agent, base::Time now) { agent.restart(now); });
    two.both->introduce();
    EXPECT_TRUE(two.bob->say("too"));
    two.world.run_for(seconds(1));
    EXPECT_TRUE(two.are_connected());
    EXPECT_EQ(two.alice->data.size(), 1U);
    EXPECT_TRUE(std::ranges::count(two.alice->states, AgentState::disconnected) == 0);
    two.world.run_for(seconds(120));
    EXPECT_TRUE(two.are_connected());
  }
}

TEST(IceRestart, AfterAChangeOfAddressAnotherWayIsFound) {
  Connected two(1, true);
  two.alice_host->interface(0).cut();
  two.alice->call([](Agent& agent, base::Time now) { agent.restart(now); });
  two.bob->call([](Agent& agent, base::Time now) { agent.restart(now); });
  two.both->introduce();
  EXPECT_TRUE(two.world.run_until(
      [&] {
        return two.alice->agent.route() && two.alice->agent.route()->local.ip.to_string() == "198.51.100.1" &&
               two.bob->is_connected();
      },
      seconds(2)));
}

TEST(IceRestart, OneThatIsNeverAnsweredEndsWithTheFormerConsent) {
  Connected two;
  two.alice->call([](Agent& agent, base::Time now) { agent.restart(now); });
  two.world.run_for(seconds(29));
  EXPECT_TRUE(two.alice->agent.route());
  two.world.run_for(seconds(2));
  EXPECT_FALSE(two.alice->agent.route());
  EXPECT_FALSE(two.alice->routes.back()) << "and it is said";
}

TEST(IceRestart, OneAfterTheOtherMakesConsentNoLonger) {
  Connected two;
  two.bob_host->cut();  // and yet somebody signals for bob again and again
  for (int i = 0; i < 10; ++i) {
    two.alice->call([](Agent& agent, base::Time now) { agent.restart(now); });
    two.both->tell(*two.bob, *two.alice);
    two.world.run_for(seconds(5));
  }
  EXPECT_FALSE(two.alice->agent.route());
}

TEST(IceRestart, AfterSeveralTheOtherSidesConsentIsStillAnswered) {
  Connected two;
  for (int i = 0; i < 3; ++i) {
    two.alice->call([](Agent& agent, base::Time now) { agent.restart(now); });
    two.world.run_for(milliseconds(100));
  }
  two.world.run_for(seconds(20));
  EXPECT_TRUE(two.bob->is_connected()) << "bob knows nothing of them";
  ASSERT_TRUE(two.alice->agent.route());
}

TEST(IceRestart, ItIsConnectedWhileTheFormerWayWorks) {
  Connected two;
  two.alice->states.clear();
  two.alice->call([](Agent& agent, base::Time now) { agent.restart(now); });
  two.bob->call([](Agent& agent, base::Time now) { agent.restart(now); });
  two.both->introduce();
  two.world.run_for(seconds(5));
  EXPECT_TRUE(two.are_connected());
  EXPECT_TRUE(two.alice->states.empty());
}

}  // namespace
}  // namespace parlor::ice
