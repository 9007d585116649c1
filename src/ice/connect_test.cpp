// Finding a way: over which networks, how soon, and what is told meanwhile.

#include "ice/test_peer.hpp"

namespace parlor::ice {
namespace {

using base::milliseconds;
using base::seconds;
using testing::at;
using testing::Introduction;
using testing::Peer;
using testing::StunServer;

sim::LinkOptions slow(base::Duration delay) {
  sim::LinkOptions options;
  options.delay = delay;
  return options;
}

struct TwoOnALan {
  explicit TwoOnALan(std::uint64_t seed = 1, base::Duration delay = milliseconds(5)) : world(seed) {
    alice_host = &network.host("alice", {"192.0.2.1"}, slow(delay));
    bob_host = &network.host("bob", {"192.0.2.2"}, slow(delay));
  }
  sim::World world;
  sim::Network network{world};
  sim::Host* alice_host = nullptr;
  sim::Host* bob_host = nullptr;
};

TEST(IceConnect, TwoOnOneNetworkTalkRightAfterTheAnswer) {
  TwoOnALan lan;
  Peer alice(*lan.alice_host);
  Peer bob(*lan.bob_host);
  Introduction both(lan.world, alice, bob, milliseconds(50));
  alice.add_address();
  bob.add_address();
  both.introduce();
  // Bob checks once he has the offer (50 ms) and alice's candidate (100 ms); alice answers before she has his
  // answer, which comes at the same time.
  ASSERT_TRUE(
      lan.world.run_until([&] { return alice.is_connected() && bob.is_connected(); }, milliseconds(130)));
  EXPECT_TRUE(alice.say("hello"));
  EXPECT_TRUE(bob.say("there"));
  lan.world.run_for(milliseconds(20));
  EXPECT_EQ(bob.data, std::vector<std::string>{"hello"});
  EXPECT_EQ(alice.data, std::vector<std::string>{"there"});
  EXPECT_EQ(alice.agent.route()->local_type, CandidateType::host);
  EXPECT_EQ(alice.agent.role(), Role::controlling);
  ASSERT_TRUE(alice.agent.round_trip());
  EXPECT_EQ(*alice.agent.round_trip(), milliseconds(20)) << "four access links of 5 ms";
}

TEST(IceConnect, AFewDatagramsAreEnough) {
  TwoOnALan lan;
  Peer alice(*lan.alice_host);
  Peer bob(*lan.bob_host);
  Introduction both(lan.world, alice, bob);
  alice.add_address();
  bob.add_address();
  both.introduce();
  lan.world.run_for(seconds(3));
  ASSERT_TRUE(alice.is_connected());
  EXPECT_LE(alice.checks_sent, 4) << "a check, the nomination, two answers";
  EXPECT_LE(bob.checks_sent, 4);
}

TEST(IceConnect, TheControllingSideNominatesAndBothUseThatPair) {
  sim::World world(3);
  sim::Network network(world);
  sim::Host& a = network.host("alice", {"192.0.2.1", "2001:db8::1"}, slow(milliseconds(10)));
  sim::Host& b = network.host("bob", {"192.0.2.2", "2001:db8::2"}, slow(milliseconds(10)));
  Peer alice(a);
  Peer bob(b);
  Introduction both(world, alice, bob);
  for (Peer* peer : {&alice, &bob}) {
    peer->add_address(0, 65534);
    peer->add_address(1, 65535);
  }
  both.introduce();
  world.run_for(seconds(2));
  ASSERT_TRUE(alice.is_connected() && bob.is_connected());
  EXPECT_TRUE(alice.agent.route()->local.ip.is_v6()) << "was to be preferred";
  EXPECT_EQ(alice.agent.route()->remote, bob.agent.route()->local);
  EXPECT_EQ(alice.agent.route()->local, bob.agent.route()->remote);
  const auto nominated = [](const Peer& peer) {
    std::size_t count = 0;
    for (const Pair& pair : peer.agent.pairs()) count += pair.nominated_at ? 1U : 0U;
    return count;
  };
  EXPECT_EQ(nominated(bob), 1U);
  EXPECT_EQ(nominated(alice), 0U) << "nobody nominates to the controlling side";
}

TEST(IceConnect, AnAddressThatIsNotToldIsFoundAsPeerReflexive) {
  // A browser tells a name that only its own network knows instead of its address.
  TwoOnALan lan;
  Peer alice(*lan.alice_host);
  Peer bob(*lan.bob_host);
  Introduction both(lan.world, alice, bob);
  both.filter = [&](const Candidate& candidate) { return candidate.base.ip != bob.host().address(); };
  alice.add_address();
  bob.add_address();
  both.introduce();
  ASSERT_TRUE(lan.world.run_until([&] { return alice.is_connected() && bob.is_connected(); }, seconds(1)));
  EXPECT_EQ(alice.agent.route()->remote_type, CandidateType::peer_reflexive);
  EXPECT_EQ(alice.agent.route()->remote, bob.agent.local_candidates()[0].address);
  // Its name comes after all.
  alice.call([&](Agent& agent, base::Time now) {
    agent.add_remote_candidate(now, bob.agent.local_candidates()[0]);
  });
  EXPECT_EQ(alice.agent.route()->remote_type, CandidateType::host);
  EXPECT_EQ(alice.agent.pairs().size(), 1U);
}

TEST(IceConnect, AStunServerTellsTheAddressOutside) {
  sim::World world(4);
  sim::Network internet(world);
  StunServer stun(internet, "203.0.113.9");
  sim::Nat& nat = internet.nat("home", sim::nats::port_restricted(), "198.51.100.1", slow(milliseconds(10)));
  sim::Host& a = nat.lan().host("alice", {"192.168.0.2"});
  Peer alice(a);
  alice.call([&](Agent& agent, base::Time now) { agent.add_stun_server(now, stun.address); });
  alice.add_address();
  alice.call([](Agent& agent, base::Time now) { agent.finish_gathering(now); });
  EXPECT_FALSE(alice.gathered);
  world.run_for(milliseconds(100));
  EXPECT_TRUE(alice.gathered);
  ASSERT_EQ(alice.found.size(), 2U);
  EXPECT_EQ(alice.found[1].type, CandidateType::server_reflexive);
  EXPECT_EQ(alice.found[1].address.ip.to_string(), "198.51.100.1");
  EXPECT_EQ(alice.found[1].base, alice.found[0].address);
  EXPECT_LT(alice.found[1].priority, alice.found[0].priority);
  EXPECT_NE(alice.found[1].foundation, alice.found[0].foundation);
}

TEST(IceConnect, WithoutANatTheServersWordAddsNoCandidate) {
  sim::World world(4);
  sim::Network internet(world);
  StunServer stun(internet, "203.0.113.9");
  Peer alice(internet.host("alice", {"203.0.113.2"}));
  alice.call([&](Agent& agent, base::Time now) { agent.add_stun_server(now, stun.address); });
  alice.add_address();
  alice.call([](Agent& agent, base::Time now) { agent.finish_gathering(now); });
  world.run_for(milliseconds(100));
  EXPECT_TRUE(alice.gathered);
  EXPECT_EQ(alice.found.size(), 1U);
}

TEST(IceConnect, AStunServerThatIsSilentIsAskedFiveTimesAndGivenUp) {
  sim::World world(4);
  sim::Network internet(world);
  StunServer stun(internet, "203.0.113.9");
  stun.silent = true;
  Peer alice(internet.host("alice", {"203.0.113.2"}));
  alice.call([&](Agent& agent, base::Time now) { agent.add_stun_server(now, stun.address); });
  alice.add_address();
  alice.call([](Agent& agent, base::Time now) { agent.finish_gathering(now); });
  world.run_for(seconds(7));
  EXPECT_FALSE(alice.gathered);
  world.run_for(seconds(1));
  EXPECT_TRUE(alice.gathered);
  EXPECT_EQ(stun.asked, 5);
}

TEST(IceConnect, AnAnswerFromElsewhereThanTheStunServerIsNotBelieved) {
  sim::World world(4);
  sim::Network internet(world);
  StunServer stun(internet, "203.0.113.9");
  stun.silent = true;
  sim::Host& mallory = internet.host("mallory", {"203.0.113.66"});
  const auto liar = mallory.bind(3478);
  Peer alice(internet.host("alice", {"203.0.113.2"}));
  stun.socket->on_datagram([&](const base::Datagram& datagram) {
    const auto message = stun::Message::parse(datagram.bytes);
    std::array<std::byte, 128> buffer{};
    stun::MessageWriter writer(buffer, stun::MessageClass::success, *message);
    writer.add<stun::XorMappedAddress>(at("203.0.113.77:7"));
    liar->send(datagram.source, writer.finish());
  });
  alice.call([&](Agent& agent, base::Time now) { agent.add_stun_server(now, stun.address); });
  alice.add_address();
  world.run_for(seconds(10));
  EXPECT_EQ(alice.found.size(), 1U);
}

// FACTS of NAT pairs: what a hole can be punched through, and what it cannot.
TEST(IceConnect, PunchesEveryHoleThatCanBePunched) {
  struct Kind {
    const char* name;
    sim::NatOptions options;
    int openness;  ///< two that add up to less than this … see below
  };
  const std::array kinds{Kind{"open", sim::nats::open(), 9}, Kind{"full_cone", sim::nats::full_cone(), 9},
                         Kind{"restricted", sim::nats::restricted(), 9},
                         Kind{"port_restricted", sim::nats::port_restricted(), 1},
                         Kind{"symmetric", sim::nats::symmetric(), 0}};
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    for (std::size_t j = 0; j < kinds.size(); ++j) {
      SCOPED_TRACE(std::string(kinds[i].name) + " offers to " + kinds[j].name);
      sim::World world(100 * i + j + 1);
      sim::Network internet(world);
      StunServer stun(internet, "203.0.113.9");
      const auto home = [&](const char* name, const sim::NatOptions& options, const char* external,
                            const char* internal) -> sim::Host& {
        // An open one has addresses of the Internet behind it.
        sim::Nat& nat =
            internet.nat(name, options, options.translates ? external : "", slow(milliseconds(15)));
        return nat.lan().host(std::string(name) + "-host", {options.translates ? internal : external});
      };
      sim::Host& a = home("alice", kinds[i].options, "198.51.100.1", "192.168.0.2");
      sim::Host& b = home("bob", kinds[j].options, "198.51.100.2", "192.168.1.2");
      Peer alice(a);
      Peer bob(b);
      Introduction both(world, alice, bob);
      for (Peer* peer : {&alice, &bob}) {
        peer->call([&](Agent& agent, base::Time now) { agent.add_stun_server(now, stun.address); });
        peer->add_address();
        peer->call([](Agent& agent, base::Time now) { agent.finish_gathering(now); });
      }
      both.introduce();
      const bool met =
          world.run_until([&] { return alice.is_connected() && bob.is_connected(); }, seconds(20));
      EXPECT_EQ(met, kinds[i].openness + kinds[j].openness >= 2)
          << "port-restricted to symmetric, and two symmetric, need a relay";
      if (!met) continue;
      EXPECT_TRUE(alice.say("x"));
      world.run_for(seconds(1));
      EXPECT_EQ(bob.data.size(), 1U);
    }
  }
}

TEST(IceConnect, ConnectsThroughEveryKindOfNetwork) {
  for (const sim::NamedConditions& conditions : sim::all_conditions()) {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
      SCOPED_TRACE(std::string(conditions.name) + ", seed " + std::to_string(seed));
      sim::World world(seed);
      sim::Network network(world);
      Peer alice(network.host("alice", {"192.0.2.1"}, conditions.make()));
      Peer bob(network.host("bob", {"192.0.2.2"}, conditions.make()));
      Introduction both(world, alice, bob);
      alice.add_address();
      bob.add_address();
      both.introduce();
      ASSERT_TRUE(world.run_until([&] { return alice.is_connected() && bob.is_connected(); }, seconds(12)));
      world.run_for(seconds(60));
      EXPECT_TRUE(alice.is_connected() || alice.states.size() > 2) << "and stays so";
    }
  }
}

