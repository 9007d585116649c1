#include "crypto/hash.hpp"

#include <openssl/evp.h>

#include <memory>

#include "crypto/fatal.hpp"

namespace parlor::crypto {
namespace {

/// OpenSSL 3 looks an algorithm up by name for every use unless it was fetched once. Lives as long as the
/// program.
const EVP_MD* fetch(const char* name) {
  const EVP_MD* algorithm = EVP_MD_fetch(nullptr, name, nullptr);
  if (algorithm == nullptr) fatal(name);
  return algorithm;
}

template <class Digest>
Digest hash(const EVP_MD* algorithm, std::span<const base::BytesView> parts) {
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  bool ok = context != nullptr && EVP_DigestInit_ex2(context.get(), algorithm, nullptr) == 1;
  for (const base::BytesView part : parts)
    ok = ok && EVP_DigestUpdate(context.get(), part.data(), part.size()) == 1;
  Digest digest{};
  unsigned size = 0;
  ok = ok && EVP_DigestFinal_ex(context.get(), reinterpret_cast<unsigned char*>(digest.data()), &size) == 1;
  if (!ok || size != digest.size()) fatal("a hash");
  return digest;
}

const EVP_MD* md5_algorithm() {
  static const EVP_MD* const algorithm = fetch("MD5");
  return algorithm;
}
const EVP_MD* sha1_algorithm() {
  static const EVP_MD* const algorithm = fetch("SHA1");
  return algorithm;
}
const EVP_MD* sha256_algorithm() {
  static const EVP_MD* const algorithm = fetch("SHA256");
  return algorithm;
}

}  // namespace

Md5Digest md5(base::BytesView data) {
  return md5(std::span{&data, 1});
}
Md5Digest md5(std::span<const base::BytesView> parts) {
  return hash<Md5Digest>(md5_algorithm(), parts);
}
Sha1Digest sha1(base::BytesView data) {
  return hash<Sha1Digest>(sha1_algorithm(), std::span{&data, 1});
}
Sha256Digest sha256(base::BytesView data) {
  return sha256(std::span{&data, 1});
}
Sha256Digest sha256(std::span<const base::BytesView> parts) {
  return hash<Sha256Digest>(sha256_algorithm(), parts);
}

}  // namespace parlor::crypto
