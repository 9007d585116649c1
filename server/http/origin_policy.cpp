#include "http/origin_policy.hpp"

#include <algorithm>

namespace parlor::http {

OriginPolicy OriginPolicy::any() {
  OriginPolicy policy;
  policy.any_ = true;
  return policy;
}

OriginPolicy OriginPolicy::only(std::vector<Origin> allowed) {
  OriginPolicy policy;
  policy.allowed_ = std::move(allowed);
  return policy;
}

bool OriginPolicy::allows(std::optional<std::string_view> origin, const std::optional<Host>& requested,
                          bool over_loopback) const {
  if (any_ || !origin) return true;
  const auto from = parse_origin(*origin);
  if (!from) return false;
  if (!allowed_.empty()) return std::find(allowed_.begin(), allowed_.end(), *from) != allowed_.end();
  if (over_loopback && from->host.is_loopback()) return true;
  // The scheme is not compared: behind a proxy that ends TLS the page is https and this connection is not.
  return requested && requested->name == from->host.name &&
         requested->port.value_or(default_port(from->scheme)) == *from->host.port;
}

bool OriginPolicy::names(const Host& host) const {
  return any_ || std::any_of(allowed_.begin(), allowed_.end(),
                             [&](const Origin& origin) { return origin.host.name == host.name; });
}

}  // namespace parlor::http
