#pragma once
// The server's side of the relay as a machine: passes frames on between the members of a room.
//
// It is told who is where by whoever knows (the lobby's side) and knows connections, rooms and peers only by
// their ids. What is taken waits here, in lanes of the receiver, until its socket is writable: here it can
// still be dropped when it is stale, replaced by something newer, and shared out fairly between its senders.
// It never looks at a clock or a socket, nor into a message. docs/relay.md is the specification.
//
// Input:  handle_member, handle_gone, handle_frame, handle_writable, handle_timeout, shut_down
// Output: poll_transmit (only for connections that are writable), poll_event (for the log), poll_timeout

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "base/address.hpp"
#include "base/bytes.hpp"
#include "base/time.hpp"
#include "parlor/types.hpp"
#include "relay/frames.hpp"

namespace parlor::relay {

enum class RoomId : std::uint64_t {};
enum class ConnectionId : std::uint64_t {};

/// So many bytes at once, and per second for long. At most 1 GiB each.
struct Rate {
  std::uint32_t burst = 0;
  std::uint32_t per_second = 0;
};
/// How much waits, or may wait.
struct QueueSize {
  std::size_t bytes = 0;
  std::size_t frames = 0;
};

inline constexpr std::size_t kMaxFrameCost = kFrameCost + kMaxHeader + kMaxPayload;
/// What it takes to handle a frame, as bytes that a connection may send besides the frame's own; for each
/// further recipient, passed on or not; and for each that says `again`, which may make one more refusal.
inline constexpr std::size_t kHandlingCost = 256;
inline constexpr std::size_t kRecipientHandlingCost = 64;
inline constexpr std::size_t kAgainHandlingCost = 512;
/// What may wait for one receiver on a lane, for each of what may wait there from one sender.
inline constexpr std::size_t kReceiverShare = 4;
/// When too much waits in a room, or in all, nobody knows when it will be less: its sender is told this.
inline constexpr base::Duration kMemoryWait = base::milliseconds(250);
/// Sites that are remembered after their last member has gone, so that coming back gives no new budget.
inline constexpr std::size_t kMaxIdleSites = 4096;
/// Members that are not there and of which one sender is still to be told.
inline constexpr std::size_t kMaxAbsent = 64;

/// Bytes of control that go to a receiver before everything else; beyond them only as many as of the rest.
inline constexpr std::int64_t kControlBurst = 4096;

/// No rate's burst, and no limit of bytes, may be below what the largest frame costs, which would never pass.
struct RelayConfig {
  bool on = true;
  // What is sent, counted for each recipient.
  Rate sender_rate{1 << 20, 1 << 19};
  Rate room_rate{8 << 20, 4 << 20};
  Rate site_rate{16 << 20, 8 << 20};
  Rate neighbourhood_rate{32 << 20, 16 << 20};  ///< of an IPv6 /48, which one customer may have
  Rate server_rate{64 << 20, 32 << 20};
  // What waits.
  std::size_t sender_waiting = 2 << 20;
  std::size_t room_waiting = 16 << 20;
  std::size_t site_waiting = 32 << 20;
  std::size_t neighbourhood_waiting = 64 << 20;
  std::size_t server_waiting = 256 << 20;
  /// From one sender for one receiver, by Lane. On the lane latest a frame is a key.
  std::array<QueueSize, kLanes> queues{
      {{128 << 10, 256}, {64 << 10, 128}, {64 << 10, 64}, {128 << 10, 64}, {16 << 10, 32}}};
  /// Bulk for one receiver: so many bytes, then a pause.
  std::size_t bulk_burst = 32 << 10;
  base::Duration bulk_pause = base::milliseconds(20);
  /// So long frames wait for a socket that does not become writable. Longer than what TCP takes to come back
  /// from half a minute without a network, since its tries are twice as far apart each time (RFC 6298 §5.5).
  base::Duration patience = base::seconds(60);
};

/// A text, as send queues hold them; shared by all that get the same payload. Never null.
using Payload = std::shared_ptr<const std::string>;

/// One frame to send: `head` and `payload`, one behind the other.
struct RelayTransmit {
  ConnectionId connection{};
  Head head;
  Payload payload;
  [[nodiscard]] std::size_t size() const { return head.size() + payload->size(); }
};

/// A member was told that something was not taken. At most one per refusal that goes out.
struct FrameRefused {
  ConnectionId connection{};
  Refusal reason{};
};
/// Frames wait for a member whose connection has not been writable for RelayConfig::patience. It is to be
/// closed: then its member is away, which senders are told, and what waits is forgotten.
struct ReceiverStalled {
  ConnectionId connection{};
};
using RelayEvent = std::variant<FrameRefused, ReceiverStalled>;

/// What became of a frame for one recipient that it was not passed on to. Its sender was told where the lane
/// is_promised() and the member has not gone.
enum class Drop : std::uint8_t {
  stale,        ///< older than its age when its turn came
  displaced,    ///< too many waited, and this was the oldest
  over_budget,  ///< more than may be sent
  no_memory,    ///< more than may wait of a sender, a room, a site, in all
  keys,         ///< more keys than may wait
  refused,      ///< on a promised lane: this one was named to its sender
  stopped,      ///< … and this one came behind it
  absent,       ///< for a member that is not there
  gone,         ///< waited from or for a member whose connection ended
  outside,      ///< from a connection in no room, or not a frame
};
inline constexpr std::size_t kDrops = 10;
[[nodiscard]] std::string_view to_string(Drop drop);

struct RelayCounters {
  std::size_t rooms = 0;
  std::size_t members = 0;
  std::size_t sites = 0;            ///< remembered
  std::size_t neighbourhoods = 0;   ///< of those that are IPv6
  std::size_t waiting_frames = 0;   ///< now
  std::size_t waiting_bytes = 0;    ///< now, as the limits count them
  std::size_t waiting_notices = 0;  ///< now: refusals and windows that members are to be told of
  std::uint64_t frames_in = 0;
  std::uint64_t bytes_in = 0;
  std::array<std::uint64_t, kLanes> frames_out{};
  std::uint64_t bytes_out = 0;  ///< refusals and windows included
  std::uint64_t replaced = 0;   ///< on the lane latest, by something newer
  std::uint64_t windows = 0;    ///< closed or opened
  std::array<std::uint64_t, kDrops> dropped{};
  std::array<std::uint64_t, kRefusals> refused{};
};

class Relay {
 public:
  using Event = RelayEvent;
  explicit Relay(const RelayConfig& config);
  ~Relay();
  Relay(const Relay&) = delete;
  Relay& operator=(const Relay&) = delete;

