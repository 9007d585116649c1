// What every machine promises (base/machine.hpp).

#include "ice/binding.hpp"
#include "rtc/test_peer.hpp"
#include "sim/machine_contract.hpp"

namespace parlor::rtc {
namespace {

const base::SocketAddress kMine = *base::SocketAddress::parse("198.51.100.9:9");

/// A connection of one address, so that datagrams say all by where they come from.
class AtOneAddress {
 public:
  AtOneAddress(base::Time now, std::uint64_t seed)
      : random_(seed), connection(now, {}, dtls::make_fake_transport(random_, {}), random_) {
    connection.add_address(now, kMine, 65535);
    connection.add_stun_server(now, *base::SocketAddress::parse("192.0.2.1:1"));
    (void)connection.open_channel(now, {.label = "game", .negotiated = datachannel::ChannelId{0}});
  }
  void handle_datagram(base::Time now, const base::Datagram& datagram) {
    base::Bytes bytes(datagram.bytes.begin(), datagram.bytes.end());
    connection.handle_datagram(now, kMine, datagram.source, bytes);
  }
  void handle_timeout(base::Time now) { connection.handle_timeout(now); }
  std::optional<base::Transmit> poll_transmit() {
    std::array<std::byte, Connection::kLargestDatagram> buffer{};
    const auto transmit = connection.poll_transmit({}, buffer);
    if (!transmit) return std::nullopt;
    return base::Transmit{transmit->remote,
                          {buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(transmit->size)}};
  }
  std::optional<Event> poll_event() {
    auto event = connection.poll_event();
    if (event) {
      if (const auto* description = std::get_if<DescriptionMade>(&*event)) last = description->sdp;
    }
    return event;
  }
  [[nodiscard]] std::optional<base::Time> poll_timeout() const { return connection.poll_timeout(); }

 private:
  base::SeededRandom random_;

 public:
  Connection connection;
  std::string last;
};

TEST(RtcContract, HoldsForAConnection) {
  sim::ContractSubject<AtOneAddress> subject;
  subject.make = [](base::Time now, std::uint64_t seed) { return std::make_shared<AtOneAddress>(now, seed); };
  subject.command = [](AtOneAddress& one, base::Time now, base::Random& random) {
    Connection& connection = one.connection;
    const base::SocketAddress somebody{
        base::IpAddress::v4({192, 0, 2, static_cast<std::uint8_t>(random.below(3))}),
        static_cast<std::uint16_t>(1 + random.below(2))};
    switch (random.below(9)) {
      case 0:
        return connection.negotiate(now);
      case 1:
        return (void)connection.handle_description(now, random.below(2) == 0, one.last);
      case 2:
        return (void)connection.handle_candidate(now, "candidate:1 1 udp 5 " + somebody.ip.to_string() + " " +
                                                          std::to_string(somebody.port) + " typ host");
      case 3:
        if (random.below(20) == 0) connection.restart_ice(now);
        return;
      case 4:
        return (void)connection.send(now, 0, base::Bytes(random.below(3000)));
      case 5:
        return (void)connection.open_channel(now, {.label = "x"});
      case 6:
        return connection.close_channel(now, static_cast<datachannel::ChannelId>(random.below(3)));
      default: {
        stun::TransactionId id{};
        random.fill(id);
        const auto& agent = connection.agent();
        const ice::Credentials peer =
            agent.remote_credentials().value_or(ice::Credentials{"peer", "peer-password-012345678"});
        one.handle_datagram(
            now, {somebody, ice::write_request(id, peer, agent.local_credentials(), {.priority = 5})});
      }
    }
  };
  subject.describe_event = [](const Event& event) { return std::to_string(event.index()); };
  EXPECT_EQ(sim::check_contract(subject), "");
}

}  // namespace
}  // namespace parlor::rtc
