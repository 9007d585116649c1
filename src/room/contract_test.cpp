// What holds for every machine (base/machine.hpp), for this one.

#include <gtest/gtest.h>

#include <algorithm>

#include "base/machine.hpp"
#include "room/machine.hpp"
#include "room/test_world.hpp"

namespace parlor::room::testing {
namespace {

using base::milliseconds;
using base::seconds;

static_assert(base::Machine<Machine>);

RoomOptions joining() {
  RoomOptions options;
  options.server = "ws://server";
  options.game = "test";
  options.name = "alice";
  options.entry = Join{"kamo-ridun", ""};
  return options;
}

TEST(Contract, TimeThatGoesBackIsIgnored) {
  const base::Time now = base::time_from(seconds(100));
  Machine machine(joining(), now);
  const auto due = machine.poll_timeout();
  ASSERT_TRUE(due);
  machine.handle_timeout(now - seconds(50));
  machine.handle_server_open(now - seconds(60));
  EXPECT_GT(*machine.poll_timeout(), now);
  machine.handle_timeout(now + seconds(1000));
  EXPECT_EQ(machine.state(), RoomState::ended);
}

TEST(Contract, AfterATimeoutTheNextIsLaterOrNone) {
  TestWorld world;
  world.mesh(4);
  world.cut(world[0], world[1]);
  world.kill_server();
  Machine& machine = *world[0].machine;
  for (int i = 0; i < 1000; ++i) {
    world.run(milliseconds(137));
    const base::Time now = world.now();
    machine.handle_timeout(now);
    world.drain(world[0]);
    const auto next = machine.poll_timeout();
    ASSERT_TRUE(!next || *next > now);
  }
}

TEST(Contract, AfterTheEndNothingComesOut) {
  TestWorld world;
  world.mesh(2);
  Machine& machine = *world[0].machine;
  const CarrierId carrier = world[0].carriers.begin()->first;
  machine.leave();
  world.drain(world[0]);
  const base::Time now = world.now();
  machine.handle_server_open(now);
  machine.handle_server_frame(now, "{}");
  machine.handle_server_close(now, 1000, "");
  machine.handle_ice_servers(now, R"({"ice_servers":[]})");
  machine.handle_carrier_open(now, carrier);
  machine.handle_carrier_message(now, carrier, 0, Bytes(1));
  machine.handle_carrier_state(now, carrier, CarrierState::failed, "");
  machine.handle_carrier_signal(now, carrier, CandidatesEnd{});
  machine.handle_carrier_stats(now, carrier, {});
  machine.handle_carrier_buffered(now, carrier, 0, 0);
  machine.handle_timeout(now + seconds(1000));
  machine.leave();
  machine.fail(Reason::no_webrtc, "");
  EXPECT_FALSE(machine.poll_transmit());
  EXPECT_FALSE(machine.poll_event());
  EXPECT_EQ(machine.poll_timeout(), std::nullopt);
}

TEST(Contract, AFloodOfSignalsFromAPrewarmedCarrierIsBounded) {
  RoomOptions options = joining();
  options.ice_servers = {{{"stun:mine"}, "", ""}};
  Machine machine(options, base::time_from(seconds(1)));
  std::optional<CarrierId> carrier;
  const auto drain = [&] {
    while (auto transmit = machine.poll_transmit()) {
      if (const auto* open = std::get_if<OpenCarrier>(&*transmit)) carrier = open->carrier;
      if (std::holds_alternative<CloseCarrier>(*transmit)) carrier.reset();
    }
  };
  drain();
  ASSERT_TRUE(carrier);
  const base::Time now = base::time_from(seconds(2));
  const CarrierId flooding = *carrier;
  for (int i = 0; i < 10'000; ++i)
    machine.handle_carrier_signal(now, flooding, IceCandidate{"c", "0", 0, "u"});
  drain();
  EXPECT_TRUE(carrier) << "candidates beyond the limit are dropped";
  for (int i = 0; i < 10'000; ++i) machine.handle_carrier_signal(now, flooding, CandidatesEnd{});
  drain();
  EXPECT_FALSE(carrier) << "anything else beyond the limit costs the carrier";
}

TEST(Contract, AFloodOfRandomInputsNeitherCrashesNorGrows) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE(seed);
    base::SeededRandom random(seed);
    TestWorld world;
    world.mesh(3);
    Player& alice = world[0];
    Machine& machine = *alice.machine;
    alice.takes_events = false;
    for (int i = 0; i < 2'000 && machine.state() != RoomState::ended; ++i) {
      const CarrierId carrier{random.below(4)};
      const base::Time now = world.now() + milliseconds(random.below(500));
      switch (random.below(7)) {
        case 0:
          machine.handle_carrier_open(now, carrier);
          break;
        case 1:
          machine.handle_carrier_message(now, carrier, static_cast<Channel>(random.below(4)),
                                         Bytes(random.below(5000)));
          break;
        case 2:
          machine.handle_carrier_state(now, carrier, static_cast<CarrierState>(random.below(4)), "x");
          break;
        case 3:
          machine.handle_carrier_buffered(now, carrier, static_cast<Channel>(random.below(4)),
                                          random.below(1 << 20));
          break;
        case 4:
          machine.handle_carrier_signal(now, carrier, Description{Description::Type::offer, "x"});
          break;
        case 5:
          machine.handle_carrier_stats(now, carrier, {static_cast<Path>(random.below(4)), seconds(1), 1, 1});
          break;
        default:
          machine.handle_timeout(now);
          break;
      }
      while (machine.poll_transmit()) {
      }
    }
    std::size_t events = 0;
    while (machine.poll_event()) ++events;
    EXPECT_LE(events, EventQueue::kMaxEvents + 1);
  }
}

}  // namespace
}  // namespace parlor::room::testing
