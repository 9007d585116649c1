#pragma once
// What the links of a room have in common. Owned by the machine.

#include <cstddef>
#include <cstdint>
#include <span>

#include "parlor/types.hpp"
#include "room/link/relay_pace.hpp"
#include "room/outbox.hpp"

namespace parlor::room {

/// What may wait in the socket to the server before frames of the relay wait in their links: signaling must
/// not have to wait behind much.
inline constexpr std::size_t kSocketHighWater = 32 * 1024;

struct LinkContext {
  Outbox& outbox;
  std::span<const ChannelOptions> channels;
  std::uint32_t my_incarnation = 1;
  PeerId me = kNobody;
  PeerId host = kNobody;
  std::uint32_t term = 0;
  bool relay_on = false;         ///< the server passes frames on
  std::size_t socket_waits = 0;  ///< bytes in the socket to the server, as the platform has said
  bool hidden = false;           ///< the page is: its timers come late
  RelayPace relay_pace;

  /// Little waits in the socket, counting what was said since, nor in front of it, where it is made slow.
  [[nodiscard]] bool relay_has_room() const {
    return socket_waits + outbox.relayed() + outbox.waiting(kServerFlow) < kSocketHighWater;
  }
};

}  // namespace parlor::room
