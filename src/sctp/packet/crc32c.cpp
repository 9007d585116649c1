#include "sctp/packet/crc32c.hpp"

#include <array>
#include <cstring>

#if defined(__x86_64__)
#include <nmmintrin.h>
#endif

namespace parlor::sctp {
namespace {

constexpr std::uint32_t kReflected = 0x82f63b78;  // of the polynomial 0x1edc6f41
constexpr std::size_t kAtOnce = 8;
constexpr std::size_t kChecksumAt = 8;

using Table = std::array<std::uint32_t, 256>;

/// One table for each of the bytes that are taken at once ("slicing by 8").
constexpr std::array<Table, kAtOnce> make_tables() {
  std::array<Table, kAtOnce> tables{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t crc = i;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? kReflected : 0);
    tables[0][i] = crc;
  }
  for (std::size_t table = 1; table < kAtOnce; ++table) {
    for (std::size_t i = 0; i < 256; ++i) {
      const std::uint32_t before = tables[table - 1][i];
      tables[table][i] = (before >> 8) ^ tables[0][before & 0xff];
    }
  }
  return tables;
}
constexpr std::array<Table, kAtOnce> kTables = make_tables();

std::uint32_t u8_at(base::BytesView bytes, std::size_t at) {
  return std::to_integer<std::uint32_t>(bytes[at]);
}

std::uint32_t u32_le_at(base::BytesView bytes, std::size_t at) {
  return u8_at(bytes, at) | u8_at(bytes, at + 1) << 8 | u8_at(bytes, at + 2) << 16 |
         u8_at(bytes, at + 3) << 24;
}

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) std::uint32_t crc32c_sse42(std::uint32_t before, base::BytesView bytes) {
  std::uint64_t crc = before ^ 0xffffffffU;
  for (; bytes.size() >= kAtOnce; bytes = bytes.subspan(kAtOnce)) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data(), sizeof word);
    crc = _mm_crc32_u64(crc, word);
  }
  auto last = static_cast<std::uint32_t>(crc);
  for (const std::byte byte : bytes) last = _mm_crc32_u8(last, std::to_integer<std::uint8_t>(byte));
  return last ^ 0xffffffffU;
}
#endif

}  // namespace

std::uint32_t crc32c_portable(std::uint32_t before, base::BytesView bytes) {
  std::uint32_t crc = before ^ 0xffffffffU;
  for (; bytes.size() >= kAtOnce; bytes = bytes.subspan(kAtOnce)) {
    const std::uint32_t low = crc ^ u32_le_at(bytes, 0);
    const std::uint32_t high = u32_le_at(bytes, 4);
    crc = kTables[7][low & 0xff] ^ kTables[6][low >> 8 & 0xff] ^ kTables[5][low >> 16 & 0xff] ^
          kTables[4][low >> 24] ^ kTables[3][high & 0xff] ^ kTables[2][high >> 8 & 0xff] ^
          kTables[1][high >> 16 & 0xff] ^ kTables[0][high >> 24];
  }
  for (std::size_t i = 0; i < bytes.size(); ++i)
    crc = (crc >> 8) ^ kTables[0][(crc ^ u8_at(bytes, i)) & 0xff];
  return crc ^ 0xffffffffU;
}

std::uint32_t crc32c(std::uint32_t before, base::BytesView bytes) {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("sse4.2")) return crc32c_sse42(before, bytes);
#endif
  return crc32c_portable(before, bytes);
}

std::uint32_t packet_checksum(base::BytesView packet) {
  constexpr std::array<std::byte, 4> kZero{};
  if (packet.size() < kChecksumAt + kZero.size()) return crc32c(0, packet);
  const std::uint32_t before = crc32c(crc32c(0, packet.first(kChecksumAt)), kZero);
  return crc32c(before, packet.subspan(kChecksumAt + kZero.size()));
}

}  // namespace parlor::sctp
