#include "signaling/fields.hpp"

#include <algorithm>

#include "base/utf8.hpp"

namespace parlor::signaling {
namespace {

std::string quoted(std::string_view name) {
  return '"' + std::string(name) + '"';
}

/// What no session description or candidate holds. As JSON each would be six bytes, so that a message within
/// its limits could be relayed as a frame beyond them; every other escape is two.
bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\r' && c != '\n';
}

constexpr json::Value kNull{nullptr, 0, 0, 0, json::Kind::null};

}  // namespace

const json::Value* Fields::value(std::string_view name) const {
  const auto found = reader_.find(object_, name);
  return found ? &reader_.at(*found) : &kNull;
}

std::string Fields::checked_text(const json::Value* found, std::string_view name, Size size) {
  const std::string_view text = found->kind == json::Kind::string ? found->text() : std::string_view();
  // The raw text was checked, but escapes can still make control characters and lone surrogates.
  const bool well_formed = std::none_of(text.begin(), text.end(), is_control) &&
                           (json::is_ascii(text) || base::utf8_length(text).has_value());
  if (found->kind != json::Kind::string || text.size() < size.min || text.size() > size.max || !well_formed) {
    if (ok()) {
      fail(ErrorCode::bad_message, quoted(name) + " must be text of " + std::to_string(size.min) + " to " +
                                       std::to_string(size.max) + " bytes.");
    }
    return {};
  }
  return std::string(text);
}

std::string Fields::text(std::string_view name, Size size) {
  return checked_text(value(name), name, size);
}

std::string Fields::optional_text(std::string_view name, Size size) {
  const json::Value* found = value(name);
  return found->kind == json::Kind::null ? std::string() : checked_text(found, name, size);
}

std::string Fields::optional_ascii(std::string_view name, Size size) {
  std::string text = optional_text(name, size);
  if (!base::is_printable_ascii(text)) {
    fail(ErrorCode::bad_message, quoted(name) + " must be printable ASCII.");
  }
  return text;
}

std::string Fields::unchecked_text(std::string_view name) {
  const json::Value* found = value(name);
  if (found->kind == json::Kind::string) return std::string(found->text());
  if (found->kind != json::Kind::null) fail(ErrorCode::bad_message, quoted(name) + " must be text.");
  return {};
}

std::uint32_t Fields::checked_number(const json::Value* found, std::string_view name, std::uint32_t min,
                                     std::uint32_t max) {
  if (found->kind != json::Kind::integer || found->number < min || found->number > max) {
    if (ok()) {
      fail(ErrorCode::bad_message, quoted(name) + " must be a whole number from " + std::to_string(min) +
                                       " to " + std::to_string(max) + '.');
    }
    return min;
  }
  return static_cast<std::uint32_t>(found->number);
}

std::uint32_t Fields::number(std::string_view name, std::uint32_t min, std::uint32_t max) {
  return checked_number(value(name), name, min, max);
}

std::optional<std::uint32_t> Fields::optional_number(std::string_view name, std::uint32_t min,
                                                     std::uint32_t max) {
  const json::Value* found = value(name);
  if (found->kind == json::Kind::null) return std::nullopt;
  return checked_number(found, name, min, max);
}

std::optional<std::int64_t> Fields::optional_integer(std::string_view name, std::int64_t min,
                                                     std::int64_t max) {
  const json::Value* found = value(name);
  if (found->kind == json::Kind::null) return std::nullopt;
  if (found->kind == json::Kind::integer && found->number >= min && found->number <= max)
    return found->number;
  fail(ErrorCode::bad_message, quoted(name) + " must be a whole number from " + std::to_string(min) + " to " +
                                   std::to_string(max) + '.');
  return std::nullopt;
}

bool Fields::optional_flag(std::string_view name) {
  const json::Value* found = value(name);
  if (found->kind == json::Kind::boolean) return found->number != 0;
  if (found->kind != json::Kind::null) fail(ErrorCode::bad_message, quoted(name) + " must be true or false.");
  return false;
}

std::optional<bool> Fields::flag_if_there(std::string_view name) {
  if (!has(name)) return std::nullopt;
  return optional_flag(name);
}

