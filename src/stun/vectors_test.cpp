// The messages that RFC 5769 and RFC 8489 Appendix B publish, read and written again.

#include <gtest/gtest.h>

#include "stun/attributes.hpp"
#include "stun/integrity.hpp"
#include "stun/message.hpp"
#include "stun/test_support.hpp"
#include "stun/writer.hpp"

namespace parlor::stun {
namespace {

using base::as_bytes;
using base::to_hex;
using test::from_hex;

constexpr std::string_view kPassword = "VOkJxbRl1RmTxUk/WvJxBt";

const base::Bytes kRequest = from_hex(  // RFC 5769 §2.1
    "00010058 2112a442 b7e7a701bc34d686fa87dfae"
    "80220010 5354554e207465737420636c69656e74"
    "00240004 6e0001ff"
    "80290008 932ff9b151263b36"
    "00060009 6576746a3a68367659202020"
    "00080014 9aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a2"
    "80280004 e57a3bcf");

const base::Bytes kIpv4Response = from_hex(  // RFC 5769 §2.2
    "0101003c 2112a442 b7e7a701bc34d686fa87dfae"
    "8022000b 7465737420766563746f7220"
    "00200008 0001a147e112a643"
    "00080014 2b91f599fd9e90c38c7489f92af9ba53f06be7d7"
    "80280004 c07d4c96");

const base::Bytes kIpv6Response = from_hex(  // RFC 5769 §2.3
    "01010048 2112a442 b7e7a701bc34d686fa87dfae"
    "8022000b 7465737420766563746f7220"
    "00200014 0002a147 0113a9faa5d3f179bc25f4b5bed2b9d9"
    "00080014 a382954e4be67bf11784c97c8292c275bfe3ed41"
    "80280004 c8fb0b4c");

const base::Bytes kLongTermRequest = from_hex(  // RFC 5769 §2.4
    "00010060 2112a442 78ad3433c6ad72c029da412e"
    "00060012 e3839ee38388e383aae38383e382afe382b90000"
    "0015001c 662f2f3439396b3935346436 4f4c33346f4c394653547679 36347341"
    "0014000b 6578616d706c652e6f726700"
    "00080014 f67024656dd64a3e02b8e0712e85c9a28ca89666");

// RFC 8489 §B.1 as its erratum has it: the RFC left out the PASSWORD-ALGORITHM attribute and computed the
// integrity with a length that fits no message.
const base::Bytes kSha256Request = from_hex(
    "00010090 2112a442 78ad3433c6ad72c029da412e"
    "001e0020 4a3cf38fef6992bda952c6780417da0f24819415569e60b205c46e41407f1704"
    "00150029 6f624d61744a6f733241414143662f2f3439396b3935346436 4f4c33346f4c394653547679363473 41000000"
    "0014000b 6578616d706c652e6f726700"
    "001d0004 00020000"
    "001c0020 b5c7bf005b6c52a21c51c5e892f81924136296cb927c43149309278cc6518e65");

constexpr std::string_view kUsername = "\u30DE\u30C8\u30EA\u30C3\u30AF\u30B9";

TEST(StunVectors, SampleRequestIsRead) {
  const auto message = Message::parse(kRequest);
  ASSERT_TRUE(message);
  EXPECT_TRUE(message->is(MessageClass::request, Method::binding));
  EXPECT_EQ(message->transaction_id(), test::kId);
  EXPECT_EQ(message->read<Software>(), "STUN test client");
  EXPECT_EQ(message->read<Username>(), "evtj:h6vY");
  EXPECT_EQ(check_message_integrity(*message, as_bytes(kPassword)), Check::right);
  EXPECT_EQ(check_integrity(*message, as_bytes(kPassword)), Check::right);
  EXPECT_EQ(check_fingerprint(*message), Check::right);
}

TEST(StunVectors, SampleIpv4ResponseIsRead) {
  const auto message = Message::parse(kIpv4Response);
  ASSERT_TRUE(message);
  EXPECT_TRUE(message->is(MessageClass::success, Method::binding));
  EXPECT_EQ(message->read<Software>(), "test vector");
  EXPECT_EQ(message->read<XorMappedAddress>(), test::address("192.0.2.1:32853"));
  EXPECT_EQ(check_message_integrity(*message, as_bytes(kPassword)), Check::right);
  EXPECT_EQ(check_fingerprint(*message), Check::right);
}

TEST(StunVectors, SampleIpv6ResponseIsRead) {
  const auto message = Message::parse(kIpv6Response);
  ASSERT_TRUE(message);
  EXPECT_EQ(message->read<XorMappedAddress>(), test::address("[2001:db8:1234:5678:11:2233:4455:6677]:32853"));
  EXPECT_EQ(check_message_integrity(*message, as_bytes(kPassword)), Check::right);
  EXPECT_EQ(check_fingerprint(*message), Check::right);
}

TEST(StunVectors, SampleLongTermRequestIsRead) {
  const auto message = Message::parse(kLongTermRequest);
  ASSERT_TRUE(message);
  EXPECT_EQ(message->read<Username>(), kUsername);
  EXPECT_EQ(message->read<Nonce>(), "f//499k954d6OL34oL9FSTvy64sA");
  EXPECT_EQ(message->read<Realm>(), "example.org");
  const auto key = long_term_key_md5(kUsername, "example.org", "TheMatrIX");
  EXPECT_EQ(check_integrity(*message, key), Check::right);
  EXPECT_EQ(check_fingerprint(*message), Check::absent);
}

TEST(StunVectors, SampleSha256RequestOfTheErratumIsRead) {
  const auto message = Message::parse(kSha256Request);
  ASSERT_TRUE(message);
  EXPECT_EQ(message->read<Userhash>(), userhash(kUsername, "example.org"));
  const auto nonce = message->read<Nonce>();
  ASSERT_TRUE(nonce);
  EXPECT_EQ(*nonce, "obMatJos2AAACf//499k954d6OL34oL9FSTvy64sA");
  EXPECT_EQ(nonce_features(*nonce), SecurityFeatures{});  // its bits are none that has a meaning
  const auto algorithm = message->read<PasswordAlgorithm>();
  ASSERT_TRUE(algorithm);
  EXPECT_EQ(algorithm->id, PasswordAlgorithmId::sha256);
  const auto key = long_term_key_sha256(kUsername, "example.org", "TheMatrIX");
  EXPECT_EQ(check_integrity(*message, key), Check::right);
  EXPECT_EQ(check_message_integrity(*message, key), Check::absent);
}

TEST(StunVectors, AnyFlippedByteOfTheSampleRequestBreaksIt) {
  for (std::size_t at = 0; at < kRequest.size(); ++at) {
    base::Bytes bytes = kRequest;
    bytes[at] ^= std::byte{0x01};
    const auto message = Message::parse(bytes);
    if (!message) continue;
    EXPECT_FALSE(check_fingerprint(*message) == Check::right) << "byte " << at;
    const bool covered = at < kRequest.size() - 8;  // the fingerprint comes after the integrity
    if (covered) {
      EXPECT_FALSE(check_integrity(*message, as_bytes(kPassword)) == Check::right) << "byte " << at;
    }
  }
}

TEST(StunVectors, SampleIpv6ResponseIsWrittenByteForByteButForItsPadding) {
  std::array<std::byte, 128> buffer{};
  MessageWriter writer(buffer, MessageClass::success, Method::binding, test::kId);
  writer.add<Software>("test vector");
  writer.add<XorMappedAddress>(test::address("[2001:db8:1234:5678:11:2233:4455:6677]:32853"));
  const auto written = writer.finish();
  // The sample pads with blanks; we write zeros as the RFC asks. What follows depends on the padding.
  base::Bytes expected(kIpv6Response.begin(), kIpv6Response.begin() + 20 + 16 + 24);
  expected[2] = std::byte{0};
  expected[3] = std::byte{16 + 24};
  expected[35] = std::byte{0};
  EXPECT_EQ(to_hex(written), to_hex(expected));
}

TEST(StunVectors, SampleLongTermRequestIsWrittenByteForByte) {
  const auto sample = Message::parse(kLongTermRequest);
  ASSERT_TRUE(sample);
  std::array<std::byte, 128> buffer{};
  MessageWriter writer(buffer, MessageClass::request, Method::binding, sample->transaction_id());
  writer.add<Username>(kUsername);
  writer.add<Nonce>("f//499k954d6OL34oL9FSTvy64sA");
  writer.add<Realm>("example.org");
  writer.add_message_integrity(long_term_key_md5(kUsername, "example.org", "TheMatrIX"));
  EXPECT_EQ(to_hex(writer.finish()), to_hex(kLongTermRequest));
}

TEST(StunVectors, SampleSha256RequestIsWrittenByteForByte) {
  const auto sample = Message::parse(kSha256Request);
  ASSERT_TRUE(sample);
  std::array<std::byte, 256> buffer{};
  MessageWriter writer(buffer, MessageClass::request, Method::binding, sample->transaction_id());
  writer.add<Userhash>(userhash(kUsername, "example.org"));
  writer.add<Nonce>("obMatJos2AAACf//499k954d6OL34oL9FSTvy64sA");
  writer.add<Realm>("example.org");
  writer.add<PasswordAlgorithm>({PasswordAlgorithmId::sha256, {}});
  writer.add_message_integrity_sha256(long_term_key_sha256(kUsername, "example.org", "TheMatrIX"));
  EXPECT_EQ(to_hex(writer.finish()), to_hex(kSha256Request));
}

TEST(StunVectors, FingerprintOfTheSampleRequestIsWritten) {
  const auto sample = Message::parse(kRequest);
  ASSERT_TRUE(sample);
  std::array<std::byte, 256> buffer{};
  MessageWriter writer(buffer, MessageClass::request, Method::binding, test::kId);
  writer.add<Software>("STUN test client");
  writer.add(AttributeType{0x0024}, *sample->find(AttributeType{0x0024}));  // PRIORITY, of ICE
  writer.add(AttributeType{0x8029}, *sample->find(AttributeType{0x8029}));  // ICE-CONTROLLED
  writer.add<Username>("evtj:h6vY");
  writer.add_message_integrity(as_bytes(kPassword));
  writer.add_fingerprint();
  const auto message = Message::parse(writer.finish());
  ASSERT_TRUE(message);
  EXPECT_EQ(message->bytes().size(), kRequest.size());
  EXPECT_EQ(check_integrity(*message, as_bytes(kPassword)), Check::right);
  EXPECT_EQ(check_fingerprint(*message), Check::right);
}

}  // namespace
}  // namespace parlor::stun
