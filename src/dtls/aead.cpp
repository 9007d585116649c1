#include "dtls/aead.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <cassert>

#include "crypto/fatal.hpp"

namespace parlor::dtls {
namespace {

/// Fetched once, since OpenSSL 3 otherwise looks an algorithm up by name for every use. Lives as long as the
/// program.
const EVP_CIPHER* fetch(const char* name) {
  const EVP_CIPHER* algorithm = EVP_CIPHER_fetch(nullptr, name, nullptr);
  if (algorithm == nullptr) crypto::fatal(name);
  return algorithm;
}

const EVP_CIPHER* algorithm_of(Suite suite) {
  static const EVP_CIPHER* const aes = fetch("AES-128-GCM");
  static const EVP_CIPHER* const chacha = fetch("ChaCha20-Poly1305");
  return suite == Suite::aes_128_gcm ? aes : chacha;
}

unsigned char* raw(std::byte* bytes) {
  return reinterpret_cast<unsigned char*>(bytes);
}
const unsigned char* raw(const std::byte* bytes) {
  return reinterpret_cast<const unsigned char*>(bytes);
}

constexpr int kTag = static_cast<int>(Protection::kTagSize);

}  // namespace

void Aead::Free::operator()(evp_cipher_ctx_st* context) const {
  EVP_CIPHER_CTX_free(context);
}

Aead::Aead(Suite suite, Direction direction, const TrafficKeys& keys, std::uint64_t nonce_offset)
    : suite_(suite), nonce_offset_(nonce_offset), context_(EVP_CIPHER_CTX_new()) {
  assert(keys.key.size() == key_size(suite) && keys.iv.size() == iv_size(suite));
  std::copy(keys.iv.begin(), keys.iv.end(), iv_.begin());
  const int sealing = direction == Direction::seal ? 1 : 0;
  if (context_ == nullptr || EVP_CipherInit_ex2(context_.get(), algorithm_of(suite), raw(keys.key.data()),
                                                nullptr, sealing, nullptr) != 1) {
    crypto::fatal("a cipher");
  }
}

Aead::Nonce Aead::nonce(const RecordHeader& header, base::BytesView explicit_part) const {
  Nonce nonce = iv_;
  if (suite_ == Suite::aes_128_gcm) {
    std::copy(explicit_part.begin(), explicit_part.end(), nonce.begin() + 4);
  } else {
    const std::uint64_t number = std::uint64_t{header.epoch} << 48 | header.sequence;
    for (std::size_t i = 0; i < 8; ++i)
      nonce[4 + i] ^= static_cast<std::byte>(number >> (8 * (7 - i)) & 0xff);
  }
  return nonce;
}

bool Aead::begin(const Nonce& nonce, const RecordHeader& header, std::size_t plain_size) {
  std::array<std::byte, 13> additional{};
  base::ByteWriter writer(additional);
  writer.u64(std::uint64_t{header.epoch} << 48 | header.sequence);
  writer.u8(static_cast<std::uint8_t>(header.type));
  writer.u16(header.version);
  writer.u16(static_cast<std::uint16_t>(plain_size));
  int size = 0;
  return EVP_CipherInit_ex2(context_.get(), nullptr, nullptr, raw(nonce.data()), -1, nullptr) == 1 &&
         EVP_CipherUpdate(context_.get(), nullptr, &size, raw(additional.data()), additional.size()) == 1;
}

bool Aead::seal(const RecordHeader& header, std::span<std::byte> record) {
  assert(record.size() >= overhead() && record.size() <= kLargestPlain + overhead());
  write_header(sized(header, record.size()), record);
  const std::span<std::byte> explicit_part = record.subspan(kRecordHeaderSize, explicit_size());
  if (!explicit_part.empty()) {
    base::ByteWriter writer(explicit_part);
    writer.u64((std::uint64_t{header.epoch} << 48 | header.sequence) + nonce_offset_);
  }
  const std::span<std::byte> plain = record.subspan(header_size(), record.size() - overhead());
  if (!begin(nonce(header, explicit_part), header, plain.size())) return false;
  int size = 0;
  int last = 0;
  if (!plain.empty() && EVP_CipherUpdate(context_.get(), raw(plain.data()), &size, raw(plain.data()),
                                         static_cast<int>(plain.size())) != 1) {
    return false;
  }
  std::byte* const tag = record.data() + record.size() - kTagSize;
  return EVP_CipherFinal_ex(context_.get(), raw(tag), &last) == 1 && last == 0 &&
         static_cast<std::size_t>(size) == plain.size() &&
         EVP_CIPHER_CTX_ctrl(context_.get(), EVP_CTRL_AEAD_GET_TAG, kTag, tag) == 1;
}

std::optional<std::span<std::byte>> Aead::open(const Record& record) {
  const std::span<std::byte> body = record.body();
  if (body.size() < explicit_size() + kTagSize) return std::nullopt;
  const std::span<std::byte> explicit_part = body.first(explicit_size());
  const std::span<std::byte> sealed = body.subspan(explicit_size(), body.size() - explicit_size() - kTagSize);
  if (sealed.size() > kLargestPlain) return std::nullopt;
  std::byte* const tag = sealed.data() + sealed.size();
  if (!begin(nonce(record.header, explicit_part), record.header, sealed.size())) return std::nullopt;
  int size = 0;
  int last = 0;
  if (!sealed.empty() && EVP_CipherUpdate(context_.get(), raw(sealed.data()), &size, raw(sealed.data()),
                                          static_cast<int>(sealed.size())) != 1) {
    return std::nullopt;
  }
  std::array<unsigned char, kTagSize> nothing{};  // neither is a block cipher: nothing is left to write
  if (EVP_CIPHER_CTX_ctrl(context_.get(), EVP_CTRL_AEAD_SET_TAG, kTag, tag) != 1 ||
      EVP_CipherFinal_ex(context_.get(), nothing.data(), &last) != 1) {
    return std::nullopt;
  }
  return sealed;
}

}  // namespace parlor::dtls
