#pragma once
// Between base::SocketAddress and the kernel's sockaddr, and the binding of sockets that several workers
// share.

#include <netinet/in.h>
#include <sys/socket.h>

#include <string>

#include "base/address.hpp"
#include "base/result.hpp"

namespace parlor::server {

/// Large enough for both families. Kept small because a batch holds many of them.
union KernelAddress {
  sockaddr any;
  sockaddr_in v4;
  sockaddr_in6 v6;
};

/// The number of bytes that the kernel wants of it.
socklen_t to_kernel(const base::SocketAddress& address, KernelAddress& out);
/// The unspecified address with port 0 for a family that is neither IPv4 nor IPv6.
[[nodiscard]] base::SocketAddress from_kernel(const KernelAddress& address);

/// A file descriptor that closes itself.
class FileDescriptor {
 public:
  FileDescriptor() = default;
  explicit FileDescriptor(int fd) : fd_(fd) {}
  FileDescriptor(FileDescriptor&& other) noexcept : fd_(other.release()) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept;
  ~FileDescriptor();
  [[nodiscard]] int get() const { return fd_; }
  [[nodiscard]] int release();

 private:
  int fd_ = -1;
};

struct SocketPlan {
  int type = SOCK_DGRAM;    ///< or SOCK_STREAM: then it listens already
  bool dual_stack = false;  ///< IPv6 that takes IPv4 too
  bool joins = false;       ///< a further worker's: the port is taken already, by the first
};

struct BoundSocket {
  FileDescriptor fd;
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

}  // namespace parlor::server
