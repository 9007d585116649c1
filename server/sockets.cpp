#include "server/sockets.hpp"

#include <sys/resource.h>

#include <utility>

#include "server/bound_socket.hpp"

namespace parlor::server {

base::Result<Listeners, std::string> listen_on(const base::SocketAddress& address, std::size_t workers,
                                               bool v6_only) {
  Listeners listeners{address, {}};
  for (std::size_t i = 0; i < workers; ++i) {
    auto bound = bind_socket(listeners.address, {SOCK_STREAM, !v6_only, i > 0});
    if (!bound) {
      const std::string reason = reason_of(bound.error().code, listeners.address);
      return base::Unexpected{"cannot listen on " + listeners.address.to_string() + ": " + reason + "."};
    }
    listeners.address = bound->address;
    listeners.sockets.push_back(std::move(bound->fd));
  }
  return listeners;
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
