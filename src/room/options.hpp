#pragma once
// RoomOptions as the machine takes them: checked, and turned into what signaling wants.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "parlor/room.hpp"
#include "parlor/room_list.hpp"
#include "signaling/client.hpp"
#include "signaling/list_client.hpp"
#include "signaling/messages.hpp"

namespace parlor::room {

/// Limits of RoomOptions beyond those that signaling has.
inline constexpr std::size_t kMaxChannelName = 32;
inline constexpr std::size_t kMaxIceServers = 8;
inline constexpr std::size_t kMaxUrlsPerIceServer = 8;
inline constexpr std::size_t kMaxIceText = 512;

/// Why a room cannot be entered with these options.
struct Refusal {
  Reason reason = Reason::bad_options;
  std::string message;  ///< names the field
};

/// What the signaling client is to be made with, or what is wrong with the options. A code that cannot be any
/// room's is `no_such_room`: a person typed it, the game's author did nothing wrong.
[[nodiscard]] base::Result<signaling::ClientConfig, Refusal> client_config(const RoomOptions& options);

/// The same for what asks a server for its rooms.
[[nodiscard]] base::Result<signaling::ListClientConfig, Refusal> list_config(const RoomListOptions& options);

/// Whether the values of a change are within their limits.
[[nodiscard]] bool is_change(const SettingsChange& change);

/// http(s)://…/v1/ice of a ws(s):// origin that client_config() took.
[[nodiscard]] std::string ice_servers_url(std::string_view server);

/// What RTCPeerConnection would take of `servers`: known schemes, credentials where they are due, within the
/// limits. A server is believed, but not to crash the page.
[[nodiscard]] std::vector<IceServer> usable(const std::vector<signaling::IceServer>& servers);

}  // namespace parlor::room
