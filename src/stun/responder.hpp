#pragma once
// The server's side of the Binding method (RFC 8489 §12, RFC 5780 §6): a request in, an answer or nothing
// out. Keeps no state but the limit per source, allocates nothing, reads no clock.
//
// Answers Binding requests and nothing else. No authentication, no SOFTWARE, no FINGERPRINT, no reason
// phrases: an answer is as small as the RFC lets it be, since anybody can put somebody else's address under a
// request. docs/stun.md lists what is answered how, and where this differs from the RFCs.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "base/address.hpp"
#include "base/bytes.hpp"
#include "base/time.hpp"
#include "stun/message.hpp"
#include "stun/rate_limit.hpp"

namespace parlor::stun {

/// One of the four addresses of a server that offers the behaviour tests: either IP address with either port.
struct Origin {
  bool second_ip = false;
  bool second_port = false;
  friend bool operator==(const Origin&, const Origin&) = default;
};

/// The four addresses as clients see them: behind a 1:1 NAT the ones outside of it (RFC 5780 §6).
struct BehaviorAddresses {
  std::array<base::IpAddress, 2> ip;
  std::array<std::uint16_t, 2> port;
  [[nodiscard]] base::SocketAddress at(Origin origin) const {
    return {ip[origin.second_ip ? 1 : 0], port[origin.second_port ? 1 : 0]};
  }
};

enum class Transport : std::uint8_t { udp, tcp };

struct BindingRequest {
  base::SocketAddress source;
  Transport transport = Transport::udp;
  /// Which of BehaviorAddresses it came to; nothing when it came to an address that takes no part in the
  /// tests.
  std::optional<Origin> to;
  base::BytesView bytes;  ///< one datagram, or one message out of a stream
};

enum class Outcome : std::uint8_t { success, error, not_stun, not_binding, bad_source, rate_limited };

struct BindingAnswer {
  Outcome outcome = Outcome::not_stun;
  std::size_t size = 0;  ///< bytes in the caller's buffer; 0: stay silent
  Origin from;  ///< send it from there: other than `to` only over UDP, when CHANGE-REQUEST asks for it
  std::uint16_t port =
      0;  ///< send it to this port of the source: another one only when RESPONSE-PORT asks for it
};

class Responder {
 public:
  /// An answer fits into this, unless it repeats PADDING: then it is at most 96 bytes longer than its
  /// request.
  static constexpr std::size_t kMaxPlainAnswer = 128;
  /// More unknown attributes than this are not listed in a 420.
  static constexpr std::size_t kMaxUnknownListed = 32;

  /// `behavior` switches RFC 5780 on. `limit`, when given, must outlive the responder.
  explicit Responder(const std::optional<BehaviorAddresses>& behavior, RateLimit* limit = nullptr)
      : behavior_(behavior), limit_(limit) {}

  /// `out` is the caller's, at least kMaxPlainAnswer long and apart from the request; PADDING is cut to what
  /// it holds.
  [[nodiscard]] BindingAnswer respond(base::Time now, const BindingRequest& request,
                                      std::span<std::byte> out) const;

 private:
  std::optional<BehaviorAddresses> behavior_;
  RateLimit* limit_;
};

}  // namespace parlor::stun
