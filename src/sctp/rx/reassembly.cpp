#include "sctp/rx/reassembly.hpp"

#include <algorithm>
#include <utility>

namespace parlor::sctp {
namespace {

/// Whether message `a` comes before `b` in a stream: MIDs have 32 bits, SSNs 16.
bool is_before(MessageNumber a, MessageNumber b, bool interleaved) {
  if (interleaved) return base::SerialNumber<std::uint32_t>(b).is_after(base::SerialNumber<std::uint32_t>(a));
  const auto ssn = [](MessageNumber number) {
    return base::SerialNumber<std::uint16_t>(static_cast<std::uint16_t>(number));
  };
  return ssn(b).is_after(ssn(a));
}

MessageNumber following(MessageNumber number, bool interleaved) {
  return interleaved ? number + 1 : (number + 1) & 0xffff;
}

}  // namespace

Reassembly::Taken Reassembly::add(const DataChunk& data, bool interleaved, bool next_expected) {
  const std::size_t cost = data.payload.size() + kOverhead;
  const std::size_t most = limits_.memory + (next_expected ? limits_.largest_message : 0);
  if (memory_ + cost > most) return Taken::no_room;
  if (data.unordered && data.first && data.last) {
    give(data.stream, true, data.ppid, {data.payload.begin(), data.payload.end()});
    return Taken::yes;
  }
  if (streams_.size() >= limits_.streams && !streams_.contains(data.stream)) return Taken::violation;
  Stream& stream = streams_[data.stream];
  if (!data.unordered) return add_ordered(data.stream, stream, data, interleaved);
  if (interleaved) return add_numbered(data.stream, stream, data);
  memory_ += cost;
  if (auto message = runs_.add(data)) {
    memory_ -= message->bytes.size() + message->fragments * kOverhead;
    if (message->bytes.size() > limits_.largest_message) return Taken::violation;
    give(data.stream, true, message->ppid, std::move(message->bytes));
  }
  return Taken::yes;
}

Reassembly::Taken Reassembly::add_to(NumberedMessage& message, std::uint32_t fragment,
                                     const DataChunk& data) {
  const std::size_t before = cost(message);
  switch (message.add(fragment, data)) {
    case NumberedMessage::Taken::yes:
      memory_ += cost(message) - before;
      return message.size() > limits_.largest_message ? Taken::violation : Taken::yes;
    case NumberedMessage::Taken::repeated:
    case NumberedMessage::Taken::wrong:
      break;
  }
  return Taken::violation;
}

/// An unordered I-DATA fragment.
Reassembly::Taken Reassembly::add_numbered(StreamId id, Stream& stream, const DataChunk& data) {
  const auto place = stream.unordered.try_emplace(data.message).first;
  NumberedMessage& message = place->second;
  const Taken taken = add_to(message, data.fragment, data);
  if (taken != Taken::yes || !message.complete()) return taken;
  forget(message);
  give(id, true, message.ppid(), message.take());
  stream.unordered.erase(place);
  return Taken::yes;
}

Reassembly::Taken Reassembly::add_ordered(StreamId id, Stream& stream, const DataChunk& data,
                                          bool interleaved) {
  // Of a message that was given up: nothing is to become of it any more.
  if (is_before(data.message, stream.next, interleaved)) return Taken::yes;
  const bool due = data.message == stream.next;
  if (due && data.first && data.last && stream.ordered.empty()) {
    give(id, false, data.ppid, {data.payload.begin(), data.payload.end()});
    stream.next = following(stream.next, interleaved);
    return Taken::yes;
  }
  // The fragments of a DATA chunk's message are numbered by their TSNs, which are in a row (RFC 9260 §6.9).
  const std::uint32_t fragment = interleaved ? data.fragment : data.tsn.value();
  const Taken taken = add_to(stream.ordered[data.message], fragment, data);
  if (taken == Taken::yes && due) give_due(id, stream, interleaved);
  return taken;
}

void Reassembly::give(StreamId id, bool unordered, PayloadProtocol ppid, base::Bytes bytes) {
  memory_ += bytes.size() + kOverhead;
  whole_.push_back({id, ppid, unordered, std::move(bytes)});
}

void Reassembly::give_due(StreamId id, Stream& stream, bool interleaved) {
  for (auto due = stream.ordered.find(stream.next); due != stream.ordered.end() && due->second.complete();
       due = stream.ordered.find(stream.next)) {
    forget(due->second);
    give(id, false, due->second.ppid(), due->second.take());
    stream.ordered.erase(due);
    stream.next = following(stream.next, interleaved);
  }
}

void Reassembly::forget(const NumberedMessage& message) {
  memory_ -= cost(message);
}

void Reassembly::forget(const UnorderedRuns::Dropped& dropped) {
  memory_ -= dropped.bytes + dropped.fragments * kOverhead;
}

void Reassembly::skip(Tsn cumulative, std::span<const Skipped> skipped, bool interleaved) {
  for (const Skipped& one : skipped) {
    const auto found = streams_.find(one.stream);
    Stream* stream = found == streams_.end() ? nullptr : &found->second;
    if (!stream) {
      if (streams_.size() >= limits_.streams) continue;
      stream = &streams_[one.stream];
    }
    if (one.unordered) {
      skip_unordered(*stream, one.message, interleaved);
    } else {
      skip_ordered(one.stream, *stream, one.message, interleaved);
    }
  }
  if (!interleaved) forget(runs_.skip_to(cumulative));
}

/// All ordered messages up to this one are given up, but for those that are whole and only wait for others of
/// their stream: these have been received. None that waits lies before the one that is due, so that it goes
/// through those that go away alone: the other side may skip as often as it likes.
void Reassembly::skip_ordered(StreamId id, Stream& stream, MessageNumber last, bool interleaved) {
  if (is_before(last, stream.next, interleaved)) return;
  auto& messages = stream.ordered;
  for (auto one = messages.lower_bound(stream.next); !messages.empty(); one = messages.erase(one)) {
    if (one == messages.end()) one = messages.begin();  // around the wrap of the numbers
    if (is_before(last, one->first, interleaved)) break;
    forget(one->second);
    if (one->second.complete()) give(id, false, one->second.ppid(), one->second.take());
  }
  stream.next = following(last, interleaved);
  give_due(id, stream, interleaved);
}

/// The same of unordered I-DATA messages, of which none is due: from the last one backwards.
void Reassembly::skip_unordered(Stream& stream, MessageNumber last, bool interleaved) {
  auto& messages = stream.unordered;
  while (!messages.empty()) {
    auto one = messages.upper_bound(last);
    one = std::prev(one == messages.begin() ? messages.end() : one);
    if (is_before(last, one->first, interleaved)) return;
    forget(one->second);
    messages.erase(one);
  }
}

void Reassembly::reset(std::span<const StreamId> streams) {
  const auto begin_anew = [this](StreamId id, Stream& stream) {
    for (const auto& [number, message] : stream.ordered) forget(message);
    for (const auto& [number, message] : stream.unordered) forget(message);
    forget(runs_.drop(id));
  };
  if (streams.empty()) {
    for (auto& [id, stream] : streams_) begin_anew(id, stream);
    streams_.clear();
  }
  for (const StreamId id : streams) {
    const auto found = streams_.find(id);
    if (found == streams_.end()) continue;
    begin_anew(id, found->second);
    streams_.erase(found);
  }
}

std::optional<ReceivedMessage> Reassembly::poll() {
  if (whole_.empty()) return std::nullopt;
  ReceivedMessage message = std::move(whole_.front());
  whole_.pop_front();
  memory_ -= message.bytes.size() + kOverhead;
  return message;
}

}  // namespace parlor::sctp
