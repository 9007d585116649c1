#pragma once
// What a machine and its links have to say: commands to the platform and events to the game, in order.

#include <deque>
#include <memory>
#include <optional>
#include <utility>

#include "room/conditioner.hpp"
#include "room/event_queue.hpp"
#include "room/transmit.hpp"

namespace parlor::room {

class Outbox {
 public:
  void transmit(Transmit transmit) {
    if (conditioner_) {
      if (const auto* close = std::get_if<CloseCarrier>(&transmit)) give_out(close->carrier);
    }
    transmits_.push_back(std::move(transmit));
  }
  /// Frames, which a conditioner may hold.
  void send(base::Time now, CarrierSend send, bool ordered) {
    ++frames_;
    if (conditioner_) return conditioner_->send(now, std::move(send), ordered);
    transmits_.push_back(std::move(send));
  }
  void send(base::Time now, RelaySend send) {
    ++frames_;
    if (conditioner_) return conditioner_->send(now, std::move(send));
    relay(std::move(send));
  }
  /// For one member. What is for several, and asked for one after the other, goes to the server once.
  void relay(RelaySend send) {
    if (!transmits_.empty()) {
      auto* last = std::get_if<RelaySend>(&transmits_.back());
      if (last != nullptr && last->lane == send.lane && last->age_ms == send.age_ms &&
          last->key == send.key && last->payload.is_same_as(send.payload) &&
          last->recipients.size() < relay::kMaxRecipients && send.lane != relay::Lane::control) {
        relayed_ += send.recipients.front().header.size();
        last->recipients.push_back(send.recipients.front());
        return;
      }
    }
    relayed_ += send.recipients.front().header.size() + send.payload.size();
    transmits_.push_back(std::move(send));
  }
  /// How many frames it was given so far.
  [[nodiscard]] std::uint64_t frames() const { return frames_; }
  /// Bytes said to the relay since the platform has last told how much waits in its socket.
  [[nodiscard]] std::size_t relayed() const { return relayed_; }
  void socket_told() { relayed_ = 0; }
  std::optional<Transmit> poll_transmit() {
    if (transmits_.empty()) return std::nullopt;
    Transmit first = std::move(transmits_.front());
    transmits_.pop_front();
    return first;
  }

  // ---- the conditioner, if there is one
  [[nodiscard]] Conditioner* conditioner() const { return conditioner_.get(); }
  void set_conditioner(std::unique_ptr<Conditioner> conditioner) { conditioner_ = std::move(conditioner); }
  [[nodiscard]] std::unique_ptr<Conditioner> release_conditioner() { return std::move(conditioner_); }
  /// Bytes that wait in front of a carrier's channel, or of the server's socket.
  [[nodiscard]] std::size_t waiting(Flow flow) const {
    return conditioner_ ? conditioner_->outgoing().waiting(flow) : 0;
  }

  void event(Event event) { overflowed_ = !events_.push(std::move(event)) || overflowed_; }
  [[nodiscard]] EventQueue& events() { return events_; }
  [[nodiscard]] bool has_event() const { return events_.size() > 0; }
  /// An event that is no message was lost, for there were too many of them: the room cannot go on.
  [[nodiscard]] bool overflowed() const { return overflowed_; }

 private:
  /// A carrier is closed: what is held for it goes out before, and what it brought is no matter any more.
  void give_out(CarrierId carrier) {
    for (HeldFrame& frame : conditioner_->outgoing().take(carrier))
      transmits_.push_back(std::get<CarrierSend>(std::move(frame)));
    conditioner_->incoming().take(carrier);
  }

  std::deque<Transmit> transmits_;
  std::size_t relayed_ = 0;
  std::uint64_t frames_ = 0;
  std::unique_ptr<Conditioner> conditioner_;
  EventQueue events_;
  bool overflowed_ = false;
};

}  // namespace parlor::room
