#pragma once
// Small steps over text, for this folder's parsers: nothing is copied, nothing is read beyond its end.

#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>

namespace parlor::sdp {

/// What stands before the first `separator`, which is taken off as well; all of it where there is none.
inline std::string_view take_until(std::string_view& text, char separator) {
  const std::size_t at = text.find(separator);
  const std::string_view taken = text.substr(0, at);
  text = at == std::string_view::npos ? std::string_view() : text.substr(at + 1);
  return taken;
}

/// The same where `text` begins with it: true, and it is taken off.
inline bool take_prefix(std::string_view& text, std::string_view prefix) {
  if (text.substr(0, prefix.size()) != prefix) return false;
  text.remove_prefix(prefix.size());
  return true;
}

/// Digits and nothing else, and no larger than `most`.
inline std::optional<std::uint64_t> number(std::string_view digits, std::uint64_t most) {
  std::uint64_t value = 0;
  const char* end = digits.data() + digits.size();
  const auto [stopped, error] = std::from_chars(digits.data(), end, value);
  if (error != std::errc() || stopped != end || digits.empty() || value > most) return std::nullopt;
  return value;
}

/// ice-char of RFC 8839 §5.1.
inline bool is_ice_text(std::string_view text, std::size_t least, std::size_t most) {
  if (text.size() < least || text.size() > most) return false;
  for (const char c : text) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (!letter && !(c >= '0' && c <= '9') && c != '+' && c != '/') return false;
  }
  return true;
}

/// A token (RFC 8866 §9), or several with `between` between them. One that begins or ends with that is let
/// pass: some write it so, and it does no harm.
inline bool is_token(std::string_view text, std::size_t most, char between = '\0') {
  constexpr std::string_view kNone = "\"(),/:;<=>?@[\\]";
  if (text.empty() || text.size() > most) return false;
  for (const char c : text) {
    if (between != '\0' && c == between) continue;
    if (c <= 0x20 || c >= 0x7f || kNone.find(c) != std::string_view::npos) return false;
  }
  return true;
}

/// Of ASCII letters, whatever their case.
inline bool same_word(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (lower(a[i]) != lower(b[i])) return false;
  }
  return true;
}

}  // namespace parlor::sdp
