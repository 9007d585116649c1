#include "crypto/hmac.hpp"

#include <gtest/gtest.h>

#include <string>

namespace parlor::crypto {
namespace {

using base::as_bytes;
using base::to_hex;

TEST(Hmac, GivesThePublishedSha1) {  // RFC 2202 §3, test cases 1, 2 and 6
  EXPECT_EQ(to_hex(hmac_sha1(as_bytes(std::string(20, '\x0b')), as_bytes("Hi There"))),
            "b617318655057264e28bc0b6fb378c8ef146be00");
  EXPECT_EQ(to_hex(hmac_sha1(as_bytes("Jefe"), as_bytes("what do ya want for nothing?"))),
            "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
  EXPECT_EQ(to_hex(hmac_sha1(as_bytes(std::string(80, '\xaa')),
                             as_bytes("Test Using Larger Than Block-Size Key - Hash Key First"))),
            "aa4ae5e15272d00e95705637ce8a3b55ed402112");
}

TEST(Hmac, GivesThePublishedSha256) {  // RFC 4231 §4.2 and §4.3
  EXPECT_EQ(to_hex(hmac_sha256(as_bytes(std::string(20, '\x0b')), as_bytes("Hi There"))),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  EXPECT_EQ(to_hex(hmac_sha256(as_bytes("Jefe"), as_bytes("what do ya want for nothing?"))),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

TEST(Hmac, OfPartsIsTheHmacOfTheWhole) {
  const base::BytesView parts[] = {as_bytes("what do ya "), as_bytes(""), as_bytes("want for nothing?")};
  EXPECT_EQ(hmac_sha1(as_bytes("Jefe"), parts),
            hmac_sha1(as_bytes("Jefe"), as_bytes("what do ya want for nothing?")));
  EXPECT_EQ(hmac_sha256(as_bytes("Jefe"), parts),
            hmac_sha256(as_bytes("Jefe"), as_bytes("what do ya want for nothing?")));
}

TEST(Hmac, TakesAnEmptyKeyAsAKeyAndNotAsTheOneBefore) {
  (void)hmac_sha256(as_bytes("another"), as_bytes("data"));
  // HMAC-SHA256 with an empty key over empty data.
  EXPECT_EQ(to_hex(hmac_sha256({}, base::BytesView{})),
            "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

}  // namespace
}  // namespace parlor::crypto
