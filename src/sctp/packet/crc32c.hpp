#pragma once
// The checksum of SCTP packets: CRC32c (RFC 9260 appendix A), by the processor's own instruction where it has
// one.

#include <cstdint>

#include "base/bytes.hpp"

namespace parlor::sctp {

/// Of the whole packet, its checksum field taken for zero. As the number that is written little-endian.
[[nodiscard]] std::uint32_t packet_checksum(base::BytesView packet);

/// Going on from what it gave for the bytes before; 0 to begin with.
[[nodiscard]] std::uint32_t crc32c(std::uint32_t before, base::BytesView bytes);
/// The same, on any processor.
[[nodiscard]] std::uint32_t crc32c_portable(std::uint32_t before, base::BytesView bytes);

}  // namespace parlor::sctp
