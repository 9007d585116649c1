#pragma once
// Lets game frames for one connection wait for those that come soon after, where the operator wants that:
// remembers to whom some went out just before, and for how long the next ones may wait. Not thread-safe:
// used from the thread of its io_context.

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <deque>
#include <functional>

#include "base/time.hpp"
#include "server/ws_session.hpp"
#include "signaling/lobby.hpp"

namespace parlor::server {

namespace net = boost::asio;

class Gatherer {
 public:
  struct Hooks {
    /// Null when it is gone, or at another worker.
    std::function<WsSession*(signaling::ConnectionId)> find;
    std::function<void(WsSession&)> flush_soon;
  };
  Gatherer(net::io_context& io, Hooks hooks) : hooks_(std::move(hooks)), timer_(io) {}

  /// How long frames may wait; nothing: none do.
  void set_duration(base::Duration duration) { duration_ = duration; }
  /// Game frames went out to the session: those that follow soon wait.
  void sent(WsSession& session);
  /// Those whose time to gather is over are flushed soon.
  void end_spells();
  void stop() { timer_.cancel(); }

 private:
  struct Spell {
    base::Time until{};
    signaling::ConnectionId connection{};
  };
  void arm();

  Hooks hooks_;
  base::Duration duration_{};
  std::deque<Spell> gathering_;  ///< first comes first: it takes everybody as long
  net::steady_timer timer_;
  bool armed_ = false;
};

}  // namespace parlor::server
