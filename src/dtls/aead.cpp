#include "dtls/aead.hpp"

#include <openssl/evp.h>

#include <array>
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

}  // namespace

void Aead::Free::operator()(evp_cipher_ctx_st* context) const {
  EVP_CIPHER_CTX_free(context);
}

Aead::Aead(Suite suite, Direction direction, const TrafficKeys& keys, std::uint64_t first_explicit)
    : suite_(suite), context_(EVP_CIPHER_CTX_new()) {
  assert(keys.key.size() == key_size(suite) && keys.iv.size() == iv_size(suite));
  const bool seals = direction == Direction::seal;
  const bool is_aes = suite == Suite::aes_128_gcm;
  std::array<std::byte, 12> iv{};
  base::ByteWriter writer(iv);
  writer.bytes(keys.iv);
  if (is_aes) writer.u64(first_explicit);
  // A reader with AES-GCM has only the fixed part, the rest is in each record. -1 stands for all of it.
  const int command = is_aes ? EVP_CTRL_GCM_SET_IV_FIXED : EVP_CTRL_AEAD_SET_IV_FIXED;
  const int iv_given = !is_aes ? 12 : seals ? -1 : 4;
  if (context_ == nullptr ||
      EVP_CipherInit_ex2(context_.get(), algorithm_of(suite), raw(keys.key.data()), nullptr, seals ? 1 : 0,
                         nullptr) != 1 ||
      EVP_CIPHER_CTX_ctrl(context_.get(), command, iv_given, iv.data()) <= 0) {
    crypto::fatal("a cipher");
  }
}

bool Aead::begin(const RecordHeader& header, std::size_t size) {
  std::array<std::byte, EVP_AEAD_TLS1_AAD_LEN> additional{};
  base::ByteWriter writer(additional);
  writer.u64(std::uint64_t{header.epoch} << 48 | header.sequence);
  writer.u8(static_cast<std::uint8_t>(header.type));
  writer.u16(header.version);
  writer.u16(static_cast<std::uint16_t>(size));  // from which OpenSSL takes nonce and tag off
  return EVP_CIPHER_CTX_ctrl(context_.get(), EVP_CTRL_AEAD_TLS1_AAD, additional.size(), additional.data()) ==
         static_cast<int>(kTagSize);
}

bool Aead::seal(const RecordHeader& header, std::span<std::byte> record) {
  assert(record.size() >= overhead() && record.size() <= kLargestPlain + overhead());
  write_header(sized(header, record.size()), record);
  unsigned char* const body = raw(record.data() + kRecordHeaderSize);
  const std::size_t size = record.size() - kRecordHeaderSize;
  return begin(header, size - kTagSize) &&
         EVP_Cipher(context_.get(), body, body, static_cast<unsigned>(size)) == static_cast<int>(size);
}

std::optional<std::span<std::byte>> Aead::open(const Record& record) {
  const std::span<std::byte> body = record.body();
  if (body.size() < explicit_size() + kTagSize) return std::nullopt;
  const std::span<std::byte> plain = body.subspan(explicit_size(), body.size() - explicit_size() - kTagSize);
  if (plain.size() > kLargestPlain || !begin(record.header, body.size())) return std::nullopt;
  unsigned char* const bytes = raw(body.data());
  if (EVP_Cipher(context_.get(), bytes, bytes, static_cast<unsigned>(body.size())) < 0) return std::nullopt;
  return plain;
}

}  // namespace parlor::dtls
