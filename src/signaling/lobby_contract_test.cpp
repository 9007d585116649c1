// What every machine promises (base/machine.hpp), and that a stranger's bytes cost nothing but a refusal.

#include "base/machine.hpp"
#include "signaling/lobby_test.hpp"
#include "signaling/peer_ids.hpp"
#include "sim/machine_contract.hpp"

namespace parlor::signaling {
namespace {

using base::milliseconds;
using base::seconds;
using testing::World;

static_assert(base::Machine<Lobby>);

TEST(LobbyContract, TimeGoingBackwardsIsIgnored) {
  World world;
  const auto alice = world.greeted("Ada");
  const auto due = world.lobby.poll_timeout();
  world.now -= seconds(500);
  world.say(alice, Ping{1});
  EXPECT_EQ(world.lobby.poll_timeout(), due);
  world.lobby.handle_timeout(world.now);
  world.drain();
  EXPECT_EQ(world.closed(alice), 0);
}

TEST(LobbyContract, AfterATimeoutTheNextIsLaterOrNone) {
  World world;
  base::SeededRandom random(11);
  for (int i = 0; i < 300; ++i) {
    world.open(random.below(2) == 0 ? "" : "version=1&game=cubes&name=Ada&create=8");
    if (const auto due = world.lobby.poll_timeout(); due && random.below(3) == 0) {
      world.now = std::max(world.now, *due);
      world.lobby.handle_timeout(world.now);
      world.drain();
      const auto next = world.lobby.poll_timeout();
      EXPECT_TRUE(!next || *next > world.now);
    }
    world.now += milliseconds(random.below(8000));
  }
  world.pass(seconds(80 + 31));  // silent for too long, and away for too long
  EXPECT_FALSE(world.lobby.poll_timeout());
  EXPECT_EQ(world.lobby.counters().connections, 0U);
}

TEST(LobbyContract, TheNextTimeoutIsTheEarliestDeadline) {
  World world;
  world.greeted("Ada");
  const base::Time idle = world.now + seconds(75);
  EXPECT_EQ(world.lobby.poll_timeout(), idle);
  world.now += seconds(70);
  world.open();
  EXPECT_EQ(world.lobby.poll_timeout(), idle) << "not the later hello deadline";
  world.pass(seconds(5));
  EXPECT_EQ(world.lobby.poll_timeout(), world.now + seconds(5)) << "now it is that";
}

/// A lobby and what the WebSocket server around it knows: which connections there are.
struct LobbyRig {
  explicit LobbyRig(std::uint64_t seed) : random(seed), lobby(testing::with_mac(), random) {}

  void handle_timeout(base::Time now) { lobby.handle_timeout(now); }
  std::optional<LobbyTransmit> poll_transmit() {
    auto transmit = lobby.poll_transmit();
    if (transmit) {
      if (const auto* close = std::get_if<CloseConnection>(&*transmit)) std::erase(open, close->connection);
    }
    return transmit;
  }
  std::optional<LobbyEvent> poll_event() {
    auto event = lobby.poll_event();
    if (event) {
      if (const auto* room = std::get_if<RoomOpened>(&*event)) code = room->code;
    }
    return event;
  }
  [[nodiscard]] std::optional<base::Time> poll_timeout() const { return lobby.poll_timeout(); }

