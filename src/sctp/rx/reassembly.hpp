#pragma once
// Makes messages of DATA and I-DATA chunks and gives them: ordered ones in the order of their stream,
// unordered ones as they become whole (RFC 9260 §6.5, §6.6, §6.9; RFC 8260 §2.2.3). One side uses one of the
// two kinds throughout.

#include <algorithm>
#include <deque>
#include <map>
#include <optional>
#include <span>
#include <unordered_map>

#include "sctp/packet/forward_tsn.hpp"
#include "sctp/rx/fragments.hpp"

namespace parlor::sctp {

struct ReceivedMessage {
  StreamId stream = 0;
  PayloadProtocol ppid = 0;
  bool unordered = false;
  base::Bytes bytes;
};

struct ReassemblyLimits {
  /// Bytes that wait, kOverhead for each piece of memory with them. What a peer of our kind may send at once,
  /// in parts of many messages, has to fit (AssociationOptions::send_buffer): no part of it could be given
  /// otherwise, and nothing would get on.
  std::size_t memory = (2 << 20) + (1 << 18);
  std::size_t largest_message = 1 << 18;  ///< bytes; a longer one is a violation
  std::size_t streams = 4096;             ///< that are in use
};

class Reassembly {
 public:
  /// What a message that waits, or a fragment of it that is held by itself, is taken to cost besides its
  /// payload.
  static constexpr std::size_t kOverhead = 256;

  enum class Taken : std::uint8_t {
    yes,
    no_room,    ///< as if it had not come: it is sent again, and there may be room then
    violation,  ///< no correct peer sends this
  };

  explicit Reassembly(const ReassemblyLimits& limits) : limits_(limits) {}

  /// Precondition: its TSN comes for the first time, its payload is not empty. `next_expected`: it is the
  /// first TSN that is missing. Such a one is taken also where there is no room for others, or nothing would
  /// ever get on.
  Taken add(const DataChunk& data, bool interleaved, bool next_expected);
  /// The other side gives up these messages. `cumulative`: all up to this TSN has come or is given up now.
  void skip(Tsn cumulative, std::span<const Skipped> skipped, bool interleaved);
  /// The other side's streams begin anew (RFC 6525 §5.2.2); none: all.
  void reset(std::span<const StreamId> streams);

  std::optional<ReceivedMessage> poll();
  /// That much waits for other fragments, for other messages of its stream, or for poll().
  [[nodiscard]] std::size_t memory() const { return memory_; }
  /// For the window that is advertised.
  [[nodiscard]] std::size_t room() const { return limits_.memory - std::min(memory_, limits_.memory); }

 private:
  struct Stream {
    MessageNumber next = 0;  ///< ordered: the number of the message that is due
    std::map<MessageNumber, NumberedMessage> ordered;
    std::map<MessageNumber, NumberedMessage> unordered;  ///< I-DATA
  };
  Taken add_to(NumberedMessage& message, std::uint32_t fragment, const DataChunk& data);
  Taken add_numbered(StreamId id, Stream& stream, const DataChunk& data);
  Taken add_ordered(StreamId id, Stream& stream, const DataChunk& data, bool interleaved);
  void skip_ordered(StreamId id, Stream& stream, MessageNumber last, bool interleaved);
  void skip_unordered(Stream& stream, MessageNumber last, bool interleaved);
  void give(StreamId id, bool unordered, PayloadProtocol ppid, base::Bytes bytes);
  void give_due(StreamId id, Stream& stream, bool interleaved);
  [[nodiscard]] static std::size_t cost(const NumberedMessage& message) {
    return message.size() + message.pieces() * kOverhead;
  }
  void forget(const NumberedMessage& message);
  void forget(const UnorderedRuns::Dropped& dropped);

  ReassemblyLimits limits_;
  std::unordered_map<StreamId, Stream> streams_;
  UnorderedRuns runs_;  ///< unordered DATA
  std::deque<ReceivedMessage> whole_;
  std::size_t memory_ = 0;
};

}  // namespace parlor::sctp
