#pragma once
// How much goes by in a second: counted in slots, over the last two seconds but for what is left of the slot
// that has begun.

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/time.hpp"

namespace parlor::room {

class RateMeter {
 public:
  static constexpr std::size_t kSlots = 8;
  static constexpr base::Duration kSlot = base::milliseconds(250);
  struct Rate {
    double bytes = 0;  ///< a second
    double messages = 0;
  };

  void add(base::Time now, std::size_t bytes) {
    Slot& slot = slots_[static_cast<std::size_t>(number_at(now)) % kSlots];
    if (slot.number != number_at(now)) slot = {number_at(now), 0, 0};
    slot.bytes += bytes;
    ++slot.messages;
  }

  [[nodiscard]] Rate rate(base::Time now) const {
    const std::int64_t number = number_at(now);
    Rate sum;
    for (const Slot& slot : slots_) {
      if (slot.number > number || slot.number + static_cast<std::int64_t>(kSlots) <= number) continue;
      sum.bytes += static_cast<double>(slot.bytes);
      sum.messages += static_cast<double>(slot.messages);
    }
    const base::Duration window = (kSlots - 1) * kSlot + now.time_since_epoch() % kSlot;
    const double seconds = static_cast<double>(window.count()) / 1e6;
    return {sum.bytes / seconds, sum.messages / seconds};
  }

 private:
  struct Slot {
    std::int64_t number = -static_cast<std::int64_t>(kSlots);  // counted from the origin of time
    std::uint64_t bytes = 0;
    std::uint64_t messages = 0;
  };
  [[nodiscard]] static std::int64_t number_at(base::Time now) { return now.time_since_epoch() / kSlot; }

  std::array<Slot, kSlots> slots_{};
};

}  // namespace parlor::room
