#include <charconv>

#include "signaling/code.hpp"
#include "signaling/fields.hpp"
#include "signaling/messages.hpp"

namespace parlor::signaling {
namespace {

using base::Unexpected;

std::optional<unsigned> hex_digit(char c) {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a' + 10);
  if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A' + 10);
  return std::nullopt;
}

/// Undoes percent-encoding, and "+" for a blank as URLSearchParams and HTML forms write it.
std::optional<std::string> decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i] == '+' ? ' ' : text[i];
      continue;
    }
    if (i + 2 >= text.size()) return std::nullopt;
    const auto high = hex_digit(text[i + 1]);
    const auto low = hex_digit(text[i + 2]);
    if (!high || !low) return std::nullopt;
    out += static_cast<char>(*high << 4 | *low);
    i += 2;
  }
  return out;
}

/// RFC 3986 §2.3: everything but the unreserved characters is encoded.
std::string encoded(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string out;
  for (char c : text) {
    const bool unreserved = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                            c == '-' || c == '.' || c == '_' || c == '~';
    if (unreserved) {
      out += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out += '%';
      out += kDigits[byte >> 4];
      out += kDigits[byte & 15];
    }
  }
  return out;
}

struct Parameters {
  std::optional<std::string> version, game, build, name, create, title, join;

  std::optional<std::string>* named(std::string_view key) {
    if (key == "version") return &version;
    if (key == "game") return &game;
    if (key == "build") return &build;
    if (key == "name") return &name;
    if (key == "create") return &create;
    if (key == "title") return &title;
    if (key == "join") return &join;
    return nullptr;
  }
  [[nodiscard]] bool any() const { return version || game || build || name || create || title || join; }
};

ParseError bad(std::string message) {
  return {ErrorCode::bad_message, std::move(message), {}};
}

std::optional<int> number(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value < 0) return std::nullopt;
  return value;
}

/// Splits the query. Unknown names are ignored, and of doubles the first counts.
std::optional<ParseError> split(std::string_view query, Parameters& parameters) {
  while (!query.empty()) {
    const std::size_t end = std::min(query.find('&'), query.size());
    const std::string_view pair = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    const std::size_t equals = std::min(pair.find('='), pair.size());
    const std::string_view key = pair.substr(0, equals);
    if (key == "ticket") return bad("A ticket goes into the first message, never into an address.");
    if (key == "password") return bad("A password goes into the first message, never into an address.");
    std::optional<std::string>* place = parameters.named(key);
    if (place == nullptr || *place) continue;
    *place = decoded(pair.substr(std::min(equals + 1, pair.size())));
    if (!*place) return bad("The address has a malformed percent-encoding.");
  }
  return std::nullopt;
}

}  // namespace

base::Result<UpgradeRequest, ParseError> parse_upgrade_query(std::string_view query) {
  if (query.size() > kMaxUpgradeQuery) return Unexpected{bad("The address is too long.")};
  Parameters parameters;
  if (auto problem = split(query, parameters)) return Unexpected{std::move(*problem)};
  UpgradeRequest request;
  if (!parameters.any()) return request;

  const std::optional<int> version = number(parameters.version.value_or(""));
  if (!version) return Unexpected{bad("\"version\" must be a whole number.")};
  request.hello = Hello{*version, parameters.game.value_or(""), parameters.build.value_or(""),
                        parameters.name.value_or("")};
  if (auto problem = problem_with(*request.hello)) return Unexpected{std::move(*problem)};

  if (parameters.create && parameters.join) return Unexpected{bad("Create or join, not both.")};
  if (parameters.create) {
    const std::optional<int> size = number(*parameters.create);
    request.create = CreateRoom{size.value_or(0), parameters.title.value_or("")};
    if (auto problem = problem_with(*request.create)) return Unexpected{std::move(*problem)};
  }
  if (parameters.join) {
    const bool typed_in_length = parameters.join->size() <= kMaxTypedCode;
    auto code = typed_in_length ? canonical_code(*parameters.join) : std::nullopt;
    if (!code) {
      return Unexpected{
          ParseError{ErrorCode::no_such_room, std::string(sentence(ErrorCode::no_such_room)), "join"}};
    }
    request.join = JoinRoom{std::move(*code), {}};
  }
  return request;
}

std::string write_upgrade_query(const UpgradeRequest& request) {
  if (!request.hello) return {};
  std::string query =
      "version=" + std::to_string(request.hello->version) + "&game=" + encoded(request.hello->game);
  if (!request.hello->build.empty()) query += "&build=" + encoded(request.hello->build);
  query += "&name=" + encoded(request.hello->name);
  if (request.create) {
    query += "&create=" + std::to_string(request.create->size);
    if (!request.create->title.empty()) query += "&title=" + encoded(request.create->title);
  }
  if (request.join) query += "&join=" + encoded(request.join->code);
  return query;
}

}  // namespace parlor::signaling
