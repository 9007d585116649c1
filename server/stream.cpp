#include "server/stream.hpp"

#include <sys/socket.h>

#include <array>
#include <cerrno>

namespace parlor::server {
namespace {

constexpr std::size_t kPieces = 64;                      // memory areas per system call
constexpr std::size_t kMaxDiscarded = 16 * 1024 * 1024;  // read from a peer that is being closed

}  // namespace

bool Stream::note_read(std::size_t size) {
  counters_->bytes_in += size;
  heard_ = true;
  if (gave_up_reading()) return false;
  read_debt_ += size;
  return !gave_up_reading();
}

void Stream::flush() {
  if (waiting_) return;
  while (!queue_.empty() && !failed_) {
    std::array<iovec, kPieces> pieces;
    msghdr message{};
    message.msg_iov = pieces.data();
    message.msg_iovlen = queue_.gather(pieces);
    const ssize_t sent = ::sendmsg(socket_.native_handle(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0) {
      if (errno == EINTR) continue;
      if (errno == EAGAIN || errno == EWOULDBLOCK) return wait_until_writable();
      return fail();
    }
    progress_ = true;
    counters_->bytes_out += static_cast<std::uint64_t>(sent);
    queue_.consume(static_cast<std::size_t>(sent));
  }
  if (closing_ && !failed_) half_close();
}

void Stream::wait_until_writable() {
  waiting_ = true;
  socket_.async_wait(Socket::wait_write,
                     [this, alive = owner_->keep_alive()](boost::system::error_code error) {
                       waiting_ = false;
                       if (!error) flush();
                       if (!waiting_) owner_->on_sent();
                     });
}

void Stream::fail() {
  failed_ = true;
  queue_ = {};
  // A read that is under way ends by itself with the same error; one that is closing has none.
  if (closing_) {
    net::post(get_executor(), [this, alive = owner_->keep_alive()] { owner_->on_closed(); });
  }
}

void Stream::cancel() {
  boost::system::error_code ignored;
  socket_.cancel(ignored);
}

void Stream::close() {
  if (closing_) return;
  closing_ = true;
  if (failed_ || !socket_.is_open()) return fail();
  flush();
}

void Stream::half_close() {
  if (half_closed_) return;
  half_closed_ = true;
  boost::system::error_code error;
  socket_.shutdown(Socket::shutdown_send, error);
  if (error) return fail();
  discard_until_eof();
}

void Stream::discard_until_eof() {
  socket_.async_wait(
      Socket::wait_read, [this, alive = owner_->keep_alive()](boost::system::error_code error) {
        std::array<char, 16 * 1024> scratch;
        while (!error) {
          const ssize_t got = ::recv(socket_.native_handle(), scratch.data(), scratch.size(), MSG_DONTWAIT);
          if (got < 0 && errno == EINTR) continue;
          if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return discard_until_eof();
          if (got <= 0) break;
          counters_->bytes_in += static_cast<std::uint64_t>(got);
          discarded_ += static_cast<std::size_t>(got);
          if (discarded_ > kMaxDiscarded) break;
        }
        owner_->on_closed();
      });
}

void Stream::abort() {
  failed_ = true;
  queue_ = {};
  boost::system::error_code ignored;
  socket_.close(ignored);
}

int Stream::release() {
  return socket_.release();
}

void Stream::reseat(net::io_context& io, int descriptor, StreamCounters& counters) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  ::getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size);
  const auto protocol = address.ss_family == AF_INET6 ? net::ip::tcp::v6() : net::ip::tcp::v4();
  socket_ = Socket(io.get_executor(), protocol, descriptor);
  counters_ = &counters;
}

}  // namespace parlor::server
