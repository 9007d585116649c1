#pragma once
// What all DTLS connections of a program have in common: its certificate, and OpenSSL's settings: DTLS 1.2
// (RFC 6347), ECDHE with AES-128-GCM (RFC 5289) or ChaCha20-Poly1305 (RFC 7905), the other side's certificate
// demanded. No resumption, tickets, compression or renegotiation: a connection that breaks is made anew.

#include <memory>

#include "dtls/certificate.hpp"

struct ssl_ctx_st;

namespace parlor::dtls {

class Context {
 public:
  [[nodiscard]] static std::shared_ptr<const Context> make(
      std::shared_ptr<const Certificate> certificate = Certificate::make());

  [[nodiscard]] const Fingerprint& fingerprint() const { return certificate_->fingerprint(); }
  /// For OpensslHandshake. It is not changed after make(), so that connections on several threads may share
  /// it.
  [[nodiscard]] ssl_ctx_st* openssl() const { return context_.get(); }

 private:
  struct Free {
    void operator()(ssl_ctx_st* context) const;
  };
  Context() = default;

  std::shared_ptr<const Certificate> certificate_;
  std::unique_ptr<ssl_ctx_st, Free> context_;
};

}  // namespace parlor::dtls
