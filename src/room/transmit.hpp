#pragma once
// What a room asks of its platform, in order. The platform carries it out and answers by the machine's
// handle_* functions, never from inside poll_transmit().

#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "parlor/room.hpp"
#include "relay/frames.hpp"
#include "room/carrier.hpp"
#include "room/link/frames.hpp"
#include "room/link/slice.hpp"

namespace parlor::room {

/// GET this; a body of status 200 goes to handle_ice_servers(), anything else is no matter: the server's
/// welcome says the same, only later.
struct FetchIceServers {
  std::string url;
};
struct OpenSocket {
  std::string url;
};
struct SendFrame {
  std::string text;
};
struct CloseSocket {
  std::uint16_t code = 1000;
};

/// Make a carrier. One that `offers` makes its offer and gathers candidates at once; another waits for an
/// offer.
struct OpenCarrier {
  CarrierId carrier{};
  bool offers = false;
  bool polite = true;
  std::vector<IceServer> ice_servers;
};
/// A carrier that was opened before it was known for whom now knows.
struct SetPolite {
  CarrierId carrier{};
  bool polite = true;
};
/// What the other end's carrier says.
struct CarrierSignal {
  CarrierId carrier{};
  Signal signal;
};
/// A frame to go out: header and payload, one behind the other, as one message. Only on a carrier that said
/// it is open. The channel behind the game's is the link's own.
struct CarrierSend {
  CarrierId carrier{};
  Channel channel = 0;
  HeaderBytes header;
  Slice payload;  ///< shared by all that get the same
};
/// A frame to go through the server (docs/relay.md), as one binary message of its socket.
struct RelaySend {
  struct To {
    PeerId peer = kNobody;
    bool again = false;
    HeaderBytes header;
  };
  relay::Lane lane = relay::Lane::reliable;
  std::uint16_t age_ms = 0;
  std::uint32_t key = 0;
  std::vector<To> recipients;  ///< at most relay::kMaxRecipients
  Slice payload;
};
/// Its bytes.
[[nodiscard]] Bytes write(const RelaySend& send);
/// Look for a new way: an ICE restart, offered from this side.
struct RestartCarrier {
  CarrierId carrier{};
};
/// Nothing more is heard of it.
struct CloseCarrier {
  CarrierId carrier{};
};

using Transmit = std::variant<FetchIceServers, OpenSocket, SendFrame, CloseSocket, OpenCarrier, SetPolite,
                              CarrierSignal, CarrierSend, RelaySend, RestartCarrier, CloseCarrier>;

}  // namespace parlor::room
