#pragma once
// What a Session needs of a handshake: bytes to and from the other side, a deadline for repeating what it has
// said, and in the end keys and the other side's fingerprint. Whose fingerprint is right is not judged here.

#include <array>
#include <memory>
#include <optional>
#include <string>

#include "dtls/protection.hpp"
#include "dtls/transport.hpp"

namespace parlor::dtls {

/// Of a Finished message in DTLS 1.2: a header of 12 bytes and verify_data (RFC 6347 §4.2.2, RFC 5246
/// §7.4.9).
inline constexpr std::size_t kFinishedSize = 24;

/// What is left of a handshake that is over.
struct Secured {
  std::unique_ptr<Protection> write;
  std::unique_ptr<Protection> read;
  Fingerprint fingerprint{};         ///< of the other side's certificate
  std::uint64_t plain_sequence = 0;  ///< the next number of a record in epoch 0
  std::uint64_t write_sequence = 0;  ///< … and of one in epoch 1
  /// Of the side that spoke last, its Finished in the clear: all it takes to say that flight again.
  std::optional<std::array<std::byte, kFinishedSize>> finished;
};

enum class HandshakeState : std::uint8_t { running, done, failed };

class Handshake {
 public:
  virtual ~Handshake() = default;
  virtual void set_round_trip(base::Duration round_trip) = 0;
  virtual void start(base::Time now, Role role) = 0;
  /// One record in the clear, or the protected Finished.
  virtual void handle_record(base::Time now, base::BytesView record) = 0;
  virtual void handle_timeout(base::Time now) = 0;
  [[nodiscard]] virtual std::optional<base::Time> poll_timeout() const = 0;
  /// The next datagram to send. Goes on after the end, until all is said.
  virtual std::optional<base::Bytes> poll_transmit() = 0;
  [[nodiscard]] virtual HandshakeState state() const = 0;
  /// Why it failed, a sentence for people.
  [[nodiscard]] virtual std::string detail() const = 0;
  /// The next number of a record in the clear, for an alert.
  [[nodiscard]] virtual std::uint64_t plain_sequence() const = 0;
  /// Precondition: state() is done. Once. Nothing where the keys turn out to be wrong.
  virtual std::optional<Secured> secured() = 0;
};

}  // namespace parlor::dtls
