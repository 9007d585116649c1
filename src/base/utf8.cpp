#include "base/utf8.hpp"

#include <cstdint>

namespace parlor::base {
namespace {

/// Takes one code point off the front of `text`. Nothing when malformed (RFC 3629 §4).
std::optional<char32_t> next_code_point(std::string_view& text) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const std::uint8_t lead = byte(0);
  std::size_t length = 0;
  char32_t point = 0;
  if (lead < 0x80) {
    length = 1;
    point = lead;
  } else if (lead >= 0xc2 && lead < 0xe0) {
    length = 2;
    point = lead & 0x1fU;
  } else if (lead >= 0xe0 && lead < 0xf0) {
    length = 3;
    point = lead & 0x0fU;
  } else if (lead >= 0xf0 && lead < 0xf5) {
    length = 4;
    point = lead & 0x07U;
  } else {
    return std::nullopt;
  }
  if (text.size() < length) return std::nullopt;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0U) != 0x80) return std::nullopt;
    point = point << 6 | (byte(i) & 0x3fU);
  }
  const bool overlong = (length == 3 && point < 0x800) || (length == 4 && point < 0x10000);
  const bool surrogate = point >= 0xd800 && point < 0xe000;
  if (overlong || surrogate || point > 0x10ffff) return std::nullopt;
  text.remove_prefix(length);
  return point;
}

bool may_be_shown(char32_t c) {
  if (c < 0x20 || (c >= 0x7f && c < 0xa0)) return false;
  if (c == 0x061c || c == 0x200e || c == 0x200f) return false;               // directional marks
  if (c >= 0x2028 && c <= 0x202e) return false;                              // separators, overrides
  if (c >= 0x2060 && c <= 0x206f) return false;                              // invisible operators, isolates
  if (c == 0xfeff || (c >= 0xfff9 && c <= 0xfffb)) return false;             // byte order mark, annotations
  if ((c >= 0xfdd0 && c <= 0xfdef) || (c & 0xfffe) == 0xfffe) return false;  // noncharacters
  return true;
}

bool is_blank(char32_t c) {
  return c == 0x20 || c == 0xa0 || (c >= 0x2000 && c <= 0x200b) || c == 0x3000;
}

}  // namespace

std::optional<std::size_t> utf8_length(std::string_view text) {
  std::size_t count = 0;
  for (; !text.empty(); ++count) {
    if (!next_code_point(text)) return std::nullopt;
  }
  return count;
}

bool is_display_text(std::string_view text, std::size_t max_code_points) {
  std::size_t count = 0;
  bool visible = false;
  while (!text.empty()) {
    const auto point = next_code_point(text);
    if (!point || !may_be_shown(*point) || ++count > max_code_points) return false;
    visible = visible || !is_blank(*point);
  }
  return visible;
}

}  // namespace parlor::base
