#include "http/host.hpp"

#include "base/address.hpp"
#include "http/text.hpp"

namespace parlor::http {
namespace {

constexpr std::size_t kMaxName = 253;  // RFC 1035 §2.3.4 as text

std::optional<std::uint16_t> parse_port(std::string_view text) {
  if (text.empty() || text.size() > 5) return std::nullopt;
  std::uint32_t port = 0;
  for (const char c : text) {
    if (!is_digit(c)) return std::nullopt;
    port = port * 10 + static_cast<std::uint32_t>(c - '0');
  }
  if (port > 0xffff) return std::nullopt;
  return static_cast<std::uint16_t>(port);
}

bool is_name(std::string_view text) {
  if (text.empty() || text.size() > kMaxName || text.front() == '.' || text.front() == '-') return false;
  for (const char c : text) {
    if (!is_alphanumeric(c) && c != '.' && c != '-' && c != '_') return false;
  }
  return text.find("..") == std::string_view::npos;
}

}  // namespace

bool Host::is_loopback() const {
  if (name == "localhost" || name.ends_with(".localhost")) return true;
  const auto ip = base::IpAddress::parse(name);
  return ip && ip->unmapped().is_loopback();
}

std::optional<Host> parse_host(std::string_view text) {
  Host host;
  std::string_view rest;
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos) return std::nullopt;
    const auto ip = base::IpAddress::parse(text.substr(1, end - 1));
    if (!ip || !ip->is_v6()) return std::nullopt;
    host.name = ip->to_string();
    host.is_v6 = true;
    rest = text.substr(end + 1);
  } else {
    const std::size_t end = text.find(':');
    if (!is_name(text.substr(0, end))) return std::nullopt;
    host.name = to_lower(text.substr(0, end));
    rest = end == std::string_view::npos ? std::string_view() : text.substr(end);
  }
  if (rest.empty()) return host;
  if (rest.front() != ':') return std::nullopt;
  host.port = parse_port(rest.substr(1));
  if (!host.port) return std::nullopt;
  return host;
}

std::uint16_t default_port(std::string_view scheme) {
  return scheme == "https" || scheme == "wss" ? 443 : 80;
}

std::optional<Origin> parse_origin(std::string_view text) {
  for (const std::string_view scheme : {std::string_view("http"), std::string_view("https")}) {
    if (!starts_with_ignoring_case(text, scheme)) continue;
    std::string_view rest = text.substr(scheme.size());
    if (!rest.starts_with("://")) continue;
    auto host = parse_host(rest.substr(3));
    if (!host) return std::nullopt;
    if (!host->port) host->port = default_port(scheme);
    return Origin{std::string(scheme), std::move(*host)};
  }
  return std::nullopt;
}

}  // namespace parlor::http
