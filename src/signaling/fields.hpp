#pragma once
// Typed, range-checked access to the fields of one JSON object: a message names its fields once, with their
// limits, and asks at the end whether all was well. The first thing wrong is remembered as a sentence; after
// it, whatever is read is worth nothing. Internal to this folder.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "parlor/types.hpp"
#include "signaling/json.hpp"
#include "signaling/messages.hpp"

namespace parlor::signaling {

/// Bytes of a text.
struct Size {
  std::size_t min = 0;
  std::size_t max = 0;
};

class Fields {
 public:
  Fields(const json::Reader& reader, std::uint32_t object) : reader_(reader), object_(object) {}

  /// A string without zero characters, in well-formed UTF-8.
  std::string text(std::string_view name, Size size);
  /// The same, or empty when absent or null.
  std::string optional_text(std::string_view name, Size size);
  /// A string of printable ASCII, or empty when absent or null.
  std::string optional_ascii(std::string_view name, Size size);
  /// Any string, as it is: for names and titles, which have a check and an error code of their own. Empty
  /// when absent or null.
  std::string unchecked_text(std::string_view name);
  std::uint32_t number(std::string_view name, std::uint32_t min, std::uint32_t max);
  /// The same, or nothing when absent or null.
  std::optional<std::uint32_t> optional_number(std::string_view name, std::uint32_t min, std::uint32_t max);
  /// A whole number that may be negative, or nothing when absent or null.
  std::optional<std::int64_t> optional_integer(std::string_view name, std::int64_t min, std::int64_t max);
  /// True or false; false when absent or null.
  bool optional_flag(std::string_view name);
  /// The same, or nothing when absent or null.
  std::optional<bool> flag_if_there(std::string_view name);
  /// Whether there is a field of that name that is not null.
  [[nodiscard]] bool has(std::string_view name) const { return value(name)->kind != json::Kind::null; }
  /// An object of text and whole numbers within the limits of parlor/settings.hpp; empty when absent or null.
  Metadata metadata(std::string_view name);
  PeerId peer(std::string_view name);
  /// The object of that name; an empty one after something went wrong.
  Fields object(std::string_view name);
  /// Calls `each(position)` for the values of the array of that name, which holds at most `max`.
  template <class Each>
  void array(std::string_view name, std::size_t max, Each each) {
    const std::optional<std::uint32_t> at = array_at(name, max);
    if (!at) return;
    for (std::uint32_t i = *at + 1; i < reader_.at(*at).end && ok(); i = reader_.at(i).end) each(i);
  }
  /// Calls `each(key, position)` for the values of the object of that name, which holds at most `max`; none
  /// when absent or null.
  template <class Each>
  void entries(std::string_view name, std::size_t max, Each each) {
    const std::optional<std::uint32_t> at = map_at(name, max);
    if (!at) return;
    for (std::uint32_t i = *at + 1; i < reader_.at(*at).end && ok(); i = reader_.at(i + 1).end) {
      each(reader_.at(i).text(), i + 1);
    }
  }
  /// Text, a whole number, or an object with a `min` or a `max` or both, at `position` in the object `name`.
  std::optional<Condition> condition(std::uint32_t position, std::string_view name);
  /// Text or a whole number, at `position` in the object `name`.
  std::optional<MetadataValue> metadata_value(std::uint32_t position, std::string_view name);
  /// Fields of the object at `position`, an element of the array `name`.
  Fields element(std::uint32_t position, std::string_view name);
  /// The string at `position`, an element of the array `name`.
  std::string text_element(std::uint32_t position, std::string_view name, Size size);

  /// Notes something wrong, unless something was before.
  void fail(ErrorCode code, std::string message);
  /// Takes over what went wrong in a part of this.
  void check(const Fields& part) {
    if (!part.ok()) fail(part.error_->code, part.error_->message);
  }
  [[nodiscard]] bool ok() const { return !error_; }
  /// Precondition: !ok().
  [[nodiscard]] ParseError& error() { return *error_; }

 private:
  [[nodiscard]] const json::Value* value(std::string_view name) const;
  [[nodiscard]] std::optional<std::uint32_t> array_at(std::string_view name, std::size_t max);
  [[nodiscard]] std::optional<std::uint32_t> map_at(std::string_view name, std::size_t max);
  std::string checked_text(const json::Value* found, std::string_view name, Size size);
  std::uint32_t checked_number(const json::Value* found, std::string_view name, std::uint32_t min,
                               std::uint32_t max);

  const json::Reader& reader_;
  std::uint32_t object_;
  std::optional<ParseError> error_;
};

/// What is wrong with a hello or a create, if anything; shared by the JSON and the query of the upgrade
/// request.
[[nodiscard]] std::optional<ParseError> problem_with(const Hello& hello);
[[nodiscard]] std::optional<ParseError> problem_with(const CreateRoom& create);

inline constexpr std::size_t kMaxTypedCode = 64;  ///< bytes of a code as typed, blanks and dashes included

}  // namespace parlor::signaling
