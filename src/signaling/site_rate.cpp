#include "signaling/site_rate.hpp"

#include <algorithm>

#include "base/site_counts.hpp"

namespace parlor::signaling {
namespace {

/// So many sites' worth a neighbourhood may have.
constexpr std::uint32_t kSites = base::SiteCounts::kSitesOfNeighbourhood;

}  // namespace

SiteRate::SiteRate(std::uint32_t burst, base::Duration interval, std::size_t max_sites)
    : burst_(burst), interval_(interval), max_sites_(max_sites) {}

base::Duration SiteRate::price(std::uint32_t cost) const {
  return interval_ * static_cast<std::int64_t>(std::min(cost, burst_));
}

base::Duration SiteRate::wait(base::Time now, const base::IpAddress& site, std::uint32_t cost) const {
  const auto found = by_site_.find(site);
  if (found == by_site_.end()) return {};
  const base::Duration ahead = found->second->paid_at - now + price(cost);
  return std::max(base::Duration{}, ahead - interval_ * static_cast<std::int64_t>(burst_));
}

void SiteRate::count(base::Time now, const base::IpAddress& site, std::uint32_t cost) {
  if (burst_ == 0) return;
  const auto found = by_site_.find(site);
  if (found != by_site_.end()) {
    found->second->paid_at = std::max(found->second->paid_at, now) + price(cost);
    entries_.splice(entries_.end(), entries_, found->second);
    return;
  }
  if (entries_.size() == max_sites_) {
    by_site_.erase(entries_.front().site);
    entries_.pop_front();
  }
  by_site_[site] = entries_.insert(entries_.end(), {site, now + price(cost)});
}

NeighbourlyRate::NeighbourlyRate(std::uint32_t burst, base::Duration interval)
    : sites_(burst, interval), neighbourhoods_(burst * kSites, interval / kSites) {}

base::Duration NeighbourlyRate::wait(base::Time now, const base::IpAddress& site, std::uint32_t cost) const {
  return std::max(sites_.wait(now, site, cost), neighbourhoods_.wait(now, site.neighbourhood(), cost));
}

void NeighbourlyRate::count(base::Time now, const base::IpAddress& site, std::uint32_t cost) {
  sites_.count(now, site, cost);
  neighbourhoods_.count(now, site.neighbourhood(), cost);
}

}  // namespace parlor::signaling
