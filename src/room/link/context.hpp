#pragma once
// What the links of a room have in common. Owned by the machine.

#include <cstddef>
#include <cstdint>
#include <span>

#include "parlor/types.hpp"
#include "room/outbox.hpp"

namespace parlor::room {

/// What may wait in the socket to the server before frames of the relay wait in their links.
inline constexpr std::size_t kSocketHighWater = 32 * 1024;

struct LinkContext {
  Outbox& outbox;
  std::span<const ChannelOptions> channels;
  std::uint32_t my_incarnation = 1;
  PeerId me = kNobody;
  PeerId host = kNobody;
  std::uint32_t term = 0;
  bool relay_on = false;        ///< the server passes frames on
  bool socket_has_room = true;  ///< little waits in the socket to the server
  bool hidden = false;          ///< the page is: its timers come late

  /// … nor in front of it, where it is made slow.
  [[nodiscard]] bool relay_has_room() const {
    return socket_has_room && outbox.waiting(kServerFlow) < kSocketHighWater;
  }
};

}  // namespace parlor::room
