#pragma once
// SACK (RFC 9260 §3.3.4): what has come, up to where without a gap, what behind that, and what came twice.
//
//   | Cumulative TSN Ack                                  |
//   | Advertised receiver window credit, bytes            |
//   | Number of gap blocks      | Number of duplicates    |
//   | Start of a gap block      | its end                 |  both from the cumulative TSN, inclusive
//   | TSN that came again                                 |

#include <optional>
#include <span>

#include "sctp/packet/packet.hpp"

namespace parlor::sctp {

/// TSNs that have come behind a gap: `start` and `end` steps behind the cumulative one, both included.
struct GapBlock {
  std::uint16_t start = 0;
  std::uint16_t end = 0;
  friend bool operator==(const GapBlock&, const GapBlock&) = default;
};

inline constexpr std::size_t kSackHeaderSize = 12;

/// A view: the bytes must outlive it.
class Sack {
 public:
  /// Nothing where it is cut off, or a block ends before it starts or starts at 0.
  static std::optional<Sack> read(const Chunk& chunk);

  [[nodiscard]] Tsn cumulative() const { return cumulative_; }
  [[nodiscard]] std::uint32_t window() const { return window_; }
  [[nodiscard]] std::size_t gap_count() const { return gaps_.size() / 4; }
  /// Precondition: index < gap_count().
  [[nodiscard]] GapBlock gap(std::size_t index) const;
  [[nodiscard]] std::size_t duplicate_count() const { return duplicates_.size() / 4; }
  [[nodiscard]] Tsn duplicate(std::size_t index) const;

 private:
  Tsn cumulative_;
  std::uint32_t window_ = 0;
  base::BytesView gaps_;
  base::BytesView duplicates_;
};

/// As many of the gaps and then of the duplicates as the packet has room for, the first first: what is left
/// out is told again with the next. Precondition: the header fits.
void write_sack(PacketWriter& packet, Tsn cumulative, std::uint32_t window, std::span<const GapBlock> gaps,
                std::span<const Tsn> duplicates);

}  // namespace parlor::sctp
