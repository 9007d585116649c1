#pragma once
// One worker's relay for game frames, wired up: it learns from the lobby's events who is in which room,
// sleeps on a timer of its own, and hands out what goes to a connection. The protocol is relay::Relay's.

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <optional>

#include "base/address.hpp"
#include "base/time.hpp"
#include "config/serve_config.hpp"
#include "relay/relay.hpp"
#include "signaling/lobby.hpp"

namespace parlor::server {

namespace net = boost::asio;

/// What the operator has said, for one of so many workers.
[[nodiscard]] relay::RelayConfig relay_config(const config::ServeConfig& config, std::size_t workers);

class GameRelay {
 public:
  struct Hooks {
    std::function<base::Time()> now;
    /// Where a connection comes from; null when it is not open any more.
    std::function<const base::IpAddress*(signaling::ConnectionId)> address_of;
    std::function<void(signaling::ConnectionId, relay::RelayTransmit)> send;
    std::function<void(signaling::ConnectionId, relay::Refusal)> refused;  ///< for the log
    /// Frames wait for it, and its socket has taken none for too long: it is to be closed.
    std::function<void(signaling::ConnectionId)> stalled;
  };
  GameRelay(net::io_context& io, const relay::RelayConfig& config, Hooks hooks);

  /// Something happened in the lobby, of which its members have just been told.
  void follow(const signaling::LobbyEvent& event);
  /// What it took to handle, see relay::kHandlingCost.
  std::size_t frame(signaling::ConnectionId connection, base::BytesView bytes);
  /// What was handed out for this connection has left its queue.
  void writable(signaling::ConnectionId connection);
  void shut_down();
  [[nodiscard]] const relay::RelayCounters& counters() const { return relay_.counters(); }

 private:
  void pump();
  void take(const relay::RelayEvent& event);
  void arm();

  Hooks hooks_;
  relay::Relay relay_;
  net::steady_timer timer_;
  std::optional<base::Time> armed_for_;
  bool pumping_ = false;
};

}  // namespace parlor::server
