// What every machine promises (base/machine.hpp), and that a stranger's bytes cost nothing but a refusal.

#include "base/machine.hpp"
#include "signaling/lobby_test.hpp"
#include "signaling/peer_ids.hpp"

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

/// Everything a run with this seed sent, in order.
std::string transcript(std::uint64_t seed) {
  World world({}, seed);
  base::SeededRandom random(seed + 1);
  std::vector<ConnectionId> open;
  std::string code = "babababab";
  for (int i = 0; i < 400; ++i) {
    if (open.size() < 6) open.push_back(world.open("version=1&game=cubes&name=Ada"));
    const std::size_t who = random.below(static_cast<std::uint32_t>(open.size()));
    switch (random.below(6)) {
      case 0:
        world.say(open[who], CreateRoom{4, ""});
        break;
      case 1:
        world.say(open[who], JoinRoom{code, ""});
        break;
      case 2:
        world.say(open[who], LeaveRoom{});
        break;
      case 3:
        world.say(open[who], Ping{random.below(9)});
        break;
      case 4:
        world.close(open[who], random.below(2) == 0);
        open.erase(open.begin() + static_cast<std::ptrdiff_t>(who));
        break;
      default:
        world.pass(milliseconds(random.below(20'000)));
    }
    if (const auto opened = world.events_of<RoomOpened>(); !opened.empty()) code = opened.back().code;
  }
  std::string all;
  for (const auto& text : world.shared) all += *text + '\n';
  return all;
}

TEST(LobbyContract, TheSameSeedGivesTheSameBytes) {
  EXPECT_EQ(transcript(5), transcript(5));
  EXPECT_NE(transcript(5), transcript(6));
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
