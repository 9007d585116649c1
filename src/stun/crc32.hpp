#pragma once
// The CRC-32 of ITU-T V.42 (RFC 1952 §8), and what FINGERPRINT makes of it.

#include <cstdint>

#include "base/bytes.hpp"

namespace parlor::stun {

[[nodiscard]] std::uint32_t crc32(base::BytesView data);

/// XORed so that a packet which carries a CRC-32 of its own is not taken for STUN (RFC 8489 §14.7).
[[nodiscard]] inline std::uint32_t fingerprint_of(base::BytesView message_before) {
  return crc32(message_before) ^ 0x5354554E;
}

}  // namespace parlor::stun
