#include "ice/binding.hpp"

#include <algorithm>
#include <array>

#include "stun/attributes.hpp"
#include "stun/integrity.hpp"
#include "stun/writer.hpp"

namespace parlor::ice {
namespace {

using stun::AttributeType;
using stun::MessageClass;
using stun::Method;

template <AttributeType type, class T>
struct Number {
  static constexpr AttributeType kType = type;
  using Value = T;
  static std::optional<T> decode(base::BytesView value, const stun::Message&) {
    base::ByteReader reader(value);
    if (reader.remaining() != sizeof(T)) return std::nullopt;
    if constexpr (sizeof(T) == 4) return reader.u32();
    if constexpr (sizeof(T) == 8) return reader.u64();
  }
  static void encode(base::ByteWriter& out, const T& value, base::BytesView) {
    if constexpr (sizeof(T) == 4) out.u32(value);
    if constexpr (sizeof(T) == 8) out.u64(value);
  }
};
// RFC 8445 §16.1.
using Priority = Number<AttributeType{0x0024}, std::uint32_t>;
constexpr AttributeType kUseCandidate{0x0025};
using IceControlled = Number<AttributeType{0x8029}, std::uint64_t>;
using IceControlling = Number<AttributeType{0x802A}, std::uint64_t>;

// Two ufrags of 256 characters fit; no answer is larger than a request of that size.
constexpr std::size_t kLargest = 768;

base::Bytes copy(std::span<std::byte> written) {
  return {written.begin(), written.end()};
}

}  // namespace

bool is_stun(base::BytesView datagram) {
  base::ByteReader reader(datagram);
  const auto first = reader.u32();
  return first && *first >> 24 <= 3 && reader.u32() == stun::kMagicCookie;
}

std::optional<std::string_view> ufrag_of(base::BytesView datagram) {
  const auto message = stun::Message::parse(datagram);
  if (!message || !message->is(MessageClass::request, Method::binding)) return std::nullopt;
  const auto names = read_usernames(*message);
  if (!names) return std::nullopt;
  return names->to;
}

base::Bytes write_request(const stun::TransactionId& id, const Credentials& from, const Credentials& to,
                          const CheckRequest& request) {
  std::array<std::byte, kLargest> buffer{};
  stun::MessageWriter writer(buffer, MessageClass::request, Method::binding, id);
  writer.add<stun::Username>(std::string(to.ufrag).append(1, ':').append(from.ufrag));
  writer.add<Priority>(request.priority);
  if (request.role == Role::controlling) {
    writer.add<IceControlling>(request.tie_breaker);
  } else {
    writer.add<IceControlled>(request.tie_breaker);
  }
  if (request.use_candidate) writer.add(kUseCandidate, {});
  writer.add_message_integrity(base::as_bytes(to.password));
  writer.add_fingerprint();
  return copy(writer.finish());
}

base::Bytes write_server_request(const stun::TransactionId& id) {
  std::array<std::byte, 64> buffer{};
  stun::MessageWriter writer(buffer, MessageClass::request, Method::binding, id);
  writer.add_fingerprint();
  return copy(writer.finish());
}

base::Bytes write_success(const stun::Message& request, std::string_view password,
                          const base::SocketAddress& seen_from) {
  std::array<std::byte, kLargest> buffer{};
  stun::MessageWriter writer(buffer, MessageClass::success, request);
  writer.add<stun::XorMappedAddress>(seen_from);
  writer.add_message_integrity(base::as_bytes(password));
  writer.add_fingerprint();
  return copy(writer.finish());
}

base::Bytes write_error(const stun::Message& request, std::string_view password, int code,
                        std::string_view reason, std::span<const AttributeType> unknown) {
  std::array<std::byte, kLargest> buffer{};
  stun::MessageWriter writer(buffer, MessageClass::error, request);
  writer.add<stun::ErrorCode>({code, reason});
  if (!unknown.empty()) writer.add<stun::UnknownAttributes>(unknown);
  writer.add_message_integrity(base::as_bytes(password));
  writer.add_fingerprint();
  return copy(writer.finish());
}

std::optional<Usernames> read_usernames(const stun::Message& request) {
  const auto name = request.read<stun::Username>();
  if (!name) return std::nullopt;
  const std::size_t colon = name->find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  return Usernames{name->substr(0, colon), name->substr(colon + 1)};
}

std::optional<CheckRequest> read_request(const stun::Message& request) {
  const auto priority = request.read<Priority>();
  if (!priority) return std::nullopt;
  CheckRequest check{.priority = *priority, .use_candidate = request.has(kUseCandidate)};
  if (const auto controlling = request.read<IceControlling>()) {
    check.role = Role::controlling;
    check.tie_breaker = *controlling;
  } else if (const auto controlled = request.read<IceControlled>()) {
    check.role = Role::controlled;
    check.tie_breaker = *controlled;
  } else {
    return std::nullopt;
  }
  return check;
}

std::vector<AttributeType> unknown_attributes(const stun::Message& message) {
  constexpr std::size_t kMost = 8;
  constexpr std::array kKnown{
      AttributeType::mapped_address,           AttributeType::username,   AttributeType::message_integrity,
      AttributeType::message_integrity_sha256, AttributeType::error_code, AttributeType::unknown_attributes,
      AttributeType::xor_mapped_address,       Priority::kType,           kUseCandidate};
  std::vector<AttributeType> unknown;
  for (const stun::Attribute& attribute : message.attributes()) {
    if (stun::is_comprehension_required(attribute.type) && unknown.size() < kMost &&
        std::ranges::find(kKnown, attribute.type) == kKnown.end()) {
      unknown.push_back(attribute.type);
    }
  }
  return unknown;
}

bool is_authentic(const stun::Message& message, std::string_view password) {
  // RFC 8445 §7.1: checks and their answers have a FINGERPRINT.
  return stun::check_fingerprint(message) == stun::Check::right &&
         stun::check_integrity(message, base::as_bytes(password)) == stun::Check::right;
}

}  // namespace parlor::ice
