#pragma once
// Readiness of one worker's connections: an epoll set of our own inside the worker's io_context. Asio's own
// reads try the socket once before they wait and once after; with thousands of connections that each say a
// little, that doubles the system calls. Here a read that came back short is not tried again before the
// kernel says so (edge-triggered epoll(7)).

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <cstdint>
#include <functional>
#include <vector>

namespace parlor::server {

class PollTarget {
 public:
  /// What became possible since the last time. `ended`: the peer will send no more, or the connection broke;
  /// a read says which. The target may be destroyed from within.
  virtual void on_ready(bool readable, bool writable, bool ended) = 0;
  /// on_ready() threw, and the target is still there: it must end.
  virtual void on_failure() = 0;
  virtual ~PollTarget() = default;
};

class Poller {
 public:
  /// What add() gave; 0 is none.
  using Handle = std::uint64_t;

  /// `failed` is told of what a target threw, which ends that target alone.
  Poller(boost::asio::io_context& io, std::function<void(const char*)> failed);
  ~Poller();
  Poller(const Poller&) = delete;
  Poller& operator=(const Poller&) = delete;

  /// `descriptor` is told of once it is readable, or writable again after a send that would have blocked.
  [[nodiscard]] Handle add(int descriptor, PollTarget& target);
  /// Nothing is told to the target after that, not even what this round has found already.
  void remove(Handle handle, int descriptor);
  /// Begins to run handlers; until stop().
  void start();
  void stop();

  [[nodiscard]] boost::asio::io_context& io() { return io_; }

 private:
  struct Slot {
    PollTarget* target = nullptr;
    std::uint32_t generation = 1;
  };
  void wait();
  void run_rounds();
  std::size_t run_round();
  void tell(Handle handle, std::uint32_t events);
  [[nodiscard]] PollTarget* find(Handle handle) const;

  boost::asio::io_context& io_;
  std::function<void(const char*)> failed_;
  boost::asio::posix::stream_descriptor epoll_;
  std::vector<Slot> slots_;  ///< as many as there ever were at once
  std::vector<std::uint32_t> free_;
  bool stopped_ = false;
};

}  // namespace parlor::server
