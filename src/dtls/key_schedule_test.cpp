#include "dtls/key_schedule.hpp"

#include <gtest/gtest.h>
#include <openssl/core_names.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

namespace parlor::dtls {
namespace {

using base::as_bytes;

base::Bytes from_hex(std::string_view text) {
  base::Bytes bytes;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
    bytes.push_back(static_cast<std::byte>(std::stoi(std::string(text.substr(i, 2)), nullptr, 16)));
  }
  return bytes;
}

base::Bytes openssl_prf(base::BytesView secret, base::BytesView label, base::BytesView seed,
                        std::size_t size) {
  base::Bytes whole_seed(label.begin(), label.end());
  whole_seed.insert(whole_seed.end(), seed.begin(), seed.end());
  base::Bytes secret_copy(secret.begin(), secret.end());
  char digest[] = "SHA256";
  EVP_KDF* const kdf = EVP_KDF_fetch(nullptr, "TLS1-PRF", nullptr);
  EVP_KDF_CTX* const context = EVP_KDF_CTX_new(kdf);
  const OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SECRET, secret_copy.data(), secret_copy.size()),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SEED, whole_seed.data(), whole_seed.size()),
      OSSL_PARAM_construct_end()};
  base::Bytes out(size);
  EXPECT_EQ(EVP_KDF_derive(context, reinterpret_cast<unsigned char*>(out.data()), size, parameters), 1);
  EVP_KDF_CTX_free(context);
  EVP_KDF_free(kdf);
  return out;
}

TEST(KeySchedule, GivesTheKnownAnswerOfThePrf) {
  // Sent to the TLS working group's list in 2009 (mailarchive.ietf.org, "Test vectors for TLS 1.2 PRF").
  const base::Bytes secret = from_hex("9bbe436ba940f017b17652849a71db35");
  const base::Bytes seed = from_hex("a0ba9f936cda311827a6f796ffd5198c");
  EXPECT_EQ(
      base::to_hex(prf_sha256(secret, as_bytes("test label"), seed, 100)),
      "e3f229ba727be17b8d122620557cd453c2aab21d07c3d495329b52d4e61edb5a6b301791e90d35c9c9a46b4e14baf9af0fa0"
      "22f7077def17abfd3797c0564bab4fbc91666e9def9b97fce34f796789baa48082d122ee42c5a72e5a5110fff70187347b66");
}

TEST(KeySchedule, AgreesWithOpenssl) {
  const base::Bytes secret(48, std::byte{7});
  const base::Bytes seed(64, std::byte{9});
  for (const std::size_t size : {1U, 31U, 32U, 33U, 40U, 88U, 200U}) {
    EXPECT_EQ(prf_sha256(secret, as_bytes("key expansion"), seed, size),
              openssl_prf(secret, as_bytes("key expansion"), seed, size));
  }
}

TEST(KeySchedule, CutsTheBlockInTheOrderOfTheRfc) {
  const base::Bytes secret(48, std::byte{1});
  const base::Bytes client(32, std::byte{2});
  const base::Bytes server(32, std::byte{3});
  base::Bytes randoms = server;
  randoms.insert(randoms.end(), client.begin(), client.end());
  for (const Suite suite : {Suite::aes_128_gcm, Suite::chacha20_poly1305}) {
    const KeyBlock keys = derive_keys(suite, secret, client, server);
    std::string joined;
    for (const auto* part : {&keys.client.key, &keys.server.key, &keys.client.iv, &keys.server.iv}) {
      joined += base::to_hex(*part);
    }
    EXPECT_EQ(joined, base::to_hex(prf_sha256(secret, as_bytes("key expansion"), randoms,
                                              suite == Suite::aes_128_gcm ? 40 : 88)));
    EXPECT_EQ(keys.client.key.size(), key_size(suite));
    EXPECT_EQ(keys.server.iv.size(), iv_size(suite));
  }
}

}  // namespace
}  // namespace parlor::dtls
