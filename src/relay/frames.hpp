#pragma once
// The frames of the relay, declared once for both ends: docs/relay.md is their specification.
//
// A frame is one binary message of the WebSocket that signaling uses for text, little-endian. parse_* turn
// bytes from a stranger into values that cannot be invalid; what they hold points into those bytes. No
// sockets, no state. Headers belong to the members' links: nobody here looks into them.

#include <array>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <variant>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "parlor/types.hpp"

namespace parlor::relay {

// Limits of what a frame may hold.
inline constexpr std::size_t kMaxFrame = 64 * 1024;
inline constexpr std::size_t kMaxHeader = 32;
/// A game's message, or a piece of one, and what its link puts around it.
inline constexpr std::size_t kMaxPayload = 16 * 1024 + 128;
inline constexpr std::size_t kMaxControlPayload = 256;
inline constexpr std::size_t kMaxRecipients = kMaxMembers - 1;
inline constexpr std::size_t kMaxHead = 40;  ///< of what the server sends: all but the payload

// What both ends count (docs/relay.md, limits).
/// What a frame counts besides its header and payload, for each recipient.
inline constexpr std::size_t kFrameCost = 64;
/// Who is over budget is told to wait until so much may be sent at once: less would not be worth the trouble.
inline constexpr std::uint32_t kWorthWaitingFor = 32 * 1024;

/// How a message waits at the server. The first four are the wire's numbers; control has a frame type of its
/// own.
enum class Lane : std::uint8_t {
  reliable,    ///< never lost without a word, in order
  unreliable,  ///< in order; dropped when it is stale or when there are too many
  latest,      ///< of each key only the newest waits
  bulk,        ///< as reliable, behind everything else
  control,     ///< a link's own few bytes, before everything else
};
inline constexpr std::size_t kLanes = 5;
[[nodiscard]] constexpr std::size_t index_of(Lane lane) {
  return static_cast<std::size_t>(lane);
}
/// Whether a message of this lane is never lost without its sender being told.
[[nodiscard]] constexpr bool is_promised(Lane lane) {
  return lane == Lane::reliable || lane == Lane::bulk;
}
[[nodiscard]] std::string_view to_string(Lane lane);

/// Why the server did not take a message.
enum class Refusal : std::uint8_t {
  malformed,     ///< not a frame as this page has them
  too_large,     ///< a payload above its limit
  off,           ///< this server passes nothing on (any more)
  no_such_peer,  ///< not another member that is there
  over_budget,   ///< more than may be sent: again after `wait`
  full,          ///< too much waits for that member: again when its window opens
};
inline constexpr std::size_t kRefusals = 6;
[[nodiscard]] std::string_view to_string(Refusal refusal);

/// One for whom a message is meant.
struct Recipient {
  PeerId peer = kNobody;
  /// The first message after a refusal: begins with what was refused.
  bool again = false;
  BytesView header;
};

/// At most kMaxRecipients, without memory of its own.
class Recipients {
 public:
  void push_back(const Recipient& recipient) {
    assert(size_ < kMaxRecipients);
    all_[size_++] = recipient;
  }
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }
  [[nodiscard]] const Recipient& operator[](std::size_t i) const { return all_[i]; }
  [[nodiscard]] const Recipient* begin() const { return all_.data(); }
  [[nodiscard]] const Recipient* end() const { return all_.data() + size_; }

 private:
  std::array<Recipient, kMaxRecipients> all_{};
  std::size_t size_ = 0;
};

// ---- client to server

struct ClientFrame {
  Lane lane = Lane::reliable;
  std::uint16_t age_ms = 0;  ///< unreliable, latest: so long it may still wait; 0 is as long as it takes
  std::uint32_t key = 0;     ///< latest
  /// Empty: all other members, `to_all` says with which header (its peer is kNobody).
  Recipients recipients;
  Recipient to_all;
  BytesView payload;
};

enum class FrameError : std::uint8_t { malformed, too_large };
[[nodiscard]] base::Result<ClientFrame, FrameError> parse_client_frame(BytesView bytes);
/// Precondition: everything within its limit.
[[nodiscard]] base::Bytes write(const ClientFrame& frame);

// ---- server to client

struct Message {
  Lane lane = Lane::reliable;
  PeerId from = kNobody;
  BytesView body;  ///< header and payload, one behind the other
};
/// Something was not taken. With a lane of is_promised(), nothing on that lane to that member is, until a
/// message that says `again`; but for no_such_peer, which stops nothing.
struct Refused {
  Refusal reason = Refusal::malformed;
  PeerId peer = kNobody;      ///< or kNobody where it is not about one
  std::optional<Lane> lane;   ///< where it is about a message
  std::uint16_t wait_ms = 0;  ///< over_budget: before that it would be refused again
  BytesView header;           ///< of the message, as its sender wrote it for that peer
};
/// Too much waits for that member on that lane: messages sent now may be refused. Or no longer.
struct Window {
  Lane lane = Lane::reliable;  ///< reliable or bulk
  PeerId peer = kNobody;
  bool open = true;
};
using ServerFrame = std::variant<Message, Refused, Window>;

/// Nothing for what is malformed and for types that a later server may have: both to be ignored.
[[nodiscard]] std::optional<ServerFrame> parse_server_frame(BytesView bytes);

/// The bytes of a frame from the server up to its payload.
class Head {
 public:
  Head() = default;
  [[nodiscard]] BytesView bytes() const { return {bytes_.data(), size_}; }
  [[nodiscard]] std::size_t size() const { return size_; }

 private:
  friend Head make_head(BytesView bytes);
  std::array<std::byte, kMaxHead> bytes_{};
  std::uint8_t size_ = 0;
};
[[nodiscard]] Head make_head(BytesView bytes);
/// Of a Message: the payload follows. Precondition: the header within its limit.
[[nodiscard]] Head write_head(Lane lane, PeerId from, BytesView header);
[[nodiscard]] Head write(const Refused& refused);
[[nodiscard]] Head write(const Window& window);

}  // namespace parlor::relay
