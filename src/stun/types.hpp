#pragma once
// The numbers of STUN (RFC 8489 §5, §14, §18) and of NAT behaviour discovery (RFC 5780 §7). TURN and ICE have
// their own methods and attributes; they name them where they are used, as values of the same types.

#include <array>
#include <cstddef>
#include <cstdint>

namespace parlor::stun {

inline constexpr std::size_t kHeaderSize = 20;
inline constexpr std::size_t kAttributeHeaderSize = 4;
inline constexpr std::uint32_t kMagicCookie = 0x2112A442;

enum class MessageClass : std::uint8_t { request = 0, indication = 1, success = 2, error = 3 };

/// 12 bits.
enum class Method : std::uint16_t { binding = 0x001 };

using TransactionId = std::array<std::byte, 12>;

enum class AttributeType : std::uint16_t {
  // Comprehension required: who does not know one of these cannot process the message.
  mapped_address = 0x0001,
  change_request = 0x0003,  // RFC 5780
  username = 0x0006,
  message_integrity = 0x0008,
  error_code = 0x0009,
  unknown_attributes = 0x000A,
  realm = 0x0014,
  nonce = 0x0015,
  message_integrity_sha256 = 0x001C,
  password_algorithm = 0x001D,
  userhash = 0x001E,
  xor_mapped_address = 0x0020,
  padding = 0x0026,        // RFC 5780
  response_port = 0x0027,  // RFC 5780
  // Comprehension optional: who does not know one of these ignores it.
  password_algorithms = 0x8002,
  alternate_domain = 0x8003,
  software = 0x8022,
  alternate_server = 0x8023,
  fingerprint = 0x8028,
  response_origin = 0x802B,  // RFC 5780
  other_address = 0x802C,    // RFC 5780
};

[[nodiscard]] constexpr bool is_comprehension_required(AttributeType type) {
  return static_cast<std::uint16_t>(type) < 0x8000;
}

// The codes of RFC 8489 §14.8.
inline constexpr int kTryAlternate = 300;
inline constexpr int kBadRequest = 400;
inline constexpr int kUnauthenticated = 401;
inline constexpr int kUnknownAttribute = 420;
inline constexpr int kStaleNonce = 438;
inline constexpr int kServerError = 500;

/// The 14 bits of class and method as they stand on the wire (RFC 8489 §5, figure 3).
[[nodiscard]] constexpr std::uint16_t encode_type(MessageClass message_class, Method method) {
  const unsigned m = static_cast<unsigned>(method);
  const unsigned c = static_cast<unsigned>(message_class);
  return static_cast<std::uint16_t>((m & 0xF80) << 2 | (m & 0x070) << 1 | (m & 0x00F) | (c & 2) << 7 |
                                    (c & 1) << 4);
}
[[nodiscard]] constexpr MessageClass decode_class(std::uint16_t type) {
  return static_cast<MessageClass>((type >> 7 & 2) | (type >> 4 & 1));
}
[[nodiscard]] constexpr Method decode_method(std::uint16_t type) {
  return static_cast<Method>((type >> 2 & 0xF80) | (type >> 1 & 0x070) | (type & 0x00F));
}

/// The space that `size` bytes take in a message: attributes are padded to 4 bytes.
[[nodiscard]] constexpr std::size_t padded(std::size_t size) {
  return (size + 3) & ~std::size_t{3};
}

}  // namespace parlor::stun
