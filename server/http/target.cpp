#include "http/target.hpp"

#include <optional>

#include "base/utf8.hpp"
#include "http/text.hpp"

namespace parlor::http {
namespace {

std::optional<int> hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = to_lower(c);
  if (lower >= 'a' && lower <= 'f') return lower - 'a' + 10;
  return std::nullopt;
}

/// The decoded segment, or nothing when it holds what no file name of ours does.
std::optional<std::string> decode_segment(std::string_view raw) {
  std::string decoded;
  decoded.reserve(raw.size());
  for (std::size_t i = 0; i < raw.size(); ++i) {
    char c = raw[i];
    if (c == '%') {
      if (raw.size() - i < 3) return std::nullopt;
      const auto high = hex_digit(raw[i + 1]);
      const auto low = hex_digit(raw[i + 2]);
      if (!high || !low) return std::nullopt;
      c = static_cast<char>(*high * 16 + *low);
      i += 2;
    }
    const auto byte = static_cast<unsigned char>(c);
    // A slash here was written as %2f: two servers would not agree on what it means.
    if (byte < 0x20 || byte == 0x7f || c == '/' || c == '\\') return std::nullopt;
    decoded += c;
  }
  // Covers "." and ".." and keeps .git and .env at home; RFC 8615's folder is the one hidden name meant to be
  // seen.
  if (decoded.starts_with('.') && decoded != ".well-known") return std::nullopt;
  if (!base::utf8_length(decoded)) return std::nullopt;
  return decoded;
}

/// What follows scheme and authority of an absolute-form target.
std::optional<std::string_view> without_authority(std::string_view text) {
  for (const std::string_view scheme : {std::string_view("http://"), std::string_view("https://")}) {
    if (!starts_with_ignoring_case(text, scheme)) continue;
    text.remove_prefix(scheme.size());
    const std::size_t end = text.find_first_of("/?");
    if (end == 0) return std::nullopt;
    return end == std::string_view::npos ? std::string_view() : text.substr(end);
  }
  return std::nullopt;
}

}  // namespace

base::Result<Target, TargetFault> parse_target(std::string_view text) {
  if (text.empty() || text.size() > kMaxTarget) return base::Unexpected{TargetFault::malformed};
  if (text.front() != '/') {
    const auto rest = without_authority(text);
    if (!rest) return base::Unexpected{TargetFault::malformed};
    text = *rest;
  }
  Target target;
  const std::size_t question = text.find('?');
  if (question != std::string_view::npos) {
    target.query = text.substr(question + 1);
    text = text.substr(0, question);
  }
  if (text.find('#') != std::string_view::npos) return base::Unexpected{TargetFault::malformed};
  if (text.empty()) text = "/";

  text.remove_prefix(1);
  target.path = "/";
  while (!text.empty()) {
    const std::size_t slash = text.find('/');
    const auto segment = decode_segment(text.substr(0, slash));
    if (!segment || segment->empty()) return base::Unexpected{TargetFault::forbidden};
    target.path += *segment;
    if (slash == std::string_view::npos) break;
    target.path += '/';
    text.remove_prefix(slash + 1);
  }
  return target;
}

}  // namespace parlor::http
