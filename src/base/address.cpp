#include "base/address.hpp"

#include <algorithm>
#include <charconv>

namespace parlor::base {
namespace {

/// A decimal number without sign or leading zeros, at most `max`.
std::optional<unsigned> decimal(std::string_view text, unsigned max) {
  if (text.empty() || text.size() > 5 || (text.size() > 1 && text[0] == '0')) return std::nullopt;
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value > max) return std::nullopt;
  return value;
}

std::optional<std::array<std::uint8_t, 4>> parse_quad(std::string_view text) {
  std::array<std::uint8_t, 4> bytes{};
  for (std::size_t i = 0; i < 4; ++i) {
    const std::size_t dot = i < 3 ? text.find('.') : text.size();
    if (dot == std::string_view::npos) return std::nullopt;
    const auto value = decimal(text.substr(0, dot), 255);
    if (!value) return std::nullopt;
    bytes[i] = static_cast<std::uint8_t>(*value);
    text.remove_prefix(std::min(dot + 1, text.size()));
  }
  return text.empty() ? std::optional{bytes} : std::nullopt;
}

/// Groups of hexadecimal digits separated by single colons; where the address ends (`at_end`) the last may be
/// a dotted quad. Nothing when malformed.
std::optional<std::string> parse_groups(std::string_view text, bool at_end) {
  std::string bytes;
  while (!text.empty()) {
    const std::size_t colon = text.find(':');
    const std::string_view group = text.substr(0, colon);
    if (at_end && colon == std::string_view::npos && group.find('.') != std::string_view::npos) {
      const auto quad = parse_quad(group);
      if (!quad) return std::nullopt;
      for (std::uint8_t byte : *quad) bytes += static_cast<char>(byte);
      return bytes;
    }
    unsigned value = 0;
    if (group.empty() || group.size() > 4) return std::nullopt;
    const auto [end, error] = std::from_chars(group.data(), group.data() + group.size(), value, 16);
    if (error != std::errc{} || end != group.data() + group.size()) return std::nullopt;
    bytes += static_cast<char>(value >> 8);
    bytes += static_cast<char>(value & 255);
    if (bytes.size() > 16) return std::nullopt;
    if (colon == std::string_view::npos) return bytes;
    text.remove_prefix(colon + 1);
    if (text.empty()) return std::nullopt;
  }
  return bytes;
}

constexpr std::array<std::uint8_t, 12> kMappedPrefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

std::string hex_group(unsigned value) {
  char text[4];
  const auto [end, error] = std::to_chars(text, text + 4, value, 16);
  return error == std::errc{} ? std::string(text, end) : std::string();
}

}  // namespace

IpAddress IpAddress::v4(std::array<std::uint8_t, 4> bytes) {
  IpAddress ip;
  std::copy(bytes.begin(), bytes.end(), ip.bytes_.begin());
  return ip;
}

IpAddress IpAddress::v6(const std::array<std::uint8_t, 16>& bytes) {
  IpAddress ip;
  ip.bytes_ = bytes;
  ip.v6_ = true;
  return ip;
}

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
  if (text.find(':') == std::string_view::npos) {
    const auto quad = parse_quad(text);
    return quad ? std::optional{v4(*quad)} : std::nullopt;
  }
  const std::size_t gap = text.find("::");
  const auto head = parse_groups(text.substr(0, gap), gap == std::string_view::npos);
  if (!head) return std::nullopt;
  std::array<std::uint8_t, 16> bytes{};
  if (gap == std::string_view::npos) {
    if (head->size() != 16) return std::nullopt;
    std::copy(head->begin(), head->end(), bytes.begin());
    return v6(bytes);
  }
  const auto tail = parse_groups(text.substr(gap + 2), true);
  if (!tail || head->size() + tail->size() > 14) return std::nullopt;
  std::copy(head->begin(), head->end(), bytes.begin());
  std::copy(tail->begin(), tail->end(), bytes.end() - static_cast<std::ptrdiff_t>(tail->size()));
  return v6(bytes);
}

