#pragma once
// The ways that a link has, as small sets.

#include <cstdint>

namespace parlor::room {

enum class Way : std::uint8_t { rtc = 1, relay = 2 };
inline constexpr Way kWays[] = {Way::rtc, Way::relay};

/// Some of the ways, or none.
class Ways {
 public:
  constexpr Ways() = default;
  constexpr Ways(Way way) : bits_(static_cast<std::uint8_t>(way)) {}  // NOLINT(google-explicit-constructor)

  [[nodiscard]] constexpr bool has(Way way) const { return (bits_ & static_cast<std::uint8_t>(way)) != 0; }
  [[nodiscard]] constexpr bool empty() const { return bits_ == 0; }
  [[nodiscard]] constexpr bool both() const { return bits_ == 3; }
  constexpr void add(Way way) { bits_ = static_cast<std::uint8_t>(bits_ | static_cast<std::uint8_t>(way)); }
  constexpr void remove(Way way) {
    bits_ = static_cast<std::uint8_t>(bits_ & ~static_cast<unsigned>(static_cast<std::uint8_t>(way)));
  }
  friend constexpr bool operator==(Ways, Ways) = default;

 private:
  std::uint8_t bits_ = 0;
};

}  // namespace parlor::room
