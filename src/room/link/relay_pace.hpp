#pragma once
// How fast a member may say to the relay what is promised, once that has refused it as over_budget: the
// budget is the member's, so all its links go by one pace (docs/relay.md, when a message is refused).

#include <algorithm>
#include <cstddef>
#include <optional>

#include "base/time.hpp"
#include "relay/frames.hpp"

namespace parlor::room {

class RelayPace {
 public:
  /// What may be said at once after a wait, and again after each further one …
  static constexpr std::size_t kStep = relay::kWorthWaitingFor;
  /// … until nothing has been refused for so long.
  static constexpr base::Duration kSlow = base::seconds(1);
  /// Further than so much steps do not grow apart because they are refused.
  static constexpr base::Duration kLongest = base::milliseconds(500);

  [[nodiscard]] bool has_room() const { return !slow_ || left_ > 0; }
  /// Whether a frame of this size may be said now; then it is. A step takes one of any size.
  [[nodiscard]] bool take(base::Time now, std::size_t size) {
    if (!slow_) return true;
    const bool fits = left_ >= size || left_ == kStep;
    left_ = left_ > size && fits ? left_ - size : 0;
    if (left_ == 0) next_ = std::max(next_, now + wait_);
    return fits;
  }
  void refused(base::Time now, base::Duration wait) {
    wait = std::max(wait, base::Duration(base::milliseconds(1)));
    if (!slow_) {
      wait_ = wait;
    } else if (kept_to_it_) {  // the wait was for what lacked then, not for all of a step
      wait_ = std::max({wait, wait_, std::min(wait_ + wait_ / 4, kLongest)});
    }
    slow_ = true;
    kept_to_it_ = false;  // what else is refused until the next step is of the same
    left_ = 0;
    refused_at_ = now;
    next_ = now + std::max(wait, wait_);
  }
  [[nodiscard]] std::optional<base::Time> due() const {
    return has_room() ? std::nullopt : std::optional(next_);
  }
  /// True: there is room again.
  [[nodiscard]] bool handle_timeout(base::Time now) {
    if (has_room() || next_ > now) return false;
    slow_ = !kept_to_it_ || now - refused_at_ < std::max(kSlow, 2 * wait_);
    left_ = kStep;
    kept_to_it_ = true;
    return true;
  }

 private:
  bool slow_ = false;
  bool kept_to_it_ = false;  // nothing was refused since the step began
  std::size_t left_ = 0;
  base::Duration wait_{};
  base::Time refused_at_{};
  base::Time next_{};
};

}  // namespace parlor::room
