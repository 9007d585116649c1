#include "base/utf8.hpp"

#include <algorithm>
#include <cstdint>
#include <iterator>

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

struct Range {
  char32_t first;
  char32_t last;
};

template <std::size_t count>
bool is_in(char32_t c, const Range (&ranges)[count]) {
  return std::any_of(std::begin(ranges), std::end(ranges),
                     [c](const Range& range) { return c >= range.first && c <= range.last; });
}

/// Takes place or none, and shows nothing by itself: blanks, joiners, fillers, variation selectors, tags.
bool is_blank(char32_t c) {
  static constexpr Range kBlanks[] = {{0x20, 0x20},      {0xa0, 0xa0},     {0xad, 0xad},     {0x034f, 0x034f},
                                      {0x115f, 0x1160},  {0x1680, 0x1680}, {0x17b4, 0x17b5}, {0x180b, 0x180f},
                                      {0x2000, 0x200d},  {0x202f, 0x202f}, {0x205f, 0x205f}, {0x2800, 0x2800},
                                      {0x3000, 0x3000},  {0x3164, 0x3164}, {0xfe00, 0xfe0f}, {0xffa0, 0xffa0},
                                      {0xe0000, 0xe0fff}};
  return is_in(c, kBlanks);
}

/// Is drawn over or under the character before it (of the blocks of marks, and of the scripts where they
/// stack without end).
bool is_stacking_mark(char32_t c) {
  static constexpr Range kMarks[] = {{0x0300, 0x036f}, {0x0483, 0x0489}, {0x0591, 0x05bd}, {0x064b, 0x065f},
                                     {0x0e31, 0x0e31}, {0x0e34, 0x0e3a}, {0x0e47, 0x0e4e}, {0x1ab0, 0x1aff},
                                     {0x1dc0, 0x1dff}, {0x20d0, 0x20ff}, {0xfe20, 0xfe2f}};
  return is_in(c, kMarks);
}

}  // namespace

bool is_printable_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
}

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
  int stacked = 0;
  while (!text.empty()) {
    const auto point = next_code_point(text);
    if (!point || !may_be_shown(*point) || ++count > max_code_points) return false;
    const bool stacks = is_stacking_mark(*point);
    stacked = stacks ? stacked + 1 : 0;
    if (stacked > kMaxStackedMarks) return false;
    visible = visible || !(stacks || is_blank(*point));
  }
  return visible;
}

}  // namespace parlor::base
