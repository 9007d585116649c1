// What holds for every machine (base/machine.hpp), for this one.

#include <gtest/gtest.h>

#include <set>

#include "base/machine.hpp"
#include "room/machine.hpp"
#include "room/test_world.hpp"
#include "sim/machine_contract.hpp"

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

// ---- the contract under inputs of all kinds

/// A machine and what its platform knows: its carriers and its socket.
struct Rig {
  Rig(RoomOptions options, base::Time now, std::uint64_t seed) : machine(std::move(options), now, seed) {}

  void handle_timeout(base::Time now) { machine.handle_timeout(now); }
  std::optional<Transmit> poll_transmit() {
    auto transmit = machine.poll_transmit();
    if (!transmit) return transmit;
    if (const auto* opens = std::get_if<OpenCarrier>(&*transmit)) carriers.insert(opens->carrier);
    if (const auto* closes = std::get_if<CloseCarrier>(&*transmit)) carriers.erase(closes->carrier);
    if (std::holds_alternative<OpenSocket>(*transmit)) socket = true;
    if (std::holds_alternative<CloseSocket>(*transmit)) socket = false;
    return transmit;
  }
  std::optional<Event> poll_event() { return machine.poll_event(); }
  [[nodiscard]] std::optional<base::Time> poll_timeout() const { return machine.poll_timeout(); }

  Machine machine;
  std::set<CarrierId> carriers;
  bool socket = false;
  int inputs = 0;
};

std::string describe(const Transmit& transmit) {
  std::string text = std::to_string(transmit.index());
  if (const auto* socket = std::get_if<OpenSocket>(&transmit)) text += " " + socket->url;
  if (const auto* frame = std::get_if<SendFrame>(&transmit)) text += " " + frame->text;
  if (const auto* send = std::get_if<CarrierSend>(&transmit))
    text += " " + base::to_hex(send->header.view()) + " " + base::to_hex(send->payload.view());
  if (const auto* relayed = std::get_if<RelaySend>(&transmit)) text += " " + base::to_hex(write(*relayed));
  return text;
}

signaling::ServerMessage joined_room() {
  signaling::JoinedRoom joined{"kamo-ridun", "", "t", PeerId{6}, PeerId{1}, 1, 8, {}};
  joined.members.push_back({PeerId{1}, "bob", 1, false});
  joined.incarnation = 1;
  return joined;
}

signaling::ServerMessage some_message(base::Random& random) {
  const PeerId peer{static_cast<std::uint16_t>(1 + random.below(5))};
  const signaling::MemberInfo member{peer, "bob", 1 + random.below(2), random.below(2) == 0};
  switch (random.below(10)) {
    case 0:
      return signaling::Welcome{1, {}, random.below(2) == 0};
    case 1:
    case 2:
      return joined_room();
    case 3:
    case 4:
      return signaling::PeerJoinedRoom{member};
    case 5:
      return signaling::PeerAwayRoom{peer};
    case 6:
      return signaling::PeerBackRoom{member};
    case 7:
      return signaling::PeerLeftRoom{peer, signaling::LeaveReason::left};
    case 8:
      return signaling::Offer{peer, "sdp"};
    default:
      return signaling::HostOfRoom{peer, random.below(9)};
  }
}

/// A frame of the relay, or what looks like one.
Bytes some_frame(base::Random& random) {
  Bytes bytes(1 + random.below(24));
  for (std::byte& byte : bytes) byte = static_cast<std::byte>(random.below(random.below(2) == 0 ? 8 : 256));
  return bytes;
}

void do_something(Rig& rig, base::Time now, base::Random& random) {
  Machine& machine = rig.machine;
  // Into the room first: a machine that has ended has nothing to show.
  if (++rig.inputs == 1) return machine.handle_server_open(now);
  if (rig.inputs == 2) return machine.handle_server_frame(now, signaling::write(joined_room()));
  CarrierId carrier{random.below(4)};
  if (!rig.carriers.empty()) {
    auto one = rig.carriers.begin();
    std::advance(one, random.below(static_cast<std::uint32_t>(rig.carriers.size())));
    carrier = *one;
  }
  switch (random.below(18)) {
    case 0:
      return machine.handle_server_open(now);
    case 9:
      return machine.handle_server_bytes(now, some_frame(random));
    case 10:
      return machine.handle_server_buffered(now, random.below(1 << 17));
    case 11:
      return machine.handle_visibility(now, random.below(2) == 0);
    case 1:
      if (!rig.socket || random.below(4) > 0) return;
      rig.socket = false;
      return machine.handle_server_close(now, 1006, "");
    case 2:
      return machine.handle_carrier_open(now, carrier);
    case 3:
      return machine.handle_carrier_state(now, carrier, static_cast<CarrierState>(random.below(4)), "x");
    case 4:
      return machine.handle_carrier_signal(now, carrier, Description{Description::Type::offer, "x"});
    case 5:
      return machine.handle_carrier_stats(now, carrier,
                                          {static_cast<Path>(random.below(4)), seconds(1), 1, 1});
    case 6:
      return machine.handle_carrier_message(now, carrier, 0, Bytes(random.below(50)));
    case 7:
      return machine.handle_carrier_buffered(now, carrier, 0, random.below(1 << 20));
    case 8:
      (void)machine.send_to_all(now, static_cast<Channel>(random.below(2)), Bytes(random.below(50)));
      return;
    default:
      return machine.handle_server_frame(now, signaling::write(some_message(random)));
  }
}

void do_something_conditioned(Rig& rig, base::Time now, base::Random& random) {
  if (rig.inputs > 2 && random.below(30) == 0) {
    std::optional<Conditions> conditions = conditions_by_name("awful");
    conditions->rate = random.below(2) * 20'000;
    if (random.below(4) == 0) conditions.reset();
    (void)rig.machine.set_conditioner(now, conditions);
    return;
  }
  do_something(rig, now, random);
}

TEST(Contract, HoldsInBadConditions) {
  sim::ContractSubject<Rig> subject;
  subject.make = [](base::Time now, std::uint64_t seed) {
    return std::make_shared<Rig>(joining(), now, seed);
  };
  subject.command = do_something_conditioned;
  subject.describe = describe;
  subject.describe_event = [](const Event& event) { return std::to_string(event.index()); };
  subject.longest_pause = milliseconds(500);
  subject.most_waiting_events = EventQueue::kMaxEvents + 1;
  subject.most_outputs_per_input = 2'000;  // taken off, all goes out
  EXPECT_EQ(sim::check_contract(subject, 1, 20), "");
}

TEST(Contract, HoldsUnderInputsOfAllKinds) {
  sim::ContractSubject<Rig> subject;
  subject.make = [](base::Time now, std::uint64_t seed) {
    return std::make_shared<Rig>(joining(), now, seed);
  };
  subject.command = do_something;
  subject.describe = describe;
  subject.describe_event = [](const Event& event) { return std::to_string(event.index()); };
  subject.longest_pause = milliseconds(500);
  subject.most_waiting_events = EventQueue::kMaxEvents + 1;
  EXPECT_EQ(sim::check_contract(subject, 1, 20), "");
}

}  // namespace
}  // namespace parlor::room::testing
