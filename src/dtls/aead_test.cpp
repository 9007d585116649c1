#include "dtls/aead.hpp"

#include <gtest/gtest.h>
#include <openssl/evp.h>

namespace parlor::dtls {
namespace {

constexpr Suite kSuites[] = {Suite::aes_128_gcm, Suite::chacha20_poly1305};

TrafficKeys some_keys(Suite suite) {
  TrafficKeys keys;
  for (std::size_t i = 0; i < key_size(suite); ++i) keys.key.push_back(static_cast<std::byte>(i));
  for (std::size_t i = 0; i < iv_size(suite); ++i) keys.iv.push_back(static_cast<std::byte>(0xa0 + i));
  return keys;
}

constexpr RecordHeader kHeader{
    .type = ContentType::application_data, .epoch = 1, .sequence = 0x020304050607, .length = 0};

base::Bytes sealed(Suite suite, std::string_view plain, std::uint64_t first_explicit = 0x0001020304050607) {
  Aead aead(suite, Direction::seal, some_keys(suite), first_explicit);
  base::Bytes record(plain.size() + aead.overhead());
  const auto bytes = base::as_bytes(plain);
  std::copy(bytes.begin(), bytes.end(), record.begin() + static_cast<std::ptrdiff_t>(aead.header_size()));
  EXPECT_TRUE(aead.seal(kHeader, record));
  return record;
}

std::optional<std::string> opened(Suite suite, base::Bytes bytes) {
  Aead aead(suite, Direction::open, some_keys(suite));
  std::span<std::byte> rest = bytes;
  const auto record = take_record(rest);
  if (!record) return std::nullopt;
  const auto plain = aead.open(*record);
  if (!plain) return std::nullopt;
  return std::string(base::as_text(*plain));
}

/// As the RFCs say it, without a line of ours.
std::string by_openssl(const char* cipher, const char* key, std::string nonce, std::string additional,
                       std::string plain) {
  const auto raw = [](std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); };
  std::string out(plain.size() + 16, '\0');
  EVP_CIPHER_CTX* const context = EVP_CIPHER_CTX_new();
  int size = 0;
  std::string key_copy(key, key + EVP_CIPHER_get_key_length(EVP_get_cipherbyname(cipher)));
  EVP_EncryptInit_ex(context, EVP_get_cipherbyname(cipher), nullptr, raw(key_copy), raw(nonce));
  EVP_EncryptUpdate(context, nullptr, &size, raw(additional), static_cast<int>(additional.size()));
  EVP_EncryptUpdate(context, raw(out), &size, raw(plain), static_cast<int>(plain.size()));
  EVP_EncryptFinal_ex(context, raw(out), &size);
  EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, 16, out.data() + plain.size());
  EVP_CIPHER_CTX_free(context);
  return out;
}

constexpr char kKey[] =
    "\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19"
    "\x1a\x1b"
    "\x1c\x1d\x1e\x1f";

TEST(Aead, MakesTheRecordsOfTheRfcs) {
  const std::string additional("\x00\x01\x02\x03\x04\x05\x06\x07\x17\xfe\xfd\x00\x05", 13);
  const std::string aes_nonce("\xa0\xa1\xa2\xa3\x00\x01\x02\x03\x04\x05\x06\x07", 12);  // RFC 5288 §3
  EXPECT_EQ(base::as_text(sealed(Suite::aes_128_gcm, "hello")),
            std::string("\x17\xfe\xfd\x00\x01\x02\x03\x04\x05\x06\x07\x00\x1d"
                        "\x00\x01\x02\x03\x04\x05\x06\x07",
                        21) +
                by_openssl("AES-128-GCM", kKey, aes_nonce, additional, "hello"));
  // RFC 7905 §2: the first four bytes of the IV stay, the others are XORed with epoch and number.
  const std::string chacha_nonce("\xa0\xa1\xa2\xa3\xa4\xa4\xa4\xa4\xac\xac\xac\xac", 12);
  EXPECT_EQ(base::as_text(sealed(Suite::chacha20_poly1305, "hello")),
            std::string("\x17\xfe\xfd\x00\x01\x02\x03\x04\x05\x06\x07\x00\x15", 13) +
                by_openssl("ChaCha20-Poly1305", kKey, chacha_nonce, additional, "hello"));
}

TEST(Aead, OpensWhatItSealed) {
  for (const Suite suite : kSuites) {
    for (const std::size_t size : {0U, 1U, 15U, 16U, 17U, 1200U, 16384U}) {
      EXPECT_EQ(opened(suite, sealed(suite, std::string(size, 'x'))), std::string(size, 'x'));
    }
  }
}

TEST(Aead, OpensNothingOfWhichABitWasChanged) {
  for (const Suite suite : kSuites) {
    const base::Bytes genuine = sealed(suite, "a message");
    for (std::size_t i = 0; i < genuine.size(); ++i) {
      for (const unsigned bit : {1U, 0x80U}) {
        base::Bytes forged = genuine;
        forged[i] ^= static_cast<std::byte>(bit);
        EXPECT_FALSE(opened(suite, forged)) << "byte " << i;
      }
    }
    for (std::size_t size = 0; size < genuine.size(); ++size) {
      base::Bytes cut(genuine.begin(), genuine.begin() + static_cast<std::ptrdiff_t>(size));
      if (size >= kRecordHeaderSize) write_header(sized(kHeader, size), cut);
      EXPECT_FALSE(opened(suite, cut)) << size;
    }
  }
}

TEST(Aead, HasAnExplicitNonceThatCountsRecordsWhateverTheirNumbers) {
  Aead writer(Suite::aes_128_gcm, Direction::seal, some_keys(Suite::aes_128_gcm), 0xfffffffffffffffe);
  std::vector<std::string> nonces;
  for (const std::uint64_t sequence : {5U, 5U, 9U, 3U}) {
    base::Bytes record(writer.overhead() + 1);
    EXPECT_TRUE(writer.seal({.type = ContentType::alert, .epoch = 1, .sequence = sequence}, record));
    nonces.push_back(base::to_hex(base::BytesView(record).subspan(13, 8)));
    EXPECT_TRUE(opened(Suite::aes_128_gcm, record));
  }
  EXPECT_EQ(nonces, (std::vector<std::string>{"fffffffffffffffe", "ffffffffffffffff", "0000000000000000",
                                              "0000000000000001"}));
}

TEST(Aead, OpensGenuineRecordsBehindForgedOnes) {
  for (const Suite suite : kSuites) {
    Aead reader(suite, Direction::open, some_keys(suite));
    for (int i = 0; i < 10; ++i) {
      base::Bytes bytes = sealed(suite, "a message");
      if (i % 2 == 0) bytes.back() ^= std::byte{1};
      std::span<std::byte> rest = bytes;
      EXPECT_EQ(reader.open(*take_record(rest)).has_value(), i % 2 == 1);
    }
  }
}

}  // namespace
}  // namespace parlor::dtls
