#pragma once
// The state cookie of an INIT ACK (RFC 9260 §5.1.3): all that is to be known once it comes back, so that an
// INIT costs no memory. It is not signed: it comes and goes through DTLS, so that only the peer itself could
// forge it, and all it would gain is an association with numbers of its own choice, which it may have anyway
// (docs/deviations.md).

#include <optional>

#include "base/time.hpp"
#include "sctp/packet/init.hpp"

namespace parlor::sctp {

struct Cookie {
  base::Time made{};
  VerificationTag local_tag = 0;
  VerificationTag peer_tag = 0;
  Tsn local_tsn;
  Tsn peer_tsn;
  std::uint32_t peer_window = 0;
  std::uint16_t outbound_streams = 0;  ///< as many as both allow
  std::uint16_t inbound_streams = 0;
  Extensions extensions;  ///< that both have
  /// The tags of the association that there was; 0 where there was none (§5.2.2).
  VerificationTag local_tie_tag = 0;
  VerificationTag peer_tie_tag = 0;
};

[[nodiscard]] base::Bytes write_cookie(const Cookie& cookie);
/// Nothing for anything that write_cookie() does not write.
[[nodiscard]] std::optional<Cookie> read_cookie(base::BytesView bytes);

}  // namespace parlor::sctp
