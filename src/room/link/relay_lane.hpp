#pragma once
// One promised lane of the relay to one member: may something be sent there now, and what is lost when the
// server refuses (docs/relay.md).

#include <algorithm>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "base/time.hpp"
#include "parlor/types.hpp"

namespace parlor::room {

class RelayLane {
 public:
  enum class Kind : std::uint8_t { reliable, bulk };
  struct Given {
    Channel channel = 0;
    std::uint16_t number = 0;
    friend bool operator==(const Given&, const Given&) = default;
  };

  [[nodiscard]] bool may_give(base::Time now) const { return open_ && (!stopped_ || again_at_ <= now); }
  /// When it may be tried again, where that is known.
  [[nodiscard]] std::optional<base::Time> due() const {
    return stopped_ && open_ && waits_ ? std::optional(again_at_) : std::nullopt;
  }
  /// That time may have come; there need not be anything to send.
  void handle_timeout(base::Time now) { waits_ = waits_ && again_at_ > now; }
  /// Something is given to it. True: it is the first after a refusal and must say so.
  [[nodiscard]] bool give(Given given) {
    log_.push_back(given);
    return std::exchange(stopped_, false);
  }
  /// `given` was not taken, nor what came behind it: gives all that, oldest first.
  std::vector<Given> refuse(base::Time now, std::optional<Given> given, bool full, base::Duration wait) {
    stopped_ = waits_ = true;
    if (full) open_ = false;
    again_at_ = now + wait;
    // One that is not known any more was acknowledged meanwhile; what came behind it was not taken all the
    // same.
    auto from = given ? std::find(log_.begin(), log_.end(), *given) : log_.begin();
    if (from == log_.end()) from = log_.begin();
    std::vector<Given> lost(from, log_.end());
    log_.erase(from, log_.end());
    return lost;
  }
  void set_window(bool open) { open_ = open; }
  /// Forgets what was acknowledged: `is_known(given)` says whether something is not any more.
  template <class IsOver>
  void trim(IsOver is_over) {
    while (!log_.empty() && is_over(log_.front())) log_.pop_front();
  }
  /// A connection ended, mine or the member's: the lane begins anew.
  void reset() { *this = RelayLane(); }

 private:
  std::deque<Given> log_;  // what it was given and is not acknowledged, oldest first
  bool open_ = true;       // the window
  bool stopped_ = false;   // by a refusal
  base::Time again_at_{};
  bool waits_ = false;  // … for that time
};

}  // namespace parlor::room
