#pragma once
// The outside of a DTLS 1.2 record (RFC 6347 §4.1). Several may lie in one datagram.
//
//   | type | version, 2 | epoch, 2 | number in the epoch, 6 | length, 2 | what it carries |

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "base/bytes.hpp"

namespace parlor::dtls {

enum class ContentType : std::uint8_t {
  change_cipher_spec = 20,
  alert = 21,
  handshake = 22,
  application_data = 23,
};

inline constexpr std::size_t kRecordHeaderSize = 13;
inline constexpr std::uint16_t kVersion12 = 0xfefd;
inline constexpr std::uint64_t kLastSequence = (std::uint64_t{1} << 48) - 1;
/// Of plain bytes in a record (RFC 5246 §6.2.1).
inline constexpr std::size_t kLargestPlain = 1 << 14;
/// Of protected ones (RFC 5246 §6.2.3).
inline constexpr std::size_t kLargestBody = kLargestPlain + 2048;

struct RecordHeader {
  ContentType type{};
  std::uint16_t version = kVersion12;
  std::uint16_t epoch = 0;
  std::uint64_t sequence = 0;  ///< 48 bits
  std::uint16_t length = 0;

  friend bool operator==(const RecordHeader&, const RecordHeader&) = default;
};

/// A view: `bytes` is all of it, with the header.
struct Record {
  RecordHeader header{};
  std::span<std::byte> bytes;

  [[nodiscard]] std::span<std::byte> body() const { return bytes.subspan(kRecordHeaderSize); }
};

/// Takes the first record off `datagram`. Where there is none that can be read, and so nobody knows where the
/// next one begins, it gives nothing and uses the datagram up (RFC 6347 §4.1.2.7).
[[nodiscard]] std::optional<Record> take_record(std::span<std::byte>& datagram);

/// Precondition: `out` has room for kRecordHeaderSize.
void write_header(const RecordHeader& header, std::span<std::byte> out);

/// A record in the clear, as epoch 0 has them.
[[nodiscard]] base::Bytes write_plain_record(ContentType type, std::uint64_t sequence, base::BytesView body);

}  // namespace parlor::dtls
