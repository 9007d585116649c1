#pragma once
// Streams of bits over a buffer of bytes: what a packed game message is written with and read from.
//
// The first bit of the stream is the highest bit of the first byte. A message ends on a byte boundary; what
// is left of its last byte is zero, so that a value has one encoding and one only. No varints and no ranges
// here: see netcode/quantizer.hpp.

#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/bytes.hpp"

namespace parlor::netcode {

/// Writes into a buffer of fixed size that the caller owns. What does not fit is not written, and `ok()`
/// turns false for good.
class BitWriter {
 public:
  explicit BitWriter(std::span<std::byte> out) : out_(out) {}

  /// The lowest `count` bits of `value`, 1 to 32 of them. Precondition: the bits above are zero.
  void bits(std::uint32_t value, unsigned count);
  void flag(bool value) { bits(value ? 1 : 0, 1); }

  [[nodiscard]] bool ok() const { return ok_; }
  [[nodiscard]] std::size_t bit_count() const { return bit_count_; }
  /// Every byte begun so far; the rest of the last one is zero.
  [[nodiscard]] base::BytesView written() const { return out_.first((bit_count_ + 7) / 8); }

 private:
  std::span<std::byte> out_;
  std::size_t bit_count_ = 0;
  bool ok_ = true;
};

/// Walks over bytes from the wire. A read past the end gives nothing and leaves the position where it was.
class BitReader {
 public:
  explicit BitReader(base::BytesView bytes) : bytes_(bytes) {}

  /// The next `count` bits, 1 to 32 of them.
  [[nodiscard]] std::optional<std::uint32_t> bits(unsigned count);
  [[nodiscard]] std::optional<bool> flag();

  [[nodiscard]] std::size_t remaining_bits() const { return bytes_.size() * 8 - position_; }
  /// Nothing is left but the zero bits that fill the last byte: the message was exactly as long as what was
  /// read of it. Ask once at the end.
  [[nodiscard]] bool at_end() const;

 private:
  base::BytesView bytes_;
  std::size_t position_ = 0;  // in bits
};

}  // namespace parlor::netcode