Metadata Fields::metadata(std::string_view name) {
  Metadata metadata;
  entries(name, kMaxMetadataEntries, [&](std::string_view key, std::uint32_t position) {
    if (auto value = metadata_value(position, name)) metadata.emplace(key, std::move(*value));
  });
  if (ok() && !is_metadata(metadata)) {
    fail(ErrorCode::bad_message,
         quoted(name) +
             " must be at most 16 values under keys of a-z, 0-9, '.', '_' and '-', and "
             "512 bytes together.");
  }
  return ok() ? metadata : Metadata{};
}

std::optional<MetadataValue> Fields::metadata_value(std::uint32_t position, std::string_view name) {
  const json::Value& found = reader_.at(position);
  if (found.kind == json::Kind::string) return checked_text(&found, name, {0, kMaxMetadataText});
  if (found.kind == json::Kind::integer && found.number >= -kMaxMetadataNumber &&
      found.number <= kMaxMetadataNumber) {
    return found.number;
  }
  fail(ErrorCode::bad_message, quoted(name) + " must hold text and whole numbers.");
  return std::nullopt;
}

std::optional<Condition> Fields::condition(std::uint32_t position, std::string_view name) {
  if (reader_.at(position).kind == json::Kind::object) {
    Fields part(reader_, position);
    const auto min = part.optional_integer("min", -kMaxMetadataNumber, kMaxMetadataNumber);
    const auto max = part.optional_integer("max", -kMaxMetadataNumber, kMaxMetadataNumber);
    check(part);
    return NumberRange{min.value_or(-kMaxMetadataNumber), max.value_or(kMaxMetadataNumber)};
  }
  const auto value = metadata_value(position, name);
  if (!value) return std::nullopt;
  if (const auto* number = std::get_if<std::int64_t>(&*value)) return *number;
  return std::get<std::string>(*value);
}

PeerId Fields::peer(std::string_view name) {
  return static_cast<PeerId>(number(name, 1, UINT16_MAX));
}

Fields Fields::object(std::string_view name) {
  const auto found = reader_.find(object_, name);
  if (!found || reader_.at(*found).kind != json::Kind::object) {
    fail(ErrorCode::bad_message, quoted(name) + " must be an object.");
    return {reader_, object_};
  }
  return {reader_, *found};
}

std::optional<std::uint32_t> Fields::array_at(std::string_view name, std::size_t max) {
  const auto found = reader_.find(object_, name);
  std::size_t count = 0;
  if (found && reader_.at(*found).kind == json::Kind::array) {
    for (std::uint32_t i = *found + 1; i < reader_.at(*found).end; i = reader_.at(i).end) ++count;
    if (count <= max) return found;
  }
  fail(ErrorCode::bad_message, quoted(name) + " must be a list of at most " + std::to_string(max) + '.');
  return std::nullopt;
}

std::optional<std::uint32_t> Fields::map_at(std::string_view name, std::size_t max) {
  if (!has(name)) return std::nullopt;
  const auto found = reader_.find(object_, name);
  std::size_t count = 0;
  if (reader_.at(*found).kind == json::Kind::object) {
    for (std::uint32_t i = *found + 1; i < reader_.at(*found).end; i = reader_.at(i + 1).end) ++count;
    if (count <= max) return found;
  }
  fail(ErrorCode::bad_message, quoted(name) + " must be an object of at most " + std::to_string(max) + '.');
  return std::nullopt;
}

Fields Fields::element(std::uint32_t position, std::string_view name) {
  if (reader_.at(position).kind == json::Kind::object) return {reader_, position};
  fail(ErrorCode::bad_message, quoted(name) + " must be a list of objects.");
  return {reader_, object_};
}

std::string Fields::text_element(std::uint32_t position, std::string_view name, Size size) {
  return checked_text(&reader_.at(position), name, size);
}

void Fields::fail(ErrorCode code, std::string message) {
  if (!error_) error_ = ParseError{code, std::move(message), {}};
}

bool is_game(std::string_view text) {
  return !text.empty() && text.size() <= kMaxGame && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
  });
}

bool is_build(std::string_view text) {
  return text.size() <= kMaxBuild && base::is_printable_ascii(text);
}

