#include "sim/driver.hpp"

#include "sim/test_internet.hpp"
#include "sim/test_pinger.hpp"

namespace parlor::sim {
namespace {

using base::milliseconds;
using base::seconds;
using testing::delay_of;
using testing::Pinger;

using Node = UdpNode<Pinger>;

struct DriverTest : ::testing::Test {
  World world;
  Network internet{world};
  Host& alice = internet.host("alice", {"192.0.2.1"}, delay_of(milliseconds(20)));
  Host& bob = internet.host("bob", {"192.0.2.2"});
  const base::SocketAddress to_bob = endpoint("192.0.2.2", 7);
};

TEST_F(DriverTest, MachinesSpeakOverSockets) {
  Node b(bob, to_bob, bob.now(), 1U, std::nullopt);
  Node a(alice, {}, alice.now(), 2U, to_bob);
  world.run_for(seconds(1));
  ASSERT_EQ(a.events.size(), 1U);
  EXPECT_EQ(a.events[0].round_trip, milliseconds(40));
  EXPECT_EQ(world.pending(), 0U) << "nobody wants to be woken any more";
}

TEST_F(DriverTest, AMachineIsWokenExactlyWhenItWants) {
  std::vector<base::Duration> sent;
  Pinger machine(world.now(), 1, to_bob);
  Driver<Pinger> driver(world, machine,
                        [&](const base::Transmit&) { sent.push_back(world.now() - World::kStart); });
  driver.drain();
  world.run_for(milliseconds(350));
  EXPECT_EQ(sent, (std::vector<base::Duration>{milliseconds(0), milliseconds(100), milliseconds(200),
                                               milliseconds(300)}));
}

TEST_F(DriverTest, ACommandIsDrainedAndMovesTheAlarm) {
  int sent = 0;
  Pinger machine(world.now(), 1, to_bob);
  Driver<Pinger> driver(world, machine, [&](const base::Transmit&) { ++sent; });
  driver.drain();
  world.run_for(milliseconds(50));
  EXPECT_EQ(driver.call([](Pinger& pinger, base::Time now) {
    pinger.start(now);
    return 5;
  }),
            5);
  EXPECT_EQ(sent, 2);
  world.run_for(milliseconds(99));
  EXPECT_EQ(sent, 2);
  world.run_for(milliseconds(1));
  EXPECT_EQ(sent, 3);
}

/// Wants to be woken when it is told to, and says when it was.
struct AlarmClock {
  void handle_timeout(base::Time now) {
    if (!due || now < *due) return;
    due.reset();
    rang = now;
  }
  std::optional<int> poll_transmit() { return std::nullopt; }
  std::optional<base::Time> poll_event() { return std::exchange(rang, std::nullopt); }
  [[nodiscard]] std::optional<base::Time> poll_timeout() const { return due; }

