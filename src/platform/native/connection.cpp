#include "native/connection.hpp"

#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

#include "native/kernel_address.hpp"

namespace parlor::platform::native {
namespace {

constexpr std::size_t kReadAtOnce = 64 * 1024;  // read at once …
constexpr int kReadsInARow = 8;                 // … and so often before others have their turn
constexpr std::size_t kKeptQueue = 256 * 1024;  // a queue that was longer gives its memory back

bool would_block(int error) {
  return error == EAGAIN || error == EWOULDBLOCK;
}

/// The host, and the port also where it is the scheme's own.
std::string place_of(const Url& url) {
  const bool v6 = url.host.find(':') != std::string::npos;
  return (v6 ? '[' + url.host + ']' : url.host) + ':' + std::to_string(url.port);
}

/// Behind "The server could not be reached."
std::string reason_of(int error, const Url& url) {
  switch (error) {
    case ECONNREFUSED:
      return "Nothing listens at " + place_of(url) + ": check the address and the port, or try again later.";
    case ENETUNREACH:
    case EHOSTUNREACH:
    case ENETDOWN:
      return "There is no way to " + place_of(url) + ": check the network.";
    case ECONNRESET:
    case EPIPE:
      return "It ended the connection.";
    default: {
      std::array<char, 128> text{};
      return std::string("The system says: ") + ::strerror_r(error, text.data(), text.size()) + '.';
    }
  }
}

template <class Value>
void wish(int socket, int level, int name, Value value) {
  (void)::setsockopt(socket, level, name, &value, sizeof(value));  // each is a wish
}

/// What is read goes through here: one for the thread, since nothing is held in it.
std::array<std::byte, kReadAtOnce>& scratch() {
  thread_local std::array<std::byte, kReadAtOnce> bytes;
  return bytes;
}

}  // namespace

Connection::Connection(Loop& loop, ConnectionOwner& owner, const Url& url)
    : loop_(loop), owner_(owner), url_(url), next_attempt_(loop, [this] { try_next(); }) {
  resolution_.emplace(loop_, url_.host,
                      [this](const std::vector<base::IpAddress>& found) { resolved(found); });
}

Connection::~Connection() = default;

// ---- finding a way

void Connection::resolved(const std::vector<base::IpAddress>& found) {
  if (found.empty()) {
    return lose("No address of " + url_.host + " was found: check the name and the network.");
  }
  addresses_ = by_turns(found);
  state_ = State::connecting;
  try_next();
}

void Connection::try_next() {
  while (state_ == State::connecting && next_address_ < addresses_.size()) {
    const base::SocketAddress address{addresses_[next_address_++], url_.port};
    KernelAddress kernel{};
    const socklen_t size = to_kernel(address, kernel);
    auto attempt = std::make_shared<Attempt>();
    attempt->socket =
        Descriptor(::socket(kernel.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!attempt->socket.is_open() ||
        (::connect(attempt->socket.get(), &kernel.any, size) != 0 && errno != EINPROGRESS)) {
      last_error_ = errno;
      continue;
    }
    attempt->watch.emplace(loop_, attempt->socket.get(), false, true,
                           [this, one = attempt.get()](Ready ready) { on_ready(*one, ready); });
    attempts_.push_back(std::move(attempt));
    if (next_address_ < addresses_.size()) next_attempt_.set(now() + kNextAddress);
    return;
  }
  if (state_ == State::connecting && attempts_.empty()) lose(reason_of(last_error_, url_));
}

/// A socket that was connecting is connected now, or cannot be.
void Connection::settle(const Attempt& attempt) {
  int error = 0;
  socklen_t size = sizeof(error);
  if (::getsockopt(attempt.socket.get(), SOL_SOCKET, SO_ERROR, &error, &size) != 0) error = errno;
  if (error == 0) return use(attempt);
  last_error_ = error;
  const auto at = std::find_if(attempts_.begin(), attempts_.end(),
                               [&](const auto& one) { return one.get() == &attempt; });
  loop_.bury(std::move(*at));
  attempts_.erase(at);
  try_next();
}

void Connection::use(const Attempt& attempt) {
  next_attempt_.set(std::nullopt);
  for (auto& one : std::exchange(attempts_, {})) {
    if (one.get() == &attempt) {
      used_ = std::move(one);
    } else {
      loop_.bury(std::move(one));
    }
  }
  const int socket = used_->socket.get();
  wish(socket, IPPROTO_TCP, TCP_NODELAY, 1);
  wish(socket, IPPROTO_TCP, TCP_NOTSENT_LOWAT, kUnsentLowWater);
  used_->watch->want(true, false);
  if (!url_.secure) return opened();
  state_ = State::securing;
  tls_ = std::make_unique<Tls>(url_.host);
  take({});
}

void Connection::opened() {
  state_ = State::open;
  owner_.on_connected();
}

void Connection::drop_sockets() {
  next_attempt_.set(std::nullopt);
  resolution_.reset();
  for (auto& one : std::exchange(attempts_, {})) loop_.bury(std::move(one));
  if (used_) {
    used_->watch->want(false, false);
    loop_.bury(std::exchange(used_, nullptr));
  }
}

void Connection::lose(const std::string& why) {
  if (state_ == State::lost) return;
  state_ = State::lost;
  queue_ = {};
  sent_ = 0;
  drop_sockets();
  owner_.on_lost(why);
}

// ---- bytes in

void Connection::on_ready(Attempt& attempt, Ready ready) {
  if (state_ == State::lost) return;
  if (used_.get() != &attempt) return settle(attempt);
  if (ready.writable && blocked_) {
    blocked_ = false;
    write_out();
    if (state_ == State::open) owner_.on_sent();
    if (state_ == State::lost) return;
  }
  if (ready.readable || ready.ended) receive();
}

void Connection::receive() {
  for (int piece = 0; piece < kReadsInARow && used_; ++piece) {
    auto& bytes = scratch();
    const ssize_t got = ::recv(used_->socket.get(), bytes.data(), bytes.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && would_block(errno)) return;
    if (got < 0) return lose(reason_of(errno, url_));
    if (got == 0) {
      return lose(state_ == State::securing
                      ? "It ended the connection before TLS was established: is it one for wss://?"
                      : "");
    }
    const auto size = static_cast<std::size_t>(got);
    if (!take({bytes.data(), size}) || size < bytes.size()) return;
  }
}

/// What came from the kernel.
bool Connection::take(base::BytesView bytes) {
  if (!tls_) {
    owner_.on_data(bytes);
    return state_ != State::lost;
  }
  tls_->add(bytes);
  if (state_ == State::securing) {
    const Tls::Step step = tls_->handshake();
    write_out();
    if (step == Tls::Step::failed) lose(tls_->trouble());
    if (step == Tls::Step::established) opened();
    if (state_ != State::open) return state_ != State::lost;
  }
  plain_.clear();
  const Tls::Step step = tls_->read(plain_);
  write_out();  // of the TLS layer's own: answers to key updates
  if (!plain_.empty()) owner_.on_data(plain_);
  if (state_ == State::lost) return false;
  if (step == Tls::Step::closed) lose("");
  if (step == Tls::Step::failed) lose(tls_->trouble());
  return state_ != State::lost;
}

// ---- bytes out

void Connection::send(base::BytesView bytes) {
  if (state_ != State::open || finishing_) return;
  if (tls_) return tls_->write(bytes), tls_->take_output(queue_);
  queue_.insert(queue_.end(), bytes.begin(), bytes.end());
}

void Connection::flush() {
  if (state_ == State::open && !blocked_) write_out();
}

void Connection::write_out() {
  if (tls_) tls_->take_output(queue_);
  while (used_ && buffered() > 0) {
    const ssize_t put = ::send(used_->socket.get(), queue_.data() + sent_, buffered(), MSG_NOSIGNAL);
    if (put < 0 && errno == EINTR) continue;
    if (put < 0 && !would_block(errno)) {
      queue_.clear();  // the next read says what it was
      sent_ = 0;
      return;
    }
    if (put < 0) {
      blocked_ = true;
      break;
    }
    sent_ += static_cast<std::size_t>(put);
  }
  if (buffered() == 0) {
    queue_.clear();
    sent_ = 0;
    if (queue_.capacity() > kKeptQueue) queue_ = {};
    if (finishing_ && used_ && !std::exchange(finished_, true)) ::shutdown(used_->socket.get(), SHUT_WR);
  } else if (sent_ > kKeptQueue) {
    queue_.erase(queue_.begin(), queue_.begin() + static_cast<std::ptrdiff_t>(sent_));
    sent_ = 0;
  }
  if (used_) used_->watch->want(true, blocked_);
}

void Connection::finish() {
  if (std::exchange(finishing_, true) || state_ != State::open) return;
  if (tls_) tls_->shut_down();
  write_out();
}

}  // namespace parlor::platform::native
