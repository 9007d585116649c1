#pragma once
// From a handshake's master secret to the keys of its records (RFC 5246 §5, §6.3), for suites whose PRF is
// SHA-256 and whose cipher has no MAC of its own.

#include <cstdint>

#include "base/bytes.hpp"

namespace parlor::dtls {

enum class Suite : std::uint8_t { aes_128_gcm, chacha20_poly1305 };

[[nodiscard]] constexpr std::size_t key_size(Suite suite) {
  return suite == Suite::aes_128_gcm ? 16 : 32;
}
/// Of the part of the nonce that stays the same: the implicit one of RFC 5288 §3, all of RFC 7905 §2.
[[nodiscard]] constexpr std::size_t iv_size(Suite suite) {
  return suite == Suite::aes_128_gcm ? 4 : 12;
}
/// Of the part that each record carries.
[[nodiscard]] constexpr std::size_t explicit_nonce_size(Suite suite) {
  return suite == Suite::aes_128_gcm ? 8 : 0;
}

/// P_SHA256 over label and seed (RFC 5246 §5).
[[nodiscard]] base::Bytes prf_sha256(base::BytesView secret, base::BytesView label, base::BytesView seed,
                                     std::size_t size);

/// What one side protects its records with.
struct TrafficKeys {
  base::Bytes key;
  base::Bytes iv;
};
struct KeyBlock {
  TrafficKeys client;
  TrafficKeys server;
};
[[nodiscard]] KeyBlock derive_keys(Suite suite, base::BytesView master_secret, base::BytesView client_random,
                                   base::BytesView server_random);

}  // namespace parlor::dtls
