#pragma once
// What was queued for connections goes out behind the events that are ready now, in one call for each
// connection. A write costs as much as reading and passing on several frames: while more comes in all the
// time, the next writes wait as long as the last ones took, so that no more than half the time goes into
// them, and the busier the server, the more goes out with each. Nothing waits on a server that has time.
//
// Not thread-safe: used from the thread of its io_context.

#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <functional>
#include <vector>

#include "base/time.hpp"
#include "server/session.hpp"

namespace parlor::server {

namespace net = boost::asio;

class Flusher {
 public:
  struct Hooks {
    std::function<base::Time()> now;
    std::function<void()> begin;  ///< before a round of writes: may ask for more of them
    std::function<void(Session&)> flush;
  };
  Flusher(net::io_context& io, Hooks hooks) : io_(io), hooks_(std::move(hooks)) {}

  /// Something was queued for the session, whose flush() is called soon.
  void soon(Session& session);
  /// It is gone, or goes to another worker.
  void forget(Session& session);
  void forget_all() { waiting_.clear(); }

  /// However long the last writes took.
  static constexpr base::Duration kLongestWait = base::milliseconds(50);

 private:
  void post(bool first);
  void flush_all();

  net::io_context& io_;
  Hooks hooks_;
  std::vector<Session*> waiting_;
  std::uint64_t asked_ = 0;  ///< how often something was queued
  bool posted_ = false;
  base::Time began_{};  ///< the first of those that wait
  base::Duration took_{};
};

}  // namespace parlor::server
