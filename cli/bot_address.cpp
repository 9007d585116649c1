#include "cli/bot_address.hpp"

#include <algorithm>

#include "native/url.hpp"
#include "signaling/code.hpp"

namespace parlor::cli {
namespace {

bool is_url(std::string_view text) {
  return text.find("://") != std::string_view::npos;
}

/// What stands behind "room=" in a URL. A code has no letter that would need an escape.
std::optional<std::string_view> room_field(std::string_view url) {
  url = url.substr(0, url.find('#'));
  std::string_view query = url.find('?') == std::string_view::npos ? "" : url.substr(url.find('?') + 1);
  while (!query.empty()) {
    const std::string_view field = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(field.size() + 1, query.size()));
    if (field.starts_with("room=")) return field.substr(5);
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> server_origin(std::string_view text) {
  const auto url = platform::native::parse_url(text.substr(0, text.find('#')));
  if (!url) return std::nullopt;
  return (url->secure ? "wss://" : "ws://") + url->authority();
}

std::optional<RoomAddress> room_address(std::string_view text) {
  std::string server;
  std::string_view code = text;
  if (is_url(text)) {
    const auto origin = server_origin(text);
    const auto field = room_field(text);
    if (!origin || !field) return std::nullopt;
    server = *origin;
    code = *field;
  }
  if (!signaling::canonical_code(code)) return std::nullopt;
  return RoomAddress{std::string(code), server};
}

bool names_room(std::string_view text) {
  return is_url(text) && room_field(text).has_value();
}

std::string room_link(std::string_view server, std::string_view code) {
  return "http" + std::string(server.substr(2)) + "/?room=" + std::string(code);
}

}  // namespace parlor::cli
