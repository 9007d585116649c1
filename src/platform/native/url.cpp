#include "native/url.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/address.hpp"

namespace parlor::platform::native {
namespace {

constexpr std::size_t kMaxHost = 253;  // RFC 1035 §2.3.4, as text

struct Scheme {
  std::string_view begin;
  bool secure;
};
constexpr std::array<Scheme, 4> kSchemes{
    {{"ws://", false}, {"wss://", true}, {"http://", false}, {"https://", true}}};

std::uint16_t default_port(bool secure) {
  return secure ? 443 : 80;
}

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' ||
         c == '_';
}

bool is_host(std::string_view host, bool bracketed) {
  if (bracketed) {
    const auto ip = base::IpAddress::parse(host);
    return ip && ip->is_v6();
  }
  return !host.empty() && host.size() <= kMaxHost && std::all_of(host.begin(), host.end(), is_name_character);
}

std::optional<std::uint16_t> parse_port(std::string_view digits) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (error != std::errc{} || end != digits.data() + digits.size() || port == 0) return std::nullopt;
  return port;
}

/// "host", "host:port", "[IPv6]" or "[IPv6]:port" (RFC 3986 §3.2); the port stays what it is where none is
/// said.
bool parse_authority(std::string_view text, std::string& host, std::uint16_t& port) {
  const bool bracketed = text.starts_with('[');
  const std::size_t end = bracketed ? text.find(']') : text.find(':');
  if (bracketed && end == std::string_view::npos) return false;
  host = text.substr(bracketed ? 1 : 0, bracketed ? end - 1 : end);
  text.remove_prefix(std::min(text.size(), bracketed ? end + 1 : end));
  if (!is_host(host, bracketed)) return false;
  if (text.empty()) return true;
  const auto said = text.starts_with(':') ? parse_port(text.substr(1)) : std::nullopt;
  if (!said) return false;
  port = *said;
  return true;
}

}  // namespace

std::string Url::authority() const {
  std::string text = host.find(':') == std::string::npos ? host : "[" + host + "]";
  if (port != default_port(secure)) text += ":" + std::to_string(port);
  return text;
}

std::optional<Url> parse_url(std::string_view text) {
  if (text.size() > kMaxUrl) return std::nullopt;
  const auto scheme = std::find_if(kSchemes.begin(), kSchemes.end(),
                                   [&](const Scheme& one) { return text.starts_with(one.begin); });
  if (scheme == kSchemes.end()) return std::nullopt;
  text.remove_prefix(scheme->begin.size());

  const std::size_t slash = std::min(text.find_first_of("/?"), text.size());
  const std::string_view authority = text.substr(0, slash);
  const std::string_view target = text.substr(slash);
  Url url;
  url.secure = scheme->secure;
  url.port = default_port(url.secure);

  if (!parse_authority(authority, url.host, url.port)) return std::nullopt;

  const bool printable =
      std::all_of(target.begin(), target.end(), [](char c) { return c > ' ' && c <= '~' && c != '#'; });
  if (!printable) return std::nullopt;
  url.target = target.starts_with('/') ? std::string(target) : "/" + std::string(target);
  return url;
}

std::optional<StunServer> parse_stun_url(std::string_view text) {
  constexpr std::string_view kStun = "stun:";
  if (text.size() > kMaxUrl || !text.starts_with(kStun)) return std::nullopt;
  StunServer server;
  if (!parse_authority(text.substr(kStun.size()), server.host, server.port)) return std::nullopt;
  return server;
}

}  // namespace parlor::platform::native
