#pragma once
// How much of something each site has: an IPv4 address, an IPv6 /64. One customer may have a whole IPv6 /48
// of those, which so gets a limit of its own; an IPv4 /24 is many customers.

#include <cstddef>
#include <unordered_map>

#include "base/address.hpp"

namespace parlor::base {

/// Memory: two entries at most for each thing that is counted. Not for several threads.
class SiteCounts {
 public:
  /// So many sites' worth an IPv6 /48 may have.
  static constexpr std::size_t kSitesOfNeighbourhood = 8;

  explicit SiteCounts(std::size_t max_per_site) : max_per_site_(max_per_site) {}

  [[nodiscard]] bool has_place(const IpAddress& ip) const {
    return count(sites_, ip.site()) < max_per_site_ &&
           (!ip.unmapped().is_v6() ||
            count(neighbourhoods_, ip.neighbourhood()) < max_per_site_ * kSitesOfNeighbourhood);
  }
  /// Counts one more there, if it has place.
  [[nodiscard]] bool add(const IpAddress& ip) {
    if (!has_place(ip)) return false;
    ++sites_[ip.site()];
    if (ip.unmapped().is_v6()) ++neighbourhoods_[ip.neighbourhood()];
    return true;
  }
  /// One that was added is gone.
  void remove(const IpAddress& ip) {
    take_from(sites_, ip.site());
    if (ip.unmapped().is_v6()) take_from(neighbourhoods_, ip.neighbourhood());
  }
  /// How many sites have something: memory is kept for no others.
  [[nodiscard]] std::size_t sites() const { return sites_.size(); }

 private:
  using Counts = std::unordered_map<IpAddress, std::size_t, IpAddressHash>;

  static std::size_t count(const Counts& counts, const IpAddress& network) {
    const auto found = counts.find(network);
    return found == counts.end() ? 0 : found->second;
  }
  static void take_from(Counts& counts, const IpAddress& network) {
    const auto found = counts.find(network);
    if (found != counts.end() && --found->second == 0) counts.erase(found);
  }

  std::size_t max_per_site_;
  Counts sites_;
  Counts neighbourhoods_;  // of IPv6
};

}  // namespace parlor::base
