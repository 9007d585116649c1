#pragma once
// Sockets that are bound to an address which several workers share.

#include <sys/socket.h>

#include <string>

#include "base/address.hpp"
#include "base/result.hpp"
#include "server/descriptor.hpp"

namespace parlor::server {

struct SocketPlan {
  int type = SOCK_DGRAM;    ///< or SOCK_STREAM: then it listens already
  bool dual_stack = false;  ///< IPv6 that takes IPv4 too
  bool joins = false;       ///< a further worker's: the port is taken already, by the first
};

struct BoundSocket {
  Descriptor fd;
  base::SocketAddress address;  ///< with the real port
};

struct BindError {
  int code = 0;  ///< errno
  std::string text;
};

/// Opens, binds and makes not blocking. The first worker's socket is bound alone, so that an address which
/// somebody else has is refused, and lets others join after that; SO_REUSEPORT from the start would share it
/// in silence with any other process of the same user.
[[nodiscard]] base::Result<BoundSocket, BindError> bind_socket(const base::SocketAddress& address,
                                                               const SocketPlan& plan);

/// Why an address cannot be had, for whoever starts the server: `code` is errno.
[[nodiscard]] std::string reason_of(int code, const base::SocketAddress& address);

/// setsockopt() of a number; whether it was taken.
bool set_option(int socket, int level, int option, int value);

}  // namespace parlor::server