  std::optional<base::Time> due;
  std::optional<base::Time> rang;
};

TEST_F(DriverTest, AnAlarmThatIsSetEarlierRingsEarlierAndOneThatIsTakenBackNever) {
  std::vector<base::Duration> rang;
  AlarmClock machine;
  Driver<AlarmClock> driver(
      world, machine, [](int) {}, [&](base::Time at) { rang.push_back(at - World::kStart); });
  const auto set = [&](std::optional<base::Duration> in) {
    driver.call(
        [&](AlarmClock& alarm, base::Time now) { alarm.due = in ? std::optional(now + *in) : std::nullopt; });
  };
  set(milliseconds(100));
  set(milliseconds(30));
  world.run_for(milliseconds(200));
  EXPECT_EQ(rang, (std::vector<base::Duration>{milliseconds(30)}));
  set(milliseconds(50));
  set(std::nullopt);
  EXPECT_EQ(world.pending(), 0U);
  world.run_for(milliseconds(200));
  EXPECT_EQ(rang.size(), 1U);
}

TEST_F(DriverTest, AHandlerThatCommandsIsNotCalledInsideItself) {
  AlarmClock machine;
  int depth = 0;
  int deepest = 0;
  int rings = 0;
  Driver<AlarmClock>* itself = nullptr;
  Driver<AlarmClock> driver(
      world, machine, [](int) {},
      [&](base::Time) {
        deepest = std::max(deepest, ++depth);
        if (++rings < 1000) itself->call([](AlarmClock& alarm, base::Time now) { alarm.rang = now; });
        --depth;
      });
  itself = &driver;
  driver.call([](AlarmClock& alarm, base::Time now) { alarm.rang = now; });
  EXPECT_EQ(rings, 1000);
  EXPECT_EQ(deepest, 1);
}

TEST_F(DriverTest, AHandlerOfAnEventMayCommandTheMachine) {
  Node b(bob, to_bob, bob.now(), 1U, std::nullopt);
  Node a(alice, {}, alice.now(), 2U, to_bob);
  int rounds = 0;
  a.on_event([&](const testing::Answered&) {
    if (++rounds < 3) a.call([](Pinger& pinger, base::Time now) { pinger.start(now); });
  });
  world.run_for(seconds(1));
  EXPECT_EQ(rounds, 3);
}

TEST_F(DriverTest, AHostsClockIsWhatItsMachineSees) {
  alice.clock = {seconds(-500), 10'000};  // runs 1 % fast
  Node b(bob, to_bob, bob.now(), 1U, std::nullopt);
  Node a(alice, {}, alice.now(), 2U, to_bob);
  EXPECT_EQ(alice.now(), World::kStart - seconds(500));
  world.run_for(seconds(1));
  ASSERT_EQ(a.events.size(), 1U);
  EXPECT_EQ(a.events[0].round_trip, base::microseconds(40'400));
}

TEST_F(DriverTest, AnAlarmOnAFastClockRingsWhenThatShowsIt) {
  alice.clock.drift_ppm = 250'000;  // 100 ms there are 80 ms
  std::vector<base::Duration> sent;
  Pinger machine(alice.now(), 1, to_bob);
  Driver<Pinger> driver(
      world, machine, [&](const base::Transmit&) { sent.push_back(world.now() - World::kStart); }, {},
      &alice.clock);
  driver.drain();
  world.run_for(milliseconds(170));
  EXPECT_EQ(sent, (std::vector<base::Duration>{milliseconds(0), milliseconds(80), milliseconds(160)}));
}

TEST_F(DriverTest, AMachineThatWantsToBeWokenInThePastStopsTheWorld) {
  testing::PingerMistakes mistakes;
  mistakes.wakes_in_the_past = true;
  Node a(alice, {}, alice.now(), 2U, to_bob, mistakes);
  EXPECT_FALSE(world.run_until([] { return false; }, seconds(10)));
  EXPECT_TRUE(world.stuck());
  EXPECT_EQ(world.now(), World::kStart);
}

struct Flooder {
  void handle_timeout(base::Time) {}
  std::optional<int> poll_transmit() { return 1; }
  std::optional<int> poll_event() { return std::nullopt; }
  [[nodiscard]] std::optional<base::Time> poll_timeout() const { return std::nullopt; }
};

TEST_F(DriverTest, AMachineWithoutAnEndOfOutputsStopsTheWorld) {
  Flooder machine;
  Driver<Flooder> driver(world, machine, [](int) {});
  driver.drain();
  EXPECT_TRUE(world.stuck());
  EXPECT_EQ(world.stuck_because(), "a machine gave 1000000 outputs at once");
}

TEST_F(DriverTest, ANodeThatIsGoneIsNotWokenAndItsPortIsFree) {
  {
    Node a(alice, endpoint("192.0.2.1", 9), alice.now(), 2U, to_bob);
    world.run_for(milliseconds(50));
  }
  world.run_for(seconds(1));
  Node again(alice, endpoint("192.0.2.1", 9), alice.now(), 2U, to_bob);
  world.run_for(milliseconds(50));
}

TEST_F(DriverTest, ANodeOnAKilledHostSaysNothingMore) {
  Node b(bob, to_bob, bob.now(), 1U, std::nullopt);
  Node a(alice, {}, alice.now(), 2U, endpoint("192.0.2.77", 7));
  alice.kill();
  world.trace().keep(10);
  world.run_for(seconds(1));
  EXPECT_TRUE(a.socket().is_closed());
  for (const auto& entry : world.trace().entries()) EXPECT_NE(entry.fate, Fate::sent);
}

}  // namespace
}  // namespace parlor::sim
