#pragma once
// FORWARD TSN (RFC 3758 §3.2) and I-FORWARD-TSN (RFC 8260 §2.3.1): the sender gives up what is missing up to
// a TSN.
//
//    FORWARD TSN                              I-FORWARD-TSN
//   | New cumulative TSN            |        | New cumulative TSN            |
//   | Stream        | SSN           | …      | Stream        | reserved    |U| …
//                                            | MID                           |

#include <optional>
#include <span>

#include "sctp/packet/packet.hpp"

namespace parlor::sctp {

/// The largest number of a message of the stream that is given up.
struct Skipped {
  StreamId stream = 0;
  bool unordered = false;  ///< I-FORWARD-TSN only
  MessageNumber message = 0;
  friend bool operator==(const Skipped&, const Skipped&) = default;
};

/// A view: the bytes must outlive it.
class ForwardTsn {
 public:
  /// Of a chunk of one of these two types. Nothing where it is cut off within an entry.
  static std::optional<ForwardTsn> read(const Chunk& chunk);

  [[nodiscard]] Tsn cumulative() const { return cumulative_; }
  [[nodiscard]] std::size_t count() const { return entries_.size() / entry_size(); }
  /// Precondition: index < count().
  [[nodiscard]] Skipped skipped(std::size_t index) const;

 private:
  [[nodiscard]] std::size_t entry_size() const { return interleaved_ ? 8 : 4; }
  Tsn cumulative_;
  bool interleaved_ = false;
  base::BytesView entries_;
};

/// How many entries fit into what the packet has left; 0 where the chunk itself does not.
[[nodiscard]] std::size_t room_for_skipped(const PacketWriter& packet, bool interleaved);
/// Precondition: that many fit. For FORWARD TSN, of ordered messages alone.
void write_forward_tsn(PacketWriter& packet, Tsn cumulative, std::span<const Skipped> skipped,
                       bool interleaved);

}  // namespace parlor::sctp
