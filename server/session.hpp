#pragma once
// What a worker knows of any connection, HTTP or WebSocket.

#include <cstddef>
#include <memory>

#include "base/time.hpp"
#include "server/stream.hpp"

namespace parlor::server {

/// How long a peer may take to take a last word and close, before it is dropped.
inline constexpr base::Duration kCloseDeadline = base::seconds(5);

class Session : public StreamOwner, public std::enable_shared_from_this<Session> {
 public:
  /// Once per second: deadlines, derived from the session's state.
  virtual void sweep(base::Time now) = 0;
  /// The server stops: end what is idle, soon.
  virtual void shut_down(base::Time now) = 0;
  /// Sends what was queued since the last time.
  virtual void flush() = 0;
  /// Ends now, whatever is under way.
  virtual void abort() = 0;

  std::shared_ptr<StreamOwner> keep_alive() override { return shared_from_this(); }

 private:
  friend class Worker;
  friend class Flusher;
  std::size_t slot_ = 0;        ///< where the worker keeps it
  bool flush_pending_ = false;  ///< it waits in the worker's flusher
  bool refused_ = false;        ///< the worker counts it among those above a limit
};

}  // namespace parlor::server
