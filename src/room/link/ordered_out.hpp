#pragma once
// One ordered channel, outgoing: what was sent and is not acknowledged yet, numbered. A live carrier brings
// what it was given; what was given only to carriers that are dead goes out again by another.

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>

#include "room/link/carriers.hpp"
#include "room/link/frames.hpp"
#include "room/link/slice.hpp"

namespace parlor::room {

class OrderedOut {
 public:
  struct Entry {
    std::uint16_t number = 0;
    bool more = false;                 ///< another piece of the same message follows
    std::optional<std::uint8_t> term;  ///< of when it was sent, on a channel of the host
    Slice bytes;
    Ways given_to;  ///< those that live
  };

  /// Whether so many more pieces have numbers.
  [[nodiscard]] bool takes(std::size_t pieces) const {
    return entries_.size() + pieces <= kMaxUnacknowledged;
  }
  void push(Slice bytes, bool more, std::optional<std::uint8_t> term = {});

  /// What is to be given to `way` next: of what no live carrier has, the first; with `doubled`, of what that
  /// one has not. Null: nothing.
  [[nodiscard]] const Entry* next_for(Way way, bool doubled);
  /// The entry that next_for() told was given to it.
  void given(const Entry& entry, Way way);
  /// Whatever `way` was given and is not acknowledged may be lost.
  void lost(Way way);
  /// Only the one with this number.
  void lost_one(Way way, std::uint16_t number);
  /// Whether this number was acknowledged, or never given.
  [[nodiscard]] bool is_over(std::uint16_t number) const {
    return static_cast<std::uint16_t>(number - static_cast<std::uint16_t>(first_)) >= entries_.size();
  }
  /// All before `number` (modulo kAckNumbers) has come in. False when that says nothing new.
  bool acknowledge(std::uint16_t number);

  /// Bytes that are not acknowledged.
  [[nodiscard]] std::size_t bytes() const { return bytes_; }
  [[nodiscard]] bool empty() const { return entries_.empty(); }
  /// The number that the next push() gets.
  [[nodiscard]] std::uint16_t next_number() const {
    return static_cast<std::uint16_t>(first_ + entries_.size());
  }

 private:
  [[nodiscard]] std::uint64_t& looked_at(Way way) { return looked_at_[way == Way::rtc ? 0 : 1]; }

  // Positions count entries since the link began; an entry's number is the low bits of its position.
  std::deque<Entry> entries_;
  std::uint64_t first_ = 0;                // of entries_
  std::uint64_t ever_given_ = 0;           // all before this were given to some carrier once
  std::uint64_t looked_at_[2] = {};        // by way: before this there is nothing for it
  std::optional<bool> looked_doubled_[2];  // … asked in that way
  std::size_t bytes_ = 0;
};

}  // namespace parlor::room
