#include "crypto/constant_time.hpp"

#include <openssl/crypto.h>

namespace parlor::crypto {

bool constant_time_equal(base::BytesView a, base::BytesView b) {
  return a.size() == b.size() && (a.empty() || CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0);
}

}  // namespace parlor::crypto
