#pragma once
// What a program shows of itself in every DTLS handshake: an ECDSA key on P-256 and a certificate for it that
// it signed itself (RFC 8827 §6.5). Nobody is asked to trust it: its fingerprint travels in the description.
// Made when the program starts and shared by all of its connections.

#include <memory>

#include "dtls/transport.hpp"

struct evp_pkey_st;
struct x509_st;

namespace parlor::dtls {

[[nodiscard]] Fingerprint fingerprint_of(base::BytesView der);

class Certificate {
 public:
  /// Takes a fraction of a millisecond. OpenSSL's own generator draws the key. Ends the program where OpenSSL
  /// cannot do that.
  [[nodiscard]] static std::shared_ptr<const Certificate> make();

  [[nodiscard]] const Fingerprint& fingerprint() const { return fingerprint_; }
  [[nodiscard]] const base::Bytes& der() const { return der_; }
  /// For Context, which counts references of its own.
  [[nodiscard]] x509_st* x509() const { return x509_.get(); }
  [[nodiscard]] evp_pkey_st* key() const { return key_.get(); }

 private:
  struct Free {
    void operator()(x509_st* certificate) const;
    void operator()(evp_pkey_st* key) const;
  };
  Certificate() = default;

  std::unique_ptr<evp_pkey_st, Free> key_;
  std::unique_ptr<x509_st, Free> x509_;
  base::Bytes der_;
  Fingerprint fingerprint_{};
};

}  // namespace parlor::dtls
