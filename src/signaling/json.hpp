#pragma once
// JSON (RFC 8259) as the messages need it: one object is read into a flat list of values without copying or
// allocating, and written by appending to a string. Internal to this folder. RapidJSON does the tokenizing;
// its document model is not used, because a message is small and its values are looked up once.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace parlor::signaling::json {

// Limits of what is read. A version-1 message stays far below both; they bound what a stranger's frame costs.
inline constexpr std::size_t kMaxValues = 1024;  ///< names and values in one text
inline constexpr int kMaxDepth = 8;              ///< objects and arrays inside one another

enum class Kind : std::uint8_t { null, boolean, integer, fraction, string, object, array };

/// A name or a value. A container is followed by its contents, an object's as name, value, name, value …
struct Value {
  const char* data;     ///< string or name: not zero-terminated
  std::int64_t number;  ///< integer; 1 for true, 0 for false
  std::uint32_t size;   ///< string or name: bytes
  std::uint32_t end;    ///< position behind this value and all it contains
  Kind kind;

  [[nodiscard]] std::string_view text() const { return {data, size}; }
};

/// A text read once. Values and their strings live as long as this.
class Reader {
 public:
  /// Reads `text`, which must be one JSON object in well-formed UTF-8 without zero bytes.
  explicit Reader(std::string_view text);
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  /// Whether it is one. Nothing else may be asked when not.
  [[nodiscard]] bool ok() const { return ok_; }
  /// Position of the outermost object.
  static constexpr std::uint32_t kRoot = 0;
  [[nodiscard]] const Value& at(std::uint32_t position) const { return values_[position]; }
  /// The value of that name in the object at `object`; the first of doubles. Nothing when absent.
  [[nodiscard]] std::optional<std::uint32_t> find(std::uint32_t object, std::string_view name) const;

 private:
  class Sink;

  static constexpr std::size_t kSmall = 4096;
  bool ok_ = false;
  std::string large_;                     // the text, when it does not fit into
  char small_[kSmall];                    // this: unescaped in place by the tokenizer
  std::array<Value, kMaxValues> values_;  // not initialized: most messages use a dozen
};

/// Appends one object to a string. Names are literals that need no escaping.
class Writer {
 public:
  explicit Writer(std::size_t size_hint) { text_.reserve(size_hint); }

  Writer& begin_object();
  Writer& end_object();
  Writer& begin_array();
  Writer& end_array();
  Writer& name(std::string_view literal);
  Writer& string(std::string_view utf8);
  Writer& number(std::uint64_t value);
  Writer& integer(std::int64_t value);
  Writer& boolean(bool value);
  [[nodiscard]] std::string take() { return std::move(text_); }

 private:
  void separate();

  std::string text_;
};

/// Whether every byte is below 0x80; eight at a time.
[[nodiscard]] bool is_ascii(std::string_view text);

}  // namespace parlor::signaling::json