TEST(IceConnect, NothingThatWorksIsSaidOnceThereHasBeenPatience) {
  sim::World world(5);
  sim::Network network(world);
  Peer alice(network.host("alice", {"192.0.2.1"}));
  alice.add_address();
  alice.call([](Agent& agent, base::Time now) {
    agent.set_role(Role::controlling);
    agent.set_remote(now, {"abcd", "0123456789012345678901"}, false);
    agent.add_remote_candidate(now, {.address = at("192.0.2.200:9"), .priority = 1, .foundation = "1"});
  });
  EXPECT_EQ(alice.agent.state(), AgentState::checking);
  world.run_for(seconds(39));
  EXPECT_EQ(alice.agent.state(), AgentState::checking) << "its pair has failed long ago, RFC 8863 waits";
  EXPECT_GT(alice.checks_sent, 16) << "and it was tried anew";
  world.run_for(seconds(1));
  EXPECT_EQ(alice.agent.state(), AgentState::failed);
  EXPECT_FALSE(alice.agent.route());
}

TEST(IceConnect, AChecksAnswerThatComesAfterPatienceStillCounts) {
  TwoOnALan lan;
  Peer alice(*lan.alice_host);
  Peer bob(*lan.bob_host);
  Introduction both(lan.world, alice, bob);
  alice.add_address();
  bob.add_address();
  lan.bob_host->cut();
  both.introduce();
  lan.world.run_for(seconds(45));
  EXPECT_EQ(alice.agent.state(), AgentState::failed);
  EXPECT_EQ(bob.agent.state(), AgentState::failed);
  lan.bob_host->mend();
  // Somebody asks once more: here a candidate that is told late.
  alice.add_address();
  EXPECT_TRUE(lan.world.run_until([&] { return alice.is_connected() && bob.is_connected(); }, seconds(5)));
}

