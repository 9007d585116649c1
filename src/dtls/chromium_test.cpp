// The ClientHello of Chromium 156 (Debian 12) in two fragments, as it has key shares for TLS 1.3 with it; by
// tests/interop/peer.cpp --dump.

#include <gtest/gtest.h>

#include <algorithm>

#include "dtls/openssl_transport.hpp"
#include "dtls/record.hpp"

namespace parlor::dtls {
namespace {

constexpr std::size_t kHandshakeHeader = 12;

constexpr std::string_view kFirstFragment =
    "16feff000000000000000004a3010005850000000000000497fefd7d7c54d5da4af4257eb0f618f7ce00c108f5b65c73"
    "8ed919b7a4fbeecbdc698a0000001c130113021303c02bc02fcca9cca8c009c013c00ac014009c002f00350100053f00"
    "2d00020101000d00140012040308040401050308050501080606010201000e0009000600010008000700002b000504fe"
    "fcfefd00170000003304ea04e811ec04c050208c36639fcf57613ee718f1c84c4cbcb548d8b4b1a70896452031f6a3e6"
    "b404fbf2ad28e897a1b6c8d7c23068e33da6f4971ffb58b3361a4b89755d1bc9f257b934c8bfc14c62dada76d076836b"
    "8ac4fa687fa5302e8e4826730bc49957a8be70b176e8453fc186fe0a835c076b39627c59349b14038be9741875905099"
    "b3b700737498d64ffd2983ce551af253a7d9f4429734b839f95313218e90b55338494ff90b845bc48d2087977d38436a"
    "835b7802a918362a9b8715575a984ddbc0ab643a9a13798f09652af38377d727df22795d977a3ed3030bda43b4818ca2"
    "e578f6d7a674e5582b44174ae9b7e45376f01880c8770e7ba75d7fc7bf6a144f4aa554a2e6779b5badfa99a47787ae39"
    "d6667e9c242a5913b500509f580853f7b17f8253a33cc38629bdcb3855394b5205c69392d0649d928168b61dc22a94ac"
    "b01741277fe620b771a9777ba0b523db72b78b97151c9bd1471a004730165229d8e0ad94c10e640102ae4c5f3babae70"
    "4a2940daacbdc67c67485188e9921beb91d4a65b25242577302b68b1c1aa04c691633adb6aa603a32ef20238658b0c8d"
    "020decf6aa0b24c3ee133b86962f12ca62370b4b6b3a1618c905d9202697e1a517438402479c6598a0550c4358009ce9"
    "035f691a1d2fa096ee99455657797ff96c8e847b72d6819bf7c5eed979c15982ff6b2d80966680f58225e58d107930eb"
    "da2260997cd4d7c0fbb6bf6fc404b7b66423c4873666cc70fa781da10a2ca0341d1325e637b49174cfcee03937dc9494"
    "7075e3437a05a7358d00437464ca7d7424d3375ae58672e0672f81c2cb9a8b5b81f0cda072c927783bd2dc44aba94af3"
    "1b54b6079deac54e0572a1d081791eb67d6df48a2dab8c1c01b8d2fa45aaa23283dc40e82ac91a04004dbb24ee883c3e"
    "08b9e9c97c7716b50ea28641bba106e94a01b50dd97063efb302bdc37ef9b44da7f089641394c245cbb5e04c162c2cda"
    "1a4e6d859611bcb2807596e1a32bc16a74ddc0200ed18921a4a24a73737428abd3e10660f82f7344491ba458a7970587"
    "9368ae643060342c834b4acd9b2e9a86c1e0f4773ed3aa9a555e41441331564f6a3b2b18db1ad96b5e9efb397f864a59"
    "267779867ad20701d87b3d11a206dedc5807035f7bc8c65a3343ebb006ce171880f9867668c459a428dc76371933c236"
    "eb46a57a7f223b4b3a799ff3a64f70765a265560e9197838bba93780893280cb7ad6bf71499fb0d73ad77bbb5817316a"
    "b5455f80608ff06d0e86ab1a472a46e3b7be392afac9b827c000990c03807b5c1d872c597632a48abfb2825235478dd2"
    "c63612255db2f63eed855d553114a9c74b8c856a587b77b7d461dee3ab6c35be2accc979aa83b82b8a981aad6216765c"
    "dc56a0fa21470c21aff86d4d2c292fa3352e0123ba2652e6ca6221b1bd7acb10146783a1b26c4cdc93c1fc9f04f88ebc";
constexpr std::string_view kSecondFragment =
    "16feff000000000000000100fa0100058500000004970000eefa4e25f454aa04710c816fd4ab0988a63a863727113580"
    "b9e0a09983ab6442556eb709be73bf521c3fba4c471c505424288eedcc5d79b7c3e405a80d8c7b90ca115a058004f4a9"
    "f04b6919da67fbf64e229a1dd9d11aa7db7899099aaec588e29b64e1c9cb889a810f68c7eff6c7fbf419a6c828b18f9d"
    "7299f833a74cf38aa0529bfb46c6b5e69385667fde16357238dddf853026774ef5be0eb153a44a1a80cc96d856cf5492"
    "d073e859fd5e10a82f47001d0020d2bb1cbd0a2c69338c23b65a3e043a058e520ac1c6ca9c4090e5ef8288460511ff01"
    "000100000b00020100000a000a000811ec001d00170018";

base::Bytes from_chromium(std::string_view hex) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  base::Bytes bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
    bytes.push_back(static_cast<std::byte>(kDigits.find(hex[i]) * 16 + kDigits.find(hex[i + 1])));
  return bytes;
}

TEST(ClientHelloOfChromium, ComesInTwoFragments) {
  std::size_t at = 0;
  std::uint64_t sequence = 0;
  for (const std::string_view hex : {kFirstFragment, kSecondFragment}) {
    base::Bytes datagram = from_chromium(hex);
    std::span<std::byte> rest = datagram;
    const auto record = take_record(rest);
    ASSERT_TRUE(record);
    EXPECT_TRUE(rest.empty());
    EXPECT_EQ(record->header.type, ContentType::handshake);
    EXPECT_EQ(record->header.version, 0xfeff) << "DTLS 1.0, as RFC 6347 §4.2.1 wants it";
    EXPECT_EQ(record->header.epoch, 0);
    EXPECT_EQ(record->header.sequence, sequence++);
    base::ByteReader reader(record->body());
    EXPECT_EQ(reader.u32(), 0x01000000U | 1413) << "ClientHello, of so many bytes";
    EXPECT_EQ(reader.u16(), 0) << "the first message";
    EXPECT_EQ(*reader.u32() >> 8, at);
    at += record->body().size() - kHandshakeHeader;
  }
  EXPECT_EQ(at, 1413U);
}

TEST(ClientHelloOfChromium, IsAnsweredOnceItIsWhole) {
  const base::Time now = base::time_from(base::seconds(1));
  const auto transport = make_transport(Context::make(), {});
  transport->start(now, Role::server);
  base::Bytes out(2048);
  for (const std::string_view hex : {kFirstFragment, kSecondFragment}) {
    EXPECT_EQ(transport->poll_transmit(now, out), 0U);
    base::Bytes datagram = from_chromium(hex);
    std::span<std::byte> rest = datagram;
    EXPECT_FALSE(transport->take(now, rest));
  }
  const std::size_t size = transport->poll_transmit(now, out);
  ASSERT_GT(size, kRecordHeaderSize);
  std::span<std::byte> answer = std::span(out).first(size);
  const auto record = take_record(answer);
  ASSERT_TRUE(record);
  EXPECT_EQ(record->header.version, kVersion12);
  EXPECT_EQ(record->body().front(), std::byte{2}) << "ServerHello";
}

}  // namespace
}  // namespace parlor::dtls
