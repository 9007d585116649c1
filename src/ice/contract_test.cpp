// What every machine promises (base/machine.hpp).

#include "ice/test_peer.hpp"
#include "sim/machine_contract.hpp"

namespace parlor::ice {
namespace {

const base::SocketAddress kHere = testing::at("198.51.100.9:9");
const Credentials kPeer{"peer", "peer-password-012345678"};

/// An agent of one address, so that datagrams say all by where they come from.
class OneAddress {
 public:
  OneAddress(base::Time now, std::uint64_t seed) : random_(seed), agent(now, {}, random_) {
    agent.set_role(seed % 2 == 0 ? Role::controlling : Role::controlled);
    agent.add_address(now, kHere, 65535);
    agent.add_stun_server(now, testing::at("192.0.2.1:1"));
  }
  void handle_datagram(base::Time now, const base::Datagram& datagram) {
    agent.handle_datagram(now, kHere, datagram.source, datagram.bytes);
  }
  void handle_timeout(base::Time now) { agent.handle_timeout(now); }
  std::optional<base::Transmit> poll_transmit() {
    auto transmit = agent.poll_transmit();
    if (!transmit) return std::nullopt;
    const auto message = stun::Message::parse(transmit->bytes);
    if (message && message->message_class() == stun::MessageClass::request) asked = transmit;
    return base::Transmit{transmit->remote, std::move(transmit->bytes)};
  }
  std::optional<AgentEvent> poll_event() { return agent.poll_event(); }
  [[nodiscard]] std::optional<base::Time> poll_timeout() const { return agent.poll_timeout(); }

 private:
  base::SeededRandom random_;

 public:
  Agent agent;
  std::optional<Transmit> asked;  ///< the latest check, to be answered
};

sim::ContractSubject<OneAddress> subject() {
  sim::ContractSubject<OneAddress> subject;
  subject.make = [](base::Time now, std::uint64_t seed) { return std::make_shared<OneAddress>(now, seed); };
  subject.command = [](OneAddress& one, base::Time now, base::Random& random) {
    const base::SocketAddress somebody{
        base::IpAddress::v4({192, 0, 2, static_cast<std::uint8_t>(random.below(3))}),
        static_cast<std::uint16_t>(1 + random.below(2))};
    stun::TransactionId id{};
    random.fill(id);
    switch (random.below(11)) {
      case 0:
        one.agent.set_remote(now, kPeer, false);
        break;
      case 1:
        one.agent.add_remote_candidate(now, {.address = somebody, .priority = 7, .foundation = "1"});
        break;
      case 2:
        if (random.below(20) == 0) one.agent.restart(now);
        break;
      case 3:
        one.agent.handle_data(now, kHere, somebody);
        break;
      case 4:
        one.agent.finish_gathering(now);
        break;
      case 5:
      case 6:
      case 7:
        if (one.asked) {
          const auto check = stun::Message::parse(one.asked->bytes);
          one.handle_datagram(now, {one.asked->remote, write_success(*check, kPeer.password, kHere)});
        }
        break;
      default:
        one.handle_datagram(
            now,
            {somebody, write_request(id, kPeer, one.agent.local_credentials(),
                                     {.priority = 5,
                                      .role = random.below(2) == 0 ? Role::controlling : Role::controlled,
                                      .tie_breaker = random.next_u64(),
                                      .use_candidate = random.below(4) == 0})});
    }
  };
  subject.describe_event = [](const AgentEvent& event) { return std::to_string(event.index()); };
  return subject;
}

TEST(IceContract, HoldsForTheAgent) {
  EXPECT_EQ(sim::check_contract(subject()), "");
}

}  // namespace
}  // namespace parlor::ice
