#pragma once
// DTLS as the connection above sees it: a handshake that proves who the other side is, then records around
// SCTP packets (RFC 8261 §3). An interface, because OpenSSL's handshake (openssl_transport.hpp) is one of
// several: scenarios in virtual time have one without cryptography (fake_transport.hpp), and DTLS 1.3 may
// become another. It owns no socket and no clock. Which datagrams are DTLS (RFC 7983) is known outside.
//
// After any input or command, drain poll_transmit() and poll_event() until they give nothing, then sleep
// until poll_timeout() or the next input. `now` must not go backwards; it is ignored where it does.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <variant>

#include "base/bytes.hpp"
#include "base/time.hpp"

namespace parlor::dtls {

/// SHA-256 of a certificate's DER encoding (RFC 8122 §5).
using Fingerprint = std::array<std::byte, 32>;

/// The client begins: `a=setup:active` (RFC 8842 §5).
enum class Role : std::uint8_t { client, server };

enum class State : std::uint8_t {
  idle,         ///< start() was not called: holds next to nothing
  handshaking,  ///< or waits for the other side's fingerprints
  connected,
  closed,  ///< by close() or by the other side
  failed,
};

enum class FailReason : std::uint8_t {
  timeout,            ///< no Connected in time
  wrong_certificate,  ///< its fingerprint is none of those that the description named
  handshake,          ///< an alert, or a message that breaks the protocol
  internal,
};

/// The handshake is finished and the other side's fingerprint is the one that was announced.
struct Connected {};
struct Failed {
  FailReason reason{};
  std::string detail;  ///< a sentence for people
};
/// The other side ended the connection.
struct Closed {};
using Event = std::variant<Connected, Failed, Closed>;

class Transport {
 public:
  virtual ~Transport() = default;

  /// As who found the way has measured it; of use before start(). Flights that are lost are said again the
  /// sooner: a first one often meets nobody, as the other side does not know yet that the way is open.
  virtual void set_round_trip(base::Duration round_trip) = 0;
  /// Precondition: state() is idle. What came for DTLS before this is not known here.
  virtual void start(base::Time now, Role role) = 0;
  /// What the other side's description says. May come after start(), since a ClientHello can overtake the
  /// answer: until one of them matches no Connected is said, and no data is given or taken. Ignored once it
  /// is known: another certificate would need another handshake (RFC 8842 §5.5).
  virtual void set_remote_fingerprints(base::Time now, std::span<const Fingerprint> fingerprints) = 0;

  /// Takes the next records off a datagram: gives one piece of application data, decrypted where it lay or
  /// inside of the transport, valid until the next call; nothing once the datagram is used up.
  ///
  ///     std::span<std::byte> rest = datagram;
  ///     while (const auto data = transport.take(now, rest)) sctp.handle_packet(now, *data);
  ///
  /// Data that came before the handshake was over is given out behind the datagram that ends it; where
  /// set_remote_fingerprints() is what Connected waited for, by calls with an empty one after that.
  virtual std::optional<base::BytesView> take(base::Time now, std::span<std::byte>& datagram) = 0;

  virtual void handle_timeout(base::Time now) = 0;
  [[nodiscard]] virtual std::optional<base::Time> poll_timeout() const = 0;
  /// Flights of the handshake and alerts: writes one datagram, gives its size; 0 where there is none.
  /// Precondition: `out` has room for the MTU.
  virtual std::size_t poll_transmit(base::Time now, std::span<std::byte> out) = 0;

  /// Writes one record around `plain`, gives its size; 0 where there is no connection, or its 2^48 records
  /// are used up. Precondition: `out` has room for plain.size() + overhead(), which is at most 2^14 of plain.
  virtual std::size_t seal(base::BytesView plain, std::span<std::byte> out) = 0;
  /// The same where the plain bytes already lie in `out`, header_size() behind its beginning.
  virtual std::size_t seal_in_place(std::span<std::byte> out, std::size_t plain_size) = 0;
  /// Bytes in front of the plain ones. 13, with AES-GCM 21; the latter where it is not known yet.
  [[nodiscard]] virtual std::size_t header_size() const = 0;
  /// Bytes in front of them and behind: 29, with AES-GCM 37; the latter where it is not known yet.
  [[nodiscard]] virtual std::size_t overhead() const = 0;

  /// Tells the other side (close_notify) and takes nothing more. No event.
  virtual void close(base::Time now) = 0;
  virtual std::optional<Event> poll_event() = 0;
  [[nodiscard]] virtual State state() const = 0;
};

}  // namespace parlor::dtls
