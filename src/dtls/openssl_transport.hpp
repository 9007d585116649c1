#pragma once
// The Transport of real connections: OpenSSL shakes hands (openssl_handshake.hpp), and from then on the
// records are our own (session.hpp, aead.hpp), since OpenSSL would hold 72 KB for each connection.

#include <memory>

#include "dtls/context.hpp"
#include "dtls/transport.hpp"

namespace parlor::dtls {

/// Which suite is asked for first, as client, and is chosen where the other side has both, as server.
enum class CipherPreference : std::uint8_t {
  /// ChaCha20-Poly1305. Its records are 8 bytes shorter, as its nonce is the record's number and is not sent
  /// (RFC 7905 §2): of a game's message of 100 bytes with SCTP around it these are one in twenty. For 0.2 µs
  /// more at either end.
  fewest_bytes,
  /// AES-128-GCM: half the work where the processor has AES instructions, for bulk and for many peers.
  least_work,
};

struct TransportOptions {
  /// Bytes of a datagram of the handshake. From kSmallestMtu to kLargestMtu.
  std::size_t mtu = 1200;
  CipherPreference preference = CipherPreference::fewest_bytes;
  /// From start() to Connected.
  base::Duration handshake_timeout = base::seconds(30);
  /// How long the first flight waits for an answer; twice as long with each repetition, up to 5 s. RFC 6347
  /// §4.2.4.1 has 1 s (docs/deviations.md). Who knows the round trip from ICE had best give twice that.
  base::Duration first_retransmission = base::milliseconds(100);
};

inline constexpr std::size_t kSmallestMtu = 256;
inline constexpr std::size_t kLargestMtu = 4096;

[[nodiscard]] std::unique_ptr<Transport> make_transport(std::shared_ptr<const Context> context,
                                                        const TransportOptions& options = {});

}  // namespace parlor::dtls
