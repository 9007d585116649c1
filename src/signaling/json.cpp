#include "signaling/json.hpp"

#include <rapidjson/reader.h>

#include <charconv>
#include <cstring>

#include "base/utf8.hpp"

namespace parlor::signaling::json {

/// RapidJSON's handler. Returning false ends the reading; recursion is bounded by that, too.
class Reader::Sink {
 public:
  using Size = rapidjson::SizeType;
  explicit Sink(Reader& reader) : values_(reader.values_) {}

  bool Null() { return add(Kind::null) != nullptr; }
  bool Bool(bool value) {
    Value* added = add(Kind::boolean);
    if (added != nullptr) added->number = value ? 1 : 0;
    return added != nullptr;
  }
  bool Int(int value) { return integer(value); }
  bool Uint(unsigned value) { return integer(value); }
  bool Int64(std::int64_t value) { return integer(value); }
  bool Uint64(std::uint64_t value) {
    return value > INT64_MAX ? add(Kind::fraction) != nullptr : integer(static_cast<std::int64_t>(value));
  }
  bool Double(double) { return add(Kind::fraction) != nullptr; }
  bool RawNumber(const char*, Size, bool) { return false; }  // only with a flag that is not set
  bool String(const char* data, Size size, bool) {
    Value* value = add(Kind::string);
    if (value == nullptr) return false;
    value->data = data;
    value->size = size;
    return true;
  }
  bool Key(const char* data, Size size, bool copy) { return String(data, size, copy); }
  bool StartObject() { return open(Kind::object); }
  bool EndObject(Size) { return close(); }
  bool StartArray() { return open(Kind::array); }
  bool EndArray(Size) { return close(); }

 private:
  Value* add(Kind kind) {
    if (count_ == kMaxValues) return nullptr;
    Value& value = values_[count_++];
    value = {nullptr, 0, 0, count_, kind};
    return &value;
  }
  bool integer(std::int64_t number) {
    Value* value = add(Kind::integer);
    if (value != nullptr) value->number = number;
    return value != nullptr;
  }
  bool open(Kind kind) {
    if (depth_ == kMaxDepth) return false;
    open_[static_cast<std::size_t>(depth_++)] = count_;
    return add(kind) != nullptr;
  }
  bool close() {
    values_[open_[static_cast<std::size_t>(--depth_)]].end = count_;
    return true;
  }

  std::array<Value, kMaxValues>& values_;
  std::uint32_t count_ = 0;
  int depth_ = 0;
  std::array<std::uint32_t, kMaxDepth> open_{};
};

Reader::Reader(std::string_view text) {
  // A zero byte would end the text early for the tokenizer, with the rest unread.
  if (text.empty() || std::memchr(text.data(), 0, text.size()) != nullptr) return;
  if (!is_ascii(text) && !base::utf8_length(text)) return;
  char* copy = small_;
  if (text.size() >= kSmall) {
    large_.resize(text.size() + 1);
    copy = large_.data();
  }
  std::memcpy(copy, text.data(), text.size());
  copy[text.size()] = '\0';
  Sink sink(*this);
  rapidjson::InsituStringStream stream(copy);
  rapidjson::Reader tokenizer;
  const auto result = tokenizer.Parse<rapidjson::kParseInsituFlag>(stream, sink);
  ok_ = !result.IsError() && values_[kRoot].kind == Kind::object;
}

std::optional<std::uint32_t> Reader::find(std::uint32_t object, std::string_view name) const {
  for (std::uint32_t i = object + 1; i < values_[object].end; i = values_[i + 1].end) {
    if (values_[i].text() == name) return i + 1;
  }
  return std::nullopt;
}

bool is_ascii(std::string_view text) {
  constexpr std::uint64_t kHighBits = 0x8080808080808080U;
  while (text.size() >= 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data(), 8);
    if ((word & kHighBits) != 0) return false;
    text.remove_prefix(8);
  }
  for (char c : text) {
    if (static_cast<unsigned char>(c) >= 0x80) return false;
  }
  return true;
}

void Writer::separate() {
  const char last = text_.empty() ? '{' : text_.back();
  if (last != '{' && last != '[' && last != ':') text_ += ',';
}

Writer& Writer::begin_object() {
  separate();
  text_ += '{';
  return *this;
}

Writer& Writer::end_object() {
  text_ += '}';
  return *this;
}

Writer& Writer::begin_array() {
  separate();
  text_ += '[';
  return *this;
}

Writer& Writer::end_array() {
  text_ += ']';
  return *this;
}

Writer& Writer::name(std::string_view literal) {
  separate();
  text_ += '"';
  text_ += literal;
  text_ += "\":";
  return *this;
}

Writer& Writer::boolean(bool value) {
  separate();
  text_ += value ? "true" : "false";
  return *this;
}

Writer& Writer::number(std::uint64_t value) {
  separate();
  char digits[20];
  const auto [end, error] = std::to_chars(digits, digits + sizeof digits, value);
  static_cast<void>(error);  // 20 digits hold every 64-bit number
  text_.append(digits, end);
  return *this;
}

Writer& Writer::integer(std::int64_t value) {
  if (value >= 0) return number(static_cast<std::uint64_t>(value));
  separate();
  text_ += std::to_string(value);
  return *this;
}

Writer& Writer::string(std::string_view utf8) {
  separate();
  text_ += '"';
  std::size_t plain = 0;  // where the run that needs no escaping began
  for (std::size_t i = 0; i < utf8.size(); ++i) {
    const auto c = static_cast<unsigned char>(utf8[i]);
    if (c >= 0x20 && c != '"' && c != '\\') continue;
    text_.append(utf8.substr(plain, i - plain));
    plain = i + 1;
    text_ += '\\';
    switch (c) {
      case '\r':
        text_ += 'r';
        break;
      case '\n':
        text_ += 'n';
        break;
      case '\t':
        text_ += 't';
        break;
      case '"':
      case '\\':
        text_ += utf8[i];
        break;
      default:
        text_ += "u00";
        text_ += "0123456789abcdef"[c >> 4];
        text_ += "0123456789abcdef"[c & 15];
    }
  }
  text_.append(utf8.substr(plain));
  text_ += '"';
  return *this;
}

}  // namespace parlor::signaling::json
