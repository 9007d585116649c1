#pragma once
// STUN on real sockets: the Binding responder (src/stun/responder.hpp) behind UDP and TCP, RFC 8489 §6.2, and
// with a second address the behaviour tests of RFC 5780. One service per worker; all share the port by
// SO_REUSEPORT and the limit per source by one table. No TLS and no DTLS (RFC 8489 §12: of little use for
// this), no TURN.
//
//   auto first = StunService::start(worker[0].io, config, random);     // binds; the reason when it cannot
//   auto next = StunService::join(worker[1].io, **first);              // same addresses, same limit, another
//   worker
//
// A service is used from the thread of its io_context only, except counters(), which any thread may call.

#include <boost/asio/io_context.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/address.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "base/time.hpp"

namespace parlor::server {

struct StunServiceConfig {
  /// Where to listen, UDP and TCP on each. Port 0 takes a free one, the same for UDP, TCP and all workers.
  /// [::] alone serves IPv4 too; beside an IPv4 address it serves IPv6 only.
  std::vector<base::SocketAddress> listen;
  bool tcp = true;
  /// Answers per second to one IPv4 address or IPv6 /64, over all workers; 0 for no limit. Five seconds'
  /// worth may come at once: a classroom that opens its pages together shares one address.
  std::uint32_t rate_per_second = 100;

  /// RFC 5780: another address and another port than those of the first `listen` address of its family, which
  /// then must not be a wildcard. Switches on CHANGE-REQUEST, RESPONSE-PORT, PADDING, OTHER-ADDRESS,
  /// RESPONSE-ORIGIN.
  std::optional<base::SocketAddress> second;
  /// Behind a 1:1 NAT: how the world sees the listen address, and the second one. Shown in RFC 5780's
  /// attributes only; nothing else in an answer names the server.
  std::optional<base::IpAddress> external_ip;
  std::optional<base::IpAddress> second_external_ip;

  std::size_t max_connections =
      1'000;  ///< TCP, of this worker; the longest idle one makes room for a new one
  std::size_t connections_per_site = 64;  ///< TCP, from one IPv4 address or IPv6 /64, of this worker
  base::Duration idle_deadline = base::seconds(60);  ///< TCP: nothing whole received for so long
};

/// Sums since the start. Everything received over UDP, and every whole message over TCP, is counted once
/// under received and once under an answer or a reason.
struct StunCounters {
  std::uint64_t received = 0;
  std::uint64_t udp_answers = 0;
  std::uint64_t tcp_answers = 0;
  std::uint64_t error_answers = 0;  ///< of the answers: 400 and 420
  // Not answered, by reason:
  std::uint64_t not_stun = 0;     ///< not a well-formed message
  std::uint64_t not_binding = 0;  ///< a response, an indication, another method
  std::uint64_t bad_source = 0;   ///< port 0, multicast, unspecified: nobody to answer
  std::uint64_t rate_limited = 0;
  std::uint64_t send_failed = 0;  ///< the kernel did not take the answer
  // TCP connections:
  std::uint64_t tcp_accepted = 0;
  std::uint64_t tcp_refused = 0;  ///< over the limit per site
  std::uint64_t tcp_evicted = 0;  ///< the longest idle, to make room
  std::uint64_t tcp_timed_out = 0;
  std::uint64_t tcp_open = 0;  ///< now
};

class StunService {
 public:
  using Started = base::Result<std::unique_ptr<StunService>, std::string>;

  /// Binds and begins to answer once `io` runs. `random` is used during the call only. The error is a
  /// sentence, "cannot bind UDP 0.0.0.0:3478: that port is taken already; choose another with --stun".
  static Started start(boost::asio::io_context& io, StunServiceConfig config, base::Random& random);
  /// The same for another worker: on the addresses that `first` has bound, under the same limit per source.
  static Started join(boost::asio::io_context& io, const StunService& first);
  /// Stops first. The io_context may outlive the service and may still run handlers after it.
  ~StunService();
  StunService(const StunService&) = delete;
  StunService& operator=(const StunService&) = delete;

  /// The listen addresses with their real ports, in the order of the configuration.
  [[nodiscard]] std::vector<base::SocketAddress> bound() const;
  /// The second address with its real port.
  [[nodiscard]] std::optional<base::SocketAddress> second() const;
  [[nodiscard]] StunCounters counters() const;
  /// Closes every socket. Nothing is answered after that.
  void stop();

 private:
  class Impl;
  explicit StunService(std::shared_ptr<Impl> impl);
  std::shared_ptr<Impl> impl_;
};

}  // namespace parlor::server
