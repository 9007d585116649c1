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
  ++count_;
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
  left.parts.insert(left.parts.end(), std::make_move_iterator(right.parts.begin()),
                    std::make_move_iterator(right.parts.end()));
}

std::optional<UnorderedRuns::Whole> UnorderedRuns::add(const DataChunk& data) {
  const std::uint32_t tsn = data.tsn.value();
  Run run;
  run.end = tsn + 1;
  run.first = data.first;
  run.last = data.last;
  run.ppid = data.ppid;
  run.fragments = 1;
  run.parts.emplace_back(data.payload.begin(), data.payload.end());
  if (!run.last) {
    const auto next = runs_.find(run.end);
    if (next != runs_.end() && !next->second.first) {
      join(run, std::move(next->second));
      runs_.erase(next);
    }
  }
  std::uint32_t start = tsn;
  if (!run.first && !runs_.empty()) {
    // The run before it, around the wrap of the numbers.
    auto before = runs_.lower_bound(tsn);
    before = std::prev(before == runs_.begin() ? runs_.end() : before);
    if (before->second.end == tsn && !before->second.last) {
      start = before->first;
      join(before->second, std::move(run));
      run = std::move(before->second);
      runs_.erase(before);
    }
  }
  if (!run.first || !run.last) {
    runs_.insert_or_assign(start, std::move(run));
    return std::nullopt;
  }
  Whole whole{run.ppid, std::move(run.parts.front()), run.fragments};
  for (std::size_t i = 1; i < run.parts.size(); ++i)
    whole.bytes.insert(whole.bytes.end(), run.parts[i].begin(), run.parts[i].end());
  return whole;
}

UnorderedRuns::Dropped UnorderedRuns::drop_if(auto is_dropped) {
  Dropped dropped;
  std::erase_if(runs_, [&](const auto& entry) {
    if (!is_dropped(entry.first, entry.second)) return false;
    dropped.bytes += entry.second.bytes();
    dropped.fragments += entry.second.fragments;
    return true;
  });
  return dropped;
}

UnorderedRuns::Dropped UnorderedRuns::skip_to(Tsn cumulative) {
  return drop_if([cumulative](std::uint32_t start, const Run& run) {
    const bool lacks_its_begin = !run.first && !Tsn(start).is_after(cumulative);
    const bool lacks_its_end = !run.last && !Tsn(run.end).is_after(cumulative);
    return lacks_its_begin || lacks_its_end;
  });
}

UnorderedRuns::Dropped UnorderedRuns::clear() {
  return drop_if([](std::uint32_t, const Run&) { return true; });
}

}  // namespace parlor::sctp
