#include "base/bytes.hpp"

#include <algorithm>
#include <cassert>

namespace parlor::base {

void ByteWriter::bytes(BytesView bytes) {
  if (!room_for(bytes.size())) return;
  std::copy(bytes.begin(), bytes.end(), out_.begin() + static_cast<std::ptrdiff_t>(size_));
  size_ += bytes.size();
}

void ByteWriter::zeros(std::size_t count) {
  if (!room_for(count)) return;
  std::fill_n(out_.begin() + static_cast<std::ptrdiff_t>(size_), count, std::byte{0});
  size_ += count;
}

void ByteWriter::patch_u16(std::size_t at, std::uint16_t value) {
  assert(at + 2 <= size_);
  out_[at] = static_cast<std::byte>(value >> 8);
  out_[at + 1] = static_cast<std::byte>(value & 0xff);
}

std::string to_hex(BytesView bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  text.reserve(bytes.size() * 2);
  for (std::byte byte : bytes) {
    text += kDigits[std::to_integer<unsigned>(byte >> 4)];
    text += kDigits[std::to_integer<unsigned>(byte & std::byte{15})];
  }
  return text;
}

namespace {
constexpr std::string_view kBase64Url = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::string_view kBase64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
}  // namespace

namespace {

std::string to_text(BytesView bytes, std::string_view alphabet) {
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  std::uint32_t bits = 0;
  int count = 0;
  for (std::byte byte : bytes) {
    bits = bits << 8 | std::to_integer<std::uint32_t>(byte);
    for (count += 8; count >= 6; count -= 6) text += alphabet[bits >> (count - 6) & 63];
  }
  if (count > 0) text += alphabet[bits << (6 - count) & 63];
  return text;
}

std::optional<Bytes> from_text(std::string_view text, std::string_view alphabet) {
  if (text.size() % 4 == 1) return std::nullopt;
  Bytes bytes;
  bytes.reserve(text.size() * 3 / 4);
  std::uint32_t bits = 0;
  int count = 0;
  for (char c : text) {
    const std::size_t value = alphabet.find(c);
    if (value == std::string_view::npos) return std::nullopt;
    bits = bits << 6 | static_cast<std::uint32_t>(value);
    count += 6;
    if (count >= 8) {
      count -= 8;
      bytes.push_back(static_cast<std::byte>(bits >> count & 255));
    }
  }
  if ((bits & ((1U << count) - 1)) != 0) return std::nullopt;
  return bytes;
}

}  // namespace

std::string to_base64url(BytesView bytes) {
  return to_text(bytes, kBase64Url);
}

std::optional<Bytes> from_base64url(std::string_view text) {
  return from_text(text, kBase64Url);
}

std::string to_base64(BytesView bytes) {
  std::string text = to_text(bytes, kBase64);
  while (text.size() % 4 != 0) text += '=';
  return text;
}

std::optional<Bytes> from_base64(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  for (int padding = 0; padding < 2 && !text.empty() && text.back() == '='; ++padding) text.remove_suffix(1);
  return from_text(text, kBase64);
}

}  // namespace parlor::base
