#pragma once
// The events that a game has not taken yet, within limits. It decides what goes when a game is too slow, and
// names the peer that floods; it does nothing to that peer.

#include <cstddef>
#include <deque>
#include <list>
#include <optional>

#include "parlor/room.hpp"

namespace parlor::room {

class EventQueue {
 public:
  /// Most events, and most bytes of their messages, that wait at a time.
  static constexpr std::size_t kMaxEvents = 65'536;
  static constexpr std::size_t kMaxBytes = 16 * 1024 * 1024;
  /// Of the events, so many are kept free of messages: a slow game still learns who came and went.
  static constexpr std::size_t kReservedEvents = 4'096;

  /// Anything but a Message. False when the queue is full of such: then nothing was taken.
  [[nodiscard]] bool push(Event event);
  /// The last event. Always fits.
  void push_last(Ended ended);
  /// `message` is moved from when it is taken. Makes place by dropping the unreliable messages that wait
  /// longest. Where that is not enough for a reliable one, nothing is taken and the peer that has most
  /// waiting is named: give it up, drop_messages_of() it, and push the same again. An unreliable message is
  /// then dropped instead.
  [[nodiscard]] std::optional<PeerId> push_message(Message& message, Delivery delivery);
  void drop_messages_of(PeerId peer);

  std::optional<Event> pop();
  [[nodiscard]] std::size_t size() const { return events_.size(); }
  [[nodiscard]] std::size_t message_bytes() const { return bytes_; }

 private:
  struct Waiting {
    Event event;
    bool unreliable = false;
  };
  using Position = std::list<Waiting>::iterator;

  [[nodiscard]] bool fits(std::size_t bytes) const;
  [[nodiscard]] PeerId heaviest_with(const Message& message) const;
  void drop_oldest_unreliable();

  std::list<Waiting> events_;
  std::deque<Position> unreliable_;  // the same order as in events_
  std::size_t bytes_ = 0;
};

}  // namespace parlor::room
