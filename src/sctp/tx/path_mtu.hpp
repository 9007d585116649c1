#pragma once
// How large packets may be on the path to the other side: path MTU discovery by the packetization layer
// (RFC 8899, for SCTP §6.1). It knows sizes of SCTP packets alone: what DTLS, UDP and IP put around them the
// caller has taken off. It sends nothing itself.
//
// Begins at the base, which passes nearly every path, and looks upwards with probes: packets of a HEARTBEAT
// and a PAD chunk, whose loss is no loss of data and no congestion. The largest comes first, since most paths
// carry it; then the space between what passed and what did not is halved. Found, it is looked for again
// after ten minutes.
//
// Where large packets are lost and small ones pass, it falls to the smallest size at once and looks upwards
// again: two steps, the base first, would cost another timeout.
//
// A DATA chunk that has a TSN cannot be cut again (RFC 9260 §6.9 has IP cut it then, which there is none for
// with the DF bit). So no chunk is ever cut larger than the smallest packet, whatever the path carries, and
// larger packets hold several: a path that shrinks strands nothing. That costs 20 bytes a packet, 1.4 % of a
// large one. Messages of up to 880 bytes, which is what games send, are one chunk either way.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/time.hpp"

namespace parlor::sctp {

/// Bytes of packets, multiples of 4. Precondition: smallest <= base <= largest.
struct PacketSizes {
  std::size_t smallest = 0;
  std::size_t base = 0;
  std::size_t largest = 0;
};

class PathMtu {
 public:
  static constexpr int kMostProbes = 3;                         ///< of one size (RFC 8899 §5.1.2)
  static constexpr base::Duration kRaise = base::seconds(600);  ///< PMTU_RAISE_TIMER (§5.1.1)
  static constexpr std::size_t kCloseEnough = 16;               ///< bytes: what is left is not worth a probe
  static constexpr std::size_t kBlackHole = 6;  ///< chunks in a row that are lost in large packets

  explicit PathMtu(const PacketSizes& sizes) : sizes_(sizes), packet_(sizes.base) {}
  /// It is another path, or may be: what was found is forgotten.
  void begin_anew(const PacketSizes& sizes);

  [[nodiscard]] const PacketSizes& sizes() const { return sizes_; }
  /// Bytes of the largest packet with data.
  [[nodiscard]] std::size_t packet() const { return packet_; }

  // ---- probes
  struct Probe {
    std::uint32_t number = 0;
    std::size_t size = 0;
  };
  /// Whether another probe is due: there is something to find, and none is under way.
  [[nodiscard]] bool wants_probe(base::Time now) const;
  /// It is sent now; `patience`: what its answer may take. Precondition: wants_probe().
  Probe probe(base::Time now, base::Duration patience);
  /// The other side says that it came: also later than was waited for.
  void handle_answer(base::Time now, const Probe& probe);
  void handle_timeout(base::Time now);
  [[nodiscard]] std::optional<base::Time> poll_timeout() const;

  // ---- what becomes of packets with data
  void acknowledged(std::size_t packet);
  /// So many chunks were lost that were in packets of this size or larger ones.
  void lost(std::size_t chunks, std::size_t packet);
  /// Large packets may be lost for their size.
  [[nodiscard]] bool is_suspicious() const { return lost_ > 0; }
  /// Nothing that was sent in packets of this size, or in smaller ones, was acknowledged for a whole timeout.
  void timed_out(std::size_t packet);
  /// Somebody on the path, or this machine, says that this is the largest that passes; 0: that the last one
  /// did not, which is the probe where there is one.
  void handle_too_large(base::Time now, std::size_t packet);

 private:
  static constexpr std::size_t kNone = SIZE_MAX;
  [[nodiscard]] std::optional<std::size_t> next_size() const;
  void fall();

  PacketSizes sizes_;
  std::size_t packet_;
  std::size_t too_large_ = kNone;  ///< the smallest size that did not pass
  base::Time found_at_{};          ///< when a probe was answered or given up last

  std::optional<Probe> under_way_;
  base::Time give_up_at_{};
  int tries_ = 0;  ///< of the size that is under way
  std::uint32_t next_number_ = 0;
  std::uint32_t first_number_ = 0;  ///< of this path

  std::size_t lost_ = 0;         ///< chunks, and none of such a packet or a larger one was acknowledged since
  std::size_t lost_in_ = kNone;  ///< the smallest of these packets
};

}  // namespace parlor::sctp
