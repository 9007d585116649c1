#include "native/kernel_address.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace parlor::platform::native {

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

std::optional<base::SocketAddress> from_kernel(const KernelAddress& address) {
  if (address.any.sa_family == AF_INET6) {
    std::array<std::uint8_t, 16> bytes{};
    std::copy_n(address.v6.sin6_addr.s6_addr, bytes.size(), bytes.begin());
    return base::SocketAddress{base::IpAddress::v6(bytes), ntohs(address.v6.sin6_port)};
  }
  if (address.any.sa_family != AF_INET) return std::nullopt;
  std::array<std::uint8_t, 4> bytes{};
  std::memcpy(bytes.data(), &address.v4.sin_addr, bytes.size());
  return base::SocketAddress{base::IpAddress::v4(bytes), ntohs(address.v4.sin_port)};
}

std::optional<base::SocketAddress> from_kernel(const sockaddr* address) {
  if (address == nullptr) return std::nullopt;
  KernelAddress kernel{};
  if (address->sa_family == AF_INET6) {
    std::memcpy(&kernel.v6, address, sizeof(kernel.v6));
  } else if (address->sa_family == AF_INET) {
    std::memcpy(&kernel.v4, address, sizeof(kernel.v4));
  } else {
    return std::nullopt;
  }
  return from_kernel(kernel);
}

}  // namespace parlor::platform::native
