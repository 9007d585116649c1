#include "stun/integrity.hpp"

#include <gtest/gtest.h>

#include <array>

#include "stun/attributes.hpp"
#include "stun/crc32.hpp"
#include "stun/test_support.hpp"
#include "stun/writer.hpp"

namespace parlor::stun {
namespace {

using base::as_bytes;
using base::to_hex;

class StunIntegrity : public testing::Test {
 protected:
  MessageWriter writer() { return {buffer_, MessageClass::request, Method::binding, test::kId}; }
  std::array<std::byte, 256> buffer_{};
};

TEST_F(StunIntegrity, IsAbsentRightOrWrong) {
  MessageWriter bare = writer();
  EXPECT_EQ(check_integrity(*Message::parse(bare.finish()), as_bytes("key")), Check::absent);
  EXPECT_EQ(check_fingerprint(*Message::parse(bare.finish())), Check::absent);
  MessageWriter signed_one = writer();
  signed_one.add_message_integrity(as_bytes("key"));
  const auto message = Message::parse(signed_one.finish());
  EXPECT_EQ(check_integrity(*message, as_bytes("key")), Check::right);
  EXPECT_EQ(check_integrity(*message, as_bytes("kez")), Check::wrong);
  EXPECT_EQ(check_integrity(*message, {}), Check::wrong);
}

TEST_F(StunIntegrity, TheStrongerOneDecides) {
  MessageWriter both = writer();
  both.add_message_integrity(as_bytes("key"));
  both.add_message_integrity_sha256(as_bytes("another key"));
  const auto message = Message::parse(both.finish());
  EXPECT_EQ(check_message_integrity(*message, as_bytes("key")), Check::right);
  EXPECT_EQ(check_integrity(*message, as_bytes("key")), Check::wrong);
  EXPECT_EQ(check_integrity(*message, as_bytes("another key")), Check::right);
}

TEST_F(StunIntegrity, CutDownIsRightOnlyWhereItIsAllowed) {
  MessageWriter cut = writer();
  cut.add_message_integrity_sha256(as_bytes("key"), 16);
  const auto message = Message::parse(cut.finish());
  EXPECT_EQ(check_message_integrity_sha256(*message, as_bytes("key")), Check::wrong);
  EXPECT_EQ(check_message_integrity_sha256(*message, as_bytes("key"), 20), Check::wrong);
  EXPECT_EQ(check_message_integrity_sha256(*message, as_bytes("key"), 16), Check::right);
}

TEST_F(StunIntegrity, OfAnImpossibleLengthIsWrong) {
  const std::size_t sizes[] = {0, 4, 12, 14, 33, 36};
  for (const std::size_t size : sizes) {
    MessageWriter odd = writer();
    odd.add(AttributeType::message_integrity_sha256, base::Bytes(size));
    EXPECT_EQ(check_message_integrity_sha256(*Message::parse(odd.finish()), as_bytes("key"), 0),
              Check::wrong);
    MessageWriter weak = writer();
    weak.add(AttributeType::message_integrity, base::Bytes(size));
    EXPECT_EQ(check_message_integrity(*Message::parse(weak.finish()), as_bytes("key")), Check::wrong);
  }
}

TEST_F(StunIntegrity, AnythingAddedBehindItDoesNotBreakItAndDoesNotCount) {
  MessageWriter extended = writer();
  extended.add<Username>("alice");
  extended.add_message_integrity(as_bytes("key"));
  extended.add<Realm>("added on the way");
  extended.add_fingerprint();
  const auto message = Message::parse(extended.finish());
  ASSERT_TRUE(message);
  EXPECT_EQ(check_integrity(*message, as_bytes("key")), Check::right);
  EXPECT_EQ(check_fingerprint(*message), Check::right);
  EXPECT_FALSE(message->has(AttributeType::realm));
}

TEST_F(StunIntegrity, FingerprintOfAnImpossibleLengthIsWrong) {
  MessageWriter odd = writer();
  odd.add(AttributeType::fingerprint, base::Bytes(8));
  const auto bytes = odd.finish();
  base::ByteWriter(bytes.subspan(24))
      .u32(fingerprint_of(bytes.first(20)));  // the right number and four bytes more
  EXPECT_EQ(check_fingerprint(*Message::parse(bytes)), Check::wrong);
  MessageWriter cut = writer();
  cut.add(AttributeType::fingerprint, base::Bytes(2));
  EXPECT_EQ(check_fingerprint(*Message::parse(cut.finish())), Check::wrong);
}

TEST(StunCrc32, IsTheOneOfItuV42) {
  EXPECT_EQ(crc32(as_bytes("123456789")), 0xCBF43926u);
  EXPECT_EQ(crc32({}), 0u);
}

TEST(StunKeys, AreTheHashesOfTheRfc) {
  EXPECT_EQ(to_hex(long_term_key_md5("user", "realm", "pass")),
            "8493fbc53ba582fb4c044c456bdc40eb");  // §9.2.2
  EXPECT_EQ(to_hex(userhash("\u30DE\u30C8\u30EA\u30C3\u30AF\u30B9", "example.org")),
            "4a3cf38fef6992bda952c6780417da0f24819415569e60b205c46e41407f1704");  // §B.1
}

TEST(StunNonceCookie, SaysWhatTheServerCan) {
  EXPECT_EQ(nonce_cookie({}), "obMatJos2AAAA");
  EXPECT_EQ(nonce_cookie({true, false}), "obMatJos2gAAA");
  EXPECT_EQ(nonce_cookie({false, true}), "obMatJos2QAAA");
  EXPECT_EQ(nonce_cookie({true, true}), "obMatJos2wAAA");
  for (const SecurityFeatures features : {SecurityFeatures{}, {true, false}, {false, true}, {true, true}}) {
    EXPECT_EQ(nonce_features(nonce_cookie(features) + "the rest"), features);
  }
}

TEST(StunNonceCookie, IsAbsentFromTheNonceOfAnOlderServer) {
  EXPECT_FALSE(nonce_features(""));
  EXPECT_FALSE(nonce_features("f//499k954d6OL34oL9FSTvy64sA"));
  EXPECT_FALSE(nonce_features("obMatJos2AAA"));
  EXPECT_FALSE(nonce_features("obMatJos2A\"AA"));
  EXPECT_TRUE(nonce_features("obMatJos2++//"));
}

}  // namespace
}  // namespace parlor::stun
