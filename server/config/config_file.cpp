#include "config/config_file.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>

#include "base/utf8.hpp"
#include "config/options.hpp"
#include "http/text.hpp"

namespace parlor::config {
namespace {

constexpr const char* kNoEntry = "this is no \"key = value\".";
constexpr const char* kNoValue =
    "a value is a string in quotes, a whole number, true, false, or a list of them.";

bool is_key_character(char c) {
  return http::is_alphanumeric(c) || c == '-' || c == '_';
}

/// UTF-8 of a Unicode scalar value; false when it is none.
bool append_code_point(std::string& out, std::uint32_t code) {
  if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return false;
  const auto tail = [&](unsigned shift) { out += static_cast<char>(0x80 | ((code >> shift) & 0x3f)); };
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xc0 | (code >> 6));
    tail(0);
  } else if (code < 0x10000) {
    out += static_cast<char>(0xe0 | (code >> 12));
    tail(6), tail(0);
  } else {
    out += static_cast<char>(0xf0 | (code >> 18));
    tail(12), tail(6), tail(0);
  }
  return true;
}

/// Walks through the file; the first fault ends the walk.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  bool read_entries(std::vector<FileEntry>& entries) {
    for (;;) {
      skip_blank_lines();
      if (rest_.empty()) return true;
      FileEntry entry;
      if (!read_entry(entry)) return false;
      const auto same =
          std::find_if(entries.begin(), entries.end(), [&](const auto& e) { return e.name == entry.name; });
      if (same != entries.end()) {
        line_ = entry.line;
        return fail(entry.name + " stands in line " + std::to_string(same->line) + " already.");
      }
      entries.push_back(std::move(entry));
    }
  }
  [[nodiscard]] std::string fault() const { return "line " + std::to_string(line_) + ": " + fault_; }

 private:
  bool fail(std::string sentence) {
    fault_ = std::move(sentence);
    return false;
  }
  [[nodiscard]] bool at(char c) const { return !rest_.empty() && rest_.front() == c; }
  [[nodiscard]] bool at_line_end() const { return rest_.empty() || at('\n') || rest_.starts_with("\r\n"); }
  bool take(char c) {
    if (!at(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  void skip_blanks() {
    while (at(' ') || at('\t')) rest_.remove_prefix(1);
  }
  void skip_comment() {
    if (!at('#')) return;
    while (!at_line_end()) rest_.remove_prefix(1);
  }
  /// Blanks, comments and line ends.
  void skip_blank_lines() {
    for (;;) {
      skip_blanks();
      skip_comment();
      if (rest_.empty() || !at_line_end()) return;
      rest_.remove_prefix(at('\n') ? 1 : 2);
      ++line_;
    }
  }
  std::string_view take_word() {
    std::size_t size = 0;
    while (size < rest_.size() && (is_key_character(rest_[size]) || rest_[size] == '+')) ++size;
    const std::string_view word = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return word;
  }

  bool read_entry(FileEntry& entry) {
    entry.line = line_;
    if (at('[')) return fail("there are no tables here: a line must not begin with \"[\".");
    const std::string_view key = take_word();
    skip_blanks();
    if (key.empty() || key.find('+') != std::string_view::npos || !take('=')) return fail(kNoEntry);
    const Option* option = find_option(key);
    if (option == nullptr) {
      const std::string shown = key.size() <= 64 ? "\"" + std::string(key) + "\"" : "this key";
      return fail(shown + " is no option of parlor serve; see parlor serve --help.");
    }
    entry.name = option->name;
    skip_blanks();
    if (at('[')) {
      if (option->kind != OptionKind::many) return fail(entry.name + " takes one value, not a list.");
      if (!read_list(entry.values)) return false;
    } else if (!read_scalar(entry.values.emplace_back())) {
      return false;
    }
    skip_blanks();
    skip_comment();
    return at_line_end() || fail("there is more behind the value of " + entry.name + ".");
  }

  bool read_list(std::vector<std::string>& values) {
    take('[');
    for (;;) {
      skip_blank_lines();
      if (take(']')) return true;
      if (!read_scalar(values.emplace_back())) return false;
      skip_blank_lines();
      if (take(']')) return true;
      if (!take(',')) return fail("a list has commas between its values and ends with \"]\".");
    }
  }

  bool read_scalar(std::string& value) {
    if (at('"') || at('\'')) return read_string(value);
    const std::string_view word = take_word();
    if (word == "true" || word == "false") {
      value = word;
      return true;
    }
    return read_integer(word, value);
  }

  bool read_integer(std::string_view word, std::string& value) {
    const bool has_sign = word.starts_with('+') || word.starts_with('-');
    const std::string_view digits = word.substr(has_sign ? 1 : 0);
    bool was_digit = false;  // an underscore stands between two digits
    if (word.starts_with('-')) value += '-';
    for (const char c : digits) {
      if (c == '_' ? !was_digit : !http::is_digit(c)) return fail(kNoValue);
      was_digit = c != '_';
      if (was_digit) value += c;
    }
    if (!was_digit || (digits.size() > 1 && digits.front() == '0')) return fail(kNoValue);
    return true;
  }

  bool read_string(std::string& value) {
    const char quote = rest_.front();
    if (rest_.starts_with(std::string(3, quote))) return fail("a string must begin and end in one line.");
    take(quote);
    while (!take(quote)) {
      if (at_line_end()) return fail("a string must begin and end in one line.");
      const char c = rest_.front();
      const auto byte = static_cast<unsigned char>(c);
      rest_.remove_prefix(1);
      if ((byte < 0x20 && c != '\t') || byte == 0x7f)
        return fail("a control character must be written as an escape.");
      if (quote == '"' && c == '\\') {
        if (!read_escape(value)) return fail("this is no escape that TOML knows.");
      } else {
        value += c;
      }
    }
    return base::utf8_length(value) ? true : fail("a string must be UTF-8.");
  }

  bool read_escape(std::string& value) {
    if (rest_.empty()) return false;
    const char c = rest_.front();
    rest_.remove_prefix(1);
    constexpr std::string_view kNames = "btnfr\"\\";
    constexpr std::string_view kMeant = "\b\t\n\f\r\"\\";
    if (const std::size_t known = kNames.find(c); known != std::string_view::npos) {
      value += kMeant[known];
      return true;
    }
    const std::size_t digits = c == 'u' ? 4 : c == 'U' ? 8 : 0;
    if (digits == 0 || rest_.size() < digits) return false;
    std::uint32_t code = 0;
    for (const char digit : rest_.substr(0, digits)) {
      const char lower = http::to_lower(digit);
      const bool is_letter = lower >= 'a' && lower <= 'f';
      if (!http::is_digit(lower) && !is_letter) return false;
      code = code << 4 | static_cast<std::uint32_t>(is_letter ? lower - 'a' + 10 : lower - '0');
    }
    rest_.remove_prefix(digits);
    return append_code_point(value, code);
  }

  std::string_view rest_;
  unsigned line_ = 1;
  std::string fault_;
};

}  // namespace

base::Result<std::vector<FileEntry>, std::string> parse_config_file(std::string_view text) {
  if (text.size() > kMaxConfigFile) {
    return base::Unexpected{"line 1: the file is longer than " + std::to_string(kMaxConfigFile) + " bytes."};
  }
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);  // some editors' byte order mark
  Reader reader(text);
  std::vector<FileEntry> entries;
  if (!reader.read_entries(entries)) return base::Unexpected{reader.fault()};
  return entries;
}

}  // namespace parlor::config
