#pragma once
// A worse network, between the links and the platform (parlor/conditioner.hpp): holds the frames of carriers
// and of the relay until they are due. Sans-IO, seeded.
//
// A frame passes in this order: queue and rate, loss, double, delay. Frames of one flow that is ordered (a
// reliable channel of a carrier; the socket to the server, which is TCP) are never lost, doubled or
// overtaken: a loss there is the time that sending again takes, and holds up what is behind. They fill no
// more than half of the queue at the rate; the others of them wait in their flow as they would with their
// sender, and take turns.

#include <compare>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <utility>
#include <variant>

#include "base/random.hpp"
#include "base/time.hpp"
#include "parlor/conditioner.hpp"
#include "room/transmit.hpp"

namespace parlor::room {

/// A frame that a carrier brought.
struct CarrierFrame {
  CarrierId carrier{};
  Channel channel = 0;
  Bytes bytes;
};
/// One that the server's socket brought.
struct ServerFrame {
  Bytes bytes;
  base::Time came{};  ///< when it did
};
using HeldFrame = std::variant<CarrierSend, RelaySend, CarrierFrame, ServerFrame>;

/// What keeps its order, where it does.
struct Flow {
  CarrierId carrier{};  ///< 0, which no carrier has: the server
  Channel channel = 0;
  friend auto operator<=>(const Flow&, const Flow&) = default;
};
inline constexpr Flow kServerFlow{};

/// One direction.
class ConditionedPipe {
 public:
  /// What is held at most, a frame counted as its bytes and kFrameCost. Above that what may be lost is, and
  /// what must arrive goes out before its time, the earliest first.
  static constexpr std::size_t kMaxHeldBytes = 8 * 1024 * 1024;
  static constexpr std::size_t kFrameCost = 128;
  /// Sending again takes a round trip of these conditions and so much more: between a fast retransmission and
  /// a timer's.
  static constexpr base::Duration kRetransmission = base::milliseconds(100);
  /// A frame is lost at most so often: one that must arrive does, whatever the loss.
  static constexpr int kMaxLosses = 6;
  /// A burst ends after so much time, however few frames came by.
  static constexpr base::Duration kLongestBurst = base::seconds(1);

  /// `number` tells the randomness of two pipes of one seed apart.
  ConditionedPipe(const Conditions& conditions, std::uint64_t number);

  /// From now on; what is held keeps its time.
  void set(const Conditions& conditions);
  /// `may_double`: nobody is harmed by a second one.
  void put(base::Time now, Flow flow, bool ordered, bool may_double, std::size_t size, HeldFrame frame);
  /// Lets the rate go on. True: something has left the queue since the last call.
  [[nodiscard]] bool advance(base::Time now);
  /// The next that is due.
  std::optional<HeldFrame> pop(base::Time now);
  /// Any, in the order in which they would have been due: to end it.
  std::optional<HeldFrame> pop_any();
  /// All of a carrier, or of the server, in order; they are held no more.
  std::deque<HeldFrame> take(CarrierId carrier);

  /// Bytes that have not left the queue.
  [[nodiscard]] std::size_t waiting(Flow flow) const;
  [[nodiscard]] std::size_t held_bytes() const { return held_; }
  [[nodiscard]] std::optional<base::Time> poll_timeout() const;

 private:
  struct Entry {
    Flow flow;
    bool ordered = false;
    bool may_double = false;
    std::size_t size = 0;
    base::Time since;
    HeldFrame frame;
  };
  struct Leaving {
    base::Time at;
    Flow flow;
    std::size_t size = 0;
  };
  struct FlowState {
    std::size_t waiting = 0;
    base::Time last_due{};
    std::deque<Entry> behind;  // does not fit into the queue yet
  };
  using Key = std::pair<base::Time, std::uint64_t>;

  void run(base::Time now);
  /// Into the queue, at this time.
  void admit(base::Time at, Entry entry);
  /// Of those that wait behind it, in turn. There is one.
  void admit_next();
  /// It leaves the queue then: lost, or on its way.
  void depart(base::Time at, Entry entry);
  void hold(base::Time due, Entry entry);
  [[nodiscard]] base::Time departure(base::Time at, std::size_t size);
  [[nodiscard]] bool is_lost(base::Time at);
  [[nodiscard]] base::Duration some_delay();
  HeldFrame give(Entry entry);

  std::uint64_t number_;
  Conditions conditions_;
  base::SeededRandom loss_;
  base::SeededRandom jitter_;
  base::SeededRandom doubles_;
  bool in_burst_ = false;
  base::Time burst_since_{};
  std::map<Flow, FlowState> flows_;
  Flow turn_{};                  // the flow whose frame was admitted last
  std::size_t behind_ = 0;       // frames that do not fit into the queue yet
  std::deque<Leaving> leaving_;  // the queue
  std::size_t queued_ = 0;       // bytes in it
  std::int64_t busy_until_ = 0;  // nanoseconds: small frames at a high rate take less than a microsecond
  base::Time left_at_{};         // the last that left the queue
  bool left_ = false;            // something has, since it was asked
  std::map<Key, Entry> under_way_;
  std::uint64_t count_ = 0;
  std::size_t held_ = 0;
};

/// Both directions.
class Conditioner {
 public:
  explicit Conditioner(const Conditions& conditions);
  void set(const Conditions& conditions);

  void send(base::Time now, CarrierSend frame, bool ordered);
  void send(base::Time now, RelaySend frame);
  void receive(base::Time now, CarrierFrame frame, bool ordered);
  void receive(base::Time now, ServerFrame frame);

  [[nodiscard]] ConditionedPipe& outgoing() { return outgoing_; }
  [[nodiscard]] const ConditionedPipe& outgoing() const { return outgoing_; }
  [[nodiscard]] ConditionedPipe& incoming() { return incoming_; }
  /// Frames of one way are doubled: they need a number that tells them apart.
  [[nodiscard]] bool doubles() const { return doubles_; }
  [[nodiscard]] std::optional<base::Time> poll_timeout() const;

 private:
  ConditionedPipe outgoing_;
  ConditionedPipe incoming_;
  bool doubles_ = false;
};

}  // namespace parlor::room
