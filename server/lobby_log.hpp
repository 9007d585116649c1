#pragma once
// What happens in a lobby, as lines of the log.

#include <string>

#include "signaling/lobby.hpp"

namespace parlor::server {

/// Whether a stranger can cause the event, and not only members do: their lines are limited apart.
[[nodiscard]] bool is_refusal(const signaling::LobbyEvent& event);

/// `from`: the address of the connection that the event is about, as it may be logged; "gone" when there is
/// none.
void log_lobby_event(const signaling::LobbyEvent& event, const std::string& from);
/// The connection that `from` is asked for.
[[nodiscard]] signaling::ConnectionId connection_of(const signaling::LobbyEvent& event);

}  // namespace parlor::server
