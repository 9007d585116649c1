#pragma once
// One signaling connection: a WebSocket (RFC 6455) between a socket and the worker's lobby, and its relay for
// binary messages. Messages up to signaling::kMaxFrame, whole or in fragments; no compression; a bounded
// queue outwards; deadlines for a message to become whole, for the peer to read, and for the closing
// handshake.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "relay/relay.hpp"
#include "server/admission.hpp"
#include "server/descriptor.hpp"
#include "server/session.hpp"
#include "signaling/lobby.hpp"

namespace parlor::server {

class Worker;

/// Most that waits for a peer to read it.
inline constexpr std::size_t kMaxQueuedBytes = 256 * 1024;
inline constexpr std::size_t kMaxQueuedFrames = 1024;
inline constexpr base::Duration kPingAfter = base::seconds(30);     ///< of silence
inline constexpr base::Duration kReadDeadline = base::seconds(20);  ///< without taking a byte of what waits
inline constexpr base::Duration kMessageDeadline =
    base::seconds(30);  ///< from a message's first byte to its last
/// Pings from the client: at once, and per second for long.
inline constexpr std::uint32_t kPingBurst = 64;
inline constexpr std::uint32_t kPingsPerSecond = 4;

/// Where game frames are passed on, a connection may send more than signaling needs, bytes at once and per
/// second, each frame with what it takes to handle (relay::kHandlingCost); and more where the operator lets
/// members send more.
inline constexpr std::uint64_t kGameReadBurst = 8 * 1024 * 1024;
inline constexpr std::uint64_t kGameReadPerSecond = 2 * 1024 * 1024;
/// What one may send to one recipient, in the smallest frames, takes so many times its bytes to handle.
inline constexpr std::uint64_t kReadPerGameByte = 4;

/// An upgrade request that is to be accepted: what came on the wire and what was made of it.
struct Upgrade {
  std::shared_ptr<const void> request;  ///< Beast's request<empty_body>, known to the two sessions alone
  base::IpAddress client;
  std::vector<signaling::IceServer> ice_servers;
  base::Result<signaling::UpgradeRequest, signaling::ParseError> entry = signaling::UpgradeRequest{};
};

class WsSession : public Session {
 public:
  static std::shared_ptr<WsSession> make(Worker& worker, Descriptor socket, Admission::Place place);

  virtual void accept(Upgrade upgrade) = 0;

  // ---- what the lobby wants
  /// Queued; goes out with the next flush.
  virtual void send(std::shared_ptr<const std::string> text) = 0;
  /// The closing handshake, after what is queued.
  virtual void close(std::uint16_t code, const std::string& reason) = 0;
  /// Takes the connection to `target`, where the lobby adopts it.
  virtual void move_to(Worker& target, signaling::Guest guest, signaling::Errand errand) = 0;

  // ---- what the relay wants
  /// Queued; goes out at once, or with those that follow soon. The worker is told when everything is out.
  virtual void send_frame(relay::RelayTransmit transmit) = 0;
  /// It does not take what waits for it: that is forgotten, and the connection refused as slow_reader.
  virtual void close_as_slow() = 0;

  [[nodiscard]] virtual std::size_t waiting() = 0;  ///< bytes that are not handed to the kernel yet

  signaling::ConnectionId id{};
  bool gathering = false;  ///< the worker's: game frames went out just before
  base::Time played{};     ///< the worker's: it told the lobby that a game frame had come
  base::IpAddress client;  ///< for the log
};

}  // namespace parlor::server
