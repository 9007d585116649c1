#pragma once
// Text from strangers: is it ASCII or UTF-8, and may a person be shown it?

#include <cstddef>
#include <optional>
#include <string_view>

namespace parlor::base {

/// No control characters; blanks are printable.
[[nodiscard]] bool is_printable_ascii(std::string_view text);

/// The number of code points, or nothing when the text is not well-formed UTF-8 (RFC 3629: no overlong forms,
/// no surrogates, nothing above U+10FFFF).
[[nodiscard]] std::optional<std::size_t> utf8_length(std::string_view text);

/// Combining marks that may stand in a row: more than any writing needs.
inline constexpr int kMaxStackedMarks = 4;
/// Well-formed, 1 to `max_code_points` long, with something in it that can be seen, and without characters
/// that could disturb the page it is shown on: control characters (C0, DEL, C1), line and paragraph
/// separators, directional overrides and isolates, byte order marks, noncharacters, and more than
/// kMaxStackedMarks combining marks in a row, which pile up over the lines around.
[[nodiscard]] bool is_display_text(std::string_view text, std::size_t max_code_points);

}  // namespace parlor::base
