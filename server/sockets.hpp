#pragma once
// Listening sockets and open files, where the operating system has to be asked directly.

#include <cstddef>
#include <string>
#include <vector>

#include "base/address.hpp"
#include "base/result.hpp"
#include "server/descriptor.hpp"

namespace parlor::server {

/// One TCP listening socket per worker on the same address, between which the kernel shares the connections
/// out (SO_REUSEPORT). Port 0 takes a free one for all. A port that any other socket has is refused, one of
/// our own kind too: two servers must not share a port by accident. [::] serves IPv4 too unless `v6_only`.
/// The error is a sentence.
struct Listeners {
  base::SocketAddress address;  ///< with its real port
  std::vector<Descriptor> sockets;
};
[[nodiscard]] base::Result<Listeners, std::string> listen_on(const base::SocketAddress& address,
                                                             std::size_t workers, bool v6_only);

/// Raises the limit of open files to what the system allows; gives the limit that holds.
std::size_t raise_file_limit();

}  // namespace parlor::server
