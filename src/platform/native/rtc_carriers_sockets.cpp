// The sockets of a room's connections: what comes by them, and which there are as addresses come and go.

#include <algorithm>
#include <array>
#include <utility>

#include "native/clock.hpp"
#include "native/rtc_carriers_impl.hpp"

namespace parlor::platform::native {

void RtcCarriers::receive(const base::SocketAddress& local, const base::SocketAddress& from,
                          std::span<std::byte> bytes) {
  // It is decrypted where it lies: all but the last get a copy.
  const auto found = demultiplexer_.find(local, from, bytes);
  std::array<rtc::ConnectionId, 2> ids{};
  const std::size_t count = std::min(found.size(), ids.size());
  std::copy_n(found.begin(), count, ids.begin());
  for (std::size_t i = 0; i < count; ++i) {
    Carrier* carrier = find(room::CarrierId{ids[i]});
    if (!carrier) continue;
    std::vector<std::byte> copy;
    if (i + 1 < count) copy.assign(bytes.begin(), bytes.end());
    carrier->connection.handle_datagram(now(), local, from, i + 1 < count ? std::span(copy) : bytes);
    demultiplexer_.learn(ids[i], local, from, carrier->connection.validation(local, from));
    touch(*carrier);  // what comes of a batch of datagrams is told and sent once
  }
}

void RtcCarriers::open_sockets() {
  if (!ports_.empty()) return;
  look_at_interfaces();
  if (!interfaces_) interfaces_ = std::make_unique<InterfaceWatch>(loop_, [this] { look_at_interfaces(); });
}

/// What is new gets a socket. What is gone loses it; what only is not to be offered any more, as a temporary
/// address that has been followed by another, keeps it for who uses it (RFC 4862 §5.5.4).
void RtcCarriers::look_at_interfaces() {
  const std::vector<InterfaceAddress> all = interface_addresses();
  // By turns, IPv6 first where the system has it so (RFC 8421 §4): a family that is broken costs one try.
  const std::vector<base::IpAddress> offered = by_turns(host_addresses(all));
  bool changed = false;
  for (Port& port : ports_) {
    const base::SocketAddress local = port.socket->local();
    if (std::ranges::any_of(all, [&](const InterfaceAddress& one) { return one.up && one.ip == local.ip; }))
      continue;
    for (const auto& [id, carrier] : carriers_) carrier->connection.remove_address(now(), local);
    loop_.bury(std::shared_ptr<UdpSocket>(std::move(port.socket)));
    changed = true;
  }
  std::erase_if(ports_, [](const Port& port) { return port.socket == nullptr; });
  for (const base::IpAddress& ip : offered) {
    if (std::ranges::any_of(ports_, [&](const Port& port) { return port.socket->local().ip == ip; }))
      continue;
    changed = open_port(ip) || changed;
  }
  if (!changed) return;
  for (const auto& [id, carrier] : carriers_) {
    // From both sides, maybe: of offers that cross one gives way.
    if (carrier->connection.state() != rtc::State::fresh) carrier->connection.restart_ice(now());
    touch(*carrier);
  }
}

/// False: a machine may have addresses that nobody can be bound to.
bool RtcCarriers::open_port(const base::IpAddress& ip) {
  const auto local = std::make_shared<base::SocketAddress>();  // known once it is open
  auto opened = UdpSocket::open(
      loop_, {ip, 0}, [shared = shared_, local](const base::SocketAddress& from, std::span<std::byte> bytes) {
        if (shared->port) shared->port->receive(*local, from, bytes);
      });
  if (!opened) return false;
  *local = (*opened)->local();
  // Each has one of its own (RFC 8445 §5.1.2.1), the first the highest.
  const auto preference = static_cast<std::uint16_t>(65535 - std::min<std::size_t>(opened_ports_++, 65000));
  ports_.push_back({.socket = std::move(*opened), .preference = preference});
  for (const auto& [id, carrier] : carriers_) carrier->connection.add_address(now(), *local, preference);
  return true;
}

}  // namespace parlor::platform::native
