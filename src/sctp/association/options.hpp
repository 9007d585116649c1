#pragma once
// What an association is given, and what it says.

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "sctp/packet/init.hpp"
#include "sctp/rx/reassembly.hpp"
#include "sctp/tx/round_trip.hpp"

namespace parlor::sctp {

struct AssociationOptions {
  std::uint16_t local_port = 5000;
  std::uint16_t remote_port = 5000;
  /// Bytes of packets, checksum and all: what DTLS and the path below it carry (sctp/tx/path_mtu.hpp). The
  /// largest to begin with, and …
  std::size_t packet = 1115;
  /// … the largest that is ever sent, where the path is found to carry it: not more than `packet`: that one;
  std::size_t largest_packet = 0;
  /// and one that fits where those do not. No DATA chunk is larger. At most `packet` counts.
  std::size_t smallest_packet = 915;
  /// Bytes of messages that may wait to be sent, and for each 64 of them one message, of those with a limit
  /// half as many: they take memory, too.
  std::size_t send_buffer = 2 << 20;
  std::uint16_t streams = 65535;  ///< each way
  ReassemblyLimits receive{};
  RoundTripOptions round_trip{};
  /// What is used where the other side has it, too.
  Extensions extensions{.partial_reliability = true,
                        .reset = true,
                        .interleaving = true,
                        .zero_checksum = true,
                        .padding = true};
  base::Duration delayed_ack = base::milliseconds(100);  ///< at most 500 (RFC 9260 §6.2)
  base::Duration cookie_life = base::seconds(60);
  int most_init_tries = 20;  ///< at most so many INITs; likewise COOKIE ECHOs, and cookies that are stale
  /// So long nothing of what waits for an answer is answered, while there is a way (set_reachable()): then
  /// the other side is taken to be gone. By time, not by a count of timeouts (Association.Max.Retrans): a bad
  /// path may carry nothing but small packets for a minute, and whoever brings the packets finds out sooner
  /// whether anybody is there.
  base::Duration longest_silence = base::seconds(180);
};

enum class SendResult : std::uint8_t {
  queued,
  would_block,     ///< the send buffer is full: try again once less is buffered
  too_large,       ///< larger than the send buffer
  empty,           ///< SCTP has no empty messages: RFC 8831 §6.6 says how to write one
  no_such_stream,  ///< the other side has fewer
  closed,
};

struct SendOptions {
  bool unordered = false;
  std::optional<std::uint16_t> max_retransmits{};  ///< partial reliability by count, or …
  std::optional<base::Duration> lifetime{};        ///< … by time
};

enum class CloseReason : std::uint8_t {
  shutdown,         ///< both sides were done
  aborted,          ///< by this side
  aborted_by_peer,  ///< `cause` says why
  no_answer,        ///< nothing was acknowledged for longest_silence, or no handshake or end came about
  peer_misbehaved,  ///< it sent what no correct peer sends: `cause` is what it was told
};
[[nodiscard]] std::string_view to_string(CloseReason reason);

/// Messages flow. Before it, what is sent waits.
struct Established {
  Extensions extensions;  ///< those that are used
};
/// The other side has begun anew (RFC 9260 §5.2.4 A): what was on the way is lost, streams begin at 0.
struct Restarted {};
/// The other side has ended these streams of its own (RFC 6525); none: all.
struct StreamsReset {
  std::vector<StreamId> streams;
};
/// This side's streams have ended, and may be used anew; or the other side refused that.
struct ResetDone {
  std::vector<StreamId> streams;
  bool done = true;
};
struct Closed {
  CloseReason reason = CloseReason::shutdown;
  CauseCode cause = CauseCode::none;
  std::string info;  ///< of an abort, the text that came with it; at most 512 bytes
};
using AssociationEvent =
    std::variant<Established, Restarted, ReceivedMessage, StreamsReset, ResetDone, Closed>;

}  // namespace parlor::sctp
