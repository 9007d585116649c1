#pragma once
// Protected records that came before there were keys, or before the certificate was found to be right: kept
// as they came, closed, since UDP swaps them with the end of the handshake (RFC 6347 §4.1). Anybody may send
// such records, so that there are few.

#include <optional>
#include <span>
#include <vector>

#include "base/bytes.hpp"

namespace parlor::dtls {

class EarlyRecords {
 public:
  static constexpr std::size_t kMost = 16;
  static constexpr std::size_t kMostBytes = 16 * 1024;

  void keep(base::BytesView record) {
    if (records_.size() == kMost || record.size() > kMostBytes - bytes_) return;
    records_.emplace_back(record.begin(), record.end());
    bytes_ += record.size();
  }
  /// The first, which is valid until the next call. Nothing once all were taken, and then nothing is held.
  std::optional<std::span<std::byte>> take() {
    if (taken_ == records_.size()) {
      *this = EarlyRecords();
      return std::nullopt;
    }
    return records_[taken_++];
  }

 private:
  std::vector<base::Bytes> records_;
  std::size_t bytes_ = 0;
  std::size_t taken_ = 0;
};

}  // namespace parlor::dtls
