// links: parlor_server_stream
// A connection of the server between a session and a peer that both do anything: what is queued arrives in
// order and nothing of it is lost or doubled, and so does what the peer sends; whoever waits is told.

#include <fuzzer/FuzzedDataProvider.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "server/stream.hpp"

using namespace parlor::server;

namespace {

constexpr std::size_t kMost = 1 << 20;  // bytes each way, well below the read budget
constexpr int kSocketBuffer = 4096;     // small, so that a socket is full soon
constexpr int kSettled = 8;             // rounds in which nothing happens any more

void check(bool holds) {
  if (!holds) std::abort();
}

/// `size` bytes of what the peer sends, from `offset` on: as good as unlike anywhere else.
std::string pattern(std::uint64_t offset, std::size_t size) {
  std::string text(size, '\0');
  for (char& byte : text) byte = static_cast<char>((offset++ * 0x9e3779b97f4a7c15U) >> 56);
  return text;
}

/// What the session queued, as it must arrive.
class Queued {
 public:
  void add(const std::string& bytes) {
    if (bytes.empty()) return;
    starts_.push_back(bytes_.size());
    bytes_ += bytes;
  }
  /// Of what is queued, only what has begun to go out stays.
  void drop_unsent(std::size_t sent) {
    while (!starts_.empty() && starts_.back() >= sent) {
      bytes_.resize(starts_.back());
      starts_.pop_back();
    }
  }
  [[nodiscard]] const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
  std::vector<std::size_t> starts_;
};

/// A server's frame (RFC 6455 §5.2), written down once more.
std::string frame(Opcode opcode, const std::string& payload) {
  const std::size_t size = payload.size();
  std::string bytes{static_cast<char>(0x80 | static_cast<int>(opcode))};
  if (size < 126) {
    bytes += static_cast<char>(size);
  } else {
    bytes += static_cast<char>(size < 65536 ? 126 : 127);
    for (int shift = size < 65536 ? 8 : 56; shift >= 0; shift -= 8) bytes += static_cast<char>(size >> shift);
  }
  return bytes + payload;
}

class Session final : public StreamOwner, public std::enable_shared_from_this<Session> {
 public:
  Session(Poller& poller, int descriptor) : stream(poller, descriptor, counters) { stream.set_owner(this); }

  std::shared_ptr<StreamOwner> keep_alive() override { return shared_from_this(); }
  void on_sent() override {}
  void on_closed() override {
    check(closing && !closed);
    closed = true;
    stream.abort();
  }

  void read(std::size_t size) {
    waiting = true;
    into.assign(size, '\0');
    stream.async_read_some(net::buffer(into),
                           [self = shared_from_this()](boost::system::error_code why, std::size_t got) {
                             self->waiting = false;
                             if (why && why != net::error::operation_aborted) self->error = why;
                             self->take(got);
                           });
  }
  void take(std::size_t got) {
    check(got <= into.size());
    if (got == 0) return;
    // What was thrown away before is counted too, but nothing is before it closes.
    const std::uint64_t offset = counters.bytes_in - got;
    check(closing || offset == taken);
    check(into.substr(0, got) == pattern(offset, got));
    taken += got;
  }

