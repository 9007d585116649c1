#pragma once
// What has been sent and is not acknowledged without a gap: which of it is on the way, which is lost and has
// to be sent again, and which is given up (RFC 9260 §6.2.1, §6.3.3, §7.2.4; RFC 3758 §3.5).
//
// Lost is what three SACKs miss and, as in RFC 9002 §6.1 and RFC 8985, what was sent a while before something
// that has come: few small packets are on the way in a game, and the third SACK comes late or never.

#include <deque>
#include <optional>
#include <vector>

#include "base/time.hpp"
#include "sctp/packet/forward_tsn.hpp"
#include "sctp/packet/sack.hpp"
#include "sctp/tx/send_queue.hpp"

namespace parlor::sctp {

class Outstanding {
 public:
  /// Chunks that one waits for an answer to: further ones wait until those before them are through. What is
  /// given up leaves only once the other side has heard of it.
  /// Besides these, each message that is given up when a part of it was sent has one.
  static constexpr std::size_t kMost = 4096;
  /// So many SACKs say that something is missing before that is believed.
  static constexpr int kMissing = 3;

  /// `queue`: where the rest of a message waits that is given up. Outlives this.
  Outstanding(Tsn initial, SendQueue& queue) : first_(initial), queue_(queue) {}
  void set_interleaved(bool interleaved) { interleaved_ = interleaved; }
  /// Where it was not agreed on, nothing is given up: the other side would wait for it for ever.
  void set_partial_reliability(bool agreed) { partial_reliability_ = agreed; }

  // ---- what goes out

  /// It is sent now, for the first time: its TSN.
  Tsn add(base::Time now, OutgoingFragment fragment);
  struct Resent {
    Tsn tsn;
    OutgoingFragment fragment;
  };
  /// The first that is lost and whose chunk has at most `room` bytes, header included: it is sent now.
  std::optional<Resent> next_lost(base::Time now, std::size_t room);
  [[nodiscard]] bool has_lost() const { return lost_ > 0; }
  /// All that was given out since the last call went in one packet of so many bytes.
  void packet_sent(std::size_t bytes);

  // ---- what comes back

  /// What is on the way so long and was sent before something that has come is lost. Before this is known
  /// only SACKs count.
  void set_patience(base::Duration patience) { patience_ = patience; }

  struct Outcome {
    bool counts = false;      ///< false: older than what is known, or of what was never sent
    bool advanced = false;    ///< acknowledged more without a gap
    bool loss_began = false;  ///< something is lost, for the first time since recovery ended
    std::size_t bytes = 0;    ///< of chunks that are acknowledged now
    std::size_t in_flight_before = 0;
    std::optional<base::Duration> round_trip;
    base::Time newest_sent{};  ///< when the latest was sent of what is acknowledged now
    std::size_t acknowledged_packet =
        0;                        ///< bytes of the largest packet of which something is acknowledged now
    std::size_t lost = 0;         ///< chunks that are lost now, …
    std::size_t lost_packet = 0;  ///< … and the bytes of the smallest of their packets
  };
  Outcome handle_sack(base::Time now, const Sack& sack);
  /// When something is lost without another SACK.
  [[nodiscard]] std::optional<base::Time> overdue_at() const { return overdue_at_; }
  Outcome handle_overdue(base::Time now);
  /// The last that is on the way and may be sent again is lost, should nothing be already; what is behind it
  /// and may not is given up. For a probe of whether anything gets through (RFC 9002 §6.2).
  void lose_last(base::Time now);
  /// What went in larger packets than this is lost: nobody carries them. True: there was some.
  bool lose_larger_than(base::Time now, std::size_t packet);
  /// Nothing was acknowledged for a whole timeout: all of it is lost, also what a gap block had acknowledged,
  /// as its receiver may have dropped it again. The bytes of the largest packet that was on the way.
  std::size_t timed_out(base::Time now);

  // ---- what is given up

  /// Messages whose time is over. Call it before sending.
  void abandon_expired(base::Time now);
  /// A FORWARD TSN has something to say that is not acknowledged yet.
  [[nodiscard]] bool needs_forward() const;
  /// Says it, as far as it fits; false: not at all.
  bool write_forward(PacketWriter& packet) const;

  /// The messages of which something is not acknowledged without a gap and that are not given up, in their
  /// order.
  [[nodiscard]] std::vector<std::shared_ptr<OutgoingMessage>> messages() const;

  [[nodiscard]] bool empty() const { return chunks_.empty(); }
  [[nodiscard]] bool is_full() const { return chunks_.size() >= kMost; }
  /// Bytes of chunks that are on the way, headers and padding included.
  [[nodiscard]] std::size_t in_flight() const { return in_flight_; }
  [[nodiscard]] bool is_recovering() const { return recovery_until_.has_value(); }
  [[nodiscard]] Tsn cumulative() const { return first_ + 0xffffffffU; }
  [[nodiscard]] Tsn next_tsn() const { return first_ + static_cast<std::uint32_t>(chunks_.size()); }
  /// When the first that is on the way was sent last; nothing where none is.
  [[nodiscard]] std::optional<base::Time> oldest_sent() const;

 private:
  enum class State : std::uint8_t { in_flight, acknowledged, lost, abandoned };
  struct Sent {
    OutgoingFragment fragment;  ///< its message is null once it is given up
    base::Time at{};
    std::uint16_t packet = 0;  ///< bytes of the one that it went in last
    std::uint16_t times = 1;
    std::uint8_t missing = 0;
    bool fast_resent = false;
    State state = State::in_flight;
    Skipped named{};  ///< of one that is given up
  };
  [[nodiscard]] std::size_t size_of(const Sent& sent) const;
  [[nodiscard]] std::size_t index_of(Tsn tsn) const { return tsn.distance_from(first_); }
  void set_state(Sent& sent, State state);
  void acknowledge(base::Time now, std::size_t index, Outcome& outcome);
  [[nodiscard]] static bool is_in_flight(const Sent& sent);
  void lose(base::Time now, std::size_t index);
  void abandon(OutgoingMessage& message);
  void sweep_abandoned();
  void count_missing(base::Time now, std::size_t until, Outcome& outcome);
  void find_overdue(base::Time now, Outcome& outcome);
  void lose_to(base::Time now, std::size_t index, Outcome& outcome);
  void begin_recovery(Outcome& outcome);

  Tsn first_;  ///< of chunks_
  SendQueue& queue_;
  std::deque<Sent> chunks_;
  std::size_t in_flight_ = 0;
  std::size_t lost_ = 0;
  std::size_t lost_from_ = 0;           ///< nothing in front of it is lost
  bool has_abandoned_ = false;          ///< messages of which not all chunks know it yet
  std::optional<Tsn> recovery_until_;   ///< acknowledged up to this, it is over
  std::vector<std::size_t> in_packet_;  ///< places of what was given out since packet_sent()
  std::optional<base::Duration> patience_;
  std::optional<base::Time> expires_;  ///< nothing of chunks_ before this
  base::Time newest_{};                ///< when the latest was sent of all that was acknowledged, …
  Tsn newest_tsn_;                     ///< … and which that is
  std::optional<base::Time> overdue_at_;
  bool interleaved_ = false;
  bool partial_reliability_ = true;
};

}  // namespace parlor::sctp
