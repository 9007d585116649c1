#include "netcode/bits.hpp"

#include <algorithm>
#include <cassert>

namespace parlor::netcode {

void BitWriter::bits(std::uint32_t value, unsigned count) {
  assert(count >= 1 && count <= 32);
  assert(count == 32 || value >> count == 0);
  if (!ok_ || count > out_.size() * 8 - bit_count_) {
    ok_ = false;
    return;
  }
  for (unsigned left = count; left > 0;) {
    const std::size_t byte = bit_count_ / 8;
    const unsigned used = static_cast<unsigned>(bit_count_ % 8);
    const unsigned taken = std::min(left, 8 - used);
    const std::uint32_t part = (value >> (left - taken)) & ((1U << taken) - 1);
    if (used == 0) out_[byte] = std::byte{0};
    out_[byte] |= static_cast<std::byte>(part << (8 - used - taken));
    bit_count_ += taken;
    left -= taken;
  }
}

std::optional<std::uint32_t> BitReader::bits(unsigned count) {
  assert(count >= 1 && count <= 32);
  if (count > remaining_bits()) return std::nullopt;
  std::uint32_t value = 0;
  for (unsigned left = count; left > 0;) {
    const unsigned used = static_cast<unsigned>(position_ % 8);
    const unsigned taken = std::min(left, 8 - used);
    const auto byte = std::to_integer<std::uint32_t>(bytes_[position_ / 8]);
    const std::uint32_t part = (byte >> (8 - used - taken)) & ((1U << taken) - 1);
    value = value << taken | part;
    position_ += taken;
    left -= taken;
  }
  return value;
}

std::optional<bool> BitReader::flag() {
  const auto bit = bits(1);
  if (!bit) return std::nullopt;
  return *bit != 0;
}

bool BitReader::at_end() const {
  if (remaining_bits() >= 8) return false;
  if (position_ % 8 == 0) return true;
  const auto last = std::to_integer<std::uint32_t>(bytes_[position_ / 8]);
  return (last & (0xffU >> (position_ % 8))) == 0;
}

}  // namespace parlor::netcode
