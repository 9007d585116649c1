#pragma once
// Tickets: what lets a member come back as the same peer, and a server that was killed rebuild its rooms.
// Sealed by the server, opaque to everybody else.
//
// base64url of
//   version (1) | room's life (8) | code (9) | peer (2) | serial (4) | incarnation (4) | term (4) | host (2)
//   | size (1) | application (8) | length of the title (1) | title | rules (settings.hpp) | MAC (16)
// the MAC being HMAC-SHA256 over all before it, cut to 16 bytes (RFC 2104 §5 asks for at least half). Numbers
// are big-endian. A room's life is random: a ticket opens no later room that has the same code.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "parlor/types.hpp"
#include "signaling/lobby.hpp"
#include "signaling/settings.hpp"

namespace parlor::signaling {

struct Ticket {
  std::uint64_t life = 0;
  std::string code;  ///< canonical
  PeerId peer = kNobody;
  std::uint32_t serial = 0;  ///< which of the room's members this is: ids come again, this does not
  std::uint32_t incarnation = 0;
  std::uint32_t term = 0;
  PeerId host = kNobody;          ///< in that term
  int size = 0;                   ///< of the room, 2 to kMaxMembers
  std::uint64_t application = 0;  ///< application_of() the room's game and build
  std::string title;              ///< at most kMaxTitleBytes
  RoomRules rules{};
  friend bool operator==(const Ticket&, const Ticket&) = default;
};

/// UTF-8 of a title's kMaxTitlePoints code points.
inline constexpr std::size_t kMaxTitleBytes = 255;

/// Tells games and builds apart; not meant to withstand anybody who chooses them.
[[nodiscard]] std::uint64_t application_of(std::string_view game, std::string_view build);

/// A title that is longer is left out.
[[nodiscard]] std::string seal(const Ticket& ticket, const Mac& mac, base::BytesView key);
/// Nothing for what this key has not sealed.
[[nodiscard]] std::optional<Ticket> unseal(std::string_view text, const Mac& mac, base::BytesView key);

}  // namespace parlor::signaling
