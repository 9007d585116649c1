#pragma once
// One TCP connection as the sessions see it: reads that Beast can drive, and a send queue in front of the
// socket. What is written is taken at once and goes out in as few system calls as there can be; so nothing is
// in flight between two reads, and the socket can be taken to another worker (release, reseat).
//
// Not thread-safe: used from the thread of its poller's io_context. A read that waits owns its handler, and
// through it most likely the stream's owner: abort() ends that circle.

#include <boost/asio/async_result.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "server/poller.hpp"
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
  /// Keeps the owner, and so the stream, alive while it is being told something.
  virtual std::shared_ptr<StreamOwner> keep_alive() = 0;
  /// Some of what had waited for the peer to read has gone out, or all of it.
  virtual void on_sent() = 0;
  /// close() has come to its end, or the connection was lost on the way there.
  virtual void on_closed() = 0;
};

struct StreamCounters {
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_out = 0;
};

class Stream : private PollTarget {
 public:
  using executor_type = net::io_context::executor_type;

  /// Owns `descriptor`, which must not block. `poller` and `counters` outlive the stream or are replaced by
  /// reseat().
  Stream(Poller& poller, int descriptor, StreamCounters& counters);
  ~Stream() override;
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  /// Before anything is sent.
  void set_owner(StreamOwner* owner) { owner_ = owner; }
  executor_type get_executor() { return poller_->io().get_executor(); }

  // ---- AsyncReadStream and AsyncWriteStream, for Beast. One read at a time.

  template <class Buffers, class Token>
  auto async_read_some(const Buffers& buffers, Token&& token) {
    return net::async_initiate<Token, void(boost::system::error_code, std::size_t)>(
        [this](auto&& handler, const Buffers& into) {
          using Handler = std::decay_t<decltype(handler)>;
          // The first piece is enough: a short read is in order, and a message fits into one piece.
          const net::mutable_buffer piece = first_piece(into);
          begin_read(piece, std::make_unique<WaitingRead<Handler>>(std::forward<decltype(handler)>(handler)));
        },
        token, buffers);
  }

  /// Takes everything at once; a peer that does not read is told from the queue's length.
  template <class Buffers, class Token>
  auto async_write_some(const Buffers& buffers, Token&& token) {
    return net::async_initiate<Token, void(boost::system::error_code, std::size_t)>(
        [this](auto&& handler, const Buffers& from) {
          auto bytes = std::make_shared<std::string>(net::buffer_size(from), '\0');
          const std::size_t size = net::buffer_copy(net::buffer(*bytes), from);
          queue_.push_bytes(std::move(bytes));
          flush();
          net::post(get_executor(), [handler = std::forward<decltype(handler)>(handler), size]() mutable {
            handler(boost::system::error_code(), size);
          });
        },
        token, buffers);
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
  void recover_budget() { read_debt_ -= read_debt_ < read_per_second_ ? read_debt_ : read_per_second_; }
  /// In the place of kReadBurst and kReadPerSecond.
  void set_read_budget(std::uint64_t burst, std::uint64_t per_second) {
    read_burst_ = burst;
    read_per_second_ = per_second;
  }
  /// What was read costs more than its bytes.
  void charge(std::uint64_t bytes) { read_debt_ += bytes; }
  /// From now on reads fail with no_buffer_space: the peer sends too much, or does not take the answers it
  /// asks for.
  void give_up_reading() { read_debt_ = read_burst_ + 1; }
  [[nodiscard]] bool gave_up_reading() const { return read_debt_ > read_burst_; }

  // ---- ending

  /// Ends the read that waits with operation_aborted.
  void cancel();
  /// When the queue is out: no more sending, then reads until the peer closes too (a close with unread bytes
  /// would reset the connection and take back what is on its way, RFC 9112 §9.6). The owner bounds the time.
  /// on_closed() follows.
  void close();
  /// At once. on_closed() does not follow.
  void abort();
  [[nodiscard]] bool is_open() const { return descriptor_ >= 0; }

  // ---- moving to another thread: no read may wait

  /// Gives the descriptor away; what is queued stays.
  [[nodiscard]] int release();
  void reseat(Poller& poller, int descriptor, StreamCounters& counters);

 private:
  class Read {
   public:
    virtual ~Read() = default;
    virtual void complete(boost::system::error_code error, std::size_t size) = 0;
  };
  template <class Handler>
  class WaitingRead final : public Read {
   public:
    explicit WaitingRead(Handler handler) : handler_(std::move(handler)) {}
    void complete(boost::system::error_code error, std::size_t size) override { handler_(error, size); }

   private:
    Handler handler_;
  };
  template <class Buffers>
  static net::mutable_buffer first_piece(const Buffers& buffers) {
    for (auto it = net::buffer_sequence_begin(buffers); it != net::buffer_sequence_end(buffers); ++it) {
      const net::mutable_buffer piece(*it);
      if (piece.size() > 0) return piece;
    }
    return {};
  }

  void on_ready(bool readable, bool writable, bool ended) override;
  void on_failure() override;
  void begin_read(net::mutable_buffer into, std::unique_ptr<Read> read);
  void try_read();
  void complete_soon(boost::system::error_code error, std::size_t size);
  [[nodiscard]] bool note_read(std::size_t size);
  void fail();
  void half_close();
  void discard();

  Poller* poller_;
  StreamOwner* owner_ = nullptr;
  StreamCounters* counters_;
  Poller::Handle handle_ = 0;
  std::unique_ptr<Read> read_;
  net::mutable_buffer into_;
  SendQueue queue_;
  std::uint64_t read_debt_ = 0;
  std::uint64_t read_burst_ = kReadBurst;
  std::uint64_t read_per_second_ = kReadPerSecond;
  std::size_t discarded_ = 0;
  int descriptor_;
  bool readable_ = true;  ///< as far as is known
  bool ended_ = false;    ///< the peer sends no more: a short read is not the last word
  bool blocked_ = false;  ///< the socket takes no more for now
  bool closing_ = false;
  bool half_closed_ = false;
  bool failed_ = false;
  bool heard_ = false;
  bool progress_ = false;
};

}  // namespace parlor::server
