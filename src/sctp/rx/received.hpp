#pragma once
// Which TSNs have come: all up to one, and ranges behind it (RFC 9260 §6.2, RFC 3758 §3.6). What SACKs tell.

#include <optional>
#include <span>
#include <vector>

#include "sctp/packet/sack.hpp"

namespace parlor::sctp {

class ReceivedTsns {
 public:
  /// No more ranges are remembered behind the first gap, …
  static constexpr std::size_t kMostRanges = 256;
  /// … no TSN farther ahead than a gap block can say, …
  static constexpr std::uint32_t kFarthest = 0xffff;
  /// … and no more duplicates until the next SACK.
  static constexpr std::size_t kMostDuplicates = 16;

  enum class Arrival : std::uint8_t {
    first,      ///< for the first time
    duplicate,  ///< again
    refused,    ///< not remembered, as if it had been lost: beyond these limits
  };

  /// `initial`: the first TSN of the other side.
  explicit ReceivedTsns(Tsn initial) : cumulative_(initial + 0xffffffffU) {}

  Arrival add(Tsn tsn);
  /// What add() would say, without doing it.
  [[nodiscard]] Arrival would(Tsn tsn) const;
  /// The other side gives up everything up to this. What lies behind the present point changes nothing, and
  /// neither does what is farther ahead than kFarthest; true: it moved.
  bool skip_to(Tsn cumulative);

  [[nodiscard]] Tsn cumulative() const { return cumulative_; }
  [[nodiscard]] bool has_gaps() const { return !ranges_.empty(); }
  /// Isolated, in their order (RFC 9260 §3.3.4).
  [[nodiscard]] std::span<const GapBlock> gaps() const { return ranges_; }
  [[nodiscard]] std::span<const Tsn> duplicates() const { return duplicates_; }
  void forget_duplicates() { duplicates_.clear(); }

 private:
  void advance(std::uint32_t by);

  Tsn cumulative_;
  std::vector<GapBlock> ranges_;
  std::vector<Tsn> duplicates_;
};

}  // namespace parlor::sctp
