#pragma once
// Alerts (RFC 5246 §7.2): two bytes, a level and a description.

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "base/bytes.hpp"

namespace parlor::dtls {

struct Alert {
  static constexpr std::uint8_t kWarning = 1;
  static constexpr std::uint8_t kFatal = 2;
  static constexpr std::uint8_t kCloseNotify = 0;
  static constexpr std::uint8_t kBadCertificate = 42;

  std::uint8_t level = 0;
  std::uint8_t description = 0;

  [[nodiscard]] std::array<std::byte, 2> bytes() const { return {std::byte{level}, std::byte{description}}; }
};

[[nodiscard]] inline std::optional<Alert> read_alert(base::BytesView bytes) {
  if (bytes.size() != 2) return std::nullopt;
  return Alert{std::to_integer<std::uint8_t>(bytes[0]), std::to_integer<std::uint8_t>(bytes[1])};
}

}  // namespace parlor::dtls
