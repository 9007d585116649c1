#pragma once
// What stands inside each attribute of RFC 8489 §14 and RFC 5780 §7. One struct per attribute with its number
// and both directions: Message::read<Username>() and MessageWriter::add<Username>("alice"). TURN and ICE
// declare theirs in the same shape. MESSAGE-INTEGRITY, MESSAGE-INTEGRITY-SHA256 and FINGERPRINT are in
// integrity.hpp: they need the whole message.
//
// Text is UTF-8 as it stands on the wire. Names and passwords must have been through OpaqueString (RFC 8265)
// before they come here; plain ASCII always has.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/address.hpp"
#include "base/bytes.hpp"
#include "stun/message.hpp"
#include "stun/types.hpp"

namespace parlor::stun {

// ---- addresses: §14.1, §14.2
//   0                   1                   2                   3
//   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//  |0 0 0 0 0 0 0 0|    Family     |            Port               |
//  |                 Address (32 bits or 128 bits)                 |

/// Nothing for another family or a length that does not belong to it.
[[nodiscard]] std::optional<base::SocketAddress> decode_address(base::BytesView value);
void encode_address(base::ByteWriter& out, const base::SocketAddress& address);
/// Masked with the cookie (port, IPv4) or with cookie and transaction id (IPv6): 16 bytes of the message's
/// header.
[[nodiscard]] std::optional<base::SocketAddress> decode_xor_address(base::BytesView value,
                                                                    base::BytesView cookie_and_id);
void encode_xor_address(base::ByteWriter& out, const base::SocketAddress& address,
                        base::BytesView cookie_and_id);

/// An attribute that holds an address in the clear.
template <AttributeType type>
struct PlainAddress {
  static constexpr AttributeType kType = type;
  using Value = base::SocketAddress;
  static std::optional<Value> decode(base::BytesView value, const Message&) { return decode_address(value); }
  static void encode(base::ByteWriter& out, const Value& value, base::BytesView) {
    encode_address(out, value);
  }
};
/// One that holds it masked, so that address translators that rewrite what looks like their address leave it
/// alone.
template <AttributeType type>
struct XorAddress {
  static constexpr AttributeType kType = type;
  using Value = base::SocketAddress;
  static std::optional<Value> decode(base::BytesView value, const Message& message) {
    return decode_xor_address(value, message.cookie_and_id());
  }
  static void encode(base::ByteWriter& out, const Value& value, base::BytesView cookie_and_id) {
    encode_xor_address(out, value, cookie_and_id);
  }
};

using MappedAddress = PlainAddress<AttributeType::mapped_address>;
using XorMappedAddress = XorAddress<AttributeType::xor_mapped_address>;
using AlternateServer = PlainAddress<AttributeType::alternate_server>;
using ResponseOrigin = PlainAddress<AttributeType::response_origin>;
using OtherAddress = PlainAddress<AttributeType::other_address>;

// ---- text: §14.3, §14.9, §14.10, §14.14, §14.16

struct TextLimits {
  std::size_t max_encoded;     ///< bytes, when we write it
  std::size_t max_decoded;     ///< bytes, when others wrote it: RFC 5389 allowed more
  std::size_t max_characters;  ///< 0: only the bytes are limited
};

/// Nothing when it is not UTF-8 or longer than the limits.
[[nodiscard]] std::optional<std::string_view> decode_text(base::BytesView value, const TextLimits& limits);
/// Asserts the limits: the text is the caller's.
void encode_text(base::ByteWriter& out, std::string_view text, const TextLimits& limits);

template <AttributeType type, std::size_t max_encoded, std::size_t max_decoded, std::size_t max_characters>
struct Text {
  static constexpr AttributeType kType = type;
  static constexpr TextLimits kLimits{max_encoded, max_decoded, max_characters};
  using Value = std::string_view;
  static std::optional<Value> decode(base::BytesView value, const Message&) {
    return decode_text(value, kLimits);
  }
  static void encode(base::ByteWriter& out, Value value, base::BytesView) {
    encode_text(out, value, kLimits);
  }
};

using Username = Text<AttributeType::username, 508, 763, 0>;
using Realm = Text<AttributeType::realm, 509, 763, 127>;
using Nonce = Text<AttributeType::nonce, 509, 763, 127>;
using Software = Text<AttributeType::software, 509, 763, 127>;

/// A DNS name of at most 255 ASCII characters. Nothing for anything but letters, digits, hyphens, underscores
/// and dots.
struct AlternateDomain {
  static constexpr AttributeType kType = AttributeType::alternate_domain;
  using Value = std::string_view;
  static std::optional<Value> decode(base::BytesView value, const Message&);
  static void encode(base::ByteWriter& out, Value value, base::BytesView);
};

/// SHA-256 of "username:realm" (§14.4); made by userhash() of integrity.hpp.
struct Userhash {
  static constexpr AttributeType kType = AttributeType::userhash;
  using Value = std::array<std::byte, 32>;
  static std::optional<Value> decode(base::BytesView value, const Message&);
  static void encode(base::ByteWriter& out, const Value& value, base::BytesView);
};

// ---- errors: §14.8, §14.13

struct ErrorCode {
  struct Value {
    int code = 0;  ///< 300 to 699
    std::string_view reason;
  };
  static constexpr AttributeType kType = AttributeType::error_code;
  static constexpr TextLimits kLimits{509, 763, 127};
  static std::optional<Value> decode(base::BytesView value, const Message&);
  static void encode(base::ByteWriter& out, const Value& value, base::BytesView);
};

struct UnknownAttributes {
  static constexpr AttributeType kType = AttributeType::unknown_attributes;
  using Value = std::span<const AttributeType>;
  static std::optional<std::vector<AttributeType>> decode(base::BytesView value, const Message&);
  static void encode(base::ByteWriter& out, Value value, base::BytesView);
};

// ---- the algorithm that makes a key of a password: §14.11, §14.12, §18.5

enum class PasswordAlgorithmId : std::uint16_t { md5 = 0x0001, sha256 = 0x0002 };

struct PasswordAlgorithmChoice {
  PasswordAlgorithmId id{};
  base::BytesView parameters;  ///< empty for both that exist
};

struct PasswordAlgorithms {
  static constexpr AttributeType kType = AttributeType::password_algorithms;
  using Value = std::span<const PasswordAlgorithmChoice>;
  static std::optional<std::vector<PasswordAlgorithmChoice>> decode(base::BytesView value, const Message&);
  static void encode(base::ByteWriter& out, Value value, base::BytesView);
};

struct PasswordAlgorithm {
  static constexpr AttributeType kType = AttributeType::password_algorithm;
  using Value = PasswordAlgorithmChoice;
  static std::optional<Value> decode(base::BytesView value, const Message&);
  static void encode(base::ByteWriter& out, const Value& value, base::BytesView);
};

// ---- NAT behaviour discovery: RFC 5780 §7

struct ChangeRequest {
  struct Value {
    bool change_ip = false;
    bool change_port = false;
  };
  static constexpr AttributeType kType = AttributeType::change_request;
  static std::optional<Value> decode(base::BytesView value, const Message&);
  static void encode(base::ByteWriter& out, const Value& value, base::BytesView);
};

struct ResponsePort {
  static constexpr AttributeType kType = AttributeType::response_port;
  using Value = std::uint16_t;
  static std::optional<Value> decode(base::BytesView value, const Message&);
  static void encode(base::ByteWriter& out, Value value, base::BytesView);
};

/// The value is a number of bytes that mean nothing.
struct Padding {
  static constexpr AttributeType kType = AttributeType::padding;
  using Value = std::size_t;
  static std::optional<Value> decode(base::BytesView value, const Message&);
  static void encode(base::ByteWriter& out, Value value, base::BytesView);
};

}  // namespace parlor::stun
