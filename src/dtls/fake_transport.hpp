#pragma once
// A Transport for scenarios in virtual time: the same records, windows, deadlines and repetitions as the real
// one, but a handshake of two round trips that hides and proves nothing: whoever says a fingerprint has it.
// Records carry a keyed checksum as long as a real tag, so that damaged and forged ones are dropped. Two runs
// with one seed give the same bytes.

#include <memory>

#include "base/random.hpp"
#include "dtls/transport.hpp"

namespace parlor::dtls {

struct FakeTransportOptions {
  Fingerprint fingerprint{};  ///< which this side says of itself
  std::size_t mtu = 1200;
  base::Duration handshake_timeout = base::seconds(30);
  base::Duration first_retransmission = base::milliseconds(100);
};

/// `random` must outlive the transport.
[[nodiscard]] std::unique_ptr<Transport> make_fake_transport(base::Random& random,
                                                             const FakeTransportOptions& options);

}  // namespace parlor::dtls
