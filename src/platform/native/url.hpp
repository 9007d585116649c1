#pragma once
// Addresses of servers: ws, wss, http and https URLs (RFC 3986, RFC 6455 §3), as far as a client needs them.
// No user, no fragment.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace parlor::platform::native {

inline constexpr std::size_t kMaxUrl = 8192;

struct Url {
  bool secure = false;  ///< wss, https
  std::string host;     ///< a name or an address, without brackets
  std::uint16_t port = 0;
  std::string target;  ///< path and query, at least "/"

  /// As the Host header has it (RFC 9110 §7.2): the port where it is not the scheme's own, IPv6 in brackets.
  [[nodiscard]] std::string authority() const;
  friend bool operator==(const Url&, const Url&) = default;
};

[[nodiscard]] std::optional<Url> parse_url(std::string_view text);

/// Of a "stun:host" or "stun:host:port" URI (RFC 7064 §3.1).
struct StunServer {
  std::string host;  ///< a name or an address, without brackets
  std::uint16_t port = 3478;
  friend bool operator==(const StunServer&, const StunServer&) = default;
};

/// Nothing for anything else: TURN's client is still to come, and STUN over TLS ("stuns:") says nothing of
/// UDP.
[[nodiscard]] std::optional<StunServer> parse_stun_url(std::string_view text);

}  // namespace parlor::platform::native
