#include "stun/message.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "stun/attributes.hpp"
#include "stun/test_support.hpp"
#include "stun/writer.hpp"

namespace parlor::stun {
namespace {

using test::from_hex;

/// A Binding request with these attributes, header and length in front.
base::Bytes message_with(std::string_view attributes_hex) {
  base::Bytes bytes = from_hex("00010000 2112a442 b7e7a701bc34d686fa87dfae");
  const base::Bytes attributes = from_hex(attributes_hex);
  bytes[2] = static_cast<std::byte>(attributes.size() >> 8);
  bytes[3] = static_cast<std::byte>(attributes.size() & 255);
  bytes.insert(bytes.end(), attributes.begin(), attributes.end());
  return bytes;
}

std::vector<unsigned> types_of(const Message& message) {
  std::vector<unsigned> types;
  for (const Attribute& attribute : message.attributes())
    types.push_back(static_cast<unsigned>(attribute.type));
  return types;
}

TEST(StunMessage, TypeFieldInterleavesClassAndMethod) {
  EXPECT_EQ(encode_type(MessageClass::request, Method::binding), 0x0001);
  EXPECT_EQ(encode_type(MessageClass::indication, Method::binding), 0x0011);
  EXPECT_EQ(encode_type(MessageClass::success, Method::binding), 0x0101);
  EXPECT_EQ(encode_type(MessageClass::error, Method::binding), 0x0111);
  EXPECT_EQ(encode_type(MessageClass::error, Method{0xFFF}), 0x3FFF);
  for (unsigned method = 0; method < 0x1000; ++method) {
    for (unsigned c = 0; c < 4; ++c) {
      const std::uint16_t type = encode_type(static_cast<MessageClass>(c), static_cast<Method>(method));
      ASSERT_LE(type, 0x3FFF);
      ASSERT_EQ(static_cast<unsigned>(decode_method(type)), method);
      ASSERT_EQ(static_cast<unsigned>(decode_class(type)), c);
    }
  }
}

TEST(StunMessage, HeaderAloneIsAMessage) {
  const base::Bytes bytes = message_with("");
  const auto message = Message::parse(bytes);
  ASSERT_TRUE(message);
  EXPECT_TRUE(message->is(MessageClass::request, Method::binding));
  EXPECT_FALSE(message->is_classic());
  EXPECT_TRUE(types_of(*message).empty());
  EXPECT_FALSE(message->find(AttributeType::username));
}

TEST(StunMessage, RefusesWhatIsNotStun) {
  EXPECT_FALSE(Message::parse({}));
  const base::Bytes good = message_with("00060000");
  for (std::size_t size = 0; size < good.size(); ++size) {
    EXPECT_FALSE(Message::parse(base::BytesView(good).first(size))) << size;
  }
  base::Bytes top_bits = good;
  top_bits[0] = std::byte{0x40};
  EXPECT_FALSE(Message::parse(top_bits));
  base::Bytes odd_length = good;
  odd_length[3] = std::byte{3};
  EXPECT_FALSE(Message::parse(odd_length));
  base::Bytes trailing = good;
  trailing.resize(good.size() + 4);
  EXPECT_FALSE(Message::parse(trailing));
}

TEST(StunMessage, RefusesAttributesThatDoNotFit) {
  EXPECT_FALSE(Message::parse(message_with("00060001")));          // the padded value is missing
  EXPECT_FALSE(Message::parse(message_with("0006000561626364")));  // one byte more than there is
  EXPECT_FALSE(Message::parse(message_with("0006ffff61626364")));
  EXPECT_TRUE(Message::parse(message_with("0006000161000000")));
  EXPECT_TRUE(Message::parse(message_with("0006000161ffffff")));  // padding may hold anything
}

TEST(StunMessage, WithoutCookieIsClassicAndTakenOnlyWhenAskedFor) {
  base::Bytes bytes = message_with("");
  bytes[4] = std::byte{0x22};
  EXPECT_FALSE(Message::parse(bytes));
  const auto classic = Message::parse_with_classic(bytes);
  ASSERT_TRUE(classic);
  EXPECT_TRUE(classic->is_classic());
  const auto modern = Message::parse_with_classic(message_with(""));
  ASSERT_TRUE(modern);
  EXPECT_FALSE(modern->is_classic());
}

TEST(StunMessage, FirstOfSeveralEqualAttributesCounts) {
  const base::Bytes bytes = message_with("00060001 61000000 00060001 62000000");
  const auto message = Message::parse(bytes);
  ASSERT_TRUE(message);
  EXPECT_EQ(message->read<Username>(), "a");
  EXPECT_EQ(types_of(*message).size(), 2u);
}

TEST(StunMessage, AttributesAfterTheIntegrityDoNotCount) {
  const std::string integrity = "00080014 0000000000000000000000000000000000000000";
  const base::Bytes bytes =
      message_with("00060001 61000000" + integrity + "00140001 62000000 7fff0000 80280004 00000000");
  const auto message = Message::parse(bytes);
  ASSERT_TRUE(message);
  EXPECT_EQ(types_of(*message), (std::vector<unsigned>{0x0006, 0x0008, 0x8028}));
  EXPECT_FALSE(message->has(AttributeType::realm));
}

TEST(StunMessage, StrongerIntegrityAfterTheWeakerCountsAndNothingAfterIt) {
  const std::string weak = "00080014 0000000000000000000000000000000000000000";
  const std::string strong = "001c0010 00000000000000000000000000000000";
  {
    const base::Bytes bytes =
        message_with(weak + "00140000" + strong + "00140000" + strong + "80280004 00000000");
    const auto message = Message::parse(bytes);
    ASSERT_TRUE(message);
    EXPECT_EQ(types_of(*message), (std::vector<unsigned>{0x0008, 0x001C, 0x8028}));
  }
  {
    const base::Bytes bytes = message_with(strong + weak + "00140000");
    const auto message = Message::parse(bytes);
    ASSERT_TRUE(message);
    EXPECT_EQ(types_of(*message), (std::vector<unsigned>{0x001C}));
  }
}

TEST(StunMessage, FingerprintAnywhereButLastIsMalformed) {
  EXPECT_TRUE(Message::parse(message_with("80280004 00000000")));
  EXPECT_FALSE(Message::parse(message_with("80280004 00000000 00060000")));
}

TEST(StunMessage, IteratorCountsTheAttributesOnce) {
  const base::Bytes bytes = message_with("00060000 00140000 7fff0000");
  const auto message = Message::parse(bytes);
  ASSERT_TRUE(message);
  EXPECT_EQ(types_of(*message), (std::vector<unsigned>{0x0006, 0x0014, 0x7FFF}));
  auto it = message->attributes().begin();
  EXPECT_EQ(it->type, AttributeType::username);
  EXPECT_EQ(it++->type, AttributeType::username);
  EXPECT_EQ((*it).type, AttributeType::realm);
}

TEST(StunMessage, ComprehensionIsRequiredBelowTheTopBit) {
  EXPECT_TRUE(is_comprehension_required(AttributeType{0x0000}));
  EXPECT_TRUE(is_comprehension_required(AttributeType{0x7FFF}));
  EXPECT_FALSE(is_comprehension_required(AttributeType{0x8000}));
  EXPECT_FALSE(is_comprehension_required(AttributeType{0xFFFF}));
}

}  // namespace
}  // namespace parlor::stun
