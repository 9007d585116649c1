#pragma once
// One direction of a connection's records: what keeps them secret and genuine. The bytes stay in place.
//
//   | header, 13 | explicit part of the nonce | plain, and later protected, bytes | tag, 16 |

#include <cstddef>
#include <optional>
#include <span>

#include "dtls/record.hpp"

namespace parlor::dtls {

class Protection {
 public:
  static constexpr std::size_t kTagSize = 16;

  virtual ~Protection() = default;
  /// Of the part of the nonce that stands in the record.
  [[nodiscard]] virtual std::size_t explicit_size() const = 0;
  [[nodiscard]] std::size_t header_size() const { return kRecordHeaderSize + explicit_size(); }
  [[nodiscard]] std::size_t overhead() const { return header_size() + kTagSize; }

  /// Makes a record of the plain bytes that lie in it; writes its header, whose length is the record's.
  /// False where OpenSSL fails, which leaves nothing that may be sent. Precondition: no two records of one
  /// Protection have the same number.
  [[nodiscard]] virtual bool seal(const RecordHeader& header, std::span<std::byte> record) = 0;
  /// The plain bytes of a record, in place; nothing where it is not genuine, and then its bytes are spoilt.
  [[nodiscard]] virtual std::optional<std::span<std::byte>> open(const Record& record) = 0;
};

/// The header of a record of `size` bytes.
[[nodiscard]] inline RecordHeader sized(RecordHeader header, std::size_t size) {
  header.length = static_cast<std::uint16_t>(size - kRecordHeaderSize);
  return header;
}

}  // namespace parlor::dtls
