#include "server/kernel_address.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace parlor::server {

socklen_t to_kernel(const base::SocketAddress& address, KernelAddress& out) {
  std::memset(&out, 0, sizeof(out));
  const auto& bytes = address.ip.bytes();
  if (address.ip.is_v6()) {
    out.v6.sin6_family = AF_INET6;
    out.v6.sin6_port = htons(address.port);
    std::copy(bytes.begin(), bytes.end(), out.v6.sin6_addr.s6_addr);
    return sizeof(out.v6);
  }
  out.v4.sin_family = AF_INET;
  out.v4.sin_port = htons(address.port);
  std::memcpy(&out.v4.sin_addr, bytes.data(), 4);
  return sizeof(out.v4);
}

base::SocketAddress from_kernel(const KernelAddress& address) {
  if (address.any.sa_family == AF_INET6) {
    std::array<std::uint8_t, 16> bytes{};
    std::copy_n(address.v6.sin6_addr.s6_addr, bytes.size(), bytes.begin());
    return {base::IpAddress::v6(bytes), ntohs(address.v6.sin6_port)};
  }
  if (address.any.sa_family != AF_INET) return {};
  std::array<std::uint8_t, 4> bytes{};
  std::memcpy(bytes.data(), &address.v4.sin_addr, bytes.size());
  return {base::IpAddress::v4(bytes), ntohs(address.v4.sin_port)};
}

std::optional<base::SocketAddress> local_address(int socket) {
  KernelAddress kernel{};
  socklen_t size = sizeof(kernel);
  if (::getsockname(socket, &kernel.any, &size) != 0) return std::nullopt;
  return from_kernel(kernel);
}

}  // namespace parlor::server
