#pragma once
// Messages that wait to be sent, by stream, and whose turn it is. Streams share the bytes by their weights
// (RFC 8260 §3.6). With interleaving each fragment is a turn, so that a large message holds up no small one
// of another stream; without, a message that has begun goes on to its end, as its TSNs have to be in a row
// (RFC 9260 §6.9).

#include <deque>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/time.hpp"
#include "sctp/packet/data.hpp"

namespace parlor::sctp {

/// A message on its way out. Its fragments are cut out of it and share it.
struct OutgoingMessage {
  StreamId stream = 0;
  PayloadProtocol ppid = 0;
  bool unordered = false;
  std::optional<base::Time> expires;             ///< from then on it is not sent any more
  std::optional<std::uint16_t> max_retransmits;  ///< a fragment is not sent again more often than this
  base::Bytes bytes;                             ///< not empty
  MessageNumber number = 0;                      ///< given with the first fragment
  bool abandoned = false;

  [[nodiscard]] bool is_expired(base::Time now) const { return expires && now >= *expires; }
};

struct OutgoingFragment {
  std::shared_ptr<OutgoingMessage> message;
  std::uint32_t at = 0;      ///< where in the message it begins, …
  std::uint32_t size = 0;    ///< … and how long it is, in bytes
  std::uint32_t number = 0;  ///< FSN

  [[nodiscard]] bool is_last() const { return at + size == message->bytes.size(); }
  /// What goes out for it, with this TSN.
  [[nodiscard]] DataChunk chunk(Tsn tsn) const;
};

class SendQueue {
 public:
  /// The weight of streams of which none was said; RFC 8831 §6.4 calls it "normal".
  static constexpr std::uint16_t kNormalWeight = 256;

  void add(OutgoingMessage message);
  void set_weight(StreamId stream, std::uint16_t weight);
  void set_interleaved(bool interleaved) { interleaved_ = interleaved; }

  /// The next fragment, of at most `room` bytes of payload; nothing where none waits. What has expired before
  /// it began is dropped. Precondition: room > 0.
  std::optional<OutgoingFragment> next(base::Time now, std::size_t room);
  /// Whether next() would give something, but for what has expired.
  [[nodiscard]] bool empty() const { return turns_.empty(); }
  /// Nothing more of this message is sent. True: a part of it had been given out, and a part had not.
  bool abandon(const OutgoingMessage& message);

  /// Bytes that wait, of one stream or of all.
  [[nodiscard]] std::size_t buffered(StreamId stream) const;
  [[nodiscard]] std::size_t buffered() const { return buffered_; }
  /// Messages that wait, or of which a part does.
  [[nodiscard]] std::size_t messages() const { return messages_; }
  /// Those that something is kept of: that were used, or given a weight, since they were reset.
  [[nodiscard]] std::size_t streams() const { return streams_.size(); }

  /// It has ended: its messages are numbered from 0 again, its weight is the normal one, and nothing is kept
  /// of it. Precondition: none waits.
  void reset(StreamId stream);
  /// The other side knows nothing of what was given out: all that waits begins anew, and numbers with it.
  /// `unheard` were given out, in this order, and wait again.
  void begin_anew(const std::vector<std::shared_ptr<OutgoingMessage>>& unheard = {});

 private:
  struct Stream {
    std::deque<std::shared_ptr<OutgoingMessage>> messages;
    std::uint32_t at = 0;        ///< of the front: so much of it has been given out
    std::uint32_t fragment = 0;  ///< of the front: the next one's number
    std::size_t buffered = 0;
    MessageNumber next_ordered = 0;
    MessageNumber next_unordered = 0;
    std::uint16_t weight = kNormalWeight;
    std::uint64_t turn = 0;  ///< when it is its turn, in bytes by weight
  };
  using Turn = std::pair<std::uint64_t, StreamId>;

  [[nodiscard]] static bool has_turn(const Stream& stream);
  void take_turn(StreamId id, Stream& stream);
  void lose_turn(StreamId id, const Stream& stream);
  void pop(Stream& stream);
  void drop_expired(base::Time now, Stream& stream);

  std::unordered_map<StreamId, Stream> streams_;
  std::set<Turn> turns_;             ///< of those that have something to give
  std::set<Turn>::node_type spare_;  ///< of the turn that was lost last: the next one needs no memory
  std::uint64_t now_turn_ = 0;
  std::optional<StreamId> begun_;  ///< without interleaving: whose message is cut up
  std::size_t buffered_ = 0;
  std::size_t messages_ = 0;
  bool interleaved_ = false;
};

}  // namespace parlor::sctp
