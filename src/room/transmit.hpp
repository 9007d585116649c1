#pragma once
// What a room asks of its platform, in order. The platform carries it out and answers by the machine's
// handle_* functions, never from inside poll_transmit().

#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "parlor/room.hpp"
#include "room/carrier.hpp"

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
/// A message to go out. Only on a carrier that said it is open.
struct CarrierSend {
  CarrierId carrier{};
  Channel channel = 0;
  std::shared_ptr<const Bytes> bytes;  ///< shared by all that get the same
};
/// Look for a new way: an ICE restart, offered from this side.
struct RestartCarrier {
  CarrierId carrier{};
};
/// Nothing more is heard of it.
struct CloseCarrier {
  CarrierId carrier{};
};

using Transmit = std::variant<FetchIceServers, OpenSocket, SendFrame, CloseSocket, OpenCarrier, SetPolite,
                              CarrierSignal, CarrierSend, RestartCarrier, CloseCarrier>;

}  // namespace parlor::room
