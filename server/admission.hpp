#pragma once
// How many connections there may be: in all, and from one site (an IPv4 address, an IPv6 /64; and
// of an IPv6 /48, which one customer may have, some sites' worth). Shared by the workers; asked when a
// connection comes and when it ends, never for a message.

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <utility>

#include "base/address.hpp"
#include "base/site_counts.hpp"

namespace parlor::server {

enum class Refusal : std::uint8_t { none, server_full, site_full };

class Admission {
 public:
  /// The place that one connection takes; given back when it is destroyed.
  class Place {
   public:
    Place() = default;
    Place(Place&& other) noexcept { *this = std::move(other); }
    Place& operator=(Place&& other) noexcept {
      std::swap(admission_, other.admission_);
      std::swap(site_, other.site_);
      return *this;
    }
    ~Place() {
      if (admission_ != nullptr) admission_->leave(site_);
    }
    [[nodiscard]] bool taken() const { return admission_ != nullptr; }

   private:
    friend class Admission;
    Admission* admission_ = nullptr;
    base::IpAddress site_;
  };

  Admission(std::size_t max, std::size_t max_per_site) : max_(max), sites_(max_per_site) {}

  /// `place` is taken when the answer is none. `counted_by_site` is false for a proxy's connection, whose
  /// real site is not known yet.
  [[nodiscard]] Refusal enter(const base::IpAddress& ip, bool counted_by_site, Place& place);
  /// The connection turned out to come from `ip`: counts it there from now on.
  [[nodiscard]] Refusal move(const base::IpAddress& ip, Place& place);
  [[nodiscard]] std::size_t count() const;

 private:
  void leave(const base::IpAddress& site);
  [[nodiscard]] bool enter_site(const base::IpAddress& site);
  void leave_site(const base::IpAddress& site);

  const std::size_t max_;
  mutable std::mutex mutex_;
  std::size_t count_ = 0;
  /// At most as many as there are connections. The unspecified address stands for "not counted".
  base::SiteCounts sites_;
};

}  // namespace parlor::server