  // ---- input
  /// The member is there, on this connection, which is in no room. A connection that it had is forgotten. At
  /// most kMaxMembers are in a room. Nothing goes to it before handle_writable().
  void handle_member(base::Time now, RoomId room, PeerId peer, ConnectionId connection,
                     const base::IpAddress& address);
  /// It is not there any more: it left, or its connection ended. Forgets what waits from it and for it.
  void handle_gone(base::Time now, RoomId room, PeerId peer);
  /// A binary message. Connections that are in no room are ignored. What it took, as above: whether somebody
  /// sends too much for that is the caller's business.
  std::size_t handle_frame(base::Time now, ConnectionId connection, BytesView bytes);
  /// The connection takes so many bytes now, in the place of what was said before. The last frame that it is
  /// given may be larger than what is left.
  void handle_writable(base::Time now, ConnectionId connection, std::size_t bytes);
  void handle_timeout(base::Time now);
  /// Forgets what waits; from here on everything is refused as off.
  void shut_down(base::Time now);

  // ---- output
  std::optional<RelayTransmit> poll_transmit();
  std::optional<RelayEvent> poll_event();
  [[nodiscard]] std::optional<base::Time> poll_timeout() const;
  [[nodiscard]] const RelayCounters& counters() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace parlor::relay
