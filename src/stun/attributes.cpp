#include "stun/attributes.hpp"

#include <algorithm>
#include <cassert>

#include "base/utf8.hpp"

namespace parlor::stun {
namespace {

constexpr std::uint8_t kIpv4 = 0x01;
constexpr std::uint8_t kIpv6 = 0x02;
constexpr std::size_t kMaxDomain = 255;
constexpr std::array<std::byte, 16> kNoMask{};

bool is_domain(std::string_view text) {
  return !text.empty() && text.size() <= kMaxDomain && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_';
  });
}

/// One entry: number, length of the parameters, parameters, padding. The last entry's padding may be missing
/// where the attribute's own padding stands for it.
std::optional<PasswordAlgorithmChoice> take_algorithm(base::ByteReader& reader) {
  const auto id = reader.u16();
  const auto length = reader.u16();
  if (!id || !length) return std::nullopt;
  const auto parameters = reader.take(*length);
  if (!parameters) return std::nullopt;
  (void)reader.take(std::min(padded(*length) - *length, reader.remaining()));
  return PasswordAlgorithmChoice{static_cast<PasswordAlgorithmId>(*id), *parameters};
}

void write_algorithm(base::ByteWriter& out, const PasswordAlgorithmChoice& choice) {
  out.u16(static_cast<std::uint16_t>(choice.id));
  out.u16(static_cast<std::uint16_t>(choice.parameters.size()));
  out.bytes(choice.parameters);
  out.zeros(padded(choice.parameters.size()) - choice.parameters.size());
}

}  // namespace

std::optional<base::SocketAddress> decode_address(base::BytesView value) {
  base::ByteReader reader(value);
  (void)reader.u8();  // §14.1: ignored
  const auto family = reader.u8();
  const auto port = reader.u16();
  if (!family || !port) return std::nullopt;
  std::array<std::uint8_t, 16> ip{};
  const base::BytesView rest = reader.rest();
  if (rest.size() > ip.size()) return std::nullopt;
  std::transform(rest.begin(), rest.end(), ip.begin(),
                 [](std::byte b) { return std::to_integer<std::uint8_t>(b); });
  if (*family == kIpv4 && rest.size() == 4) {
    return base::SocketAddress{base::IpAddress::v4({ip[0], ip[1], ip[2], ip[3]}), *port};
  }
  if (*family == kIpv6 && rest.size() == 16) return base::SocketAddress{base::IpAddress::v6(ip), *port};
  return std::nullopt;
}

void encode_address(base::ByteWriter& out, const base::SocketAddress& address) {
  encode_xor_address(out, address, kNoMask);
}

std::optional<base::SocketAddress> decode_xor_address(base::BytesView value, base::BytesView cookie_and_id) {
  assert(cookie_and_id.size() == 16);
  if (value.size() < 4 || value.size() > 20) return std::nullopt;
  std::array<std::byte, 20> plain{};
  std::copy(value.begin(), value.end(), plain.begin());
  plain[2] ^= cookie_and_id[0];
  plain[3] ^= cookie_and_id[1];
  for (std::size_t i = 0; i < 16; ++i) plain[4 + i] ^= cookie_and_id[i];
  return decode_address(base::BytesView(plain).first(value.size()));
}

void encode_xor_address(base::ByteWriter& out, const base::SocketAddress& address,
                        base::BytesView cookie_and_id) {
  assert(cookie_and_id.size() == 16);
  // Every answer of a server comes through here: one array, one write.
  const std::size_t size = address.ip.size();
  std::array<std::byte, 20> value;
  value[0] = std::byte{0};
  value[1] = std::byte{address.ip.is_v6() ? kIpv6 : kIpv4};
  value[2] = static_cast<std::byte>(address.port >> 8) ^ cookie_and_id[0];
  value[3] = static_cast<std::byte>(address.port & 0xFF) ^ cookie_and_id[1];
  for (std::size_t i = 0; i < size; ++i) value[4 + i] = std::byte{address.ip.bytes()[i]} ^ cookie_and_id[i];
  out.bytes(base::BytesView(value).first(4 + size));
}

std::optional<std::string_view> decode_text(base::BytesView value, const TextLimits& limits) {
  if (value.size() > limits.max_decoded) return std::nullopt;
  const std::string_view text = base::as_text(value);
  const auto characters = base::utf8_length(text);
  if (!characters || (limits.max_characters != 0 && *characters > limits.max_characters)) return std::nullopt;
  return text;
}

void encode_text(base::ByteWriter& out, std::string_view text, const TextLimits& limits) {
  assert(text.size() <= limits.max_encoded);
  assert(decode_text(base::as_bytes(text), limits));
  out.bytes(base::as_bytes(text).first(std::min(text.size(), limits.max_encoded)));
}

