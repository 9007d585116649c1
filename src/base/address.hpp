#pragma once
// Internet addresses as values: parsed, printed and compared without the operating system.

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace parlor::base {

/// An IPv4 or IPv6 address, in network byte order.
class IpAddress {
 public:
  IpAddress() = default;  ///< 0.0.0.0
  static IpAddress v4(std::array<std::uint8_t, 4> bytes);
  static IpAddress v6(const std::array<std::uint8_t, 16>& bytes);
  /// Dotted quad, or RFC 4291 §2.2 text (with "::" and an embedded IPv4 tail; without brackets and zone).
  static std::optional<IpAddress> parse(std::string_view text);

  [[nodiscard]] bool is_v6() const { return v6_; }
  /// The 4 or 16 bytes of the address; the rest of the array is zero for IPv4.
  [[nodiscard]] const std::array<std::uint8_t, 16>& bytes() const { return bytes_; }
  [[nodiscard]] std::size_t size() const { return v6_ ? 16 : 4; }
  /// ::ffff:a.b.c.d as a.b.c.d (what a dual-stack socket reports for an IPv4 peer); anything else as it is.
  [[nodiscard]] IpAddress unmapped() const;
  /// The network that one customer has: the whole IPv4 address, an IPv6 /64. Limits are counted by this.
  [[nodiscard]] IpAddress site() const;
  /// The network that one customer can come by without effort: an IPv4 /24, an IPv6 /48.
  [[nodiscard]] IpAddress neighbourhood() const;
  [[nodiscard]] bool is_loopback() const;
  [[nodiscard]] bool is_unspecified() const;
  /// RFC 5952 text.
  [[nodiscard]] std::string to_string() const;
  /// Enough to tell networks apart, not people: "203.0.x.x", "2001:db8:1:x" (for logs).
  [[nodiscard]] std::string to_short_string() const;

  friend bool operator==(const IpAddress&, const IpAddress&) = default;

 private:
  std::array<std::uint8_t, 16> bytes_{};
  bool v6_ = false;
};

/// An address and a port.
struct SocketAddress {
  IpAddress ip;
  std::uint16_t port = 0;

  /// "1.2.3.4:80" or "[::1]:80".
  static std::optional<SocketAddress> parse(std::string_view text);
  [[nodiscard]] std::string to_string() const;
  friend bool operator==(const SocketAddress&, const SocketAddress&) = default;
};

struct IpAddressHash {
  std::size_t operator()(const IpAddress& ip) const;
};

}  // namespace parlor::base
