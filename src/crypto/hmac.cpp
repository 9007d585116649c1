#include "crypto/hmac.hpp"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <memory>

#include "crypto/fatal.hpp"

namespace parlor::crypto {
namespace {

/// A context that already knows its hash and is copied for every use, which spares the lookups by name. Lives
/// as long as the program.
const EVP_MAC_CTX* prepare(const char* digest_name) {
  EVP_MAC* const algorithm = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
  EVP_MAC_CTX* const context = algorithm == nullptr ? nullptr : EVP_MAC_CTX_new(algorithm);
  // The library takes the name as not const but does not write to it.
  const OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, const_cast<char*>(digest_name), 0),
      OSSL_PARAM_construct_end()};
  if (context == nullptr || EVP_MAC_CTX_set_params(context, parameters) != 1) fatal("HMAC");
  return context;
}

template <class Digest>
Digest hmac(const EVP_MAC_CTX* prepared, base::BytesView key, std::span<const base::BytesView> parts) {
  const std::unique_ptr<EVP_MAC_CTX, decltype(&EVP_MAC_CTX_free)> context(EVP_MAC_CTX_dup(prepared),
                                                                          &EVP_MAC_CTX_free);
  // A null key would mean "the one set before": an empty key must not be null.
  static constexpr unsigned char kEmpty = 0;
  const auto* key_bytes = key.empty() ? &kEmpty : reinterpret_cast<const unsigned char*>(key.data());
  bool ok = context != nullptr && EVP_MAC_init(context.get(), key_bytes, key.size(), nullptr) == 1;
  for (const base::BytesView part : parts) {
    ok = ok &&
         EVP_MAC_update(context.get(), reinterpret_cast<const unsigned char*>(part.data()), part.size()) == 1;
  }
  Digest digest{};
  std::size_t size = 0;
  ok = ok && EVP_MAC_final(context.get(), reinterpret_cast<unsigned char*>(digest.data()), &size,
                           digest.size()) == 1;
  if (!ok || size != digest.size()) fatal("HMAC");
  return digest;
}

}  // namespace

Sha1Digest hmac_sha1(base::BytesView key, base::BytesView data) {
  return hmac_sha1(key, std::span{&data, 1});
}
Sha1Digest hmac_sha1(base::BytesView key, std::span<const base::BytesView> parts) {
  static const EVP_MAC_CTX* const prepared = prepare("SHA1");
  return hmac<Sha1Digest>(prepared, key, parts);
}
Sha256Digest hmac_sha256(base::BytesView key, base::BytesView data) {
  return hmac_sha256(key, std::span{&data, 1});
}
Sha256Digest hmac_sha256(base::BytesView key, std::span<const base::BytesView> parts) {
  static const EVP_MAC_CTX* const prepared = prepare("SHA256");
  return hmac<Sha256Digest>(prepared, key, parts);
}

}  // namespace parlor::crypto
