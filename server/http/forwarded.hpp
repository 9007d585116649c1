#pragma once
// Who a request really comes from when a proxy of the operator's stands in between: X-Forwarded-For, believed
// only as far as trusted proxies wrote it.

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/address.hpp"

namespace parlor::http {

/// An address range in CIDR notation.
struct Network {
  base::IpAddress ip;
  unsigned prefix = 0;  ///< bits that count

  /// "10.0.0.0/8", "fd00::/8", or a single address.
  static std::optional<Network> parse(std::string_view text);
  [[nodiscard]] bool contains(const base::IpAddress& address) const;
  [[nodiscard]] std::string to_string() const;
  friend bool operator==(const Network&, const Network&) = default;
};

/// The client's address for a connection from `peer` with this X-Forwarded-For: from the right, the first
/// that is not a trusted proxy. `peer` itself when it is not trusted, or when the header is absent or cannot
/// be read.
[[nodiscard]] base::IpAddress client_address(const base::IpAddress& peer, std::string_view forwarded_for,
                                             std::span<const Network> trusted);

}  // namespace parlor::http
