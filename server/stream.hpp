#pragma once
// One TCP connection as the sessions see it: reads that Beast can drive, and a send queue in front of the
// socket. What is written is taken at once and goes out in as few system calls as there can be; so nothing is
// in flight between two reads, and the socket can be taken to another worker's io_context (release, reseat).
//
// Not thread-safe: used from the thread that runs its io_context.

#include <boost/asio/associated_allocator.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "server/send_queue.hpp"

namespace parlor::server {

namespace net = boost::asio;

/// Bytes that one connection may send at once, and per second for long: far above what signaling needs.
inline constexpr std::uint64_t kReadBurst = 4 * 1024 * 1024;
inline constexpr std::uint64_t kReadPerSecond = 512 * 1024;

/// Who a stream belongs to.
class StreamOwner {
 public:
  virtual ~StreamOwner() = default;
  /// Keeps the owner, and so the stream, alive while the system has something to tell it.
  virtual std::shared_ptr<StreamOwner> keep_alive() = 0;
  /// What had waited for the peer to read has gone out.
  virtual void on_sent() = 0;
  /// close() has come to its end, or the connection was lost on the way there.
  virtual void on_closed() = 0;
};

struct StreamCounters {
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_out = 0;
};

class Stream {
 public:
  using executor_type = net::io_context::executor_type;
  using Socket = net::basic_stream_socket<net::ip::tcp, executor_type>;

  /// `owner` must be set before anything is sent, `counters` outlive the stream or be replaced by reseat().
  Stream(Socket socket, StreamCounters& counters) : socket_(std::move(socket)), counters_(&counters) {}
  Stream(Stream&&) = default;
  Stream& operator=(Stream&&) = delete;
  ~Stream() = default;

  void set_owner(StreamOwner* owner) { owner_ = owner; }
  executor_type get_executor() { return socket_.get_executor(); }

  // ---- AsyncReadStream and AsyncWriteStream, for Beast

  template <class Buffers, class Token>
  auto async_read_some(const Buffers& buffers, Token&& token) {
    return net::async_initiate<Token, void(boost::system::error_code, std::size_t)>(
        [this](auto&& handler, const Buffers& into) {
          using Handler = std::decay_t<decltype(handler)>;
          socket_.async_read_some(into,
                                  CountingHandler<Handler>{std::forward<decltype(handler)>(handler), this});
        },
        token, buffers);
  }

  /// Takes everything at once; a peer that does not read is told from the queue's length.
  template <class Buffers, class Token>
  auto async_write_some(const Buffers& buffers, Token&& token) {
    return net::async_initiate<Token, void(boost::system::error_code, std::size_t)>(
        [this](auto&& handler, const Buffers& from) {
          const std::size_t size = take(from);
          net::post(get_executor(), [handler = std::forward<decltype(handler)>(handler), size]() mutable {
            handler(boost::system::error_code(), size);
          });
        },
        token, buffers);
  }
  template <class Buffers>
  std::size_t take(const Buffers& from) {
    auto bytes = std::make_shared<std::string>(net::buffer_size(from), '\0');
    const std::size_t size = net::buffer_copy(net::buffer(*bytes), from);
    queue_.push_bytes(std::move(bytes));
    flush();
    return size;
  }

  // ---- sending

  [[nodiscard]] SendQueue& queue() { return queue_; }
  /// Sends what the socket takes now, and the rest when it takes more.
  void flush();

  // ---- what the owner's deadlines need; once per second

  /// Something was read since the last call.
  [[nodiscard]] bool take_heard() { return std::exchange(heard_, false); }
  /// Something was sent since the last call, or nothing waits.
  [[nodiscard]] bool take_progress() { return std::exchange(progress_, false) || queue_.empty(); }
  /// Lets the read budget recover.
  void recover_budget() { read_debt_ -= read_debt_ < kReadPerSecond ? read_debt_ : kReadPerSecond; }
  /// From now on reads fail with no_buffer_space: the peer sends too much, or does not take the answers it
  /// asks for.
  void give_up_reading() { read_debt_ = kReadBurst + 1; }
  [[nodiscard]] bool gave_up_reading() const { return read_debt_ > kReadBurst; }

  // ---- ending

  /// Ends the reads that are under way with operation_aborted.
  void cancel();
  /// When the queue is out: no more sending, then reads until the peer closes too (a close with unread bytes
  /// would reset the connection and take back what is on its way, RFC 9112 §9.6). The owner bounds the time.
  /// on_closed() follows.
  void close();
  /// At once. on_closed() does not follow.
  void abort();
  [[nodiscard]] bool is_open() const { return socket_.is_open(); }

  // ---- moving to another thread: no operation may be under way and the queue's wait must be over

  [[nodiscard]] bool waits() const { return waiting_; }
  [[nodiscard]] int release();
  [[nodiscard]] Socket take_socket() { return std::move(socket_); }
  void reseat(net::io_context& io, int descriptor, StreamCounters& counters);

 private:
  /// Beast's handler with the bytes counted, keeping its executor and allocator.
  template <class Handler>
  struct CountingHandler {
    Handler handler;
    Stream* stream;

    using executor_type = net::associated_executor_t<Handler, Stream::executor_type>;
    using allocator_type = net::associated_allocator_t<Handler>;
    [[nodiscard]] executor_type get_executor() const noexcept {
      return net::get_associated_executor(handler, stream->socket_.get_executor());
    }
    [[nodiscard]] allocator_type get_allocator() const noexcept {
      return net::get_associated_allocator(handler);
    }

    void operator()(boost::system::error_code error, std::size_t size) {
      if (!stream->note_read(size) && !error) error = net::error::no_buffer_space;
      handler(error, size);
    }
  };

  bool note_read(std::size_t size);
  void wait_until_writable();
  void fail();
  void half_close();
  void discard_until_eof();

  Socket socket_;
  SendQueue queue_;
  StreamOwner* owner_ = nullptr;
  StreamCounters* counters_;
  std::uint64_t read_debt_ = 0;
  std::size_t discarded_ = 0;
  bool waiting_ = false;
  bool closing_ = false;
  bool half_closed_ = false;
  bool failed_ = false;
  bool heard_ = false;
  bool progress_ = false;
};

}  // namespace parlor::server
