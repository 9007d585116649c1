#include "sctp/rx/fragments.hpp"

#include <iterator>
#include <utility>

namespace parlor::sctp {

namespace {

using Number = base::SerialNumber<std::uint32_t>;

}  // namespace

// ---- messages that have a number

NumberedMessage::Taken NumberedMessage::add(std::uint32_t fragment, const DataChunk& data) {
  if (ended_ || (data.first && began_)) return Taken::wrong;
  if (!data.first && began_ && Number(next_).is_after(Number(fragment))) return Taken::repeated;
  if (data.first || (began_ && fragment == next_)) {
    if (data.first) {
      began_ = true;
      next_ = fragment;
      ppid_ = data.ppid;
    }
    append(data.payload, data.last);
    for (auto found = later_.find(next_); found != later_.end() && !ended_; found = later_.find(next_)) {
      append(found->second.bytes, found->second.last);
      later_.erase(found);
    }
    if (ended_ && !later_.empty()) return Taken::wrong;  // something is left behind the last one
  } else {
    const Fragment later{{data.payload.begin(), data.payload.end()}, data.last};
    if (!later_.try_emplace(fragment, later).second) return Taken::repeated;
  }
  size_ += data.payload.size();
  return Taken::yes;
}

void NumberedMessage::append(base::BytesView bytes, bool last) {
  whole_.insert(whole_.end(), bytes.begin(), bytes.end());
  ++next_;
  ended_ = last;
}

// ---- unordered DATA

std::size_t UnorderedRuns::Run::bytes() const {
  std::size_t sum = 0;
  for (const base::Bytes& part : parts) sum += part.size();
  return sum;
}

void UnorderedRuns::join(Run& left, Run&& right) {
  left.end = right.end;
  left.last = right.last;
  left.fragments += right.fragments;
  left.parts.splice(left.parts.end(), std::move(right.parts));
}

/// The one that begins with this TSN or before it, around the wrap of the numbers. Precondition: there is
/// one.
UnorderedRuns::Runs::iterator UnorderedRuns::before(std::uint32_t tsn) {
  const auto behind = runs_.upper_bound(tsn);
  return std::prev(behind == runs_.begin() ? runs_.end() : behind);
}

UnorderedRuns::Runs::node_type UnorderedRuns::take(Runs::iterator run) {
  of_streams_.erase({run->second.stream, run->first});
  return runs_.extract(run);
}

std::optional<UnorderedRuns::Whole> UnorderedRuns::add(const DataChunk& data) {
  const std::uint32_t tsn = data.tsn.value();
  Run run;
  run.stream = data.stream;
  run.end = tsn + 1;
  run.first = data.first;
  run.last = data.last;
  run.ppid = data.ppid;
  run.fragments = 1;
  run.parts.emplace_back(data.payload.begin(), data.payload.end());
  if (!run.last) {
    const auto next = runs_.find(run.end);
    if (next != runs_.end() && next->second.stream == run.stream && !next->second.first)
      join(run, std::move(take(next).mapped()));
  }
  std::uint32_t start = tsn;
  if (!run.first && !runs_.empty()) {
    const auto found = before(tsn);
    if (found->second.end == tsn && found->second.stream == run.stream && !found->second.last) {
      auto joined = take(found);
      start = joined.key();
      join(joined.mapped(), std::move(run));
      run = std::move(joined.mapped());
    }
  }
  if (!run.first || !run.last) {
    of_streams_.emplace(run.stream, start);
    runs_.insert_or_assign(start, std::move(run));
    return std::nullopt;
  }
  Whole whole{run.ppid, std::move(run.parts.front()), run.fragments};
  for (auto part = std::next(run.parts.begin()); part != run.parts.end(); ++part)
    whole.bytes.insert(whole.bytes.end(), part->begin(), part->end());
  return whole;
}

void UnorderedRuns::drop(Runs::iterator run, Dropped& dropped) {
  const auto gone = take(run);
  dropped.bytes += gone.mapped().bytes();
  dropped.fragments += gone.mapped().fragments;
}

UnorderedRuns::Dropped UnorderedRuns::skip_to(Tsn cumulative) {
  Dropped dropped;
  for (Tsn from = cumulative; !runs_.empty();) {
    const auto last = before(from.value());
    if (Tsn(last->first).is_after(from)) break;
    // One that goes on behind it may still become whole: of all there is one such at most.
    if (last->second.first && Tsn(last->second.end).is_after(cumulative)) {
      from = Tsn(last->first - 1);
    } else {
      drop(last, dropped);
    }
  }
  return dropped;
}

UnorderedRuns::Dropped UnorderedRuns::drop(StreamId stream) {
  Dropped dropped;
  for (auto one = of_streams_.lower_bound({stream, 0}); one != of_streams_.end() && one->first == stream;
       one = of_streams_.lower_bound({stream, 0}))
    drop(runs_.find(one->second), dropped);
  return dropped;
}

}  // namespace parlor::sctp
