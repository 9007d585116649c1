#pragma once
// The two messages of the Data Channel Establishment Protocol (RFC 8832 §5), and the payload protocols of RFC
// 8831 §8.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "base/bytes.hpp"
#include "base/time.hpp"

namespace parlor::datachannel {

inline constexpr std::uint32_t kDcep = 50;
inline constexpr std::uint32_t kText = 51;
inline constexpr std::uint32_t kBinary = 53;
/// SCTP has no empty messages: one byte that is not looked at stands for them (RFC 8831 §6.6).
inline constexpr std::uint32_t kEmptyText = 56;
inline constexpr std::uint32_t kEmptyBinary = 57;

/// What a channel promises. At most one of the two limits.
struct Reliability {
  bool ordered = true;
  std::optional<std::uint16_t> max_retransmits{};
  std::optional<base::Duration> max_lifetime{};  ///< whole milliseconds, from send() on
  friend bool operator==(const Reliability&, const Reliability&) = default;
};

/// DATA_CHANNEL_OPEN (RFC 8832 §5.1).
struct Open {
  std::string label{};     ///< UTF-8, at most 65,535 bytes
  std::string protocol{};  ///< likewise
  Reliability reliability{};
  std::uint16_t priority = 256;  ///< RFC 8831 §6.4: 128 below normal, 256 normal, 512 high, 1024 extra high
};

/// Nothing for what is cut off, too long, of no known type, or not UTF-8.
[[nodiscard]] std::optional<Open> parse_open(base::BytesView bytes);
/// Precondition: lengths as said.
[[nodiscard]] base::Bytes write_open(const Open& open);

[[nodiscard]] bool is_ack(base::BytesView bytes);
[[nodiscard]] base::Bytes write_ack();

}  // namespace parlor::datachannel