IpAddress IpAddress::unmapped() const {
  if (!v6_ || !std::equal(kMappedPrefix.begin(), kMappedPrefix.end(), bytes_.begin())) return *this;
  return v4({bytes_[12], bytes_[13], bytes_[14], bytes_[15]});
}

IpAddress IpAddress::site() const {
  IpAddress network = unmapped();
  if (network.v6_) std::fill(network.bytes_.begin() + 8, network.bytes_.end(), std::uint8_t{0});
  return network;
}

IpAddress IpAddress::neighbourhood() const {
  IpAddress network = unmapped();
  const std::ptrdiff_t kept = network.v6_ ? 6 : 3;
  std::fill(network.bytes_.begin() + kept, network.bytes_.end(), std::uint8_t{0});
  return network;
}

bool IpAddress::is_loopback() const {
  const IpAddress plain = unmapped();
  if (!plain.v6_) return plain.bytes_[0] == 127;
  return plain.bytes_[15] == 1 &&
         std::all_of(plain.bytes_.begin(), plain.bytes_.end() - 1, [](auto b) { return b == 0; });
}

bool IpAddress::is_unspecified() const {
  return std::all_of(bytes_.begin(), bytes_.end(), [](auto b) { return b == 0; });
}

std::string IpAddress::to_string() const {
  if (!v6_) {
    std::string text;
    for (std::size_t i = 0; i < 4; ++i) text += (i == 0 ? "" : ".") + std::to_string(bytes_[i]);
    return text;
  }
  std::array<unsigned, 8> groups{};
  for (std::size_t i = 0; i < 8; ++i)
    groups[i] = static_cast<unsigned>(bytes_[2 * i] << 8 | bytes_[2 * i + 1]);
  // RFC 5952 §4.2: the longest run of at least two zero groups, the first of equals, becomes "::".
  std::size_t best = 8;
  std::size_t best_length = 1;
  for (std::size_t i = 0; i < 8; ++i) {
    std::size_t length = 0;
    while (i + length < 8 && groups[i + length] == 0) ++length;
    if (length > best_length) {
      best = i;
      best_length = length;
    }
  }
  std::string text;
  for (std::size_t i = 0; i < 8;) {
    if (i == best) {
      text += "::";
      i += best_length;
      continue;
    }
    if (!text.empty() && text.back() != ':') text += ':';
    text += hex_group(groups[i++]);
  }
  return text;
}

std::string IpAddress::to_short_string() const {
  const IpAddress plain = unmapped();
  if (!plain.v6_) return std::to_string(plain.bytes_[0]) + '.' + std::to_string(plain.bytes_[1]) + ".x.x";
  std::string text;
  for (std::size_t i = 0; i < 3; ++i) {
    text += hex_group(static_cast<unsigned>(plain.bytes_[2 * i] << 8 | plain.bytes_[2 * i + 1])) + ':';
  }
  return text + 'x';
}

std::optional<SocketAddress> SocketAddress::parse(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  std::string_view host = text.substr(0, colon);
  const auto port = decimal(text.substr(colon + 1), 65535);
  if (!port) return std::nullopt;
  const bool bracketed = host.size() >= 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  const auto ip = IpAddress::parse(host);
  if (!ip || ip->is_v6() != bracketed) return std::nullopt;
  return SocketAddress{*ip, static_cast<std::uint16_t>(*port)};
}

std::string SocketAddress::to_string() const {
  return (ip.is_v6() ? '[' + ip.to_string() + ']' : ip.to_string()) + ':' + std::to_string(port);
}

std::size_t IpAddressHash::operator()(const IpAddress& ip) const {
  // FNV-1a. The tables keyed by it are bounded, so a chosen collision costs an attacker's own address only.
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (std::size_t i = 0; i < ip.size(); ++i) hash = (hash ^ ip.bytes()[i]) * 0x100000001b3U;
  return static_cast<std::size_t>(hash);
}

}  // namespace parlor::base
