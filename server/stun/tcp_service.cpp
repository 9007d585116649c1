#include "server/stun/tcp_service.hpp"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <utility>

namespace parlor::server {
namespace {

using boost::asio::ip::tcp;
using boost::system::error_code;

/// How long to wait where the system has no descriptor or memory for another connection.
constexpr auto kAcceptPause = std::chrono::milliseconds(200);

base::SocketAddress from_endpoint(const tcp::endpoint& endpoint) {
  if (endpoint.address().is_v6()) {
    return {base::IpAddress::v6(endpoint.address().to_v6().to_bytes()).unmapped(), endpoint.port()};
  }
  return {base::IpAddress::v4(endpoint.address().to_v4().to_bytes()), endpoint.port()};
}

}  // namespace

std::shared_ptr<TcpService> TcpService::make(boost::asio::io_context& io, std::vector<TcpEndpoint> endpoints,
                                             std::shared_ptr<const stun::Responder> responder,
                                             std::shared_ptr<StunTally> tally, TcpLimits limits) {
  return std::shared_ptr<TcpService>(
      new TcpService(io, std::move(endpoints), std::move(responder), std::move(tally), limits));
}

TcpService::TcpService(boost::asio::io_context& io, std::vector<TcpEndpoint> endpoints,
                       std::shared_ptr<const stun::Responder> responder, std::shared_ptr<StunTally> tally,
                       TcpLimits limits)
    : io_(io), idle_timer_(io), responder_(std::move(responder)), tally_(std::move(tally)), limits_(limits) {
  for (TcpEndpoint& endpoint : endpoints) {
    const auto protocol = endpoint.socket.address.ip.is_v6() ? tcp::v6() : tcp::v4();
    listeners_.push_back({tcp::acceptor(io, protocol, endpoint.socket.fd.release()),
                          boost::asio::steady_timer(io), endpoint.origin});
  }
}

void TcpService::start() {
  for (std::size_t i = 0; i < listeners_.size(); ++i) accept(i);
}

void TcpService::stop() {
  stopped_ = true;
  error_code ignored;
  for (Listener& listener : listeners_) {
    listener.handle.close(ignored);
    listener.pause.cancel();
  }
  idle_timer_.cancel();
  while (!connections_.empty()) close(*connections_.front());
}

void TcpService::accept(std::size_t listener) {
  listeners_[listener].handle.async_accept(
      io_, [self = shared_from_this(), listener](const error_code& error, tcp::socket socket) {
        if (self->stopped_) return;
        if (!error) self->handle_accepted(std::move(socket), self->listeners_[listener].origin);
        // A client that gave up in the queue is no reason to pause; a system without descriptors is.
        if (!error || error == boost::asio::error::connection_aborted) {
          self->accept(listener);
        } else {
          self->accept_later(listener);
        }
      });
}

void TcpService::accept_later(std::size_t listener) {
  boost::asio::steady_timer& pause = listeners_[listener].pause;
  pause.expires_after(kAcceptPause);
  pause.async_wait([self = shared_from_this(), listener](const error_code&) {
    if (!self->stopped_) self->accept(listener);
  });
}

void TcpService::handle_accepted(tcp::socket socket, const std::optional<stun::Origin>& origin) {
  error_code error;
  const tcp::endpoint remote = socket.remote_endpoint(error);
  if (error) return;  // gone already
  tally_->tcp_accepted.add(1);
  const base::SocketAddress source = from_endpoint(remote);
  const base::IpAddress site = source.ip.site();
  std::size_t& of_site = per_site_[site];
  if (of_site >= limits_.per_site) {
    tally_->tcp_refused.add(1);
    return;  // closes it
  }
  ++of_site;
  if (connections_.size() >= limits_.connections) {
    tally_->tcp_evicted.add(1);
    close(*connections_.front());
  }
  auto connection = std::make_shared<Connection>(std::move(socket));
  connection->source = source;
  connection->site = site;
  connection->origin = origin;
  connection->active = stun_now();
  connection->at = connections_.insert(connections_.end(), connection);
  tally_->tcp_open.add(1);
  watch_idle();
  read(connection);
}

void TcpService::read(const std::shared_ptr<Connection>& connection) {
  const std::span<std::byte> space = connection->framer.space();
  connection->socket.async_read_some(
      boost::asio::buffer(space.data(), space.size()),
      [self = shared_from_this(), connection](const error_code& error, std::size_t count) {
        if (connection->closed) return;
        if (error) return self->close(*connection);
        connection->framer.commit(count);
        self->answer(connection);
      });
}

// Nothing is read while answers wait to be written: who does not take them cannot ask for more.
void TcpService::answer(const std::shared_ptr<Connection>& connection) {
  std::size_t answers = 0;
  const std::size_t size = fill(*connection, answers);
  if (size == 0) {
    if (connection->framer.is_broken()) return close(*connection);
    return read(connection);
  }
  boost::asio::async_write(
      connection->socket, boost::asio::buffer(connection->out.data(), size),
      [self = shared_from_this(), connection, answers](const error_code& error, std::size_t) {
        if (connection->closed) return;
        if (error) {
          self->tally_->send_failed.add(answers);
          return self->close(*connection);
        }
        self->tally_->tcp_answers.add(answers);
        self->answer(connection);
      });
}

std::size_t TcpService::fill(Connection& connection, std::size_t& answers) {
  const std::span<std::byte> out(connection.out);
  std::size_t used = 0;
  const bool was_broken = connection.framer.is_broken();
  while (out.size() - used >= stun::Responder::kMaxPlainAnswer) {
    const auto bytes = connection.framer.next();
    if (!bytes) break;
    touch(connection);
    const stun::BindingAnswer answer = responder_->respond(
        connection.active, {connection.source, stun::Transport::tcp, connection.origin, *bytes},
        out.subspan(used));
    tally_->count_silence(answer.outcome);
    if (answer.outcome == stun::Outcome::error) tally_->error_answers.add(1);
    tally_->received.add(1);
    if (answer.size == 0) continue;
    used += answer.size;
    ++answers;
  }
  if (connection.framer.is_broken() && !was_broken) {
    tally_->not_stun.add(1);
    tally_->received.add(1);
  }
  return used;
}

void TcpService::touch(Connection& connection) {
  connection.active = stun_now();
  connections_.splice(connections_.end(), connections_, connection.at);
}

void TcpService::close(Connection& connection) {
  if (connection.closed) return;
  connection.closed = true;
  error_code ignored;
  connection.socket.close(ignored);
  const auto site = per_site_.find(connection.site);
  if (site != per_site_.end() && --site->second == 0) per_site_.erase(site);
  tally_->tcp_open.subtract(1);
  connections_.erase(connection.at);  // may be the last owner: nothing after this line
}

void TcpService::watch_idle() {
  if (watching_ || connections_.empty()) return;
  watching_ = true;
  const base::Duration left = connections_.front()->active + limits_.idle_deadline - stun_now();
  idle_timer_.expires_after(std::max(left, base::Duration(0)));
  idle_timer_.async_wait([self = shared_from_this()](const error_code&) {
    self->watching_ = false;
    if (self->stopped_) return;
    const base::Time now = stun_now();
    while (!self->connections_.empty() &&
           self->connections_.front()->active + self->limits_.idle_deadline <= now) {
      self->tally_->tcp_timed_out.add(1);
      self->close(*self->connections_.front());
    }
    self->watch_idle();
  });
}

}  // namespace parlor::server
