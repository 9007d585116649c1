#pragma once
// The frames between the two ends of a link, declared once for both. docs/link.md is their specification.
//
// A frame is one message of a carrier, little-endian: a header that says by itself where it ends, and the
// payload up to the end of the message. Over the relay the header has the channel in front of it, which a
// data channel has by its own number. parse_frame() turns bytes from a stranger into values that cannot be
// invalid; what they hold points into those bytes.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/bytes.hpp"
#include "parlor/types.hpp"

namespace parlor::room {

enum class FrameKind : std::uint8_t {
  ordered,          ///< of a channel that is reliable or bulk: a message, or the last piece of one
  ordered_more,     ///< … a piece that another follows
  unreliable,       ///< may be lost
  unreliable_copy,  ///< … and may come twice: by both carriers, say
  latest,           ///< the value of a key
  control,          ///< sections, see below
};
inline constexpr std::size_t kFrameKinds = 6;

/// A longer reliable message goes in pieces of this size, each a frame with a number of its own: what the
/// relay takes, and little enough that nothing waits long behind it.
inline constexpr std::size_t kMaxPiece = 16 * 1024;
/// What may be under way without an acknowledgement on one channel. Numbers are told apart by 13 bits.
inline constexpr std::size_t kMaxUnacknowledged = 4095;
inline constexpr std::uint16_t kAckNumbers = 8192;
/// Most bytes of a header, with the channel in front of it.
inline constexpr std::size_t kMaxLinkHeader = 16;

/// All of an ordered channel's frames before `number` have come in.
struct Ack {
  Channel channel = 0;
  std::uint16_t number = 0;  ///< modulo kAckNumbers
  friend bool operator==(const Ack&, const Ack&) = default;
};

struct FrameHeader {
  FrameKind kind = FrameKind::ordered;
  /// Modulo 4: the incarnation of whoever sends, and the one it believes the other to be in.
  std::uint8_t from_life = 0;
  std::uint8_t to_life = 0;
  std::uint16_t number = 0;  ///< ordered: counts the channel's frames. latest: counts the key's values
  std::uint16_t stamp = 0;   ///< unreliable: the sender's link clock, in milliseconds
  std::uint16_t copy = 0;    ///< unreliable_copy: tells the two from others
  std::uint32_t key = 0;     ///< latest
  std::optional<std::uint8_t> term;  ///< the lowest bits of it, on channels of the host alone
  std::optional<Ack> ack;
  friend bool operator==(const FrameHeader&, const FrameHeader&) = default;
};

struct Frame {
  FrameHeader header;
  BytesView payload;
};

/// `of_host`: the channel is one of the host alone, whose frames have the term in them. Control has none.
[[nodiscard]] std::optional<Frame> parse_frame(BytesView bytes, bool of_host);

/// What stands in front of a header on the relay, but in control: whose frame it is, and in which spell it
/// was given, a number of the sender's alone. The relay begins anew whenever one of the two connections does;
/// a refusal, in which the server gives the header back, may be about a frame from before that.
struct RelayMark {
  static constexpr unsigned kSpells = 32;
  static_assert(kMaxChannels == 8, "three bits");

  Channel channel = 0;
  std::uint8_t spell = 0;  ///< modulo kSpells

  [[nodiscard]] static RelayMark of(std::byte byte) {
    const auto bits = std::to_integer<unsigned>(byte);
    return {static_cast<Channel>(bits & 7U), static_cast<std::uint8_t>(bits >> 3)};
  }
  [[nodiscard]] std::uint8_t wire() const {
    return static_cast<std::uint8_t>((spell % kSpells) << 3 | (channel & 7U));
  }
};

/// The bytes of a header, without memory of their own.
class HeaderBytes {
 public:
  HeaderBytes() = default;
  [[nodiscard]] BytesView view() const& { return {bytes_.data(), size_}; }
  BytesView view() && = delete;  // of one that is gone
  [[nodiscard]] std::size_t size() const { return size_; }

 private:
  friend HeaderBytes write_header(const FrameHeader& header, std::optional<RelayMark> mark);
  std::array<std::byte, kMaxLinkHeader> bytes_{};
  std::uint8_t size_ = 0;
};
/// With the mark in front of it where one is given.
[[nodiscard]] HeaderBytes write_header(const FrameHeader& header, std::optional<RelayMark> mark = {});

// ---- control: what the two ends have to say about the link itself, as sections one behind the other

/// Wants a Pong, and an Ack of each ordered channel that has had frames.
struct Ping {
  std::uint16_t id = 0;
  std::uint32_t time = 0;  ///< the sender's link clock, in milliseconds
  /// Over this carrier something is heard at least so often, in units of 20 ms; 0 is no promise.
  std::uint8_t promise = 0;
  bool doubts = false;  ///< nothing is heard by WebRTC as promised: say everything over the relay, too
  std::uint16_t unreliable_sent = 0;  ///< frames of both unreliable kinds so far, copies once
  friend bool operator==(const Ping&, const Ping&) = default;
};
struct Pong {
  std::uint16_t id = 0;    ///< the ping's
  std::uint32_t time = 0;  ///< the link clock of whoever answers
  friend bool operator==(const Pong&, const Pong&) = default;
};
/// The key's value with this number has come in.
struct LatestAck {
  Channel channel = 0;
  std::uint32_t key = 0;
  std::uint16_t number = 0;
  friend bool operator==(const LatestAck&, const LatestAck&) = default;
};
/// The channels as this end has them: of two ends that differ neither would understand the other.
struct Hello {
  std::uint8_t version = 1;
  std::uint32_t channels = 0;  ///< channels_digest()
  friend bool operator==(const Hello&, const Hello&) = default;
};
/// Whoever says it sends nothing any more and hears nothing.
enum class Bye : std::uint8_t {
  given_up,      ///< the link, though both are in the room
  left,          ///< the room
  program_ends,  ///< its page is closed, or loaded anew: the server knows which, once it is back or not
};
struct Control {
  std::optional<Hello> hello;
  std::optional<Bye> bye;
  std::optional<Ping> ping;
  std::optional<Pong> pong;
  std::vector<Ack> acks;               ///< at most kMaxChannels
  std::vector<LatestAck> latest_acks;  ///< at most kMaxLatestAcks
  friend bool operator==(const Control&, const Control&) = default;
};
inline constexpr std::size_t kMaxLatestAcks =
    24;  ///< so that any Control fits the relay's limit of 256 bytes

/// Of the payload of a control frame. Unknown sections are skipped.
[[nodiscard]] std::optional<Control> parse_control(BytesView payload);
[[nodiscard]] Bytes write_control(const Control& control);

}  // namespace parlor::room
