#pragma once
// SipHash-2-4 (Aumasson and Bernstein, 2012): a keyed hash for tables whose keys strangers choose. Who does
// not know the key cannot aim at a slot. Not a signature: 64 bits are too few.

#include <array>
#include <cstdint>

#include "base/bytes.hpp"

namespace parlor::crypto {

using SipHashKey = std::array<std::uint64_t, 2>;

[[nodiscard]] std::uint64_t siphash(const SipHashKey& key, base::BytesView data);

}  // namespace parlor::crypto
