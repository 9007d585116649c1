// The example of docs/sim.md. What stands between the two marks is quoted there, and docs_test.cpp compares.

// docs/sim.md
#include <gtest/gtest.h>

#include <deque>
#include <memory>
#include <optional>

#include "base/machine.hpp"
#include "sim/driver.hpp"
#include "sim/for_seeds.hpp"
#include "sim/host.hpp"
#include "sim/machine_contract.hpp"
#include "sim/presets.hpp"

namespace {

namespace base = parlor::base;
namespace sim = parlor::sim;

/// Sends a player's position twenty times a second and keeps the newest of the other's.
class Positions {
 public:
  Positions(base::Time now, base::SocketAddress other) : other_(other), due_(now) {}

  void move_to(std::uint8_t where) { mine_ = where; }
  [[nodiscard]] std::uint8_t theirs() const { return theirs_; }

  void handle_datagram(base::Time, const base::Datagram& datagram) {
    base::ByteReader reader(datagram.bytes);
    const auto number = reader.u32();
    const auto where = reader.u8();
    if (!where || *number <= newest_) return;  // broken, doubled, or overtaken on the way
    newest_ = *number;
    theirs_ = *where;
  }
  void handle_timeout(base::Time now) {
    if (now < due_) return;
    due_ = now + base::milliseconds(50);
    base::Bytes bytes(5);
    base::ByteWriter writer(bytes);
    writer.u32(++sent_);
    writer.u8(mine_);
    outgoing_.push_back({other_, bytes});
  }
  std::optional<base::Transmit> poll_transmit() {
    if (outgoing_.empty()) return std::nullopt;
    base::Transmit first = std::move(outgoing_.front());
    outgoing_.pop_front();
    return first;
  }
  std::optional<int> poll_event() { return std::nullopt; }
  [[nodiscard]] std::optional<base::Time> poll_timeout() const { return due_; }

 private:
  base::SocketAddress other_;
  base::Time due_;
  std::uint32_t sent_ = 0;
  std::uint32_t newest_ = 0;
  std::uint8_t mine_ = 0;
  std::uint8_t theirs_ = 0;
  std::deque<base::Transmit> outgoing_;
};

TEST(Positions, TwoPlayersSeeEachOtherUnderEveryCondition) {
  for (const sim::NamedConditions& conditions : sim::all_conditions()) {
    SCOPED_TRACE(conditions.name);
    sim::for_seeds(1, 20, [&](sim::World& world) {
      sim::Network internet(world);
      sim::Host& alice = internet.host("alice", {"192.0.2.1"}, conditions.make());
      sim::Host& bob = internet.host("bob", {"192.0.2.2"}, conditions.make());
      bob.clock = {base::seconds(-3600), 80};  // an hour behind, and 80 millionths fast

      const base::SocketAddress at_alice = sim::endpoint("192.0.2.1", 7777);
      const base::SocketAddress at_bob = sim::endpoint("192.0.2.2", 7777);
      sim::UdpNode<Positions> a(alice, at_alice, alice.now(), at_bob);
      sim::UdpNode<Positions> b(bob, at_bob, bob.now(), at_alice);

      a.call([](Positions& positions, base::Time) { positions.move_to(42); });
      ASSERT_TRUE(world.run_until([&] { return b.machine().theirs() == 42; }, base::seconds(10)));

      // An outage, and everything is as it was two seconds after its end.
      alice.interface().add_outage(world.now(), world.now() + base::seconds(5));
      a.call([](Positions& positions, base::Time) { positions.move_to(43); });
      world.run_for(base::seconds(5));
      EXPECT_TRUE(world.run_until([&] { return b.machine().theirs() == 43; }, base::seconds(2)));
    });
  }
}

TEST(Positions, KeepsTheContractOfMachines) {
  sim::ContractSubject<Positions> subject;
  subject.make = [](base::Time now, std::uint64_t) {
    return std::make_shared<Positions>(now, sim::endpoint("192.0.2.1", 1));
  };
  EXPECT_EQ(sim::check_contract(subject), "");
}

}  // namespace
// end
