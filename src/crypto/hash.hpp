#pragma once
// Hash functions over OpenSSL. MD5 and SHA-1 are here for the protocols that are built on them (RFC 8489
// §9.2.2, §14.5); nothing new may use them.
//
// A failure of the library (an algorithm that its configuration forbids, no memory) ends the program: there
// is no answer that a caller could go on with.

#include <array>
#include <cstddef>
#include <span>

#include "base/bytes.hpp"

namespace parlor::crypto {

using Md5Digest = std::array<std::byte, 16>;
using Sha1Digest = std::array<std::byte, 20>;
using Sha256Digest = std::array<std::byte, 32>;

[[nodiscard]] Md5Digest md5(base::BytesView data);
[[nodiscard]] Sha1Digest sha1(base::BytesView data);
[[nodiscard]] Sha256Digest sha256(base::BytesView data);

/// The hash of the parts one after the other, without joining them in memory.
[[nodiscard]] Md5Digest md5(std::span<const base::BytesView> parts);
[[nodiscard]] Sha256Digest sha256(std::span<const base::BytesView> parts);

}  // namespace parlor::crypto