std::optional<std::string_view> AlternateDomain::decode(base::BytesView value, const Message&) {
  const std::string_view text = base::as_text(value);
  return is_domain(text) ? std::optional{text} : std::nullopt;
}

void AlternateDomain::encode(base::ByteWriter& out, std::string_view value, base::BytesView) {
  assert(is_domain(value));
  out.bytes(base::as_bytes(value));
}

std::optional<Userhash::Value> Userhash::decode(base::BytesView value, const Message&) {
  Value hash{};
  if (value.size() != hash.size()) return std::nullopt;
  std::copy(value.begin(), value.end(), hash.begin());
  return hash;
}

void Userhash::encode(base::ByteWriter& out, const Value& value, base::BytesView) {
  out.bytes(value);
}

std::optional<ErrorCode::Value> ErrorCode::decode(base::BytesView value, const Message&) {
  base::ByteReader reader(value);
  (void)reader.u16();  // reserved, as are the upper bits of the class
  const auto hundreds = reader.u8();
  const auto number = reader.u8();
  if (!hundreds || !number) return std::nullopt;
  const int code_class = *hundreds & 7;
  const auto reason = decode_text(reader.rest(), kLimits);
  if (code_class < 3 || code_class > 6 || *number > 99 || !reason) return std::nullopt;
  return Value{code_class * 100 + *number, *reason};
}

void ErrorCode::encode(base::ByteWriter& out, const Value& value, base::BytesView) {
  assert(value.code >= 300 && value.code < 700);
  out.u16(0);
  out.u8(static_cast<std::uint8_t>(value.code / 100));
  out.u8(static_cast<std::uint8_t>(value.code % 100));
  encode_text(out, value.reason, kLimits);
}

std::optional<std::vector<AttributeType>> UnknownAttributes::decode(base::BytesView value, const Message&) {
  if (value.size() % 2 != 0) return std::nullopt;
  std::vector<AttributeType> types;
  types.reserve(value.size() / 2);
  base::ByteReader reader(value);
  while (const auto type = reader.u16()) types.push_back(static_cast<AttributeType>(*type));
  return types;
}

void UnknownAttributes::encode(base::ByteWriter& out, Value value, base::BytesView) {
  for (const AttributeType type : value) out.u16(static_cast<std::uint16_t>(type));
}

std::optional<std::vector<PasswordAlgorithmChoice>> PasswordAlgorithms::decode(base::BytesView value,
                                                                               const Message&) {
  std::vector<PasswordAlgorithmChoice> choices;
  base::ByteReader reader(value);
  while (reader.remaining() != 0) {
    const auto choice = take_algorithm(reader);
    if (!choice) return std::nullopt;
    choices.push_back(*choice);
  }
  return choices;
}

void PasswordAlgorithms::encode(base::ByteWriter& out, Value value, base::BytesView) {
  for (const PasswordAlgorithmChoice& choice : value) write_algorithm(out, choice);
}

std::optional<PasswordAlgorithmChoice> PasswordAlgorithm::decode(base::BytesView value, const Message&) {
  base::ByteReader reader(value);
  const auto choice = take_algorithm(reader);
  return reader.remaining() == 0 ? choice : std::nullopt;
}

void PasswordAlgorithm::encode(base::ByteWriter& out, const Value& value, base::BytesView) {
  write_algorithm(out, value);
}

std::optional<ChangeRequest::Value> ChangeRequest::decode(base::BytesView value, const Message&) {
  base::ByteReader reader(value);
  const auto flags = reader.u32();
  if (!flags || reader.remaining() != 0) return std::nullopt;
  return Value{(*flags & 4) != 0, (*flags & 2) != 0};
}

void ChangeRequest::encode(base::ByteWriter& out, const Value& value, base::BytesView) {
  out.u32((value.change_ip ? 4u : 0u) | (value.change_port ? 2u : 0u));
}

std::optional<std::uint16_t> ResponsePort::decode(base::BytesView value, const Message&) {
  // RFC 5780 §7.5 counts two bytes of padding; whether they belong to the length is not said, so both are
  // taken.
  if (value.size() != 2 && value.size() != 4) return std::nullopt;
  return base::ByteReader(value).u16();
}

void ResponsePort::encode(base::ByteWriter& out, Value value, base::BytesView) {
  out.u16(value);
}

std::optional<std::size_t> Padding::decode(base::BytesView value, const Message&) {
  return value.size();
}

void Padding::encode(base::ByteWriter& out, Value value, base::BytesView) {
  out.zeros(value);
}

}  // namespace parlor::stun
