#include "server/acceptor.hpp"

#include <sys/socket.h>

#include <cerrno>
#include <chrono>
#include <exception>
#include <utility>

#include "server/kernel_address.hpp"

namespace parlor::server {
namespace {

constexpr int kAtOnce = 64;  // before other sockets get their turn
constexpr std::chrono::milliseconds kRest{250};

}  // namespace

Acceptor::Acceptor(boost::asio::io_context& io, int listener, Hooks hooks)
    : socket_(io, listener), rest_timer_(io), hooks_(std::move(hooks)) {}

void Acceptor::start() {
  wait();
}

void Acceptor::close() {
  boost::system::error_code ignored;
  socket_.close(ignored);
  rest_timer_.cancel();
}

void Acceptor::wait() {
  if (!socket_.is_open()) return;
  socket_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                     [this](boost::system::error_code error) {
                       if (!error) accept_all();
                     });
}

void Acceptor::accept_all() {
  for (int i = 0; i < kAtOnce && socket_.is_open(); ++i) {
    KernelAddress address{};
    socklen_t size = sizeof address;
    Descriptor connection(
        ::accept4(socket_.native_handle(), &address.any, &size, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!connection.is_open()) {
      if (errno == EAGAIN || errno == EWOULDBLOCK) break;
      if (errno == EINTR || errno == ECONNABORTED) continue;
      // Out of descriptors or memory: trying again at once would spin until some other connection ends.
      return rest();
    }
    try {
      hooks_.accepted(std::move(connection), from_kernel(address).ip.unmapped());
    } catch (const std::exception& error) {
      hooks_.failed(error.what());
    }
  }
  wait();
}

void Acceptor::rest() {
  hooks_.rested();
  rest_timer_.expires_after(kRest);
  rest_timer_.async_wait([this](boost::system::error_code error) {
    if (!error) wait();
  });
}

}  // namespace parlor::server
