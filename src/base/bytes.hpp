#pragma once
// Reading and writing bytes without ever leaving the buffer: big-endian, as the internet's protocols have
// them, or little-endian where the name says so.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace parlor::base {

using Bytes = std::vector<std::byte>;
using BytesView = std::span<const std::byte>;

[[nodiscard]] inline BytesView as_bytes(std::string_view text) {
  return std::as_bytes(std::span{text.data(), text.size()});
}
[[nodiscard]] inline std::string_view as_text(BytesView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// Walks over bytes from the wire. A read past the end gives nothing and leaves the position where it was.
class ByteReader {
 public:
  explicit ByteReader(BytesView bytes) : rest_(bytes) {}

  [[nodiscard]] std::size_t remaining() const { return rest_.size(); }
  [[nodiscard]] BytesView rest() const { return rest_; }

  std::optional<std::uint8_t> u8() { return number<std::uint8_t>(); }
  std::optional<std::uint16_t> u16() { return number<std::uint16_t>(); }
  std::optional<std::uint32_t> u32() { return number<std::uint32_t>(); }
  std::optional<std::uint64_t> u64() { return number<std::uint64_t>(); }
  std::optional<std::uint16_t> u16_le() { return number_le<std::uint16_t>(); }
  std::optional<std::uint32_t> u32_le() { return number_le<std::uint32_t>(); }

  /// The next `count` bytes, not copied: they live as long as what the reader was made from.
  std::optional<BytesView> take(std::size_t count) {
    if (count > rest_.size()) return std::nullopt;
    const BytesView taken = rest_.first(count);
    rest_ = rest_.subspan(count);
    return taken;
  }

 private:
  template <class T>
  std::optional<T> number() {
    const auto bytes = take(sizeof(T));
    if (!bytes) return std::nullopt;
    T value = 0;
    for (std::byte byte : *bytes) value = static_cast<T>(value << 8 | std::to_integer<T>(byte));
    return value;
  }
  template <class T>
  std::optional<T> number_le() {
    const auto bytes = take(sizeof(T));
    if (!bytes) return std::nullopt;
    T value = 0;
    for (std::size_t i = sizeof(T); i-- > 0;) {
      value = static_cast<T>(value << 8 | std::to_integer<T>((*bytes)[i]));
    }
    return value;
  }

  BytesView rest_;
};

/// Writes into a buffer of fixed size that the caller owns. What does not fit is not written, and `ok()`
/// turns false.
class ByteWriter {
 public:
  explicit ByteWriter(std::span<std::byte> out) : out_(out) {}

  [[nodiscard]] bool ok() const { return ok_; }
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] std::span<std::byte> written() const { return out_.first(size_); }

  void u8(std::uint8_t value) { number(value); }
  void u16(std::uint16_t value) { number(value); }
  void u32(std::uint32_t value) { number(value); }
  void u64(std::uint64_t value) { number(value); }
  void u16_le(std::uint16_t value) { number_le(value); }
  void u32_le(std::uint32_t value) { number_le(value); }
  void bytes(BytesView bytes);
  void zeros(std::size_t count);
  /// Overwrites two bytes that were written before, for a length that is known only at the end.
  void patch_u16(std::size_t at, std::uint16_t value);

 private:
  bool room_for(std::size_t count) {
    if (!ok_ || count > out_.size() - size_) ok_ = false;
    return ok_;
  }
  template <class T>
  void number(T value) {
    if (!room_for(sizeof(T))) return;
    for (std::size_t i = sizeof(T); i-- > 0;) out_[size_++] = byte_of(value, i);
  }
  template <class T>
  void number_le(T value) {
    if (!room_for(sizeof(T))) return;
    for (std::size_t i = 0; i < sizeof(T); ++i) out_[size_++] = byte_of(value, i);
  }
  static std::byte byte_of(std::uint64_t value, std::size_t place) {
    return static_cast<std::byte>((value >> (8 * place)) & 0xff);
  }

  std::span<std::byte> out_;
  std::size_t size_ = 0;
  bool ok_ = true;
};

/// Lower-case hexadecimal.
[[nodiscard]] std::string to_hex(BytesView bytes);
/// URL-safe base64 without padding (RFC 4648 §5).
[[nodiscard]] std::string to_base64url(BytesView bytes);
/// Nothing for characters outside the alphabet, impossible lengths, or bits that a canonical encoder leaves
/// zero.
[[nodiscard]] std::optional<Bytes> from_base64url(std::string_view text);
/// Base64 with padding (RFC 4648 §4), and back, as strictly.
[[nodiscard]] std::string to_base64(BytesView bytes);
[[nodiscard]] std::optional<Bytes> from_base64(std::string_view text);

}  // namespace parlor::base
