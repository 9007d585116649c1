#pragma once
// What the links of a room have in common. Owned by the machine.

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>

#include "parlor/types.hpp"
#include "room/link/frames.hpp"
#include "room/link/relay_pace.hpp"
#include "room/outbox.hpp"

namespace parlor::room {

/// What may wait in the socket to the server before frames of the relay wait in their links: signaling must
/// not have to wait behind much.
inline constexpr std::size_t kSocketHighWater = 32 * 1024;
/// … and bulk, which is for when nothing else waits: with a piece more there is still room for the others.
inline constexpr std::size_t kSocketBulkHighWater = 15 * 1024;
/// … and control, without which nobody knows whether there is anybody.
inline constexpr std::size_t kSocketControlHighWater = 40 * 1024;

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
  RelayPace relay_pace{};
  /// How often the relay began anew, by member, since this connection to the server: the link to another life
  /// of a member goes on counting, since refusals of what was said to the former may still come.
  std::map<PeerId, std::uint8_t> spells{};

  /// The number of the spell that begins.
  [[nodiscard]] std::uint8_t next_spell(PeerId peer) {
    std::uint8_t& spell = spells[peer];
    return spell = static_cast<std::uint8_t>((spell + 1U) % RelayMark::kSpells);
  }

  /// Little waits in the socket, counting what was said since, nor in front of it, where it is made slow.
  [[nodiscard]] bool relay_has_room(std::size_t limit = kSocketHighWater) const {
    return socket_waits + outbox.relayed() + outbox.waiting(kServerFlow) < limit;
  }
};

}  // namespace parlor::room
