#pragma once
// INIT and INIT ACK (RFC 9260 §3.3.2, §3.3.3), with what they say of extensions: partial reliability (RFC
// 3758), stream reset (RFC 6525), interleaving (RFC 8260), no checksum (RFC 9653).
//
//   | Initiate Tag: what the other writes as the tag of its packets     |
//   | Advertised receiver window credit, bytes                          |
//   | Number of outbound streams        | Number of inbound streams     |
//   | Initial TSN                                                       |
//   | parameters …                                                      |
//
// Addresses in parameters are not looked at: over DTLS there are none (RFC 8261 §6.3).

#include <optional>
#include <vector>

#include "sctp/packet/packet.hpp"

namespace parlor::sctp {

/// The method of zero_checksum that DTLS gives (RFC 9653 §6).
inline constexpr std::uint32_t kErrorDetectionByDtls = 1;

struct Extensions {
  bool partial_reliability = false;  ///< FORWARD TSN
  bool reset = false;                ///< RE-CONFIG
  bool interleaving = false;         ///< I-DATA; with partial reliability also I-FORWARD-TSN
  bool zero_checksum = false;        ///< accepts packets without a checksum, since DTLS has one
  bool padding = false;              ///< PAD (RFC 4820), for probes of the path MTU
  friend bool operator==(const Extensions&, const Extensions&) = default;
};

struct Init {
  VerificationTag tag = 0;
  std::uint32_t window = 0;  ///< bytes
  std::uint16_t outbound_streams = 0;
  std::uint16_t inbound_streams = 0;
  Tsn initial_tsn;
  Extensions extensions;
  base::BytesView cookie;  ///< INIT ACK only; not owned
  /// Whole parameters that nobody here knows and that are to be reported to their sender (§3.2.2); not owned.
  std::vector<base::BytesView> unrecognized;
};

/// No more unknown parameters are reported, and none that is longer, in bytes: the answer has to fit into a
/// packet.
inline constexpr std::size_t kMostUnrecognized = 8;
inline constexpr std::size_t kLongestUnrecognized = 64;

/// Of the value of either chunk. Nothing where it is cut off, its tag is 0 or it has no streams (§3.3.2), or
/// a parameter does not fit.
[[nodiscard]] std::optional<Init> read_init(base::BytesView value);
/// A whole INIT chunk with its header and nothing else, as descriptions have it (a=sctp-init).
[[nodiscard]] std::optional<Init> read_init_chunk(base::BytesView chunk);
[[nodiscard]] base::Bytes write_init_chunk(const Init& init);
/// The value of such a chunk; `unrecognized` goes into Unrecognized Parameter parameters.
[[nodiscard]] base::Bytes write_init(const Init& init);

}  // namespace parlor::sctp
