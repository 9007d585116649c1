#pragma once
// Unreliable messages that come by both carriers: which have come already.

#include <bitset>
#include <cstdint>

#include "base/serial_number.hpp"

namespace parlor::room {

class Copies {
 public:
  /// So far behind the newest a copy may be: older ones count as seen.
  static constexpr std::uint16_t kWindow = 1024;

  /// True the first time.
  [[nodiscard]] bool is_first(std::uint16_t copy) {
    const base::SerialNumber<std::uint16_t> it(copy);
    if (!any_ || it.is_after(newest_)) {
      const auto steps = any_ ? it.distance_from(newest_) : kWindow;
      seen_ = steps >= kWindow ? decltype(seen_){} : seen_ << steps;
      seen_.set(0);
      newest_ = it;
      any_ = true;
      return true;
    }
    const auto behind = newest_.distance_from(it);
    if (behind >= kWindow || seen_.test(behind)) return false;
    seen_.set(behind);
    return true;
  }

 private:
  std::bitset<kWindow> seen_;  // by how far behind the newest
  base::SerialNumber<std::uint16_t> newest_;
  bool any_ = false;
};

}  // namespace parlor::room
