#pragma once
// The protection of real records: AES-128-GCM (RFC 5288 §3) and ChaCha20-Poly1305 (RFC 7905 §2), over the
// additional data of RFC 5246 §6.2.3.3 with DTLS's epoch and number in place of TLS's. One for writing and
// another for reading. Neither allocates once it is made.

#include <array>
#include <memory>

#include "dtls/key_schedule.hpp"
#include "dtls/protection.hpp"

struct evp_cipher_ctx_st;

namespace parlor::dtls {

enum class Direction : std::uint8_t { seal, open };

class Aead final : public Protection {
 public:
  /// `nonce_offset` is for a writer whose key OpenSSL has used before: the explicit nonce of AES-GCM is the
  /// record's epoch and number plus this. OpenSSL counts its own on by one from a random beginning with each
  /// record, so that to go on at the same distance repeats none (RFC 5288 §3: it must be unique, no more).
  Aead(Suite suite, Direction direction, const TrafficKeys& keys, std::uint64_t nonce_offset = 0);

  [[nodiscard]] std::size_t explicit_size() const override { return explicit_nonce_size(suite_); }
  [[nodiscard]] bool seal(const RecordHeader& header, std::span<std::byte> record) override;
  [[nodiscard]] std::optional<std::span<std::byte>> open(const Record& record) override;

 private:
  struct Free {
    void operator()(evp_cipher_ctx_st* context) const;
  };
  using Nonce = std::array<std::byte, 12>;

  [[nodiscard]] Nonce nonce(const RecordHeader& header, base::BytesView explicit_part) const;
  /// Up to and with the additional data.
  [[nodiscard]] bool begin(const Nonce& nonce, const RecordHeader& header, std::size_t plain_size);

  Suite suite_;
  Nonce iv_{};
  std::uint64_t nonce_offset_ = 0;
  std::unique_ptr<evp_cipher_ctx_st, Free> context_;
};

}  // namespace parlor::dtls
