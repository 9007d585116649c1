#include "room/link/ordered_in.hpp"

#include <algorithm>
#include <utility>

namespace parlor::room {

OrderedIn::Taken OrderedIn::take(base::Time now, const FrameHeader& header, BytesView payload) {
  const auto ahead = static_cast<std::uint16_t>(header.number - static_cast<std::uint16_t>(arrived_));
  if (ahead >= 0x8000) {
    owe(now, payload.size());  // its sender does not know yet
    return Taken::duplicate;
  }
  if (ahead > kMaxUnacknowledged || payload.size() > kMaxPiece) return Taken::nonsense;
  const std::uint64_t position = arrived_ + ahead;
  if (waiting_.count(position) > 0) return Taken::duplicate;
  if (waiting_.size() == kMaxWaiting || waiting_bytes_ + payload.size() > kMaxWaitingBytes)
    return Taken::nonsense;
  Piece piece{Bytes(payload.begin(), payload.end()), header.kind == FrameKind::ordered_more, header.term};
  waiting_bytes_ += payload.size();
  waiting_.emplace(position, std::move(piece));
  settle();
  return message_bytes_ > kMaxReliableMessage ? Taken::nonsense : Taken::yes;
}

void OrderedIn::settle() {
  for (auto next = waiting_.find(arrived_); next != waiting_.end() && next->first == arrived_; ++next) {
    ++arrived_;
    message_bytes_ += next->second.bytes.size();
    if (message_bytes_ > kMaxReliableMessage) return;
    if (next->second.more) continue;
    complete_ = arrived_;
    message_bytes_ = 0;
  }
}

void OrderedIn::owe(base::Time now, std::size_t bytes) {
  if (!owed_since_) owed_since_ = now;
  owed_bytes_ += bytes;
}

std::optional<OrderedIn::Delivered> OrderedIn::pop(base::Time now) {
  if (popped_ == complete_) return std::nullopt;
  Delivered delivered;
  for (bool more = true; more; ++popped_) {
    auto node = waiting_.extract(popped_);
    Piece& piece = node.mapped();
    waiting_bytes_ -= piece.bytes.size();
    more = piece.more;
    delivered.term = piece.term;
    if (delivered.bytes.empty()) {
      delivered.bytes = std::move(piece.bytes);
    } else {
      delivered.bytes.insert(delivered.bytes.end(), piece.bytes.begin(), piece.bytes.end());
    }
  }
  owe(now, delivered.bytes.size());
  return delivered;
}

std::optional<std::uint8_t> OrderedIn::next_term() const {
  if (popped_ == complete_) return std::nullopt;
  return waiting_.at(popped_).term;
}

Ack OrderedIn::acknowledge(Channel channel) {
  owed_since_.reset();
  owed_bytes_ = 0;
  return {channel, static_cast<std::uint16_t>(popped_ % kAckNumbers)};
}

std::optional<base::Time> OrderedIn::ack_due(base::Duration delay) const {
  if (!owed_since_) return std::nullopt;
  return owed_bytes_ >= kAckBytes ? *owed_since_ : *owed_since_ + delay;
}

bool OrderedIn::ack_rides(base::Time now, base::Duration delay) const {
  return owed_since_ && (owed_bytes_ >= kAckBytes / 2 || now - *owed_since_ >= delay * 3 / 4);
}

}  // namespace parlor::room