bool is_name(std::string_view text) {
  return base::is_display_text(text, kMaxNamePoints);
}

bool is_title(std::string_view text) {
  return text.empty() || base::is_display_text(text, kMaxTitlePoints);
}

namespace {

bool is_plain_text(std::string_view text, std::size_t max) {
  return text.size() <= max && std::none_of(text.begin(), text.end(), is_control) &&
         text.find('\0') == std::string_view::npos && base::utf8_length(text).has_value();
}

}  // namespace

bool is_password_text(std::string_view text) {
  return is_plain_text(text, kMaxPassword);
}

bool is_metadata_key(std::string_view key) {
  static_assert(kMaxMetadataKey == kMaxGame);
  return is_game(key);  // the same letters
}

bool is_metadata(const Metadata& metadata) {
  std::size_t bytes = 0;
  for (const auto& [key, value] : metadata) {
    if (!is_metadata_key(key)) return false;
    if (const auto* number = std::get_if<std::int64_t>(&value)) {
      if (*number < -kMaxMetadataNumber || *number > kMaxMetadataNumber) return false;
      bytes += key.size() + sizeof(*number);
    } else {
      const std::string& text = std::get<std::string>(value);
      if (!is_plain_text(text, kMaxMetadataText)) return false;
      bytes += key.size() + text.size();
    }
  }
  return metadata.size() <= kMaxMetadataEntries && bytes <= kMaxMetadataBytes;
}

bool is_list_query(const ListQuery& query) {
  const auto is_good = [](const auto& condition) {
    const auto& [key, value] = condition;
    if (!is_metadata_key(key)) return false;
    if (const auto* text = std::get_if<std::string>(&value)) return is_plain_text(*text, kMaxMetadataText);
    const auto* number = std::get_if<std::int64_t>(&value);
    const auto* range = std::get_if<NumberRange>(&value);
    const auto in_limits = [](std::int64_t one) {
      return one >= -kMaxMetadataNumber && one <= kMaxMetadataNumber;
    };
    return number != nullptr ? in_limits(*number) : in_limits(range->min) && in_limits(range->max);
  };
  return query.where.size() <= kMaxConditions &&
         std::all_of(query.where.begin(), query.where.end(), is_good) && query.order <= ListOrder::metadata &&
         (query.order == ListOrder::metadata ? is_metadata_key(query.order_by) : query.order_by.empty()) &&
         query.limit >= 1 && query.limit <= kMaxListed && query.offset >= 0 && query.offset <= kMaxListOffset;
}

bool is_match(const QuickMatch& match) {
  return is_metadata(match.attributes) &&
         (!match.rating || (*match.rating >= -kMaxMetadataNumber && *match.rating <= kMaxMetadataNumber)) &&
         match.size >= kMinRoomSize && match.size <= kMaxMembers && match.patience.count() >= 0 &&
         match.patience <= kMaxPatience;
}

std::optional<ParseError> problem_with(const Hello& hello) {
  if (hello.version != kProtocolVersion) {
    return ParseError{
        ErrorCode::unsupported_version, std::string(sentence(ErrorCode::unsupported_version)), {}};
  }
  if (!is_game(hello.game)) {
    return ParseError{
        ErrorCode::bad_message, "\"game\" must be 1 to 32 characters out of a-z, 0-9, '.', '_' and '-'.", {}};
  }
  if (!is_build(hello.build)) {
    return ParseError{
        ErrorCode::bad_message, "\"build\" must be at most 64 characters of printable ASCII.", {}};
  }
  if (!is_name(hello.name)) {
    return ParseError{ErrorCode::bad_name, std::string(sentence(ErrorCode::bad_name)), {}};
  }
  return std::nullopt;
}

std::optional<ParseError> problem_with(const CreateRoom& create) {
  if (create.size < kMinRoomSize || create.size > kMaxMembers) {
    return ParseError{ErrorCode::bad_message, "\"size\" must be a whole number from 2 to 64.", {}};
  }
  if (!is_title(create.title)) {
    return ParseError{ErrorCode::bad_name, std::string(sentence(ErrorCode::bad_name)), {}};
  }
  return std::nullopt;
}

}  // namespace parlor::signaling
