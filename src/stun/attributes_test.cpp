#include "stun/attributes.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

#include "stun/message.hpp"
#include "stun/test_support.hpp"
#include "stun/writer.hpp"

namespace parlor::stun {
namespace {

using base::as_bytes;
using test::address;
using test::bytes_of;
using test::from_hex;

/// A message that holds one attribute; what the decoders are given besides the value.
class StunAttributes : public testing::Test {
 protected:
  Message message_with(AttributeType type, base::BytesView value) {
    MessageWriter writer(buffer_, MessageClass::request, Method::binding, test::kId);
    writer.add(type, value);
    return *Message::parse(writer.finish());
  }
  /// Writes the attribute, reads it back.
  template <class A>
  auto round_trip(const typename A::Value& value) {
    MessageWriter writer(buffer_, MessageClass::request, Method::binding, test::kId);
    writer.add<A>(value);
    const auto message = Message::parse(writer.finish());
    EXPECT_TRUE(message);
    size_ = message->find(A::kType)->size();
    return message->read<A>();
  }
  template <class A>
  bool reads(base::BytesView value) {
    return message_with(A::kType, value).template read<A>().has_value();
  }

  std::array<std::byte, 2048> buffer_{};
  std::size_t size_ = 0;
};

TEST_F(StunAttributes, AddressesOfBothFamiliesComeBack) {
  for (const auto& one : {address("192.0.2.1:32853"), address("0.0.0.0:0"), address("255.255.255.255:65535"),
                          address("[2001:db8::1]:1"), address("[::]:0")}) {
    EXPECT_EQ(round_trip<MappedAddress>(one), one);
    EXPECT_EQ(round_trip<XorMappedAddress>(one), one);
    EXPECT_EQ(round_trip<AlternateServer>(one), one);
    EXPECT_EQ(round_trip<ResponseOrigin>(one), one);
    EXPECT_EQ(round_trip<OtherAddress>(one), one);
    EXPECT_EQ(size_, one.ip.is_v6() ? 20u : 8u);
  }
}

TEST_F(StunAttributes, XorAddressHidesTheAddressFromAddressTranslators) {
  std::array<std::byte, 20> plain{};
  std::array<std::byte, 20> hidden{};
  base::ByteWriter plain_writer(plain);
  base::ByteWriter hidden_writer(hidden);
  const Message message = message_with(AttributeType::software, {});
  encode_address(plain_writer, address("192.0.2.1:32853"));
  encode_xor_address(hidden_writer, address("192.0.2.1:32853"), message.cookie_and_id());
  EXPECT_EQ(base::to_hex(plain_writer.written()), "00018055c0000201");
  EXPECT_EQ(base::to_hex(hidden_writer.written()), "0001a147e112a643");
}

TEST_F(StunAttributes, AddressIgnoresItsFirstByteAndRefusesOtherFamiliesAndLengths) {
  EXPECT_TRUE(reads<MappedAddress>(from_hex("ff01 0001 01020304")));
  EXPECT_FALSE(reads<MappedAddress>(from_hex("0003 0001 01020304")));
  EXPECT_FALSE(reads<MappedAddress>(from_hex("0001 0001 010203")));
  EXPECT_FALSE(reads<MappedAddress>(from_hex("0001 0001 01020304 05060708 090a0b0c 0d0e0f10")));
  EXPECT_FALSE(reads<MappedAddress>(from_hex("0002 0001 01020304")));
  EXPECT_FALSE(reads<MappedAddress>(from_hex("0001 00")));
  EXPECT_FALSE(reads<MappedAddress>(base::Bytes(24)));
  EXPECT_FALSE(reads<XorMappedAddress>({}));
  EXPECT_FALSE(reads<XorMappedAddress>(from_hex("0001 0001")));
  EXPECT_FALSE(reads<XorMappedAddress>(base::Bytes(21)));
}

TEST_F(StunAttributes, TextComesBackAndIsPadded) {
  EXPECT_EQ(round_trip<Username>("alice:bob"), "alice:bob");
  EXPECT_EQ(round_trip<Realm>("example.org"), "example.org");
  EXPECT_EQ(round_trip<Nonce>("abc"), "abc");
  EXPECT_EQ(round_trip<Software>(""), "");
  EXPECT_EQ(round_trip<AlternateDomain>("stun-1.example.org"), "stun-1.example.org");
}

TEST_F(StunAttributes, TextIsReadUpToTheLengthOfTheOlderRfcAndNoFurther) {
  EXPECT_TRUE(reads<Username>(as_bytes(std::string(763, 'a'))));
  EXPECT_FALSE(reads<Username>(as_bytes(std::string(764, 'a'))));
  EXPECT_TRUE(reads<Realm>(as_bytes(std::string(127, 'a'))));
  EXPECT_FALSE(reads<Realm>(as_bytes(std::string(128, 'a'))));
  EXPECT_FALSE(reads<Nonce>(as_bytes(std::string(128, 'a'))));
  EXPECT_FALSE(reads<Software>(as_bytes(std::string(128, 'a'))));
  EXPECT_TRUE(reads<AlternateDomain>(as_bytes(std::string(255, 'a'))));
  EXPECT_FALSE(reads<AlternateDomain>(as_bytes(std::string(256, 'a'))));
}

TEST_F(StunAttributes, TextThatIsNotUtf8IsRefused) {
  EXPECT_FALSE(reads<Username>(bytes_of({0xff, 0xfe})));
  EXPECT_FALSE(reads<Realm>(bytes_of({0xc0, 0x80})));
  EXPECT_FALSE(reads<AlternateDomain>(as_bytes("exa mple.org")));
  EXPECT_FALSE(reads<AlternateDomain>(as_bytes("")));
}

TEST_F(StunAttributes, ErrorCodeComesBack) {
  const auto error = round_trip<ErrorCode>({kUnknownAttribute, "Unknown Attribute"});
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code, 420);
  EXPECT_EQ(error->reason, "Unknown Attribute");
  for (const int code : {300, 399, 400, 438, 500, 699}) {
    const auto other = round_trip<ErrorCode>({code, ""});
    ASSERT_TRUE(other);
    EXPECT_EQ(other->code, code);
  }
}

TEST_F(StunAttributes, ErrorCodeOutsideOf300To699IsRefused) {
  EXPECT_TRUE(reads<ErrorCode>(from_hex("ffff fc00")));  // the reserved bits are ignored: class 4
  EXPECT_FALSE(reads<ErrorCode>(from_hex("0000 0200")));
  EXPECT_FALSE(reads<ErrorCode>(from_hex("0000 0700")));
  EXPECT_FALSE(reads<ErrorCode>(from_hex("0000 0464")));  // 4 and 100
  EXPECT_FALSE(reads<ErrorCode>(from_hex("0000 04")));
  EXPECT_FALSE(reads<ErrorCode>(from_hex("0000 0400 ff")));  // the reason is no text
}

TEST_F(StunAttributes, UnknownAttributesComeBack) {
  const std::vector<AttributeType> types{AttributeType{0x7777}, AttributeType{0x0002}, AttributeType{0x0024}};
  EXPECT_EQ(round_trip<UnknownAttributes>(types), types);
  EXPECT_EQ(size_, 6u);
  EXPECT_FALSE(reads<UnknownAttributes>(from_hex("777700")));
}

TEST_F(StunAttributes, UserhashHas32Bytes) {
  Userhash::Value hash{};
  hash[31] = std::byte{7};
  EXPECT_EQ(round_trip<Userhash>(hash), hash);
  EXPECT_FALSE(reads<Userhash>(base::Bytes(31)));
  EXPECT_FALSE(reads<Userhash>(base::Bytes(33)));
}

TEST_F(StunAttributes, PasswordAlgorithmsComeBackWithPaddedParameters) {
  const base::Bytes parameters = bytes_of({1, 2, 3, 4, 5});
  const std::vector<PasswordAlgorithmChoice> choices{{PasswordAlgorithmId::sha256, {}},
                                                     {PasswordAlgorithmId{0x1234}, parameters},
                                                     {PasswordAlgorithmId::md5, {}}};
  const auto back = round_trip<PasswordAlgorithms>(choices);
  ASSERT_TRUE(back);
  ASSERT_EQ(back->size(), 3u);
  EXPECT_EQ((*back)[0].id, PasswordAlgorithmId::sha256);
  EXPECT_EQ((*back)[1].id, PasswordAlgorithmId{0x1234});
  EXPECT_EQ(base::to_hex((*back)[1].parameters), "0102030405");
  EXPECT_EQ((*back)[2].id, PasswordAlgorithmId::md5);
  EXPECT_EQ(size_, 4u + 12u + 4u);

  const auto one = round_trip<PasswordAlgorithm>({PasswordAlgorithmId{0x1234}, parameters});
  ASSERT_TRUE(one);
  EXPECT_EQ(base::to_hex(one->parameters), "0102030405");
}

TEST_F(StunAttributes, PasswordAlgorithmsThatAreCutShortAreRefused) {
  EXPECT_FALSE(reads<PasswordAlgorithms>(from_hex("000200")));
  EXPECT_FALSE(reads<PasswordAlgorithms>(from_hex("00020000 0001")));
  EXPECT_FALSE(reads<PasswordAlgorithms>(from_hex("00020005 01020304")));
  EXPECT_FALSE(reads<PasswordAlgorithm>(from_hex("00020000 00010000")));  // two where one belongs
  EXPECT_TRUE(reads<PasswordAlgorithms>(from_hex("00020001 01")));        // padded by the attribute
}

TEST_F(StunAttributes, ChangeRequestHasTwoFlags) {
  for (const bool ip : {false, true}) {
    for (const bool port : {false, true}) {
      const auto back = round_trip<ChangeRequest>({ip, port});
      ASSERT_TRUE(back);
      EXPECT_EQ(back->change_ip, ip);
      EXPECT_EQ(back->change_port, port);
    }
  }
  const auto ip_only = message_with(ChangeRequest::kType, from_hex("00000004")).read<ChangeRequest>();
  ASSERT_TRUE(ip_only);
  EXPECT_TRUE(ip_only->change_ip && !ip_only->change_port);
  EXPECT_FALSE(reads<ChangeRequest>(from_hex("000004")));
  EXPECT_FALSE(reads<ChangeRequest>(from_hex("0000000400")));
}

TEST_F(StunAttributes, ResponsePortIsReadWithAndWithoutItsTwoSpareBytes) {
  EXPECT_EQ(round_trip<ResponsePort>(40000), 40000);
  EXPECT_EQ(message_with(ResponsePort::kType, from_hex("9c40 0000")).read<ResponsePort>(), 40000);
  EXPECT_FALSE(reads<ResponsePort>(from_hex("9c")));
  EXPECT_FALSE(reads<ResponsePort>(from_hex("9c4000")));
}

TEST_F(StunAttributes, PaddingIsItsLength) {
  EXPECT_EQ(round_trip<Padding>(1300), 1300u);
  EXPECT_EQ(round_trip<Padding>(3), 3u);
}

TEST_F(StunAttributes, AbsentAndMalformedReadAsNothing) {
  const Message message = message_with(AttributeType::userhash, bytes_of({1}));
  EXPECT_FALSE(message.read<Userhash>());
  EXPECT_TRUE(message.has(AttributeType::userhash));
  EXPECT_FALSE(message.read<Username>());
  EXPECT_FALSE(message.has(AttributeType::username));
}

}  // namespace
}  // namespace parlor::stun
