#include "stun/responder.hpp"

#include <algorithm>
#include <cassert>

#include "stun/attributes.hpp"
#include "stun/writer.hpp"

namespace parlor::stun {
namespace {

/// Whether an answer could reach somebody there.
bool can_be_answered(const base::SocketAddress& source) {
  const auto& bytes = source.ip.bytes();
  if (source.port == 0) return false;
  if (source.ip.is_v6()) return bytes[0] != 0xFF && !source.ip.is_unspecified();
  const bool multicast = bytes[0] >= 224 && bytes[0] < 240;
  const bool broadcast =
      std::all_of(bytes.begin(), bytes.begin() + 4, [](std::uint8_t b) { return b == 255; });
  return bytes[0] != 0 && !multicast && !broadcast;
}

/// The attributes of RFC 8489 that a basic server knows and need not look at (§6.3: known but unexpected).
bool is_known(AttributeType type) {
  switch (type) {
    case AttributeType::mapped_address:
    case AttributeType::username:
    case AttributeType::message_integrity:
    case AttributeType::error_code:
    case AttributeType::unknown_attributes:
    case AttributeType::realm:
    case AttributeType::nonce:
    case AttributeType::message_integrity_sha256:
    case AttributeType::password_algorithm:
    case AttributeType::userhash:
    case AttributeType::xor_mapped_address:
      return true;
    default:
      return false;
  }
}

bool is_of_behavior_tests(AttributeType type) {
  return type == AttributeType::change_request || type == AttributeType::response_port ||
         type == AttributeType::padding;
}

/// What a request asks for, from one walk over its attributes.
struct Wishes {
  std::array<AttributeType, Responder::kMaxUnknownListed + 1>
      unknown{};  // one more: RFC 3489 wants an even number
  std::size_t unknown_count = 0;
  bool malformed = false;
  ChangeRequest::Value change;
  std::optional<std::uint16_t> response_port;
  std::optional<std::size_t> padding;
};

/// `tests`: the attributes of RFC 5780 are known here.
Wishes read_wishes(const Message& request, bool tests) {
  Wishes wishes;
  for (const Attribute& attribute : request.attributes()) {
    if (!is_comprehension_required(attribute.type) || is_known(attribute.type)) continue;
    if (tests && is_of_behavior_tests(attribute.type)) {
      if (attribute.type == AttributeType::padding && !wishes.padding)
        wishes.padding = attribute.value.size();
      continue;
    }
    // Clients of RFC 3489 send CHANGE-REQUEST with every request; without a flag it asks for nothing.
    if (request.is_classic() && attribute.type == AttributeType::change_request) {
      const auto change = ChangeRequest::decode(attribute.value, request);
      if (change && !change->change_ip && !change->change_port) continue;
    }
    if (wishes.unknown_count < Responder::kMaxUnknownListed)
      wishes.unknown[wishes.unknown_count++] = attribute.type;
  }
  if (!tests) return wishes;
  if (request.has(AttributeType::change_request)) {
    const auto change = request.read<ChangeRequest>();
    wishes.malformed = !change;
    if (change) wishes.change = *change;
  }
  if (request.has(AttributeType::response_port)) {
    wishes.response_port = request.read<ResponsePort>();
    if (!wishes.response_port || *wishes.response_port == 0) wishes.malformed = true;
  }
  return wishes;
}

/// RFC 5780 §6.1: a port and a padding together are refused, so that nobody's port can be filled with large
/// answers. Over TCP an answer has one way only (RFC 8489 §6.2.2).
bool is_bad(const Wishes& wishes, Transport transport) {
  if (wishes.malformed || (wishes.response_port && wishes.padding)) return true;
  return transport == Transport::tcp &&
         (wishes.response_port || wishes.change.change_ip || wishes.change.change_port);
}

std::size_t write_error(const Message& request, int code, const Wishes& wishes, std::span<std::byte> out) {
  MessageWriter writer(out, MessageClass::error, request);
  writer.add<ErrorCode>({code, {}});
  if (code == kUnknownAttribute) {
    std::span<const AttributeType> listed(wishes.unknown.data(), wishes.unknown_count);
    std::array<AttributeType, Responder::kMaxUnknownListed + 1> even = wishes.unknown;
    if (request.is_classic() &&
        wishes.unknown_count % 2 != 0) {  // RFC 3489 §11.2.10: no padding, the last one twice
      even[wishes.unknown_count] = even[wishes.unknown_count - 1];
      listed = std::span<const AttributeType>(even.data(), wishes.unknown_count + 1);
    }
    writer.add<UnknownAttributes>(listed);
  }
  return writer.finish().size();
}

BindingAnswer silent(Outcome why) {
  BindingAnswer answer;
  answer.outcome = why;
  return answer;
}

}  // namespace

BindingAnswer Responder::respond(base::Time now, const BindingRequest& request,
                                 std::span<std::byte> out) const {
  assert(out.size() >= kMaxPlainAnswer);
  const auto message = request.transport == Transport::udp ? Message::parse_with_classic(request.bytes)
                                                           : Message::parse(request.bytes);
  if (!message) return silent(Outcome::not_stun);
  if (!message->is(MessageClass::request, Method::binding)) return silent(Outcome::not_binding);
  const base::SocketAddress source{request.source.ip.unmapped(), request.source.port};
  if (!can_be_answered(source)) return silent(Outcome::bad_source);
  if (limit_ != nullptr && !limit_->take(now, source.ip)) return silent(Outcome::rate_limited);

  const bool tests = behavior_ && request.to && !message->is_classic();
  const Wishes wishes = read_wishes(*message, tests);
  BindingAnswer answer{Outcome::error, 0, request.to.value_or(Origin{}), source.port};
  if (wishes.unknown_count != 0 || is_bad(wishes, request.transport)) {
    answer.size =
        write_error(*message, wishes.unknown_count != 0 ? kUnknownAttribute : kBadRequest, wishes, out);
    return answer;
  }

  answer.outcome = Outcome::success;
  MessageWriter writer(out, MessageClass::success, *message);
  if (message->is_classic()) {
    writer.add<MappedAddress>(source);  // RFC 5389 §12.2: it does not know the masked one
  } else {
    writer.add<XorMappedAddress>(source);
  }
  if (tests) {
    const Origin to = *request.to;
    answer.from = {to.second_ip != wishes.change.change_ip, to.second_port != wishes.change.change_port};
    answer.port = wishes.response_port.value_or(source.port);
    writer.add<MappedAddress>(source);  // RFC 5780 §6.1 asks for both
    writer.add<ResponseOrigin>(behavior_->at(answer.from));
    writer.add<OtherAddress>(behavior_->at({!to.second_ip, !to.second_port}));
    if (wishes.padding) {
      // As much as the request brought and not the path's MTU, which would be a gift to whoever forges
      // sources.
      const std::size_t room = out.size() - kMaxPlainAnswer;
      writer.add<Padding>(std::min(*wishes.padding, room & ~std::size_t{3}));
    }
  }
  answer.size = writer.finish().size();
  return answer;
}

}  // namespace parlor::stun
