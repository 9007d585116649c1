#include "crypto/system_random.hpp"

#include <openssl/rand.h>

#include <algorithm>
#include <climits>

#include "crypto/fatal.hpp"

namespace parlor::crypto {

void SystemRandom::fill(std::span<std::byte> out) {
  while (!out.empty()) {
    const std::size_t count = std::min<std::size_t>(out.size(), INT_MAX);
    if (RAND_bytes(reinterpret_cast<unsigned char*>(out.data()), static_cast<int>(count)) != 1) {
      fatal("the random generator");
    }
    out = out.subspan(count);
  }
}

}  // namespace parlor::crypto
