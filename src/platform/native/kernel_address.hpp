#pragma once
// Between base::SocketAddress and the kernel's sockaddr.

#include <netinet/in.h>
#include <sys/socket.h>

#include <optional>

#include "base/address.hpp"

namespace parlor::platform::native {

/// Large enough for both families. Kept small because a batch of datagrams holds many of them.
union KernelAddress {
  sockaddr any;
  sockaddr_in v4;
  sockaddr_in6 v6;
};

/// The number of bytes that the kernel wants of it.
socklen_t to_kernel(const base::SocketAddress& address, KernelAddress& out);
/// Nothing for a family that is neither IPv4 nor IPv6. IPv4 in IPv6 stays what it is.
[[nodiscard]] std::optional<base::SocketAddress> from_kernel(const KernelAddress& address);
[[nodiscard]] std::optional<base::SocketAddress> from_kernel(const sockaddr* address);

}  // namespace parlor::platform::native
