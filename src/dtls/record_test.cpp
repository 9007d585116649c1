#include "dtls/record.hpp"

#include <gtest/gtest.h>

namespace parlor::dtls {
namespace {

base::Bytes record_of(RecordHeader header, std::size_t size) {
  base::Bytes bytes(kRecordHeaderSize + size, std::byte{0x5a});
  header.length = static_cast<std::uint16_t>(size);
  write_header(header, bytes);
  return bytes;
}

TEST(Record, IsReadAsItWasWritten) {
  const RecordHeader header{
      .type = ContentType::application_data, .epoch = 0x0102, .sequence = 0x030405060708, .length = 3};
  base::Bytes bytes = record_of(header, 3);
  EXPECT_EQ(base::to_hex(bytes), "17fefd010203040506070800035a5a5a");
  std::span<std::byte> rest = bytes;
  const auto record = take_record(rest);
  ASSERT_TRUE(record);
  EXPECT_EQ(record->header, header);
  EXPECT_EQ(record->bytes.size(), 16U);
  EXPECT_EQ(record->body().data(), bytes.data() + 13);
  EXPECT_TRUE(rest.empty());
}

TEST(Record, SeveralLieInOneDatagram) {
  base::Bytes bytes = record_of({.type = ContentType::change_cipher_spec, .sequence = 4}, 1);
  const base::Bytes second = record_of({.type = ContentType::handshake, .epoch = 1}, 0);
  bytes.insert(bytes.end(), second.begin(), second.end());
  std::span<std::byte> rest = bytes;
  const auto first_read = take_record(rest);
  ASSERT_TRUE(first_read);
  EXPECT_EQ(first_read->header.sequence, 4U);
  const auto second_read = take_record(rest);
  ASSERT_TRUE(second_read);
  EXPECT_EQ(second_read->header.epoch, 1);
  EXPECT_TRUE(second_read->body().empty());
  EXPECT_FALSE(take_record(rest));
}

TEST(Record, ThatIsCutOffOrUnknownUsesTheDatagramUp) {
  const base::Bytes whole = record_of({.type = ContentType::handshake}, 4);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    base::Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    std::span<std::byte> rest = cut;
    EXPECT_FALSE(take_record(rest)) << size;
    EXPECT_TRUE(rest.empty());
  }
  for (const int type : {0, 19, 24, 255}) {
    base::Bytes other = whole;
    other[0] = static_cast<std::byte>(type);
    std::span<std::byte> rest = other;
    EXPECT_FALSE(take_record(rest)) << type;
  }
  base::Bytes tls = whole;
  tls[1] = std::byte{3};
  std::span<std::byte> rest = tls;
  EXPECT_FALSE(take_record(rest));
}

TEST(Record, TakesAnyVersionOfDtlsAndNothingLargerThanARecordMayBe) {
  base::Bytes first_hello = record_of({.type = ContentType::handshake, .version = 0xfeff}, kLargestBody);
  std::span<std::byte> rest = first_hello;
  EXPECT_TRUE(take_record(rest));
  base::Bytes larger = record_of({.type = ContentType::handshake}, kLargestBody + 1);
  rest = larger;
  EXPECT_FALSE(take_record(rest));
}

TEST(Record, InTheClearIsAHeaderAndABody) {
  const std::array<std::byte, 1> one{std::byte{1}};
  EXPECT_EQ(base::to_hex(write_plain_record(ContentType::change_cipher_spec, 7, one)),
            "14fefd0000000000000007000101");
}

}  // namespace
}  // namespace parlor::dtls
