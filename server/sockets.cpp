#include "server/sockets.hpp"

#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace parlor::server {
namespace {

constexpr int kBacklog = 4096;

struct NativeAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;
  sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
};

NativeAddress native_address(const base::SocketAddress& address) {
  NativeAddress native;
  const auto& bytes = address.ip.bytes();
  if (address.ip.is_v6()) {
    sockaddr_in6 in6{};
    in6.sin6_family = AF_INET6;
    in6.sin6_port = htons(address.port);
    std::copy(bytes.begin(), bytes.end(), in6.sin6_addr.s6_addr);
    std::memcpy(&native.storage, &in6, sizeof in6);
    native.size = sizeof in6;
  } else {
    sockaddr_in in4{};
    in4.sin_family = AF_INET;
    in4.sin_port = htons(address.port);
    std::memcpy(&in4.sin_addr, bytes.data(), 4);
    std::memcpy(&native.storage, &in4, sizeof in4);
    native.size = sizeof in4;
  }
  return native;
}

std::uint16_t bound_port(int socket) {
  NativeAddress native;
  native.size = sizeof native.storage;
  if (::getsockname(socket, native.get(), &native.size) != 0) return 0;
  in_port_t port = 0;  // at the same place in both families
  std::memcpy(&port, reinterpret_cast<const char*>(&native.storage) + offsetof(sockaddr_in, sin_port),
              sizeof port);
  return ntohs(port);
}

bool set(int socket, int level, int option, int value) {
  return ::setsockopt(socket, level, option, &value, sizeof value) == 0;
}

/// Not yet listening. The first of a group asks for the port exclusively, and only then agrees to share it.
int bound_socket(const base::SocketAddress& address, bool first, bool v6_only) {
  const int socket =
      ::socket(address.ip.is_v6() ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (socket < 0) return -1;
  NativeAddress native = native_address(address);
  // SO_REUSEADDR takes a port over from connections that are dying, where these had it too; while the kernel
  // chooses, it would let it choose one that somebody else is about to listen on.
  const bool ok = (address.port == 0 || set(socket, SOL_SOCKET, SO_REUSEADDR, 1)) &&
                  (!address.ip.is_v6() || set(socket, IPPROTO_IPV6, IPV6_V6ONLY, v6_only ? 1 : 0)) &&
                  (first || set(socket, SOL_SOCKET, SO_REUSEPORT, 1)) &&
                  ::bind(socket, native.get(), native.size) == 0 &&
                  set(socket, SOL_SOCKET, SO_REUSEADDR, 1) && set(socket, SOL_SOCKET, SO_REUSEPORT, 1);
  if (ok) return socket;
  const int error = errno;
  ::close(socket);
  errno = error;
  return -1;
}

}  // namespace

base::Result<Listeners, std::string> listen_on(const base::SocketAddress& address, std::size_t workers,
                                               bool v6_only) {
  Listeners listeners{address, {}};
  for (std::size_t i = 0; i < workers; ++i) {
    const int socket = bound_socket(listeners.address, i == 0, v6_only);
    if (socket >= 0) listeners.sockets.push_back(socket);
    if (i == 0 && socket >= 0) listeners.address.port = bound_port(socket);
    if (socket < 0 || ::listen(socket, kBacklog) != 0) {
      const int error = errno;
      for (const int each : listeners.sockets) ::close(each);
      const std::string reason = error == EADDRINUSE ? "another program has that port" : std::strerror(error);
      return base::Unexpected{"cannot listen on " + listeners.address.to_string() + ": " + reason + "."};
    }
  }
  return listeners;
}

base::IpAddress address_of(const sockaddr_storage& address) {
  if (address.ss_family == AF_INET6) {
    std::array<std::uint8_t, 16> bytes{};
    std::memcpy(bytes.data(), reinterpret_cast<const char*>(&address) + offsetof(sockaddr_in6, sin6_addr),
                bytes.size());
    return base::IpAddress::v6(bytes).unmapped();
  }
  std::array<std::uint8_t, 4> bytes{};
  std::memcpy(bytes.data(), reinterpret_cast<const char*>(&address) + offsetof(sockaddr_in, sin_addr),
              bytes.size());
  return base::IpAddress::v4(bytes);
}

base::IpAddress local_address(int socket) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) != 0) return {};
  return address_of(address);
}

std::size_t raise_file_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 1024;
  limit.rlim_cur = limit.rlim_max;
  (void)::setrlimit(RLIMIT_NOFILE, &limit);
  (void)::getrlimit(RLIMIT_NOFILE, &limit);
  return static_cast<std::size_t>(limit.rlim_cur);
}

}  // namespace parlor::server
