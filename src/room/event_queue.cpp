#include "room/event_queue.hpp"

#include <iterator>
#include <map>
#include <utility>

namespace parlor::room {
namespace {

/// What a waiting message costs beside its bytes, so that many small ones weigh too.
constexpr std::size_t kOverhead = 128;

}  // namespace

bool EventQueue::push(Event event) {
  while (events_.size() >= kMaxEvents && !unreliable_.empty()) drop_oldest_unreliable();
  if (events_.size() >= kMaxEvents) return false;
  events_.push_back({std::move(event), false});
  return true;
}

void EventQueue::push_last(Ended ended) {
  events_.push_back({std::move(ended), false});
}

std::optional<PeerId> EventQueue::push_message(Message& message, Delivery delivery) {
  const std::size_t size = message.bytes.size();
  while (!fits(size) && !unreliable_.empty()) drop_oldest_unreliable();
  if (!fits(size)) {
    if (delivery == Delivery::unreliable) return std::nullopt;
    return heaviest_with(message);
  }
  bytes_ += size;
  events_.push_back({std::move(message), delivery == Delivery::unreliable});
  if (delivery == Delivery::unreliable) unreliable_.push_back(std::prev(events_.end()));
  return std::nullopt;
}

void EventQueue::drop_messages_of(PeerId peer) {
  unreliable_.clear();
  for (Position at = events_.begin(); at != events_.end();) {
    const auto* message = std::get_if<Message>(&at->event);
    if (message != nullptr && message->from == peer) {
      bytes_ -= message->bytes.size();
      at = events_.erase(at);
      continue;
    }
    if (at->unreliable) unreliable_.push_back(at);
    ++at;
  }
}

std::optional<Event> EventQueue::pop() {
  if (events_.empty()) return std::nullopt;
  if (events_.front().unreliable) unreliable_.pop_front();
  Event event = std::move(events_.front().event);
  events_.pop_front();
  if (const auto* message = std::get_if<Message>(&event)) bytes_ -= message->bytes.size();
  return event;
}

bool EventQueue::fits(std::size_t bytes) const {
  return events_.size() < kMaxEvents - kReservedEvents && bytes <= kMaxBytes - bytes_;
}

PeerId EventQueue::heaviest_with(const Message& message) const {
  std::map<PeerId, std::size_t> weights;
  weights[message.from] = message.bytes.size() + kOverhead;
  for (const Waiting& waiting : events_) {
    if (const auto* other = std::get_if<Message>(&waiting.event)) {
      weights[other->from] += other->bytes.size() + kOverhead;
    }
  }
  PeerId heaviest = message.from;
  for (const auto& [peer, weight] : weights) {
    if (weight > weights[heaviest]) heaviest = peer;
  }
  return heaviest;
}

void EventQueue::drop_oldest_unreliable() {
  const Position oldest = unreliable_.front();
  unreliable_.pop_front();
  bytes_ -= std::get_if<Message>(&oldest->event)->bytes.size();
  events_.erase(oldest);
}

}  // namespace parlor::room
