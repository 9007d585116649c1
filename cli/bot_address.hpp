#pragma once
// What a person gives `parlor bot` to say where to: a server, a room's code, or a link as the page shares it.

#include <optional>
#include <string>
#include <string_view>

namespace parlor::cli {

/// ws(s):// origin of a server given as ws(s):// or http(s):// URL, whatever stands behind its host.
[[nodiscard]] std::optional<std::string> server_origin(std::string_view text);

struct RoomAddress {
  std::string code;
  std::string server{};  ///< of a link; empty where it was a code alone
};
/// "kamo-ridun", or "https://play.example.com/?room=kamo-ridun". Nothing for a URL without a room, or for
/// what can be no code.
[[nodiscard]] std::optional<RoomAddress> room_address(std::string_view text);

/// The text is a URL that names a room, one that can be or not.
[[nodiscard]] bool names_room(std::string_view text);

/// The link to a room, to open in a browser; `server` as server_origin() gives it.
[[nodiscard]] std::string room_link(std::string_view server, std::string_view code);

}  // namespace parlor::cli
