#pragma once
// Chunks of a packet that a test writes, as the other end reads them.

#include <gtest/gtest.h>

#include <array>
#include <string_view>
#include <vector>

#include "sctp/packet/packet.hpp"

namespace parlor::sctp {

/// A packet with room for `size` bytes, and what is in it.
class PacketPad {
 public:
  explicit PacketPad(std::size_t size = 1200) : bytes_(size), writer_(bytes_, 5000, 5001, 0x12345678) {}
  PacketWriter& writer() { return writer_; }
  /// The chunks, which live as long as this.
  std::vector<Chunk> chunks() {
    const auto packet = Packet::parse(writer_.finish(false), Checksum::required);
    EXPECT_TRUE(packet);
    std::vector<Chunk> chunks;
    if (packet) {
      for (const Chunk& chunk : *packet) chunks.push_back(chunk);
    }
    return chunks;
  }

 private:
  base::Bytes bytes_;
  PacketWriter writer_;
};

inline base::Bytes from_hex(std::string_view hex) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  base::Bytes bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
    bytes.push_back(static_cast<std::byte>(kDigits.find(hex[i]) * 16 + kDigits.find(hex[i + 1])));
  return bytes;
}

inline base::Bytes bytes_of(std::initializer_list<int> values) {
  base::Bytes bytes;
  for (const int value : values) bytes.push_back(static_cast<std::byte>(value));
  return bytes;
}

}  // namespace parlor::sctp
