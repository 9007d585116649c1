#include "crypto/fatal.hpp"

#include <openssl/err.h>

#include <cstdio>
#include <cstdlib>

namespace parlor::crypto {

void fatal(const char* what) {
  std::fprintf(stderr, "OpenSSL failed: %s\n", what);
  ERR_print_errors_fp(stderr);
  std::abort();
}

}  // namespace parlor::crypto
