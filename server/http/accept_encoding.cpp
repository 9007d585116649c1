#include "http/accept_encoding.hpp"

#include <optional>

#include "http/text.hpp"

namespace parlor::http {
namespace {

constexpr int kFullQuality = 1000;

/// qvalue = "0" [ "." 0*3DIGIT ] | "1" [ "." 0*3"0" ], in thousandths.
std::optional<int> parse_quality(std::string_view text) {
  if (text.empty() || text.size() > 5 || (text[0] != '0' && text[0] != '1')) return std::nullopt;
  int quality = (text[0] - '0') * kFullQuality;
  if (text.size() == 1) return quality;
  if (text[1] != '.') return std::nullopt;
  int weight = 100;
  for (const char c : text.substr(2)) {
    if (!is_digit(c)) return std::nullopt;
    quality += (c - '0') * weight;
    weight /= 10;
  }
  return quality <= kFullQuality ? std::optional(quality) : std::nullopt;
}

struct Qualities {
  std::optional<int> identity, gzip, br, any;
};

Qualities parse_qualities(std::string_view header) {
  Qualities found;
  while (!header.empty()) {
    std::string_view element = take_until(header, ',');
    const std::string_view coding = take_until(element, ';');
    int quality = kFullQuality;
    while (!element.empty()) {
      const std::string_view parameter = take_until(element, ';');
      if (starts_with_ignoring_case(parameter, "q=")) {
        // A quality that cannot be read makes the element worthless, not the best.
        quality = parse_quality(trimmed(parameter.substr(2))).value_or(0);
      }
    }
    if (equals_ignoring_case(coding, "br")) found.br = quality;
    if (equals_ignoring_case(coding, "gzip") || equals_ignoring_case(coding, "x-gzip")) found.gzip = quality;
    if (equals_ignoring_case(coding, "identity")) found.identity = quality;
    if (coding == "*") found.any = quality;
  }
  return found;
}

}  // namespace

std::string_view to_string(Encoding encoding) {
  switch (encoding) {
    case Encoding::gzip:
      return "gzip";
    case Encoding::br:
      return "br";
    case Encoding::identity:
      break;
  }
  return {};
}

Encoding choose_encoding(std::string_view accept_encoding, StoredEncodings stored) {
  const Qualities wanted = parse_qualities(accept_encoding);
  // Not named: as "*" says, else not acceptable (identity: acceptable, but nobody asked for it by name).
  const int br = stored.br ? wanted.br.value_or(wanted.any.value_or(0)) : 0;
  const int gzip = stored.gzip ? wanted.gzip.value_or(wanted.any.value_or(0)) : 0;
  const int identity = wanted.identity.value_or(0);
  if (br > 0 && br >= gzip && br >= identity) return Encoding::br;
  if (gzip > 0 && gzip >= identity) return Encoding::gzip;
  return Encoding::identity;
}

}  // namespace parlor::http
