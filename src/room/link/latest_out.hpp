#pragma once
// One channel of latest values, outgoing: of each key the newest, said again until it is acknowledged. A
// value waits here, where a newer one takes its place, and not in a carrier that cannot take it back.

#include <cstddef>
#include <cstdint>
#include <list>
#include <optional>
#include <unordered_map>

#include "base/time.hpp"
#include "parlor/types.hpp"
#include "room/link/slice.hpp"

namespace parlor::room {

class LatestOut {
 public:
  static constexpr base::Duration kFirstRepeat = base::milliseconds(100);
  static constexpr base::Duration kLastRepeat = base::seconds(1);

  struct Value {
    std::uint32_t key = 0;
    std::uint16_t number = 0;
    std::optional<std::uint8_t> term;  ///< of when it was set, on a channel of the host
    Slice bytes;
  };

  /// False: there are kMaxLatestKeys other keys already.
  [[nodiscard]] bool set(std::uint32_t key, Slice bytes, std::optional<std::uint8_t> term = {});
  /// The value that has waited longest to be said (again). Stays first until said().
  [[nodiscard]] const Value* next() const;
  /// … and was said now. `round_trip`: an acknowledgement is not expected before.
  void said(base::Time now, base::Duration round_trip);
  /// That is how long a round trip takes now: what was said while it took longer does not wait on for that.
  void handle_round_trip(base::Time now, base::Duration round_trip);
  /// Everything that is not acknowledged is to be said again at once: a carrier died.
  void say_again();
  void acknowledge(std::uint32_t key, std::uint16_t number);
  void handle_timeout(base::Time now);
  /// When a value is to be said again.
  [[nodiscard]] std::optional<base::Time> due() const;
  /// Bytes of values that are not acknowledged.
  [[nodiscard]] std::size_t bytes() const { return bytes_; }

 private:
  enum class State : std::uint8_t { waiting, said, known };
  struct Entry {
    Value value;
    State state = State::known;
    base::Time again_at{};
    base::Duration pause{};
  };
  using Entries = std::list<Entry>;

  void move(Entries::iterator entry, Entries& from, Entries& to, State state);

  Entries waiting_;  // longest first
  Entries said_;
  Entries known_;
  std::unordered_map<std::uint32_t, Entries::iterator> by_key_;
  std::size_t bytes_ = 0;
};

}  // namespace parlor::room
