#pragma once
// The list of channels as a number, so that two ends notice when theirs differ.

#include <cstdint>
#include <span>

#include "parlor/types.hpp"

namespace parlor::room {

inline constexpr std::uint8_t kLinkVersion = 1;

/// FNV-1a over, for each channel in turn, its delivery and whether it is the host's. Names and ages are each
/// end's own matter.
[[nodiscard]] inline std::uint32_t channels_digest(std::span<const ChannelOptions> channels) {
  std::uint32_t hash = 0x811c9dc5U;
  for (const ChannelOptions& channel : channels) {
    const auto byte = static_cast<std::uint32_t>(channel.delivery) | (channel.of_host ? 0x80U : 0U);
    hash = (hash ^ byte) * 0x01000193U;
  }
  return hash;
}

}  // namespace parlor::room
