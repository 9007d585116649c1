#pragma once
// Writes a STUN message into a buffer that the caller owns; allocates nothing (RFC 8489 §5, §14).
//
//   MessageWriter writer(buffer, MessageClass::request, Method::binding, id);
//   writer.add<Username>("bob:alice");
//   writer.add_message_integrity(key);
//   writer.add_fingerprint();
//   send(writer.finish());

#include <cstddef>
#include <span>

#include "base/bytes.hpp"
#include "stun/message.hpp"
#include "stun/types.hpp"

namespace parlor::stun {

/// What does not fit is left out and makes finish() empty. The order is the caller's to keep: attributes,
/// then integrity, then fingerprint (RFC 8489 §14.5–14.7).
class MessageWriter {
 public:
  MessageWriter(std::span<std::byte> out, MessageClass message_class, Method method, const TransactionId& id);
  /// An answer of the request's method with its transaction id, and for a client of RFC 3489 with the 16
  /// bytes it has. `out` must not overlap the request.
  MessageWriter(std::span<std::byte> out, MessageClass message_class, const Message& request);

  template <class A>
  void add(const typename A::Value& value) {
    const std::size_t value_at = begin_attribute(A::kType);
    A::encode(out_, value, cookie_and_id());
    end_attribute(value_at);
  }
  /// A flag, or an attribute that nobody here knows.
  void add(AttributeType type, base::BytesView value);

  /// HMAC-SHA1 over everything before (§14.5).
  void add_message_integrity(base::BytesView key);
  /// HMAC-SHA256 over everything before (§14.6), its first `size` bytes: 16 to 32, a multiple of 4.
  void add_message_integrity_sha256(base::BytesView key, std::size_t size = 32);
  /// CRC-32 over everything before (§14.7).
  void add_fingerprint();

  /// The message; empty when it did not fit.
  [[nodiscard]] std::span<std::byte> finish();

 private:
  [[nodiscard]] base::BytesView cookie_and_id() const { return base::BytesView(cookie_and_id_); }
  void write_header(MessageClass message_class, Method method);
  std::size_t begin_attribute(AttributeType type);
  void end_attribute(std::size_t value_at);
  /// Sets the header's length as if `more` bytes followed what is written.
  void set_length(std::size_t more);

  base::ByteWriter out_;
  std::array<std::byte, 16> cookie_and_id_{};
};

}  // namespace parlor::stun
