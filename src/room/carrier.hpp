#pragma once
// The words between a room and its carriers. A carrier is one way bytes can go to one peer; today that is a
// WebRTC peer connection with negotiated data channels, made and owned by the platform. The room tells the
// platform what to do with it (the commands in room/transmit.hpp) and is told what became of it.
//
// What every carrier promises: it has one channel per entry of RoomOptions::channels, numbered alike on both
// ends and opened together; it settles simultaneous offers by perfect negotiation (W3C WebRTC §10.7), where
// the polite side gives way; inputs about it come in the order in which they happened.

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "base/time.hpp"
#include "parlor/types.hpp"

namespace parlor::room {

/// Given by the room, never reused, and not the peer's id: a carrier may be opened before it is known for
/// whom.
enum class CarrierId : std::uint32_t {};

/// An RTCSessionDescription.
struct Description {
  enum class Type : std::uint8_t { offer, answer };
  Type type = Type::offer;
  std::string sdp;
  friend bool operator==(const Description&, const Description&) = default;
};
/// An RTCIceCandidate. An empty `mid` or `ufrag` is absent.
struct IceCandidate {
  std::string candidate;
  std::string mid;
  std::optional<std::uint16_t> mline_index;
  std::string ufrag;
  friend bool operator==(const IceCandidate&, const IceCandidate&) = default;
};
/// No further candidate comes in this round of gathering.
struct CandidatesEnd {
  friend bool operator==(const CandidatesEnd&, const CandidatesEnd&) = default;
};
/// What two carriers have to tell each other through the server before bytes can go.
using Signal = std::variant<Description, IceCandidate, CandidatesEnd>;

enum class CarrierState : std::uint8_t {
  connected,     ///< packets go both ways (again)
  disconnected,  ///< silence; it may come back by itself
  failed,        ///< it does not come back without a restart
  closed,        ///< the other end closed it in order; it never comes back
};

/// What the carrier's transport measured.
struct CarrierStats {
  Path path = Path::direct;
  std::optional<base::Duration> round_trip;
  std::uint64_t bytes_sent = 0;
  std::uint64_t bytes_received = 0;
};

}  // namespace parlor::room