TEST(IceConnect, ALiteAgentAnswersAndNeverAsks) {
  TwoOnALan lan;
  Peer alice(*lan.alice_host);
  Peer bob(*lan.bob_host, {.lite = true});
  Introduction both(lan.world, alice, bob);
  alice.add_address();
  bob.add_address();
  both.introduce();
  ASSERT_TRUE(lan.world.run_until([&] { return alice.is_connected() && bob.is_connected(); }, seconds(1)));
  EXPECT_EQ(alice.checks_heard, bob.checks_sent);
  lan.world.run_for(seconds(60));
  EXPECT_TRUE(alice.is_connected());
  EXPECT_TRUE(bob.is_connected()) << "consent is asked of it";
  EXPECT_TRUE(bob.say("data"));
  lan.world.run_for(milliseconds(20));
  EXPECT_EQ(alice.data.size(), 1U);
  lan.alice_host->cut();
  lan.world.run_for(seconds(10));
  EXPECT_EQ(bob.agent.state(), AgentState::disconnected);
  lan.world.run_for(seconds(25));
  EXPECT_EQ(bob.agent.state(), AgentState::failed);
}

TEST(IceConnect, AFullAgentThatWasToAnswerControlsALiteOne) {
  TwoOnALan lan;
  Peer alice(*lan.alice_host, {.lite = true});
  Peer bob(*lan.bob_host);
  Introduction both(lan.world, alice, bob);
  alice.add_address();
  bob.add_address();
  both.introduce();
  ASSERT_TRUE(lan.world.run_until([&] { return alice.is_connected() && bob.is_connected(); }, seconds(1)));
  EXPECT_EQ(bob.agent.role(), Role::controlling);
  EXPECT_EQ(alice.agent.role(), Role::controlled);
}

TEST(IceConnect, BothSidesBelieveToControlAndOneGivesWay) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    for (const Role role : {Role::controlling, Role::controlled}) {
      SCOPED_TRACE(seed);
      TwoOnALan lan(seed);
      Peer alice(*lan.alice_host);
      Peer bob(*lan.bob_host);
      Introduction both(lan.world, alice, bob);
      for (Peer* peer : {&alice, &bob}) peer->call([&](Agent& agent, base::Time) { agent.set_role(role); });
      alice.add_address();
      bob.add_address();
      both.introduce();
      ASSERT_TRUE(lan.world.run_until(
          [&] {
            return alice.is_connected() && bob.is_connected() && alice.agent.role() != bob.agent.role();
          },
          seconds(2)));
      lan.world.run_for(seconds(5));
      EXPECT_NE(alice.agent.role(), bob.agent.role());
      const Peer& controlled = alice.agent.role() == Role::controlled ? alice : bob;
      EXPECT_TRUE(controlled.agent.pairs()[0].nominated_at) << "and there is a nomination";
    }
  }
}

}  // namespace
}  // namespace parlor::ice
