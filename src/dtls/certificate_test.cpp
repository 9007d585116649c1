#include "dtls/certificate.hpp"

#include <gtest/gtest.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

namespace parlor::dtls {
namespace {

TEST(Certificate, IsOneOnP256ThatItSignedItself) {
  const auto certificate = Certificate::make();
  X509* const x509 = certificate->x509();
  std::array<char, 32> group{};
  std::size_t size = 0;
  ASSERT_EQ(EVP_PKEY_get_group_name(X509_get0_pubkey(x509), group.data(), group.size(), &size), 1);
  EXPECT_STREQ(group.data(), "prime256v1");
  EXPECT_EQ(X509_verify(x509, certificate->key()), 1);
  EXPECT_EQ(X509_get_signature_nid(x509), NID_ecdsa_with_SHA256);
  EXPECT_LE(certificate->der().size(), 350U) << "it goes out with every handshake";
}

TEST(Certificate, HasTheFingerprintThatOpensslSees) {
  const auto certificate = Certificate::make();
  std::array<unsigned char, 32> digest{};
  unsigned size = 0;
  ASSERT_EQ(X509_digest(certificate->x509(), EVP_sha256(), digest.data(), &size), 1);
  EXPECT_TRUE(std::ranges::equal(std::as_bytes(std::span(digest)), certificate->fingerprint()));
  EXPECT_EQ(fingerprint_of(certificate->der()), certificate->fingerprint());
}

TEST(Certificate, IsAnotherEachTime) {
  EXPECT_NE(Certificate::make()->fingerprint(), Certificate::make()->fingerprint());
}

TEST(Certificate, IsValidWhateverTheClockSays) {
  const auto certificate = Certificate::make();
  EXPECT_LT(X509_cmp_current_time(X509_get0_notBefore(certificate->x509())), 0);
  EXPECT_GT(X509_cmp_current_time(X509_get0_notAfter(certificate->x509())), 0);
}

}  // namespace
}  // namespace parlor::dtls
