#pragma once
// How much of something the sites have had of late: so much at once, so much per second after that. Who
// guesses codes is slowed down by it, and who asks for rooms all the time. Internal to this folder.

#include <cstddef>
#include <cstdint>
#include <list>
#include <unordered_map>

#include "base/address.hpp"
#include "base/time.hpp"

namespace parlor::signaling {

/// Remembers the sites that had something last; of more than `max_sites`, the one whose last time is longest
/// ago is forgotten.
class SiteRate {
 public:
  /// A site may have `burst` at once, and one more after each `interval`. A burst of 0 is no limit.
  SiteRate(std::uint32_t burst, base::Duration interval, std::size_t max_sites = 4096);

  /// How long until `cost` may be had: nothing when it may at once. More than the burst costs the burst.
  [[nodiscard]] base::Duration wait(base::Time now, const base::IpAddress& site,
                                    std::uint32_t cost = 1) const;
  /// Has it, whether it may or not.
  void count(base::Time now, const base::IpAddress& site, std::uint32_t cost = 1);
  [[nodiscard]] std::size_t sites() const { return by_site_.size(); }

 private:
  /// Virtual scheduling (GCRA): what a site has moves the time at which it has paid for all.
  struct Entry {
    base::IpAddress site;
    base::Time paid_at;
  };

  [[nodiscard]] base::Duration price(std::uint32_t cost) const;

  std::uint32_t burst_;
  base::Duration interval_;
  std::size_t max_sites_;
  std::list<Entry> entries_;  // longest ago first
  std::unordered_map<base::IpAddress, std::list<Entry>::iterator, base::IpAddressHash> by_site_;
};

/// The same for a site and for its neighbourhood (IpAddress::neighbourhood), which may have as much as eight
/// sites: one customer may have a whole IPv6 /48.
class NeighbourlyRate {
 public:
  NeighbourlyRate(std::uint32_t burst, base::Duration interval);
  [[nodiscard]] base::Duration wait(base::Time now, const base::IpAddress& site,
                                    std::uint32_t cost = 1) const;
  void count(base::Time now, const base::IpAddress& site, std::uint32_t cost = 1);

 private:
  SiteRate sites_;
  SiteRate neighbourhoods_;
};

}  // namespace parlor::signaling
