#pragma once
// STUN over TCP (RFC 8489 §6.2.2): bounded connections, bounded buffers, an idle deadline. The client closes;
// we close only what is broken, idle, or in the way of others.

#include <array>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstddef>
#include <list>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "base/address.hpp"
#include "server/bound_socket.hpp"
#include "server/stun/stun_shared.hpp"
#include "stun/stream_framer.hpp"

namespace parlor::server {

struct TcpEndpoint {
  BoundSocket socket;  ///< listens
  std::optional<stun::Origin> origin;
};

struct TcpLimits {
  std::size_t connections = 0;
  std::size_t per_site = 0;
  base::Duration idle_deadline{};
};

/// The listening sockets of one worker and what they accepted. Lives as long as its handlers do.
class TcpService : public std::enable_shared_from_this<TcpService> {
 public:
  static std::shared_ptr<TcpService> make(boost::asio::io_context& io, std::vector<TcpEndpoint> endpoints,
                                          std::shared_ptr<const stun::Responder> responder,
                                          std::shared_ptr<StunTally> tally, TcpLimits limits);
  void start();
  void stop();

 private:
  struct Connection;
  using Connections = std::list<std::shared_ptr<Connection>>;
  struct Connection {
    explicit Connection(boost::asio::ip::tcp::socket accepted) : socket(std::move(accepted)) {}
    boost::asio::ip::tcp::socket socket;
    base::SocketAddress source;
    base::IpAddress site;
    std::optional<stun::Origin> origin;
    base::Time active{};       ///< when the last whole message came, or the connection
    Connections::iterator at;  ///< its place in connections_
    stun::StreamFramer framer;
    std::array<std::byte, stun::StreamFramer::kMaxMessage> out;
    bool closed = false;
  };
  struct Listener {
    boost::asio::ip::tcp::acceptor handle;
    boost::asio::steady_timer pause;  ///< runs while the system has nothing left for another connection
    std::optional<stun::Origin> origin;
  };

  TcpService(boost::asio::io_context& io, std::vector<TcpEndpoint> endpoints,
             std::shared_ptr<const stun::Responder> responder, std::shared_ptr<StunTally> tally,
             TcpLimits limits);
  void accept(std::size_t listener);
  void accept_later(std::size_t listener);
  void handle_accepted(boost::asio::ip::tcp::socket socket, const std::optional<stun::Origin>& origin);
  void read(const std::shared_ptr<Connection>& connection);
  void answer(const std::shared_ptr<Connection>& connection);
  /// Writes answers to the whole messages that have come, as many as fit; their bytes.
  std::size_t fill(Connection& connection, std::size_t& answers);
  void touch(Connection& connection);
  void close(Connection& connection);
  void watch_idle();

  boost::asio::io_context& io_;
  std::vector<Listener> listeners_;
  boost::asio::steady_timer idle_timer_;
  std::shared_ptr<const stun::Responder> responder_;
  std::shared_ptr<StunTally> tally_;
  TcpLimits limits_;
  Connections connections_;  ///< the longest idle first
  std::unordered_map<base::IpAddress, std::size_t, base::IpAddressHash> per_site_;
  bool watching_ = false;
  bool stopped_ = false;
};

}  // namespace parlor::server
