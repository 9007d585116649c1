#pragma once
// One channel of latest values, incoming: never an older value of a key after a newer one.

#include <cstdint>
#include <unordered_map>

#include "base/serial_number.hpp"
#include "parlor/types.hpp"

namespace parlor::room {

class LatestIn {
 public:
  enum class Taken : std::uint8_t {
    newer,
    known,     ///< that value or one after it was there before
    too_many,  ///< a key above kMaxLatestKeys: no honest sender has so many
  };
  Taken take(std::uint32_t key, std::uint16_t number) {
    const base::SerialNumber<std::uint16_t> it(number);
    const auto found = numbers_.find(key);
    if (found == numbers_.end()) {
      if (numbers_.size() == kMaxLatestKeys) return Taken::too_many;
      numbers_.emplace(key, it);
      return Taken::newer;
    }
    if (!it.is_after(found->second)) return Taken::known;
    found->second = it;
    return Taken::newer;
  }

 private:
  std::unordered_map<std::uint32_t, base::SerialNumber<std::uint16_t>> numbers_;
};

}  // namespace parlor::room