  StreamCounters counters;
  Stream stream;
  Queued queued;
  std::string into;
  std::uint64_t taken = 0;
  boost::system::error_code error;  ///< of a read, its cancelling apart
  bool waiting = false;
  bool closing = false;
  bool closed = false;
};

class World {
 public:
  World() {
    int pair[2];
    check(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair) == 0);
    for (const int end : pair) ::setsockopt(end, SOL_SOCKET, SO_SNDBUF, &kSocketBuffer, sizeof kSocketBuffer);
    peer_ = pair[1];
    session_ = std::make_shared<Session>(pollers_[0], pair[0]);
    for (Poller& poller : pollers_) poller.start();
  }
  ~World() {
    const std::weak_ptr<Session> left = session_;
    session_->stream.abort();
    session_.reset();
    for (Poller& poller : pollers_) poller.stop();
    run(kSettled);
    check(left.expired());
    close_peer();
  }
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  [[nodiscard]] bool is_open() const { return session_->stream.is_open(); }
  void step(FuzzedDataProvider& in) {
    switch (in.ConsumeIntegralInRange(0, 15)) {
      case 0:
      case 1:
        return push(in);
      case 2:
        return session_->stream.flush();
      case 3:
      case 4:
        return begin_read(in.ConsumeIntegralInRange<std::size_t>(0, 20'000));
      case 5:
        return session_->stream.cancel();
      case 6:
      case 7:
        return run(in.ConsumeIntegralInRange(1, 3));
      case 8:
      case 9:
        return peer_writes(in.ConsumeIntegralInRange<std::size_t>(1, 20'000));
      case 10:
      case 11:
        return (void)peer_reads(in.ConsumeIntegralInRange<std::size_t>(1, 20'000));
      case 12:
        return move();
      case 13:
        session_->stream.queue().drop_unsent();
        return session_->queued.drop_unsent(session_->counters.bytes_out);
      case 14:
        session_->closing = true;
        return session_->stream.close();
      case 15:
        return in.ConsumeBool() ? peer_ends() : in.ConsumeBool() ? close_peer() : session_->stream.abort();
      default:
        return;
    }
  }

  /// Both read all there is: it must all be there.
  void settle() {
    if (!is_open()) return;
    session_->stream.flush();
    for (int quiet = 0; quiet < kSettled; ++quiet) {
      if (!session_->closing && !session_->error) begin_read(20'000);
      const std::uint64_t taken = session_->taken;
      run(1);
      if (peer_reads(20'000) > 0 || session_->taken != taken) quiet = 0;
    }
    if (peer_ < 0) return check(!session_->closing || session_->closed);
    check(received_ == session_->queued.bytes().size());
    check(session_->counters.bytes_out == received_ && session_->stream.queue().bytes() == 0);
    if (!session_->closing) return check(session_->taken == written_ && (session_->error || !peer_ended_));
    check(saw_end_);
    if (!peer_ended_) {
      check(!session_->closed);
      peer_ends();
      run(kSettled);
    }
    check(session_->closed);
  }

 private:
  void run(int times) {
    for (int i = 0; i < times; ++i) {
      io_.restart();
      io_.poll();
    }
  }

  void push(FuzzedDataProvider& in) {
    Session& session = *session_;
    const std::size_t size =
        in.ConsumeBool() ? in.ConsumeIntegral<std::uint8_t>() : in.ConsumeIntegralInRange(0U, 70'000U);
    if (session.closing || session.queued.bytes().size() + size > kMost) return;
    const std::string text = pattern(~session.queued.bytes().size(), size);
    const auto payload = std::make_shared<const std::string>(text);
    const int kind = in.ConsumeIntegralInRange(0, 4);
    if (kind == 0) {
      session.stream.queue().push_bytes(payload);
      session.queued.add(text);
    } else if (kind == 1) {
      session.queued.add(text);
      session.stream.async_write_some(
          net::buffer(text), [alive = session_, size](boost::system::error_code error, std::size_t taken) {
            check(!error && taken == size);
          });
    } else {
      const Opcode opcode = kind == 2 ? Opcode::text : kind == 3 ? Opcode::ping : Opcode::close;
      session.stream.queue().push_frame(opcode, payload);
      session.queued.add(frame(opcode, text));
    }
  }

  void begin_read(std::size_t size) {
    if (!session_->waiting && is_open()) session_->read(size);
  }

  /// To the other worker.
  void move() {
    if (session_->waiting || session_->closing) return;
    const int descriptor = session_->stream.release();
    here_ = 1 - here_;
    session_->stream.reseat(pollers_[here_], descriptor, session_->counters);
    session_->stream.flush();
  }

  void peer_writes(std::size_t size) {
    if (peer_ < 0 || peer_ended_ || written_ + size > kMost) return;
    const std::string text = pattern(written_, size);
    const ssize_t count = ::send(peer_, text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count > 0) written_ += static_cast<std::uint64_t>(count);
  }

  std::size_t peer_reads(std::size_t size) {
    if (peer_ < 0) return 0;
    std::string text(size, '\0');
    const ssize_t count = ::recv(peer_, text.data(), text.size(), MSG_DONTWAIT);
    if (count == 0) saw_end_ = true;
    if (count <= 0) return 0;
    check(!saw_end_);
    text.resize(static_cast<std::size_t>(count));
    check(session_->queued.bytes().compare(received_, text.size(), text) == 0);
    received_ += text.size();
    return text.size();
  }

  void peer_ends() {
    if (peer_ >= 0) ::shutdown(peer_, SHUT_WR);
    peer_ended_ = true;
  }

  void close_peer() {
    if (peer_ >= 0) ::close(peer_);
    peer_ = -1;
  }

  net::io_context io_;
  Poller pollers_[2] = {{io_, [](const char*) { std::abort(); }}, {io_, [](const char*) { std::abort(); }}};
  std::size_t here_ = 0;  ///< which of them has the stream
  std::shared_ptr<Session> session_;
  int peer_ = -1;
  std::uint64_t written_ = 0;   ///< by the peer
  std::uint64_t received_ = 0;  ///< by the peer
  bool peer_ended_ = false;
  bool saw_end_ = false;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzedDataProvider in(data, size);
  World world;
  while (in.remaining_bytes() > 0 && world.is_open()) world.step(in);
  world.settle();
  return 0;
}
