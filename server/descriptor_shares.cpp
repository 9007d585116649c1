#include "server/descriptor_shares.hpp"

#include <algorithm>

namespace parlor::server {
namespace {

constexpr std::size_t kOtherFiles = 96;      // pages that are read, the log, the key
constexpr std::size_t kFilesPerWorker = 16;  // listening sockets, UDP sockets, epoll sets, timers
constexpr std::size_t kRefusedPerWorker = 256;
constexpr std::size_t kStunConnections = 1'000;  // of all workers
constexpr std::size_t kSmallShare = 8;           // neither kind gets more than one in so many descriptors
constexpr std::size_t kSitesToFillStun = 8;

std::size_t per_worker(std::size_t share, std::size_t workers) {
  return std::max<std::size_t>(share / workers, 1);
}

}  // namespace

DescriptorShares share_descriptors(std::size_t files, const DescriptorNeeds& needs) {
  const std::size_t workers = std::max<std::size_t>(needs.workers, 1);
  const std::size_t other = std::min(kOtherFiles + workers * kFilesPerWorker, files / 2);
  const std::size_t room = files - other;
  DescriptorShares shares;
  shares.refused = per_worker(std::min(workers * kRefusedPerWorker, room / kSmallShare), workers);
  shares.stun_connections = per_worker(std::min(kStunConnections, room / kSmallShare), workers);
  shares.stun_of_one_site = std::max<std::size_t>(shares.stun_connections / kSitesToFillStun, 1);
  const std::size_t taken = workers * (shares.refused + (needs.stun_over_tcp ? shares.stun_connections : 0));
  shares.connections = std::clamp<std::size_t>(room > taken ? room - taken : 1, 1,
                                               std::max<std::size_t>(needs.max_connections, 1));
  return shares;
}

}  // namespace parlor::server
