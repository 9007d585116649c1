#pragma once
// The words of the public interface: peers, channels, results, reasons.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace parlor {

/// A member of a room. Given by the server, unique within its room, not handed out twice while the room lives
/// (except to the same member coming back with its ticket). 0 is nobody.
enum class PeerId : std::uint16_t {};
inline constexpr PeerId kNobody{0};

using Bytes = std::vector<std::byte>;
using BytesView = std::span<const std::byte>;

/// What a channel promises about its messages.
enum class Delivery : std::uint8_t {
  reliable,    ///< each exactly once, in the order they were sent on this channel
  unreliable,  ///< each at most once, in any order, or never; nothing waits for a lost one
  latest,      ///< of each key the newest value, never an older one after it; said again until it arrived
  bulk,        ///< as reliable, for what is large and has time: behind everything else, a little at a time
};

/// Whether that promises every message, in order.
[[nodiscard]] constexpr bool is_ordered(Delivery delivery) {
  return delivery == Delivery::reliable || delivery == Delivery::bulk;
}

/// A channel is its position in RoomOptions::channels. All members must list the same channels in the same
/// order.
using Channel = std::uint8_t;

struct ChannelOptions {
  std::string name;  ///< for people: logs and statistics. At most 32 bytes.
  Delivery delivery = Delivery::reliable;
  /// Unreliable: what is certainly older when it arrives is dropped. 1 to 10,000 ms. How old it is can be
  /// known to about half a round trip; what is in doubt is delivered.
  std::chrono::milliseconds max_age{1000};
  /// Only the host speaks here. What a former host says after its term is dropped by whoever knows of the
  /// next, and what the next says waits until it is known to be host (unreliable messages do not wait).
  bool of_host = false;
};
inline constexpr std::chrono::milliseconds kMaxMessageAge{10'000};
/// Most keys of a channel of latest values, for each peer.
inline constexpr std::size_t kMaxLatestKeys = 1024;

/// What became of a message handed to Room::send.
enum class SendResult : std::uint8_t {
  queued,       ///< taken; goes out as soon as the link can carry it
  would_block,  ///< reliable, bulk: that peer's queue is full. Nothing was taken; try again after the next
                ///< update()
  dropped,      ///< it is gone. Unreliable: the link cannot carry it now; latest: too many keys; a channel of
                ///< the host: this member is not the host
  too_large,    ///< longer than its channel takes, or an unknown channel
  no_such_peer,  ///< not (or no longer) a member, or nobody to send to
};

/// What became of something that a host asked the server for.
enum class RequestResult : std::uint8_t {
  sent,           ///< an event says when it is done, or RequestRefused that it is not
  not_host,       ///< only the host may
  no_such_peer,   ///< not (or no longer) another member
  bad_settings,   ///< a value is out of its limits
  not_connected,  ///< not in the room, or the server is out of reach
};

/// Longest message, in bytes. An unreliable one travels in several packets when it is longer than about 1,100
/// bytes, and is lost when any of them is: keep state messages below that.
inline constexpr std::size_t kMaxReliableMessage = 60 * 1024;
inline constexpr std::size_t kMaxUnreliableMessage = 16 * 1024;
/// Most channels of a room, most members of a room.
inline constexpr std::size_t kMaxChannels = 8;
inline constexpr int kMaxMembers = 64;

/// The way a link's messages go now.
enum class Path : std::uint8_t {
  none,    ///< not connected (yet): reliable messages wait, unreliable ones are dropped
  direct,  ///< from member to member
  turn,    ///< through a TURN server
  relay,   ///< through the Parlor server
};

/// Why something ended or failed. Every event that carries one also carries a sentence for people.
enum class Reason : std::uint8_t {
  none,
  // The room ended for me, or never began (Ended).
  left,              ///< leave() was called
  no_server,         ///< the server could not be reached
  timed_out,         ///< the server was reached but did not answer in time
  no_such_room,      ///< no room has that code
  room_full,         ///< the room has as many members as it allows
  version_mismatch,  ///< this client and the server speak different protocol versions. PeerLeft: this
                     ///< member's channels are others than mine
  build_mismatch,    ///< the room's members run another build of the game
  bad_options,       ///< a value in RoomOptions is out of its limits
  rate_limited,      ///< too many attempts from this address; wait and try again
  server_full,       ///< the server has no place for another room or connection
  server_shutdown,   ///< the server is being stopped
  replaced,          ///< somebody with this member's ticket took its place (a second tab)
  no_webrtc,         ///< this browser has no WebRTC, or it is switched off
  kicked,            ///< the host removed this member; it may join again
  banned,            ///< the host removed this member for the room's life
  room_locked,       ///< the room takes nobody new
  protocol_error,    ///< one side said something the other does not understand: a bug. Also in PeerLeft
  // A link or a member ended (PeerLeft, LinkFailed).
  peer_left,          ///< the member left of its own will
  peer_lost,          ///< the member's connections ended without a word
  link_failed,        ///< no path to the member could be found, or the last one died
  peer_kicked,        ///< the host removed the member
  receiver_overflow,  ///< messages came faster than this game took them; the link was given up
};

/// A short stable identifier, e.g. "room_full": for logs, tests and code that decides by text.
[[nodiscard]] std::string_view to_string(Reason reason);
[[nodiscard]] std::string_view to_string(Path path);
[[nodiscard]] std::string_view to_string(SendResult result);
[[nodiscard]] std::string_view to_string(RequestResult result);

}  // namespace parlor
