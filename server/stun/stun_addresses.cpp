#include "server/stun/stun_addresses.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

namespace parlor::server {
namespace {

/// What the kernel grants without privileges is less on most machines; it takes the request as a wish.
constexpr int kReceiveBuffer = 1 << 20;

bool set_flag(int fd, int level, int option, int value) {
  return ::setsockopt(fd, level, option, &value, sizeof(value)) == 0;
}

base::Unexpected<BindError> failed(const char* what, int type, const base::SocketAddress& address) {
  const int code = errno;
  return {{code, std::string("cannot ") + what + (type == SOCK_STREAM ? " TCP " : " UDP ") +
                     address.to_string() + ": " + std::generic_category().message(code)}};
}

/// The answer must leave from the address that was asked, which a wildcard socket does not know by itself.
bool wants_destination(const base::SocketAddress& address, int type) {
  return type == SOCK_DGRAM && address.ip.is_unspecified();
}

bool set_options(int fd, const base::SocketAddress& address, const SocketPlan& plan) {
  if (address.ip.is_v6() && !set_flag(fd, IPPROTO_IPV6, IPV6_V6ONLY, plan.dual_stack ? 0 : 1)) return false;
  if (wants_destination(address, plan.type)) {
    const bool ok = address.ip.is_v6() ? set_flag(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1)
                                       : set_flag(fd, IPPROTO_IP, IP_PKTINFO, 1);
    if (!ok) return false;
  }
  if (plan.type == SOCK_DGRAM) set_flag(fd, SOL_SOCKET, SO_RCVBUF, kReceiveBuffer);
  // A restart must not wait for the connections of the run before; a listening socket still keeps others out.
  if (plan.type == SOCK_STREAM && !set_flag(fd, SOL_SOCKET, SO_REUSEADDR, 1)) return false;
  return !plan.joins || set_flag(fd, SOL_SOCKET, SO_REUSEPORT, 1);
}

}  // namespace

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

FileDescriptor& FileDescriptor::operator=(FileDescriptor&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}

FileDescriptor::~FileDescriptor() {
  if (fd_ >= 0) ::close(fd_);
}

int FileDescriptor::release() {
  return std::exchange(fd_, -1);
}

base::Result<BoundSocket, BindError> bind_socket(const base::SocketAddress& address, const SocketPlan& plan) {
  FileDescriptor fd(
      ::socket(address.ip.is_v6() ? AF_INET6 : AF_INET, plan.type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (fd.get() < 0) return failed("open", plan.type, address);
  KernelAddress kernel;
  const socklen_t size = to_kernel(address, kernel);
  if (!set_options(fd.get(), address, plan)) return failed("set up", plan.type, address);
  if (::bind(fd.get(), &kernel.any, size) != 0) return failed("bind", plan.type, address);
  if (!plan.joins && !set_flag(fd.get(), SOL_SOCKET, SO_REUSEPORT, 1))
    return failed("share", plan.type, address);
  if (plan.type == SOCK_STREAM && ::listen(fd.get(), SOMAXCONN) != 0)
    return failed("listen on", plan.type, address);
  socklen_t real_size = sizeof(kernel);
  if (::getsockname(fd.get(), &kernel.any, &real_size) != 0) return failed("look up", plan.type, address);
  return BoundSocket{std::move(fd), from_kernel(kernel)};
}

}  // namespace parlor::server
