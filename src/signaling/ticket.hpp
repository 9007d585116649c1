#pragma once
// Tickets: what lets a member come back as the same peer. Sealed by the server, opaque to everybody else.
//
// base64url of  version (1) | room's life (8) | code (9) | peer (2) | serial (4) | incarnation (4) | term (4)
// | MAC (16), the MAC being HMAC-SHA256 over all before it, cut to 16 bytes (RFC 2104 §5 asks for at least
// half). Numbers are big-endian. A room's life is random: a ticket opens no later room that has the same
// code.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "parlor/types.hpp"
#include "signaling/lobby.hpp"

namespace parlor::signaling {

struct Ticket {
  std::uint64_t life = 0;
  std::string code;  ///< canonical
  PeerId peer = kNobody;
  std::uint32_t serial = 0;  ///< which of the room's members this is: ids come again, this does not
  std::uint32_t incarnation = 0;
  std::uint32_t term = 0;
  friend bool operator==(const Ticket&, const Ticket&) = default;
};

[[nodiscard]] std::string seal(const Ticket& ticket, const Mac& mac, base::BytesView key);
/// Nothing for what this key has not sealed.
[[nodiscard]] std::optional<Ticket> unseal(std::string_view text, const Mac& mac, base::BytesView key);

}  // namespace parlor::signaling
