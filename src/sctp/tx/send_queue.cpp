#include "sctp/tx/send_queue.hpp"

#include <algorithm>
#include <cassert>

namespace parlor::sctp {
namespace {

/// Of bytes in a turn, so that weights from 1 to 65,535 make a difference.
constexpr std::uint64_t kScale = 1 << 16;

}  // namespace

DataChunk OutgoingFragment::chunk(Tsn tsn) const {
  DataChunk chunk;
  chunk.tsn = tsn;
  chunk.stream = message->stream;
  chunk.message = message->number;
  chunk.fragment = number;
  chunk.ppid = message->ppid;
  chunk.unordered = message->unordered;
  chunk.first = at == 0;
  chunk.last = is_last();
  chunk.payload = base::BytesView(message->bytes).subspan(at, size);
  return chunk;
}

bool SendQueue::has_turn(const Stream& stream) {
  return !stream.messages.empty();
}

void SendQueue::take_turn(StreamId id, Stream& stream) {
  if (!has_turn(stream)) return;
  if (spare_.empty()) return void(turns_.insert({stream.turn, id}));
  spare_.value() = {stream.turn, id};
  spare_ = turns_.insert(std::move(spare_)).node;  // where it had one
}

void SendQueue::lose_turn(StreamId id, const Stream& stream) {
  const auto found = turns_.find({stream.turn, id});
  if (found != turns_.end()) spare_ = turns_.extract(found);
}

void SendQueue::add(OutgoingMessage message) {
  assert(!message.bytes.empty());
  const StreamId id = message.stream;
  Stream& stream = streams_[id];
  // Who had nothing to send does not save up turns.
  if (!has_turn(stream)) stream.turn = std::max(stream.turn, now_turn_);
  stream.buffered += message.bytes.size();
  buffered_ += message.bytes.size();
  ++messages_;
  stream.messages.push_back(std::make_shared<OutgoingMessage>(std::move(message)));
  take_turn(id, stream);
}

void SendQueue::set_weight(StreamId stream, std::uint16_t weight) {
  streams_[stream].weight = std::max<std::uint16_t>(weight, 1);
}

void SendQueue::pop(Stream& stream) {
  const std::size_t left = stream.messages.front()->bytes.size() - stream.at;
  stream.buffered -= left;
  buffered_ -= left;
  --messages_;
  stream.messages.pop_front();
  stream.at = 0;
  stream.fragment = 0;
}

void SendQueue::drop_expired(base::Time now, Stream& stream) {
  while (!stream.messages.empty() && stream.at == 0 && stream.messages.front()->is_expired(now)) pop(stream);
}

std::optional<OutgoingFragment> SendQueue::next(base::Time now, std::size_t room) {
  assert(room > 0);
  while (!turns_.empty()) {
    const StreamId id = begun_ ? *begun_ : turns_.begin()->second;
    Stream& stream = streams_.find(id)->second;
    lose_turn(id, stream);
    drop_expired(now, stream);
    if (!has_turn(stream)) continue;
    now_turn_ = std::max(now_turn_, stream.turn);
    const auto& message = stream.messages.front();
    if (stream.at == 0)
      message->number = (message->unordered ? stream.next_unordered : stream.next_ordered)++;
    OutgoingFragment fragment;
    fragment.message = message;
    fragment.at = stream.at;
    fragment.size =
        static_cast<std::uint32_t>(std::min<std::size_t>(room, message->bytes.size() - stream.at));
    fragment.number = stream.fragment++;
    stream.at += fragment.size;
    stream.buffered -= fragment.size;
    buffered_ -= fragment.size;
    stream.turn += fragment.size * kScale / stream.weight;
    const bool last = fragment.is_last();
    if (last) pop(stream);
    begun_ = last || interleaved_ ? std::nullopt : std::optional(id);
    take_turn(id, stream);
    return fragment;
  }
  return std::nullopt;
}

bool SendQueue::abandon(const OutgoingMessage& message) {
  const auto found = streams_.find(message.stream);
  if (found == streams_.end()) return false;
  Stream& stream = found->second;
  if (stream.at == 0 || stream.messages.front().get() != &message) return false;
  lose_turn(message.stream, stream);
  pop(stream);
  if (begun_ == found->first) begun_.reset();
  take_turn(found->first, stream);
  return true;
}

std::size_t SendQueue::buffered(StreamId stream) const {
  const auto found = streams_.find(stream);
  return found == streams_.end() ? 0 : found->second.buffered;
}

void SendQueue::reset(StreamId id) {
  const auto found = streams_.find(id);
  if (found == streams_.end()) return;
  if (!has_turn(found->second)) return void(streams_.erase(found));
  // It would be the caller's mistake; but turns_ and begun_ name it.
  found->second.next_ordered = 0;
  found->second.next_unordered = 0;
}

void SendQueue::begin_anew(const std::vector<std::shared_ptr<OutgoingMessage>>& unheard) {
  for (auto& [id, stream] : streams_) {
    stream.buffered += stream.at;
    buffered_ += stream.at;
    stream.at = 0;
    stream.fragment = 0;
    stream.next_ordered = 0;
    stream.next_unordered = 0;
  }
  begun_.reset();
  for (auto message = unheard.rbegin(); message != unheard.rend(); ++message) {
    const StreamId id = (*message)->stream;
    Stream& stream = streams_[id];
    // Of one that is cut up just now the rest waits already.
    if (!stream.messages.empty() && stream.messages.front() == *message) continue;
    stream.messages.push_front(*message);
    ++messages_;
    stream.buffered += (*message)->bytes.size();
    buffered_ += (*message)->bytes.size();
    take_turn(id, stream);
  }
}

}  // namespace parlor::sctp
