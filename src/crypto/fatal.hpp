#pragma once
// Ends the program when OpenSSL cannot do what this library is built on. Internal to src/crypto and src/dtls.

namespace parlor::crypto {

/// Prints what failed and OpenSSL's own reason, then aborts.
[[noreturn]] void fatal(const char* what);

}  // namespace parlor::crypto
