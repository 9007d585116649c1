#pragma once
// What a machine and its links have to say: commands to the platform and events to the game, in order.

#include <deque>
#include <optional>
#include <utility>

#include "room/event_queue.hpp"
#include "room/transmit.hpp"

namespace parlor::room {

class Outbox {
 public:
  void transmit(Transmit transmit) { transmits_.push_back(std::move(transmit)); }
  /// For one member. What is for several, and asked for one after the other, goes to the server once.
  void relay(RelaySend send) {
    if (!transmits_.empty()) {
      auto* last = std::get_if<RelaySend>(&transmits_.back());
      if (last != nullptr && last->lane == send.lane && last->age_ms == send.age_ms &&
          last->key == send.key && last->payload.is_same_as(send.payload) &&
          last->recipients.size() < relay::kMaxRecipients && send.lane != relay::Lane::control) {
        last->recipients.push_back(send.recipients.front());
        return;
      }
    }
    transmits_.push_back(std::move(send));
  }
  std::optional<Transmit> poll_transmit() {
    if (transmits_.empty()) return std::nullopt;
    Transmit first = std::move(transmits_.front());
    transmits_.pop_front();
    return first;
  }

  void event(Event event) { overflowed_ = !events_.push(std::move(event)) || overflowed_; }
  [[nodiscard]] EventQueue& events() { return events_; }
  /// An event that is no message was lost, for there were too many of them: the room cannot go on.
  [[nodiscard]] bool overflowed() const { return overflowed_; }

 private:
  std::deque<Transmit> transmits_;
  EventQueue events_;
  bool overflowed_ = false;
};

}  // namespace parlor::room
