#pragma once
// Keyed hashes (RFC 2104) over OpenSSL. Compare what they give with constant_time_equal.

#include <array>
#include <cstddef>
#include <span>

#include "base/bytes.hpp"
#include "crypto/hash.hpp"

namespace parlor::crypto {

[[nodiscard]] Sha1Digest hmac_sha1(base::BytesView key, base::BytesView data);
[[nodiscard]] Sha256Digest hmac_sha256(base::BytesView key, base::BytesView data);

/// Over the parts one after the other, without joining them in memory.
[[nodiscard]] Sha1Digest hmac_sha1(base::BytesView key, std::span<const base::BytesView> parts);
[[nodiscard]] Sha256Digest hmac_sha256(base::BytesView key, std::span<const base::BytesView> parts);

}  // namespace parlor::crypto
