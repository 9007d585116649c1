#include "stun/message.hpp"

#include <cassert>

namespace parlor::stun {
namespace {

std::uint16_t u16_at(base::BytesView bytes, std::size_t at) {
  return static_cast<std::uint16_t>(std::to_integer<unsigned>(bytes[at]) << 8 |
                                    std::to_integer<unsigned>(bytes[at + 1]));
}

/// Whether the attributes fill `rest` exactly, with FINGERPRINT nowhere but at the end (RFC 8489 §14.7).
bool well_formed(base::BytesView rest) {
  while (!rest.empty()) {
    if (rest.size() < kAttributeHeaderSize) return false;
    const std::size_t size = kAttributeHeaderSize + padded(u16_at(rest, 2));
    if (size > rest.size()) return false;
    if (static_cast<AttributeType>(u16_at(rest, 0)) == AttributeType::fingerprint && size != rest.size())
      return false;
    rest = rest.subspan(size);
  }
  return true;
}

}  // namespace

void AttributeRange::Iterator::advance() {
  while (!rest_.empty()) {
    const std::size_t length = u16_at(rest_, 2);
    const Attribute attribute{static_cast<AttributeType>(u16_at(rest_, 0)),
                              rest_.subspan(kAttributeHeaderSize, length)};
    rest_ = rest_.subspan(kAttributeHeaderSize + padded(length));
    if (counts(attribute.type)) {
      current_ = attribute;
      at_end_ = false;
      return;
    }
  }
  at_end_ = true;
}

bool AttributeRange::Iterator::counts(AttributeType type) {
  switch (seen_) {
    case Seen::none:
      if (type == AttributeType::message_integrity) seen_ = Seen::integrity;
      if (type == AttributeType::message_integrity_sha256) seen_ = Seen::integrity_sha256;
      return true;
    case Seen::integrity:
      if (type != AttributeType::message_integrity_sha256) return type == AttributeType::fingerprint;
      seen_ = Seen::integrity_sha256;
      return true;
    case Seen::integrity_sha256:
      return type == AttributeType::fingerprint;
  }
  return false;
}

std::optional<Message> Message::parse(base::BytesView bytes) {
  auto message = parse_with_classic(bytes);
  if (message && message->is_classic()) return std::nullopt;
  return message;
}

std::optional<Message> Message::parse_with_classic(base::BytesView bytes) {
  if (bytes.size() < kHeaderSize) return std::nullopt;
  const std::uint16_t type = u16_at(bytes, 0);
  const std::size_t length = u16_at(bytes, 2);
  if (type > 0x3FFF || length % 4 != 0 || length != bytes.size() - kHeaderSize) return std::nullopt;
  if (!well_formed(bytes.subspan(kHeaderSize))) return std::nullopt;
  const bool classic = u16_at(bytes, 4) != kMagicCookie >> 16 || u16_at(bytes, 6) != (kMagicCookie & 0xFFFF);
  return Message(bytes, type, classic);
}

TransactionId Message::transaction_id() const {
  TransactionId id{};
  const base::BytesView from = bytes_.subspan(8, id.size());
  std::copy(from.begin(), from.end(), id.begin());
  return id;
}

std::optional<base::BytesView> Message::find(AttributeType type) const {
  for (const Attribute& attribute : attributes()) {
    if (attribute.type == type) return attribute.value;
  }
  return std::nullopt;
}

}  // namespace parlor::stun
