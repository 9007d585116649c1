// links: parlor_stun
// The message codec: whatever the bytes are, it reads within them; what it understands, it writes again and
// understands the same.

#include <cstdint>
#include <cstdlib>

#include "stun/attributes.hpp"
#include "stun/integrity.hpp"
#include "stun/message.hpp"
#include "stun/writer.hpp"

namespace {

namespace base = parlor::base;
using namespace parlor::stun;

void require(bool holds) {
  if (!holds) std::abort();
}

/// The value through A, if A understands it.
template <class A>
void rewrite(const Message& message, MessageWriter& writer) {
  if (const auto value = message.read<A>()) writer.add<A>(*value);
}
/// Texts may be longer when read than when written (RFC 8489 §14.3).
template <class A>
void rewrite_text(const Message& message, MessageWriter& writer) {
  const auto value = message.read<A>();
  if (value && value->size() <= 508) writer.add<A>(*value);
}

template <class A>
bool same(const Message& a, const Message& b) {
  return a.read<A>() == b.read<A>();
}

void rewrite_and_compare(const Message& message) {
  static base::Bytes buffer(80'000);
  MessageWriter writer(buffer, message.message_class(), message.method(), message.transaction_id());
  rewrite<MappedAddress>(message, writer);
  rewrite<XorMappedAddress>(message, writer);
  rewrite<AlternateServer>(message, writer);
  rewrite<ResponseOrigin>(message, writer);
  rewrite<OtherAddress>(message, writer);
  rewrite_text<Username>(message, writer);
  rewrite_text<Realm>(message, writer);
  rewrite_text<Nonce>(message, writer);
  rewrite_text<Software>(message, writer);
  rewrite<AlternateDomain>(message, writer);
  rewrite<Userhash>(message, writer);
  if (const auto error = message.read<ErrorCode>(); error && error->reason.size() <= 508)
    writer.add<ErrorCode>(*error);
  rewrite<UnknownAttributes>(message, writer);
  rewrite<PasswordAlgorithms>(message, writer);
  rewrite<PasswordAlgorithm>(message, writer);
  rewrite<ChangeRequest>(message, writer);
  rewrite<ResponsePort>(message, writer);
  rewrite<Padding>(message, writer);
  writer.add_message_integrity(base::as_bytes("key"));
  writer.add_message_integrity_sha256(base::as_bytes("key"));
  writer.add_fingerprint();
  const auto bytes = writer.finish();
  if (bytes.empty()) return;  // more than 64 KiB: padding and text that came back longer
  const auto again = Message::parse(bytes);
  require(again.has_value());
  require(check_fingerprint(*again) == Check::right);
  require(check_message_integrity(*again, base::as_bytes("key")) == Check::right);
  require(check_integrity(*again, base::as_bytes("key")) == Check::right);
  require(check_integrity(*again, base::as_bytes("another")) == Check::wrong);
  require(same<MappedAddress>(message, *again));
  require(same<XorMappedAddress>(message, *again));
  require(same<AlternateDomain>(message, *again));
  require(same<Userhash>(message, *again));
  require(same<UnknownAttributes>(message, *again));
  require(same<ResponsePort>(message, *again));
  require(same<Padding>(message, *again));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const base::BytesView bytes = std::as_bytes(std::span(data, size));
  if (const auto classic = Message::parse_with_classic(bytes); classic && classic->is_classic()) {
    require(!Message::parse(bytes));
  }
  const auto message = Message::parse(bytes);
  if (!message) return 0;
  std::size_t counted = 0;
  for (const Attribute& attribute : message->attributes()) {
    require(attribute.value.data() >= bytes.data());
    require(attribute.value.data() + attribute.value.size() <= bytes.data() + bytes.size());
    counted += kAttributeHeaderSize + padded(attribute.value.size());
  }
  require(counted + kHeaderSize <= bytes.size());
  (void)check_fingerprint(*message);
  (void)check_integrity(*message, base::as_bytes("VOkJxbRl1RmTxUk/WvJxBt"));
  if (const auto nonce = message->read<Nonce>()) (void)nonce_features(*nonce);
  rewrite_and_compare(*message);
  return 0;
}
