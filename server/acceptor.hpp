#pragma once
// A listening socket of one worker: takes the connections that come, and rests for a moment when there is no
// descriptor left for them, instead of being told of them again and again.

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>

#include "base/address.hpp"
#include "server/descriptor.hpp"

namespace parlor::server {

class Acceptor {
 public:
  struct Hooks {
    /// Takes a connection, non-blocking. What it throws ends that connection alone.
    std::function<void(Descriptor socket, const base::IpAddress& peer)> accepted;
    std::function<void(const char* what)> failed;
    /// There was no descriptor or memory left.
    std::function<void()> rested;
  };

  /// Owns `listener`. The hooks are called from the thread of `io`, until close().
  Acceptor(boost::asio::io_context& io, int listener, Hooks hooks);
  void start();
  void close();

 private:
  void wait();
  void accept_all();
  void rest();

  boost::asio::posix::stream_descriptor socket_;
  boost::asio::steady_timer rest_timer_;
  Hooks hooks_;
};

}  // namespace parlor::server
