#pragma once
// How often a site has tried to enter rooms in vain: whoever guesses codes is slowed down. Internal to this
// folder.

#include <cstddef>
#include <cstdint>
#include <list>
#include <unordered_map>

#include "base/address.hpp"
#include "base/time.hpp"

namespace parlor::signaling {

/// Remembers the sites that failed last; of more than `max_sites`, the one whose last failure is longest ago
/// is forgotten.
class FailedJoins {
 public:
  /// A site may fail `per_minute` times at once and as often each minute after that; 0 is no limit.
  explicit FailedJoins(std::uint32_t per_minute, std::size_t max_sites = 4096);

  [[nodiscard]] bool exhausted(base::Time now, const base::IpAddress& site) const;
  void count(base::Time now, const base::IpAddress& site);
  [[nodiscard]] std::size_t sites() const { return by_site_.size(); }

 private:
  /// Virtual scheduling (GCRA): each failure moves the time at which the site has paid for all by one
  /// interval.
  struct Entry {
    base::IpAddress site;
    base::Time paid_at;
  };
  static constexpr base::Duration kWindow = base::seconds(60);

  base::Duration interval_;
  std::size_t max_sites_;
  std::list<Entry> entries_;  // longest ago first
  std::unordered_map<base::IpAddress, std::list<Entry>::iterator, base::IpAddressHash> by_site_;
};

}  // namespace parlor::signaling
