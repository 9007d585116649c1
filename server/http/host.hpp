#pragma once
// Hosts and origins as clients write them: the Host header (RFC 9110 §7.2, RFC 3986 §3.2.2) and the Origin
// header (RFC 6454 §7). Only what may go on into a STUN URL or be compared is let through.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace parlor::http {

struct Host {
  std::string name;    ///< lower case; an IPv6 address without its brackets
  bool is_v6 = false;  ///< an IPv6 literal
  std::optional<std::uint16_t> port;

  /// With brackets around IPv6, without the port.
  [[nodiscard]] std::string bracketed() const { return is_v6 ? "[" + name + "]" : name; }
  /// A loopback address or "localhost" (RFC 6761 §6.3).
  [[nodiscard]] bool is_loopback() const;
  friend bool operator==(const Host&, const Host&) = default;
};
/// "name", "name:port", "1.2.3.4:port", "[v6]:port"; at most 253 characters of letters, digits, dots, dashes
/// and underscores.
[[nodiscard]] std::optional<Host> parse_host(std::string_view text);

struct Origin {
  std::string scheme;  ///< lower case
  Host host;           ///< `port` always set: the scheme's own when it was not written
  friend bool operator==(const Origin&, const Origin&) = default;
};
/// "http://host[:port]" or "https://…"; nothing for "null" and other schemes.
[[nodiscard]] std::optional<Origin> parse_origin(std::string_view text);

/// 443 for "https" and "wss", else 80.
[[nodiscard]] std::uint16_t default_port(std::string_view scheme);

}  // namespace parlor::http
