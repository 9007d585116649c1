#include "server/admission.hpp"

namespace parlor::server {
namespace {

const base::IpAddress kUncounted;

}  // namespace

Refusal Admission::enter(const base::IpAddress& ip, bool counted_by_site, Place& place) {
  const base::IpAddress site = counted_by_site ? ip.unmapped().site() : kUncounted;
  const std::lock_guard lock(mutex_);
  if (count_ >= max_) return Refusal::server_full;
  if (!enter_site(site)) return Refusal::site_full;
  ++count_;
  place.admission_ = this;
  place.site_ = site;
  return Refusal::none;
}

Refusal Admission::move(const base::IpAddress& ip, Place& place) {
  const base::IpAddress site = ip.unmapped().site();
  const std::lock_guard lock(mutex_);
  if (site == place.site_) return Refusal::none;
  if (!enter_site(site)) return Refusal::site_full;
  leave_site(place.site_);
  place.site_ = site;
  return Refusal::none;
}

std::size_t Admission::count() const {
  const std::lock_guard lock(mutex_);
  return count_;
}

void Admission::leave(const base::IpAddress& site) {
  const std::lock_guard lock(mutex_);
  --count_;
  leave_site(site);
}

bool Admission::enter_site(const base::IpAddress& site) {
  return site == kUncounted || sites_.add(site);
}

void Admission::leave_site(const base::IpAddress& site) {
  if (site != kUncounted) sites_.remove(site);
}

}  // namespace parlor::server
