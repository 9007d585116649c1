#include "cubes/json_text.hpp"

#include <algorithm>
#include <cmath>

namespace parlor::cubes {

void JsonText::separate() {
  if (!first_) text_ += ',';
  first_ = false;
}

JsonText& JsonText::open(char bracket) {
  // A value with a name has its comma already; an element of an array has not.
  if (text_.empty() || text_.back() != ':') separate();
  text_ += bracket;
  first_ = true;
  return *this;
}

JsonText& JsonText::close(char bracket) {
  text_ += bracket;
  first_ = false;
  return *this;
}

JsonText& JsonText::named(std::string_view key) {
  separate();
  quote(key);
  text_ += ':';
  return *this;
}

void JsonText::quote(std::string_view text) {
  constexpr char kDigits[] = "0123456789abcdef";
  text_ += '"';
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      text_ += '\\';
      text_ += c;
    } else if (byte < 0x20) {
      text_ += "\\u00";
      text_ += kDigits[byte >> 4];
      text_ += kDigits[byte & 0xf];
    } else {
      text_ += c;
    }
  }
  text_ += '"';
}

JsonText& JsonText::field(std::string_view key, std::string_view text) {
  named(key).quote(text);
  return *this;
}

JsonText& JsonText::field(std::string_view key, std::int64_t number) {
  named(key);
  text_ += std::to_string(number);
  return *this;
}

JsonText& JsonText::field(std::string_view key, double number, int decimals) {
  named(key);
  if (!std::isfinite(number) || std::abs(number) > 1e12) {
    text_ += "null";
    return *this;
  }
  std::int64_t scale = 1;
  for (int i = 0; i < std::clamp(decimals, 0, 6); ++i) scale *= 10;
  const std::int64_t scaled = std::llround(number * static_cast<double>(scale));
  const std::int64_t size = std::abs(scaled);
  if (scaled < 0) text_ += '-';
  text_ += std::to_string(size / scale);
  if (scale > 1) {
    const std::string behind = std::to_string(size % scale + scale);  // its leading 1 keeps the zeros
    text_ += '.';
    text_ += behind.substr(1);
  }
  return *this;
}

}  // namespace parlor::cubes
