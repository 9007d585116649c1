#include "dtls/key_schedule.hpp"

#include <algorithm>
#include <array>

#include "crypto/hmac.hpp"

namespace parlor::dtls {

base::Bytes prf_sha256(base::BytesView secret, base::BytesView label, base::BytesView seed,
                       std::size_t size) {
  base::Bytes out;
  const std::array<base::BytesView, 2> first{label, seed};
  crypto::Sha256Digest chained = crypto::hmac_sha256(secret, first);  // A(1)
  while (out.size() < size) {
    const std::array<base::BytesView, 3> parts{chained, label, seed};
    const crypto::Sha256Digest block = crypto::hmac_sha256(secret, parts);
    const std::size_t count = std::min(block.size(), size - out.size());
    out.insert(out.end(), block.begin(), block.begin() + static_cast<std::ptrdiff_t>(count));
    chained = crypto::hmac_sha256(secret, chained);
  }
  return out;
}

KeyBlock derive_keys(Suite suite, base::BytesView master_secret, base::BytesView client_random,
                     base::BytesView server_random) {
  // The server's first, other than in the master secret's (RFC 5246 §6.3).
  base::Bytes randoms(server_random.begin(), server_random.end());
  randoms.insert(randoms.end(), client_random.begin(), client_random.end());
  const base::Bytes block = prf_sha256(master_secret, base::as_bytes("key expansion"), randoms,
                                       2 * (key_size(suite) + iv_size(suite)));
  base::ByteReader reader(block);
  const auto next = [&](std::size_t size) {
    const base::BytesView part = reader.take(size).value();
    return base::Bytes(part.begin(), part.end());
  };
  KeyBlock keys;
  keys.client.key = next(key_size(suite));
  keys.server.key = next(key_size(suite));
  keys.client.iv = next(iv_size(suite));
  keys.server.iv = next(iv_size(suite));
  return keys;
}

}  // namespace parlor::dtls
