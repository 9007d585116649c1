#pragma once
// The numbers of SCTP (RFC 9260 §3, RFC 8260 §2, RFC 3758 §3, RFC 6525 §3).

#include <cstdint>

#include "base/serial_number.hpp"

namespace parlor::sctp {

using Tsn = base::SerialNumber<std::uint32_t>;
/// Of a message in its stream: the SSN of a DATA chunk, in the lower 16 bits, or the MID of an I-DATA chunk.
using MessageNumber = std::uint32_t;
using StreamId = std::uint16_t;
/// Says what a message is (RFC 8831 §8); SCTP carries it and does not look at it.
using PayloadProtocol = std::uint32_t;
/// 0 belongs to packets with an INIT alone.
using VerificationTag = std::uint32_t;

enum class ChunkType : std::uint8_t {
  data = 0,
  init = 1,
  init_ack = 2,
  sack = 3,
  heartbeat = 4,
  heartbeat_ack = 5,
  abort = 6,
  shutdown = 7,
  shutdown_ack = 8,
  error = 9,
  cookie_echo = 10,
  cookie_ack = 11,
  shutdown_complete = 14,
  i_data = 64,
  reconfig = 130,
  pad = 132,  // RFC 4820
  forward_tsn = 192,
  i_forward_tsn = 194,
};

/// What is to be done with a chunk, a parameter or a cause whose type nobody knows: its two highest bits
/// (§3.2, §3.2.1).
struct Unknown {
  bool skip = false;    ///< go on with what follows it, else leave all of that
  bool report = false;  ///< tell the sender
};
[[nodiscard]] constexpr Unknown unknown_chunk(std::uint8_t type) {
  return {(type & 0x80) != 0, (type & 0x40) != 0};
}
[[nodiscard]] constexpr Unknown unknown_parameter(std::uint16_t type) {
  return {(type & 0x8000) != 0, (type & 0x4000) != 0};
}

enum class ParameterType : std::uint16_t {
  heartbeat_info = 1,
  ipv4_address = 5,
  ipv6_address = 6,
  state_cookie = 7,
  unrecognized = 8,
  cookie_preservative = 9,
  host_name = 11,
  supported_addresses = 12,
  outgoing_reset = 13,
  incoming_reset = 14,
  tsn_reset = 15,
  reconfig_response = 16,
  add_outgoing = 17,
  add_incoming = 18,
  ecn = 0x8000,
  zero_checksum = 0x8001,         // RFC 9653 §4
  supported_extensions = 0x8008,  // RFC 5061 §4.2.7
  forward_tsn = 0xc000,           // RFC 3758 §3.1
};

/// Why an ABORT or an ERROR was sent (§3.3.10).
enum class CauseCode : std::uint16_t {
  none = 0,  ///< an ABORT without any
  invalid_stream = 1,
  missing_parameter = 2,
  stale_cookie = 3,
  out_of_resource = 4,
  unresolvable_address = 5,
  unrecognized_chunk = 6,
  invalid_parameter = 7,
  unrecognized_parameters = 8,
  no_user_data = 9,
  cookie_while_shutting_down = 10,
  restart_with_new_addresses = 11,
  user_abort = 12,
  protocol_violation = 13,
};

}  // namespace parlor::sctp
