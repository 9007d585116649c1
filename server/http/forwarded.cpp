#include "http/forwarded.hpp"

#include <algorithm>

#include "http/text.hpp"

namespace parlor::http {
namespace {

bool is_trusted(const base::IpAddress& ip, std::span<const Network> trusted) {
  return std::any_of(trusted.begin(), trusted.end(), [&](const Network& n) { return n.contains(ip); });
}

}  // namespace

std::optional<Network> Network::parse(std::string_view text) {
  const std::size_t slash = text.find('/');
  const auto ip = base::IpAddress::parse(text.substr(0, slash));
  if (!ip) return std::nullopt;
  const unsigned bits = static_cast<unsigned>(ip->size()) * 8;
  unsigned prefix = bits;
  if (slash != std::string_view::npos) {
    const std::string_view digits = text.substr(slash + 1);
    if (digits.empty() || digits.size() > 3) return std::nullopt;
    prefix = 0;
    for (const char c : digits) {
      if (!is_digit(c)) return std::nullopt;
      prefix = prefix * 10 + static_cast<unsigned>(c - '0');
    }
    if (prefix > bits) return std::nullopt;
  }
  return Network{*ip, prefix};
}

bool Network::contains(const base::IpAddress& address) const {
  const base::IpAddress other = address.unmapped();
  if (other.is_v6() != ip.is_v6()) return false;
  unsigned left = prefix;
  for (std::size_t i = 0; left > 0; ++i) {
    const unsigned bits = std::min(left, 8U);
    const auto mask = static_cast<std::uint8_t>(0xff << (8 - bits));
    if ((ip.bytes()[i] & mask) != (other.bytes()[i] & mask)) return false;
    left -= bits;
  }
  return true;
}

std::string Network::to_string() const {
  if (prefix == ip.size() * 8) return ip.to_string();
  return ip.to_string() + "/" + std::to_string(prefix);
}

base::IpAddress client_address(const base::IpAddress& peer, std::string_view forwarded_for,
                               std::span<const Network> trusted) {
  base::IpAddress client = peer.unmapped();
  while (is_trusted(client, trusted) && !trimmed(forwarded_for).empty()) {
    const std::size_t comma = forwarded_for.rfind(',');
    const std::string_view last =
        trimmed(comma == std::string_view::npos ? forwarded_for : forwarded_for.substr(comma + 1));
    forwarded_for = comma == std::string_view::npos ? std::string_view() : forwarded_for.substr(0, comma);
    auto ip = base::IpAddress::parse(last);
    if (!ip) {
      // Some proxies write the port too.
      const auto with_port = base::SocketAddress::parse(last);
      if (!with_port) return client;
      ip = with_port->ip;
    }
    client = ip->unmapped();
  }
  return client;
}

}  // namespace parlor::http
