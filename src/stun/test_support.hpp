#pragma once
// What the tests of this folder share.

#include <array>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "base/address.hpp"
#include "base/bytes.hpp"
#include "stun/types.hpp"

namespace parlor::stun::test {

/// The bytes that hexadecimal text names; blanks are skipped.
inline base::Bytes from_hex(std::string_view text) {
  base::Bytes bytes;
  int high = -1;
  for (const char c : text) {
    const std::size_t digit = std::string_view("0123456789abcdef").find(c);
    if (digit == std::string_view::npos) continue;
    if (high < 0) {
      high = static_cast<int>(digit);
    } else {
      bytes.push_back(static_cast<std::byte>(high * 16 + static_cast<int>(digit)));
      high = -1;
    }
  }
  return bytes;
}

inline base::Bytes bytes_of(std::initializer_list<int> values) {
  base::Bytes bytes;
  for (const int value : values) bytes.push_back(static_cast<std::byte>(value));
  return bytes;
}

inline constexpr TransactionId kId{std::byte{0xb7}, std::byte{0xe7}, std::byte{0xa7}, std::byte{0x01},
                                   std::byte{0xbc}, std::byte{0x34}, std::byte{0xd6}, std::byte{0x86},
                                   std::byte{0xfa}, std::byte{0x87}, std::byte{0xdf}, std::byte{0xae}};

/// "1.2.3.4:5" or "[::1]:5", known to be right.
inline base::SocketAddress address(std::string_view text) {
  return *base::SocketAddress::parse(text);
}

}  // namespace parlor::stun::test
