#include "signaling/failed_joins.hpp"

#include <algorithm>

namespace parlor::signaling {

FailedJoins::FailedJoins(std::uint32_t per_minute, std::size_t max_sites)
    : interval_(per_minute == 0 ? base::Duration{} : kWindow / per_minute), max_sites_(max_sites) {}

bool FailedJoins::exhausted(base::Time now, const base::IpAddress& site) const {
  const auto found = by_site_.find(site);
  return found != by_site_.end() && found->second->paid_at - now + interval_ > kWindow;
}

void FailedJoins::count(base::Time now, const base::IpAddress& site) {
  if (interval_ == base::Duration{}) return;
  const auto found = by_site_.find(site);
  if (found != by_site_.end()) {
    found->second->paid_at = std::max(found->second->paid_at, now) + interval_;
    entries_.splice(entries_.end(), entries_, found->second);
    return;
  }
  if (entries_.size() == max_sites_) {
    by_site_.erase(entries_.front().site);
    entries_.pop_front();
  }
  by_site_[site] = entries_.insert(entries_.end(), {site, now + interval_});
}

}  // namespace parlor::signaling
