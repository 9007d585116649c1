#pragma once
// Writes JSON for the page: objects, arrays, strings, numbers. Only the writing; the page's own JSON.parse
// reads.

#include <cstdint>
#include <string>
#include <string_view>

namespace parlor::cubes {

class JsonText {
 public:
  JsonText& begin_object() { return open('{'); }
  JsonText& end_object() { return close('}'); }
  JsonText& begin_array(std::string_view key) { return named(key).open('['); }
  JsonText& end_array() { return close(']'); }
  JsonText& begin_object(std::string_view key) { return named(key).open('{'); }

  JsonText& field(std::string_view key, std::string_view text);
  JsonText& field(std::string_view key, const char* text) { return field(key, std::string_view(text)); }
  JsonText& field(std::string_view key, const std::string& text) {
    return field(key, std::string_view(text));
  }
  JsonText& field(std::string_view key, std::int64_t number);
  /// With `decimals` digits behind the point, up to 6; null when it is not finite.
  JsonText& field(std::string_view key, double number, int decimals);

  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  JsonText& open(char bracket);
  JsonText& close(char bracket);
  JsonText& named(std::string_view key);
  void separate();
  void quote(std::string_view text);

  std::string text_;
  bool first_ = true;  // nothing stands before the next value in its object or array
};

}  // namespace parlor::cubes
