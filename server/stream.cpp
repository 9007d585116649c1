#include "server/stream.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace parlor::server {
namespace {

constexpr std::size_t kPieces = 64;                      // memory areas per system call
constexpr std::size_t kCopied = 4096;                    // up to this, one copy is cheaper than many areas
constexpr std::size_t kMaxDiscarded = 16 * 1024 * 1024;  // read from a peer that is being closed

bool would_block(int error) {
  return error == EAGAIN || error == EWOULDBLOCK;
}

boost::system::error_code system_error(int error) {
  return {error, boost::system::system_category()};
}

/// Sends the front of the queue; as send(2).
ssize_t send_front(int descriptor, const SendQueue& queue) {
  if (queue.bytes() <= kCopied) {
    std::array<char, kCopied> flat;
    return ::send(descriptor, flat.data(), queue.copy(flat), MSG_NOSIGNAL | MSG_DONTWAIT);
  }
  std::array<iovec, kPieces> pieces;
  msghdr message{};
  message.msg_iov = pieces.data();
  message.msg_iovlen = queue.gather(pieces);
  return ::sendmsg(descriptor, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
}

}  // namespace

Stream::Stream(Poller& poller, int descriptor, StreamCounters& counters)
    : poller_(&poller), counters_(&counters), descriptor_(descriptor) {
  handle_ = poller_->add(descriptor_, *this);
}

Stream::~Stream() {
  const int descriptor = release();
  if (descriptor >= 0) ::close(descriptor);
}

// ---- reading

void Stream::begin_read(net::mutable_buffer into, std::unique_ptr<Read> read) {
  read_ = std::move(read);
  into_ = into;
  if (!is_open()) return complete_soon(net::error::bad_descriptor, 0);
  if (into.size() == 0) return complete_soon({}, 0);
  // Never from within the call that begins it: what is there already is fetched when this round is through.
  if (readable_) {
    net::post(get_executor(), [this, alive = owner_->keep_alive()] {
      if (readable_) try_read();
    });
  }
}

void Stream::try_read() {
  if (!read_ || !is_open()) return;
  ssize_t got = 0;
  do {
    got = ::recv(descriptor_, into_.data(), into_.size(), MSG_DONTWAIT);
  } while (got < 0 && errno == EINTR);
  if (got < 0 && would_block(errno)) {
    readable_ = false;
    return;
  }
  boost::system::error_code error;
  std::size_t size = 0;
  if (got < 0) {
    error = system_error(errno);
  } else if (got == 0) {
    error = net::error::eof;
  } else {
    size = static_cast<std::size_t>(got);
    readable_ = ended_ || size == into_.size();
    if (!note_read(size)) error = net::error::no_buffer_space;
  }
  const auto read = std::move(read_);
  read->complete(error, size);
}

bool Stream::note_read(std::size_t size) {
  counters_->bytes_in += size;
  heard_ = true;
  if (gave_up_reading()) return false;
  read_debt_ += size;
  return !gave_up_reading();
}

void Stream::complete_soon(boost::system::error_code error, std::size_t size) {
  if (!read_) return;
  net::post(get_executor(), [read = std::move(read_), error, size] { read->complete(error, size); });
}

void Stream::on_ready(bool readable, bool writable, bool ended) {
  ended_ = ended_ || ended;
  readable_ = readable_ || readable;
  if (!half_closed_ && !(writable && blocked_)) {
    // The read keeps its owner alive itself; nothing of this object may be touched behind it.
    if (readable_) try_read();
    return;
  }
  const auto alive = owner_->keep_alive();
  if (writable && blocked_) {
    blocked_ = false;
    flush();
    owner_->on_sent();
  }
  if (!readable_ || !is_open()) return;
  if (half_closed_) return discard();
  try_read();
}

void Stream::on_failure() {
  const auto alive = owner_->keep_alive();
  owner_->on_closed();
}

// ---- sending

void Stream::flush() {
  while (!blocked_ && !queue_.empty() && !failed_ && is_open()) {
    const ssize_t sent = send_front(descriptor_, queue_);
    if (sent < 0) {
      if (errno == EINTR) continue;
      if (!would_block(errno)) return fail();
      blocked_ = true;
      return;
    }
    progress_ = true;
    counters_->bytes_out += static_cast<std::uint64_t>(sent);
    queue_.consume(static_cast<std::size_t>(sent));
  }
  if (closing_ && queue_.empty() && !failed_) half_close();
}

void Stream::fail() {
  failed_ = true;
  queue_ = {};
  // A read that waits ends by itself with the same error; one that is closing has none.
  if (closing_) {
    net::post(get_executor(), [this, alive = owner_->keep_alive()] { owner_->on_closed(); });
  }
}

// ---- ending

void Stream::cancel() {
  complete_soon(net::error::operation_aborted, 0);
}

void Stream::close() {
  if (closing_) return;
  closing_ = true;
  if (failed_ || !is_open()) return fail();
  flush();
}

void Stream::half_close() {
  if (std::exchange(half_closed_, true)) return;
  if (::shutdown(descriptor_, SHUT_WR) != 0) return fail();
  // What came before is read now, what comes later when the poller says so.
  net::post(get_executor(), [this, alive = owner_->keep_alive()] {
    if (is_open()) discard();
  });
}

void Stream::discard() {
  std::array<char, 16 * 1024> scratch;
  for (;;) {
    const ssize_t got = ::recv(descriptor_, scratch.data(), scratch.size(), MSG_DONTWAIT);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && would_block(errno)) {
      readable_ = false;
      return;
    }
    if (got <= 0) break;
    counters_->bytes_in += static_cast<std::uint64_t>(got);
    discarded_ += static_cast<std::size_t>(got);
    if (discarded_ > kMaxDiscarded) break;
  }
  owner_->on_closed();
}

void Stream::abort() {
  failed_ = true;
  queue_ = {};
  complete_soon(net::error::operation_aborted, 0);
  const int descriptor = release();
  if (descriptor >= 0) ::close(descriptor);
}

// ---- moving

int Stream::release() {
  if (descriptor_ >= 0) poller_->remove(handle_, descriptor_);
  return std::exchange(descriptor_, -1);
}

void Stream::reseat(Poller& poller, int descriptor, StreamCounters& counters) {
  poller_ = &poller;
  counters_ = &counters;
  descriptor_ = descriptor;
  handle_ = poller_->add(descriptor_, *this);
  readable_ = true;
  blocked_ = false;
}

}  // namespace parlor::server
