#pragma once
// One ordered channel, incoming: each message once and in order, whatever order carriers bring its pieces in.

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>

#include "base/bytes.hpp"
#include "base/time.hpp"
#include "room/link/frames.hpp"

namespace parlor::room {

class OrderedIn {
 public:
  /// Most bytes that wait for what comes before them, or for a later term. An honest sender has less under
  /// way (Link::kMaxQueuedBytes).
  static constexpr std::size_t kMaxWaitingBytes = 2 * 1024 * 1024;
  static constexpr std::size_t kMaxWaiting = 2 * kMaxUnacknowledged;
  /// An acknowledgement waits until so many bytes were taken out, or for a while that its user says. From
  /// half of those bytes or three quarters of that time on it rides on the next message.
  static constexpr std::size_t kAckBytes = 64 * 1024;

  enum class Taken : std::uint8_t {
    yes,
    duplicate,  ///< it was there before
    nonsense,   ///< no honest sender says that: the link cannot go on
  };
  /// `term` as in the header.
  Taken take(base::Time now, const FrameHeader& header, BytesView payload);

  struct Delivered {
    Bytes bytes;
    std::optional<std::uint8_t> term;
  };
  /// The next message, when all before it were taken out and all its pieces are there.
  std::optional<Delivered> pop(base::Time now);
  /// The term of the message that pop() gives next, where it has one.
  [[nodiscard]] std::optional<std::uint8_t> next_term() const;

  /// The number up to which everything was taken out: what waits for what comes before it, or for a later
  /// term, stays with its sender, who cannot say more than there is room for here. Telling it is no news any
  /// more.
  Ack acknowledge(Channel channel);
  /// Something was taken out, or came a second time, and was not acknowledged.
  [[nodiscard]] bool owes_ack() const { return owed_since_.has_value(); }
  /// When that must be said, if nothing takes it along before, where it may wait for `delay`.
  [[nodiscard]] std::optional<base::Time> ack_due(base::Duration delay) const;
  /// Whether a message is to take it along.
  [[nodiscard]] bool ack_rides(base::Time now, base::Duration delay) const;
  /// Anything ever came in.
  [[nodiscard]] bool used() const { return arrived_ > 0 || !waiting_.empty(); }

 private:
  struct Piece {
    Bytes bytes;
    bool more = false;
    std::optional<std::uint8_t> term;
  };

  void settle();
  void owe(base::Time now, std::size_t bytes);

  // Positions count frames since the link began; a frame's number is the low bits of its position.
  std::map<std::uint64_t, Piece> waiting_;  // not popped yet; those before arrived_ have no gap before them
  std::uint64_t arrived_ = 0;               // all before this have come in
  std::uint64_t popped_ = 0;                // all before this were given out
  std::size_t waiting_bytes_ = 0;
  std::size_t message_bytes_ = 0;  // of the message that is coming in, up to arrived_
  std::uint64_t complete_ = 0;     // all before this are pieces of messages that are complete
  std::optional<base::Time> owed_since_;
  std::size_t owed_bytes_ = 0;
};

}  // namespace parlor::room
