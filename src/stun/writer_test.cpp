#include "stun/writer.hpp"

#include <gtest/gtest.h>

#include <array>

#include "stun/attributes.hpp"
#include "stun/integrity.hpp"
#include "stun/message.hpp"
#include "stun/test_support.hpp"

namespace parlor::stun {
namespace {

using base::as_bytes;
using base::to_hex;
using test::from_hex;

TEST(StunWriter, HeaderHasTypeLengthCookieAndId) {
  std::array<std::byte, 64> buffer{};
  MessageWriter writer(buffer, MessageClass::indication, Method::binding, test::kId);
  EXPECT_EQ(to_hex(writer.finish()), "001100002112a442b7e7a701bc34d686fa87dfae");
}

TEST(StunWriter, PaddingIsZeroAndNotPartOfTheAttributesLength) {
  std::array<std::byte, 64> buffer{};
  buffer.fill(std::byte{0xee});
  MessageWriter writer(buffer, MessageClass::request, Method::binding, test::kId);
  writer.add<Username>("alice");
  EXPECT_EQ(to_hex(writer.finish().subspan(20)),
            "00060005"
            "616c696365000000");
}

TEST(StunWriter, AnswerRepeatsMethodCookieAndId) {
  const base::Bytes bytes = from_hex("00030000 2112a442 b7e7a701bc34d686fa87dfae");  // Allocate
  const auto request = Message::parse(bytes);
  std::array<std::byte, 64> buffer{};
  MessageWriter writer(buffer, MessageClass::error, *request);
  EXPECT_EQ(to_hex(writer.finish()), "011300002112a442b7e7a701bc34d686fa87dfae");
}

TEST(StunWriter, AnswerToAClassicRequestRepeatsIts16Bytes) {
  const base::Bytes bytes = from_hex("00010000 0badcafe b7e7a701bc34d686fa87dfae");
  const auto request = Message::parse_with_classic(bytes);
  std::array<std::byte, 64> buffer{};
  MessageWriter writer(buffer, MessageClass::success, *request);
  EXPECT_EQ(to_hex(writer.finish()), "010100000badcafeb7e7a701bc34d686fa87dfae");
}

TEST(StunWriter, GivesNothingWhenTheBufferIsTooSmall) {
  std::array<std::byte, 128> buffer{};
  const auto write = [&](std::size_t size) {
    MessageWriter writer(std::span{buffer}.first(size), MessageClass::request, Method::binding, test::kId);
    writer.add<Username>("alice");
    writer.add_message_integrity(as_bytes("key"));
    writer.add_message_integrity_sha256(as_bytes("key"));
    writer.add_fingerprint();
    return writer.finish().size();
  };
  const std::size_t whole = 20 + 12 + 24 + 36 + 8;
  EXPECT_EQ(write(whole), whole);
  for (std::size_t size = 0; size < whole; ++size) EXPECT_EQ(write(size), 0u) << size;
}

TEST(StunWriter, GivesNothingForMoreThanALengthFieldCanSay) {
  base::Bytes buffer(90'000);
  MessageWriter writer(buffer, MessageClass::request, Method::binding, test::kId);
  writer.add<Padding>(40'000);
  writer.add<Padding>(40'000);
  EXPECT_TRUE(writer.finish().empty());
}

TEST(StunWriter, BothIntegritiesAndTheFingerprintHoldTogether) {
  std::array<std::byte, 256> buffer{};
  MessageWriter writer(buffer, MessageClass::request, Method::binding, test::kId);
  writer.add<Username>("alice");
  writer.add_message_integrity(as_bytes("key"));
  writer.add_message_integrity_sha256(as_bytes("key"));
  writer.add_fingerprint();
  const auto message = Message::parse(writer.finish());
  ASSERT_TRUE(message);
  EXPECT_EQ(check_message_integrity(*message, as_bytes("key")), Check::right);
  EXPECT_EQ(check_message_integrity_sha256(*message, as_bytes("key")), Check::right);
  EXPECT_EQ(check_fingerprint(*message), Check::right);
}

}  // namespace
}  // namespace parlor::stun
