#include "dtls/context.hpp"

#include <openssl/ssl.h>

#include <cassert>

#include "crypto/fatal.hpp"

namespace parlor::dtls {
namespace {

// Both kinds of certificates, for peers that have an RSA one. The order is a connection's own
// (OpensslHandshake). Nothing of it is left to the system's openssl.cnf.
constexpr const char* kSuites =
    "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305:"
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:@SECLEVEL=2";
constexpr const char* kGroups = "X25519:P-256";
constexpr const char* kSignatures =
    "ECDSA+SHA256:RSA-PSS+SHA256:RSA+SHA256:ECDSA+SHA384:RSA-PSS+SHA384:RSA+SHA384:RSA+SHA512";
constexpr const char* kSrtpProfiles = "SRTP_AEAD_AES_128_GCM:SRTP_AES128_CM_SHA1_80";
constexpr std::uint64_t kOptions = SSL_OP_NO_QUERY_MTU | SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION |
                                   SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE |
                                   SSL_OP_NO_SESSION_RESUMPTION_ON_RENEGOTIATION;
// Of the other side's certificates, which OpenSSL holds while they come. Its own default is 100 KB.
constexpr long kLongestCertificates = 16 * 1024;

/// Any certificate will do for OpenSSL: it still proves that the other side has the key, and Session compares
/// the fingerprint before a byte of data is given or taken.
int accept_any(X509_STORE_CTX* store, void*) {
  X509_STORE_CTX_set_error(store, X509_V_OK);
  return 1;
}

bool set_up(SSL_CTX* context, const Certificate& certificate) {
  SSL_CTX_set_options(context, kOptions);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_max_cert_list(context, kLongestCertificates);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  SSL_CTX_set_cert_verify_callback(context, accept_any, nullptr);
  // Of no use to data channels, but some stacks (werift) end a handshake in which it is not agreed on (RFC
  // 5764 §4.1), and all offer it. It gives 0 where it succeeds.
  return SSL_CTX_set_tlsext_use_srtp(context, kSrtpProfiles) == 0 &&
         SSL_CTX_set_min_proto_version(context, DTLS1_2_VERSION) == 1 &&
         SSL_CTX_set_max_proto_version(context, DTLS1_2_VERSION) == 1 &&
         SSL_CTX_set_cipher_list(context, kSuites) == 1 && SSL_CTX_set1_groups_list(context, kGroups) == 1 &&
         SSL_CTX_set1_sigalgs_list(context, kSignatures) == 1 &&
         SSL_CTX_use_certificate(context, certificate.x509()) == 1 &&
         SSL_CTX_use_PrivateKey(context, certificate.key()) == 1 && SSL_CTX_check_private_key(context) == 1;
}

}  // namespace

void Context::Free::operator()(ssl_ctx_st* context) const {
  SSL_CTX_free(context);
}

std::shared_ptr<const Context> Context::make(std::shared_ptr<const Certificate> certificate) {
  assert(certificate != nullptr);
  std::shared_ptr<Context> made(new Context);
  made->certificate_ = std::move(certificate);
  made->context_.reset(SSL_CTX_new(DTLS_method()));
  if (made->context_ == nullptr || !set_up(made->context_.get(), *made->certificate_)) {
    crypto::fatal("a context for DTLS");
  }
  return made;
}

}  // namespace parlor::dtls
