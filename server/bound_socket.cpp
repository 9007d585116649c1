#include "server/bound_socket.hpp"

#include <netinet/in.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "server/kernel_address.hpp"

namespace parlor::server {
namespace {

/// What the kernel grants without privileges is less on most machines; it takes the request as a wish.
constexpr int kReceiveBuffer = 1 << 20;
constexpr int kBacklog = 4096;

base::Unexpected<BindError> failed(const char* what, int type, const base::SocketAddress& address) {
  const int code = errno;
  return {{code, std::string("cannot ") + what + (type == SOCK_STREAM ? " TCP " : " UDP ") +
                     address.to_string() + ": " + reason_of(code, address)}};
}

/// The answer must leave from the address that was asked, which a wildcard socket does not know by itself.
bool wants_destination(const base::SocketAddress& address, int type) {
  return type == SOCK_DGRAM && address.ip.is_unspecified();
}

bool set_up(int socket, const base::SocketAddress& address, const SocketPlan& plan) {
  if (address.ip.is_v6() && !set_option(socket, IPPROTO_IPV6, IPV6_V6ONLY, plan.dual_stack ? 0 : 1)) {
    return false;
  }
  if (wants_destination(address, plan.type)) {
    const bool ok = address.ip.is_v6() ? set_option(socket, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1)
                                       : set_option(socket, IPPROTO_IP, IP_PKTINFO, 1);
    if (!ok) return false;
  }
  if (plan.type == SOCK_DGRAM) set_option(socket, SOL_SOCKET, SO_RCVBUF, kReceiveBuffer);
  // SO_REUSEADDR takes a port over from connections that are dying, where these had it too; while the kernel
  // chooses, it would let it choose one that somebody else is about to listen on.
  if (plan.type == SOCK_STREAM && address.port != 0 && !set_option(socket, SOL_SOCKET, SO_REUSEADDR, 1)) {
    return false;
  }
  return !plan.joins || set_option(socket, SOL_SOCKET, SO_REUSEPORT, 1);
}

/// Once the port is ours: the other workers may have it, and so may who comes after our connections.
bool share(int socket, const SocketPlan& plan) {
  return (plan.type != SOCK_STREAM || set_option(socket, SOL_SOCKET, SO_REUSEADDR, 1)) &&
         set_option(socket, SOL_SOCKET, SO_REUSEPORT, 1);
}

}  // namespace

base::Result<BoundSocket, BindError> bind_socket(const base::SocketAddress& address, const SocketPlan& plan) {
  Descriptor fd(
      ::socket(address.ip.is_v6() ? AF_INET6 : AF_INET, plan.type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd.is_open()) return failed("open", plan.type, address);
  if (!set_up(fd.get(), address, plan)) return failed("set up", plan.type, address);
  KernelAddress kernel;
  const socklen_t size = to_kernel(address, kernel);
  if (::bind(fd.get(), &kernel.any, size) != 0) return failed("bind", plan.type, address);
  if (!share(fd.get(), plan)) return failed("share", plan.type, address);
  if (plan.type == SOCK_STREAM && ::listen(fd.get(), kBacklog) != 0)
    return failed("listen on", plan.type, address);
  const auto bound = local_address(fd.get());
  if (!bound) return failed("look up", plan.type, address);
  return BoundSocket{std::move(fd), *bound};
}

std::string reason_of(int code, const base::SocketAddress& address) {
  if (code == EADDRINUSE) return "that port is taken already";
  if (code == EADDRNOTAVAIL) return address.ip.to_string() + " is no address of this machine";
  if (code == EACCES && address.port != 0 && address.port < IPPORT_RESERVED)
    return "ports below 1024 need CAP_NET_BIND_SERVICE";
  return std::generic_category().message(code);
}

bool set_option(int socket, int level, int option, int value) {
  return ::setsockopt(socket, level, option, &value, sizeof value) == 0;
}

}  // namespace parlor::server
