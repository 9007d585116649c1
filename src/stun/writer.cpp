#include "stun/writer.hpp"

#include <algorithm>
#include <array>
#include <cassert>

#include "crypto/hmac.hpp"
#include "stun/crc32.hpp"

namespace parlor::stun {

MessageWriter::MessageWriter(std::span<std::byte> out, MessageClass message_class, Method method,
                             const TransactionId& id)
    : out_(out) {
  base::ByteWriter mask(cookie_and_id_);
  mask.u32(kMagicCookie);
  mask.bytes(id);
  write_header(message_class, method);
}

MessageWriter::MessageWriter(std::span<std::byte> out, MessageClass message_class, const Message& request)
    : out_(out) {
  const base::BytesView mask = request.cookie_and_id();
  std::copy_n(mask.begin(), cookie_and_id_.size(), cookie_and_id_.begin());
  write_header(message_class, request.method());
}

void MessageWriter::write_header(MessageClass message_class, Method method) {
  out_.u32(static_cast<std::uint32_t>(encode_type(message_class, method)) << 16);
  out_.bytes(cookie_and_id_);
}

void MessageWriter::add(AttributeType type, base::BytesView value) {
  const std::size_t value_at = begin_attribute(type);
  out_.bytes(value);
  end_attribute(value_at);
}

void MessageWriter::add_message_integrity(base::BytesView key) {
  set_length(kAttributeHeaderSize + sizeof(crypto::Sha1Digest));
  add(AttributeType::message_integrity, crypto::hmac_sha1(key, base::BytesView(out_.written())));
}

void MessageWriter::add_message_integrity_sha256(base::BytesView key, std::size_t size) {
  assert(size >= 16 && size <= 32 && size % 4 == 0);
  set_length(kAttributeHeaderSize + size);
  const crypto::Sha256Digest digest = crypto::hmac_sha256(key, base::BytesView(out_.written()));
  add(AttributeType::message_integrity_sha256, base::BytesView(digest).first(size));
}

void MessageWriter::add_fingerprint() {
  set_length(kAttributeHeaderSize + sizeof(std::uint32_t));
  const std::uint32_t crc = fingerprint_of(out_.written());
  const std::size_t value_at = begin_attribute(AttributeType::fingerprint);
  out_.u32(crc);
  end_attribute(value_at);
}

std::span<std::byte> MessageWriter::finish() {
  if (!out_.ok() || out_.size() - kHeaderSize > 0xFFFF) return {};
  set_length(0);
  return out_.written();
}

std::size_t MessageWriter::begin_attribute(AttributeType type) {
  out_.u32(static_cast<std::uint32_t>(type) << 16);
  return out_.size();
}

void MessageWriter::end_attribute(std::size_t value_at) {
  if (!out_.ok()) return;
  const std::size_t length = out_.size() - value_at;
  out_.patch_u16(value_at - 2, static_cast<std::uint16_t>(length));
  if (length % 4 != 0) out_.zeros(padded(length) - length);
}

void MessageWriter::set_length(std::size_t more) {
  if (out_.ok()) out_.patch_u16(2, static_cast<std::uint16_t>(out_.size() - kHeaderSize + more));
}

}  // namespace parlor::stun
