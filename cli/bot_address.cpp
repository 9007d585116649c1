#include "cli/bot_address.hpp"

#include <algorithm>

#include "native/url.hpp"

namespace parlor::cli {
namespace {

bool is_url(std::string_view text) {
  return text.find("://") != std::string_view::npos;
}

/// A code has no letter that would need an escape.
bool is_plain(std::string_view code) {
  return !code.empty() && std::all_of(code.begin(), code.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
  });
}

}  // namespace

std::optional<std::string> server_origin(std::string_view text) {
  const auto url = platform::native::parse_url(text.substr(0, text.find('#')));
  if (!url) return std::nullopt;
  return (url->secure ? "wss://" : "ws://") + url->authority();
}

std::optional<RoomAddress> room_address(std::string_view text) {
  if (text.empty()) return std::nullopt;
  if (!is_url(text)) return RoomAddress{std::string(text)};
  const auto server = server_origin(text);
  if (!server) return std::nullopt;
  text = text.substr(0, text.find('#'));
  std::string_view query = text.find('?') == std::string_view::npos ? "" : text.substr(text.find('?') + 1);
  while (!query.empty()) {
    const std::string_view field = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(field.size() + 1, query.size()));
    if (field.starts_with("room=") && is_plain(field.substr(5)))
      return RoomAddress{std::string(field.substr(5)), *server};
  }
  return std::nullopt;
}

std::string room_link(std::string_view server, std::string_view code) {
  return "http" + std::string(server.substr(2)) + "/?room=" + std::string(code);
}

}  // namespace parlor::cli
