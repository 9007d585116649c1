#pragma once
// What the server counts, and how Prometheus reads it (text format 0.0.4). Each worker counts for itself
// without locks; a request for /metrics asks every worker for its numbers and adds them up.

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

#include "relay/relay.hpp"
#include "server/stream.hpp"
#include "server/stun/stun_service.hpp"
#include "signaling/lobby.hpp"

namespace parlor::server {

/// Why a connection or a request was turned away before signaling saw it.
enum class TurnedAway : std::uint8_t {
  server_full,
  site_full,
  bad_origin,
  bad_request,
  request_timeout,
  bad_frame,     ///< broke RFC 6455
  flood,         ///< more bytes or pings than a connection may send
  no_file_left,  ///< accept() found no free file descriptor
};
inline constexpr std::size_t kTurnedAwayCount = 8;
[[nodiscard]] std::string_view to_string(TurnedAway reason);

struct WorkerCounters {
  StreamCounters bytes;
  std::uint64_t http_connections = 0;       ///< accepted
  std::uint64_t websocket_connections = 0;  ///< upgraded
  std::size_t open_connections = 0;         ///< now
  std::size_t open_websockets = 0;          ///< now
  std::uint64_t moved = 0;                  ///< sockets taken to another worker
  std::array<std::uint64_t, kTurnedAwayCount> turned_away{};
  std::map<int, std::uint64_t> responses;  ///< by status; only those that plain_response and friends make

  void count(TurnedAway reason) { ++turned_away[static_cast<std::size_t>(reason)]; }
};

struct MetricsSnapshot {
  WorkerCounters worker;
  signaling::LobbyCounters lobby;
  relay::RelayCounters relay;
  StunCounters stun;
  std::size_t workers = 0;

  MetricsSnapshot& operator+=(const MetricsSnapshot& other);
};

[[nodiscard]] std::string metrics_text(const MetricsSnapshot& snapshot);

}  // namespace parlor::server
