#pragma once
// Which pages may open a signaling socket here. Browsers name the page's origin and do not let pages choose
// it (RFC 6454); programs that are no browsers send none and are not what this protects from.

#include <optional>
#include <string_view>
#include <vector>

#include "http/host.hpp"

namespace parlor::http {

/// With a list: those origins. Without: the origin that the request itself went to (any page this server
/// shows, behind a proxy that ends TLS too) and, when the connection came over loopback, any loopback origin
/// (a developer's other port). A request without an Origin always passes.
class OriginPolicy {
 public:
  OriginPolicy() = default;
  static OriginPolicy any();
  static OriginPolicy only(std::vector<Origin> allowed);

  [[nodiscard]] bool allows(std::optional<std::string_view> origin, const std::optional<Host>& requested,
                            bool over_loopback) const;

  /// Whether this server is meant to go by that name: an allowed origin has it, or all are allowed.
  [[nodiscard]] bool names(const Host& host) const;

 private:
  bool any_ = false;
  std::vector<Origin> allowed_;
};

}  // namespace parlor::http
