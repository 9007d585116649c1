#pragma once
// How the limit of open files is divided, so that no kind of connection takes what another was promised:
// HTTP and WebSocket, refused ones that are still told so, STUN over TCP, and what is no connection. Only
// sums; the kernel is asked elsewhere (sockets.hpp).

#include <cstddef>

namespace parlor::server {

struct DescriptorNeeds {
  std::size_t max_connections = 0;  ///< HTTP and WebSocket, as configured
  std::size_t workers = 1;
  bool stun_over_tcp = false;
};

/// All at least 1.
struct DescriptorShares {
  std::size_t connections = 1;       ///< HTTP and WebSocket, of all workers
  std::size_t refused = 1;           ///< of one worker
  std::size_t stun_connections = 1;  ///< of one worker
  std::size_t stun_of_one_site = 1;  ///< of those
};

[[nodiscard]] DescriptorShares share_descriptors(std::size_t files, const DescriptorNeeds& needs);

}  // namespace parlor::server
