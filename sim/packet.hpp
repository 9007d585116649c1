#pragma once
// What travels: a UDP datagram or a TCP segment with its addresses. It is a value, not bytes of IP; what it
// would weigh on a wire is counted by wire_size().

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "base/address.hpp"
#include "base/bytes.hpp"
#include "base/time.hpp"

namespace parlor::sim {

enum class Protocol : std::uint8_t { udp, tcp };

/// Whom a notice about a packet goes back to.
class Sender {
 public:
  /// What it sent from `from` to `to` met a link that holds IP packets of `mtu` bytes.
  virtual void handle_too_large(Protocol protocol, const base::SocketAddress& from,
                                const base::SocketAddress& to, std::size_t mtu) = 0;

 protected:
  ~Sender() = default;
};

/// TCP's header as far as it is simulated (RFC 9293 §3.1), with sequence numbers that are wide enough never
/// to wrap.
struct Segment {
  std::uint64_t sequence = 0;
  std::uint64_t acknowledgement = 0;
  std::uint32_t window = 0;
  /// What arrived beyond a gap, from … to (RFC 2018; all of it, where the real option has room for four).
  std::vector<std::pair<std::uint64_t, std::uint64_t>> received;
  bool syn = false;
  bool ack = false;
  bool fin = false;
  bool rst = false;
};

struct Packet {
  Protocol protocol = Protocol::udp;
  base::SocketAddress source;
  base::SocketAddress destination;
  Segment segment;  ///< of TCP
  base::Bytes bytes;

  std::uint64_t number = 0;  ///< in the order of sending; the same for both copies of a doubled one
  Sender* sender = nullptr;  ///< none: nobody wants to know
  base::Time sent_at{};
  base::SocketAddress first_source;       ///< as the sender wrote it, before any translation …
  base::SocketAddress first_destination;  ///< … and where it wanted it to go
};

inline constexpr std::size_t kUdpHeader = 8;   // RFC 768
inline constexpr std::size_t kTcpHeader = 20;  // RFC 9293 §3.1, without options

/// IP's header (RFC 791 §3.1, RFC 8200 §3) and that of UDP or TCP.
[[nodiscard]] std::size_t header_size(Protocol protocol, bool v6);
/// The size as an IP packet: what a rate, a queue and an MTU count.
[[nodiscard]] std::size_t wire_size(const Packet& packet);

/// Addresses for tests, from text that is known to be right.
[[nodiscard]] base::IpAddress ip(std::string_view text);
[[nodiscard]] base::SocketAddress endpoint(std::string_view text, std::uint16_t port);

/// An order for ordered containers: the same on every machine, which that of a hash table is not.
struct AddressLess {
  bool operator()(const base::IpAddress& a, const base::IpAddress& b) const;
  bool operator()(const base::SocketAddress& a, const base::SocketAddress& b) const;
};

}  // namespace parlor::sim