  base::SeededRandom random;
  Lobby lobby;
  std::vector<ConnectionId> open;
  std::uint32_t opened = 0;
  std::string code = "babababab";  // of the latest room
};

void do_something(LobbyRig& rig, base::Time now, base::Random& random) {
  if (rig.open.size() < 6) {
    rig.open.push_back(ConnectionId{++rig.opened});
    const auto request = parse_upgrade_query("version=1&game=cubes&name=Ada");
    rig.lobby.handle_open(now, rig.open.back(), World::address("192.0.2.1"), {}, request);
    return;
  }
  const std::size_t who = random.below(static_cast<std::uint32_t>(rig.open.size()));
  const ConnectionId id = rig.open[who];
  const PeerId peer{static_cast<std::uint16_t>(1 + random.below(UINT16_MAX))};
  switch (random.below(14)) {
    case 0:
      return rig.lobby.handle_frame(now, id, write(CreateRoom{4, "", "", random.below(2) == 0}));
    case 8:
      return rig.lobby.handle_frame(now, id, write(FindMatch{}));
    case 9:
      return rig.lobby.handle_frame(now, id, write(ListRooms{}));
    case 10:
      return rig.lobby.handle_frame(now, id,
                                    write(UpdateRoom{{{}, {}, "secret", random.below(2) == 0, {}, {}}}));
    case 11:
      return rig.lobby.handle_frame(now, id, write(KickMember{peer, random.below(2) == 0}));
    case 12:
      return rig.lobby.handle_frame(now, id, write(TransferHost{peer}));
    case 1:
    case 2:
      return rig.lobby.handle_frame(now, id, write(JoinRoom{rig.code, ""}));
    case 3:
      return rig.lobby.handle_frame(now, id, write(LeaveRoom{}));
    case 4:
      return rig.lobby.handle_frame(now, id, write(Ping{random.below(9)}));
    case 5:
      return rig.lobby.handle_activity(now, id);
    case 6:
      if (random.below(4) == 0) rig.lobby.handle_frame(now, id, "{");
      return;
    default:
      rig.open.erase(rig.open.begin() + static_cast<std::ptrdiff_t>(who));
      return rig.lobby.handle_close(now, id, random.below(2) == 0);
  }
}

sim::ContractSubject<LobbyRig> subject_of_contract() {
  sim::ContractSubject<LobbyRig> subject;
  subject.make = [](base::Time, std::uint64_t seed) { return std::make_shared<LobbyRig>(seed); };
  subject.command = do_something;
  subject.describe = [](const LobbyTransmit& transmit) {
    if (const auto* send = std::get_if<SendText>(&transmit)) return "send " + *send->text;
    if (const auto* close = std::get_if<CloseConnection>(&transmit)) return "close " + close->reason;
    return std::string(std::holds_alternative<ShareDirectory>(transmit) ? "share" : "move");
  };
  subject.describe_event = [](const LobbyEvent& event) { return std::to_string(event.index()); };
  return subject;
}

TEST(LobbyContract, Holds) {
  EXPECT_EQ(sim::check_contract(subject_of_contract(), 1, 8), "");
}

TEST(LobbyContract, AnotherSeedGivesOtherBytes) {
  const auto subject = subject_of_contract();
  const auto said = [&](std::uint64_t seed) {
    sim::ContractRun<LobbyRig> run(subject, seed);
    std::string all;
    for (int i = 0; i < 100; ++i) {
      run.input(sim::World::kStart);
      all += run.drain();
    }
    return all;
  };
  EXPECT_NE(said(5), said(6));
}

TEST(LobbyContract, RandomFramesNeitherCrashNorStay) {
  World world;
  base::SeededRandom random(21);
  for (int i = 0; i < 3000; ++i) {
    const auto alice = world.greeted("Ada");
    std::string text(random.below(60), '\0');
    random.fill(std::as_writable_bytes(std::span(text.data(), text.size())));
    world.say_raw(alice, text);
    EXPECT_EQ(world.take_error(alice), "bad_json");
    EXPECT_EQ(world.closed(alice), 4000);
  }
  EXPECT_EQ(world.lobby.counters().connections, 0U);
  EXPECT_FALSE(world.lobby.poll_timeout());
}

TEST(LobbyContract, TenThousandIdleConnectionsExpireEachAtItsTime) {
  LobbyConfig config;
  World world(config);
  for (int i = 0; i < 10'000; ++i) {
    world.open();
    world.now += milliseconds(1);
  }
  EXPECT_EQ(world.lobby.counters().connections, 10'000U);
  world.pass(seconds(5));
  EXPECT_EQ(world.lobby.counters().connections, 4999U) << "one that is due now is gone";
  world.pass(seconds(5));
  EXPECT_EQ(world.lobby.counters().connections, 0U);
}

TEST(PeerIds, FollowNoPattern) {
  PeerIds ids(99);
  int steps = 0;
  int previous = 0;
  for (int i = 0; i < 1000; ++i) {
    const int high = static_cast<int>(ids.next([](PeerId) { return false; })) >> 8;
    steps += high == ((previous + 1) & 0xff) ? 1 : 0;
    previous = high;
  }
  EXPECT_LT(steps, 20) << "about one in 256 by chance";
}

TEST(PeerIds, GiveEachIdOnceBeforeAnyAgain) {
  PeerIds ids(12345);
  std::vector<int> given(65536, 0);
  std::vector<PeerId> order;
  for (int i = 0; i < 65535; ++i) {
    order.push_back(ids.next([](PeerId) { return false; }));
    ++given[static_cast<std::size_t>(order.back())];
  }
  EXPECT_EQ(given[0], 0);
  for (std::size_t id = 1; id < given.size(); ++id) ASSERT_EQ(given[id], 1) << id;
  EXPECT_EQ(ids.next([&](PeerId id) { return id == order[0]; }), order[1]) << "taken ones are passed over";
  EXPECT_NE(PeerIds(1).next([](PeerId) { return false; }), PeerIds(2).next([](PeerId) { return false; }));
}

}  // namespace
}  // namespace parlor::signaling
