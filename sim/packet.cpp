#include "sim/packet.hpp"

#include <cassert>

namespace parlor::sim {

std::size_t header_size(Protocol protocol, bool v6) {
  return (v6 ? 40U : 20U) + (protocol == Protocol::udp ? kUdpHeader : kTcpHeader);
}

std::size_t wire_size(const Packet& packet) {
  return header_size(packet.protocol, packet.destination.ip.is_v6()) + packet.bytes.size();
}

base::IpAddress ip(std::string_view text) {
  const auto parsed = base::IpAddress::parse(text);
  assert(parsed && "no IP address");
  return parsed.value_or(base::IpAddress{});
}

base::SocketAddress endpoint(std::string_view text, std::uint16_t port) {
  return {ip(text), port};
}

bool AddressLess::operator()(const base::IpAddress& a, const base::IpAddress& b) const {
  if (a.is_v6() != b.is_v6()) return b.is_v6();
  return a.bytes() < b.bytes();
}

bool AddressLess::operator()(const base::SocketAddress& a, const base::SocketAddress& b) const {
  if (a.ip == b.ip) return a.port < b.port;
  return (*this)(a.ip, b.ip);
}

}  // namespace parlor::sim
