#include "crypto/hash.hpp"

#include <gtest/gtest.h>

#include <string>

namespace parlor::crypto {
namespace {

using base::as_bytes;
using base::to_hex;

TEST(Hash, GivesThePublishedMd5) {  // RFC 1321 §A.5
  EXPECT_EQ(to_hex(md5(as_bytes(""))), "d41d8cd98f00b204e9800998ecf8427e");
  EXPECT_EQ(to_hex(md5(as_bytes("message digest"))), "f96b697d7cb7938d525a2f31aaf161d0");
}

TEST(Hash, GivesThePublishedSha1) {  // RFC 3174 §7.3
  EXPECT_EQ(to_hex(sha1(as_bytes("abc"))), "a9993e364706816aba3e25717850c26c9cd0d89d");
}

TEST(Hash, GivesThePublishedSha256) {  // RFC 6234 §8.5
  EXPECT_EQ(to_hex(sha256(as_bytes("abc"))),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Hash, OfPartsIsTheHashOfTheWhole) {
  const base::BytesView parts[] = {as_bytes("user"), as_bytes(""), as_bytes(":realm:"), as_bytes("pass")};
  EXPECT_EQ(md5(parts), md5(as_bytes("user:realm:pass")));
  EXPECT_EQ(sha256(parts), sha256(as_bytes("user:realm:pass")));
  EXPECT_EQ(to_hex(md5(parts)), "8493fbc53ba582fb4c044c456bdc40eb");  // RFC 8489 §9.2.2
}

}  // namespace
}  // namespace parlor::crypto
