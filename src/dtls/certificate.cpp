#include "dtls/certificate.hpp"

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "crypto/fatal.hpp"
#include "crypto/hash.hpp"

namespace parlor::dtls {
namespace {

// Nobody looks at the dates, since the fingerprint decides; a clock that is wrong must not matter. The end is
// RFC 5280 §4.1.2.5's for "none".
constexpr const char* kNotBefore = "20240101000000Z";
constexpr const char* kNotAfter = "99991231235959Z";
constexpr unsigned char kName[] = "WebRTC";  // as others say: it tells nothing (RFC 8827 §6.5)
constexpr int kSerialBits = 64;

bool draw_serial(X509* certificate) {
  BIGNUM* const serial = BN_new();
  const bool ok = serial != nullptr &&
                  BN_rand(serial, kSerialBits, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY) == 1 &&
                  BN_to_ASN1_INTEGER(serial, X509_get_serialNumber(certificate)) != nullptr;
  BN_free(serial);
  return ok;
}

bool fill(X509* certificate, EVP_PKEY* key) {
  X509_NAME* const name = X509_get_subject_name(certificate);
  return X509_set_version(certificate, X509_VERSION_3) == 1 && draw_serial(certificate) &&
         X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, kName, -1, -1, 0) == 1 &&
         X509_set_issuer_name(certificate, name) == 1 &&
         ASN1_TIME_set_string_X509(X509_getm_notBefore(certificate), kNotBefore) == 1 &&
         ASN1_TIME_set_string_X509(X509_getm_notAfter(certificate), kNotAfter) == 1 &&
         X509_set_pubkey(certificate, key) == 1 && X509_sign(certificate, key, EVP_sha256()) > 0;
}

}  // namespace

Fingerprint fingerprint_of(base::BytesView der) {
  return crypto::sha256(der);
}

void Certificate::Free::operator()(x509_st* certificate) const {
  X509_free(certificate);
}
void Certificate::Free::operator()(evp_pkey_st* key) const {
  EVP_PKEY_free(key);
}

std::shared_ptr<const Certificate> Certificate::make() {
  std::shared_ptr<Certificate> made(new Certificate);
  made->key_.reset(EVP_EC_gen("P-256"));
  made->x509_.reset(X509_new());
  if (made->key_ == nullptr || made->x509_ == nullptr || !fill(made->x509_.get(), made->key_.get())) {
    crypto::fatal("a certificate");
  }
  const int size = i2d_X509(made->x509_.get(), nullptr);
  if (size <= 0) crypto::fatal("a certificate");
  made->der_.resize(static_cast<std::size_t>(size));
  auto* out = reinterpret_cast<unsigned char*>(made->der_.data());
  i2d_X509(made->x509_.get(), &out);
  made->fingerprint_ = fingerprint_of(made->der_);
  return made;
}

}  // namespace parlor::dtls
