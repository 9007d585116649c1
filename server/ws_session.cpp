#include "server/ws_session.hpp"

#include <algorithm>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/websocket/rfc6455.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <utility>

#include "server/beast_stream.hpp"
#include "server/worker.hpp"

namespace parlor::server {
namespace {

namespace beast = boost::beast;
namespace websocket = beast::websocket;
using WireRequest = beast::http::request<beast::http::empty_body>;
using signaling::ErrorCode;
using signaling::kMaxFrame;
static_assert(relay::kMaxFrame == kMaxFrame);
static_assert(relay::kMaxHead <= SendQueue::kMaxHead);

constexpr std::size_t kIdleBuffer = 512;  // what a connection without a message under way holds to read into

/// The bytes of a message that is being read: grows as they come, never ahead of them.
class MessageBuffer {
 public:
  [[nodiscard]] net::mutable_buffer space() {
    if (capacity_ == size_) grow(std::max(kIdleBuffer, std::min(capacity_ * 2, kMaxFrame + 1)));
    return {data_.get() + size_, capacity_ - size_};
  }
  void commit(std::size_t count) { size_ += count; }
  void clear() {
    size_ = 0;
    if (capacity_ > kIdleBuffer) {
      data_.reset();
      capacity_ = 0;
    }
  }
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] std::string_view text() const { return {data_.get(), size_}; }

 private:
  void grow(std::size_t capacity) {
    std::unique_ptr<char[]> grown(new char[capacity]);
    std::copy_n(data_.get(), size_, grown.get());
    data_ = std::move(grown);
    capacity_ = capacity;
  }
  std::unique_ptr<char[]> data_;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

class BeastSession final : public WsSession {
 public:
  BeastSession(Worker& worker, Descriptor socket, Admission::Place place)
      : worker_(&worker),
        ws_(worker.poller(), socket.release(), worker.counters().bytes),
        place_(std::move(place)) {
    stream().set_owner(this);
    if (worker.relays()) {
      const std::uint64_t members =
          std::uint64_t{worker.shared().config.relay_rate_per_member} * 1024 * kReadPerGameByte;
      const std::uint64_t per_second = std::max(kGameReadPerSecond, members);
      stream().set_read_budget(per_second * kGameReadBurst / kGameReadPerSecond, per_second);
    }
  }

  void accept(Upgrade upgrade) override {
    last_heard_ = now();
    deadline_ = last_heard_ + kCloseDeadline;
    ws_.set_option(websocket::stream_base::decorator(
        [](websocket::response_type& response) { response.erase(beast::http::field::server); }));
    ws_.read_message_max(0);  // counted here, to close with the protocol's own code
    ws_.control_callback([this](websocket::frame_type type, beast::string_view) { on_control(type); });
    const auto request = std::static_pointer_cast<const WireRequest>(upgrade.request);
    ws_.async_accept(*request, [self = self(), request,
                                upgrade = std::move(upgrade)](boost::system::error_code error) mutable {
      self->on_accepted(error, std::move(upgrade));
    });
  }

  void send(std::shared_ptr<const std::string> text) override {
    if ((state_ != State::open && state_ != State::moving) || peer_closed_) return;
    SendQueue& queue = stream().queue();
    // Game frames do not count: of those little is handed out at a time.
    const bool full = queue.bytes() - queue.binary_bytes() + text->size() > kMaxQueuedBytes ||
                      queue.entries() - queue.binary_entries() >= kMaxQueuedFrames;
    if (full && !overflowed_) return close_as_slow();
    queue.push_frame(Opcode::text, std::move(text));
    worker_->flush_soon(*this);
  }

  void send_frame(relay::RelayTransmit transmit) override {
    if (state_ != State::open || overflowed_ || peer_closed_) return;
    stream().queue().push_frame(Opcode::binary, transmit.head.bytes(), std::move(transmit.payload));
    worker_->flush_frames(*this);
  }

  void close_as_slow() override {
    if (state_ != State::open || std::exchange(overflowed_, true)) return;
    // What it did not take is forgotten, so that the reason can reach it.
    stream().queue().drop_unsent();
    worker_->refuse(*this, ErrorCode::slow_reader);
  }

  void close(std::uint16_t code, const std::string& reason) override {
    if (state_ != State::open && state_ != State::moving) return;
    const bool by_hand = stream().gave_up_reading();
    state_ = State::closing;
    deadline_ = now() + kCloseDeadline;
    message_.clear();
    if (by_hand) return close_by_hand(code, reason);
    // Beast reads on until the peer's close frame has come, whatever else is still on its way.
    ws_.async_close(websocket::close_reason(static_cast<websocket::close_code>(code), reason),
                    [self = self()](boost::system::error_code) { self->finish(); });
  }

  void move_to(Worker& target, signaling::Guest guest, signaling::Errand errand) override {
    if (state_ != State::open) return;
    state_ = State::moving;
    worker_->forget(*this);
    moving_ = std::make_unique<Moving>(Moving{&target, std::move(guest), std::move(errand)});
    // The lobby moves a connection only while it handles a frame of it, so no read is under way. Sends may
    // be.
    net::post(stream().get_executor(), [self = self()] { self->leave_worker(); });
  }

  void sweep(base::Time time) override {
    Stream& out = stream();
    if (out.take_heard()) last_heard_ = time;
    out.queue().trim();
    out.recover_budget();
    pings_ -= std::min(pings_, kPingsPerSecond);
    switch (state_) {
      case State::accepting:
      case State::closing:
        return time >= deadline_ ? abort() : void();
      case State::moving:
      case State::gone:
        return;
      case State::open:
        break;
    }
    // Frames of a game may wait for a page that stands still, as long as the relay has patience; signaling,
    // and a ping, may not.
    const bool only_frames_wait = out.queue().entries() == out.queue().binary_entries();
    if (out.take_progress() || only_frames_wait) last_progress_ = time;
    if (time - last_progress_ >= kReadDeadline && !overflowed_) return close_as_slow();
    if (message_.size() > 0 && !message_began_) message_began_ = time;
    if (message_began_ && time - *message_began_ >= kMessageDeadline)
      return worker_->refuse(*this, ErrorCode::timed_out);
    if (!peer_closed_ && time - last_heard_ >= kPingAfter && time - last_ping_ >= kPingAfter) {
      last_ping_ = time;
      out.queue().push_frame(Opcode::ping, empty_payload());
      flush();
    }
  }

  void shut_down(base::Time) override {
    // Members have been told by the lobby. What has no lobby yet just ends.
    if (state_ == State::accepting) abort();
  }

  [[nodiscard]] std::size_t waiting() override { return stream().queue().bytes(); }

  void flush() override {
    const SendQueue& queue = stream().queue();
    const std::size_t frames = queue.binary_bytes();
    stream().flush();
    if (queue.binary_bytes() < frames) worker_->sent_frames(*this);
    on_sent();
  }

  void abort() override {
    if (!stream().is_open() && state_ == State::gone) return;
    stream().abort();
    end(false);
  }

  void on_sent() override {
    if (state_ != State::open) return;
    if (stream().queue().empty()) worker_->writable(*this);
    if (waits_to_read_ && !answers_wait()) {
      waits_to_read_ = false;
      read();
    }
  }
  void on_closed() override { abort(); }

 private:
  enum class State { accepting, open, moving, closing, gone };
  struct Moving {
    Worker* target;
    signaling::Guest guest;
    signaling::Errand errand;
  };

  std::shared_ptr<BeastSession> self() { return std::static_pointer_cast<BeastSession>(shared_from_this()); }
  Stream& stream() { return ws_.next_layer(); }
  static const std::shared_ptr<const std::string>& empty_payload() {
    static const auto empty = std::make_shared<const std::string>();
    return empty;
  }

  void on_accepted(boost::system::error_code error, Upgrade upgrade) {
    if (state_ != State::accepting || !stream().is_open()) return;
    if (error) {
      // Beast has written why (400 or 426).
      worker_->counters().count(TurnedAway::bad_request);
      return finish();
    }
    state_ = State::open;
    last_progress_ = now();
    worker_->opened(*this, std::move(upgrade));
    read();
  }

  /// It asks faster than it takes the answers: what it asks further waits, so that its own questions do not
  /// make it a slow reader.
  [[nodiscard]] bool answers_wait() {
    const SendQueue& queue = stream().queue();
    return queue.bytes() - queue.binary_bytes() > kMaxQueuedBytes / 4 ||
           queue.entries() - queue.binary_entries() > kMaxQueuedFrames / 4;
  }

  void read() {
    if (state_ != State::open) return;
    if (answers_wait()) {
      waits_to_read_ = true;
      return;
    }
    ws_.async_read_some(message_.space(), [self = self()](boost::system::error_code error, std::size_t size) {
      self->on_read(error, size);
    });
  }

  void on_read(boost::system::error_code error, std::size_t size) {
    if (error) return on_read_error(error);
    if (state_ != State::open) return;
    message_.commit(size);
    const bool binary = ws_.got_binary();
    if (binary && !worker_->relays()) return worker_->refuse(*this, ErrorCode::not_text);
    if (message_.size() > kMaxFrame) return worker_->refuse(*this, ErrorCode::too_large);
    if (ws_.is_message_done()) {
      message_began_.reset();
      if (binary) {
        stream().charge(worker_->game_frame(*this, base::as_bytes(message_.text())));
      } else {
        worker_->frame(*this, message_.text());
      }
      message_.clear();
    }
    read();
  }

  void on_read_error(boost::system::error_code error) {
    if (state_ == State::closing || state_ == State::gone) return;  // close() sees to the end
    if (stream().gave_up_reading() && stream().is_open()) {
      worker_->counters().count(TurnedAway::flood);
      return worker_->refuse(*this, ErrorCode::rate_limited);
    }
    if (error == websocket::error::closed) {
      // A page that is closed, or loaded anew, says 1001: it may come back.
      worker_->gone(*this, ws_.reason().code == websocket::close_code::normal);
      return finish();
    }
    const bool broke_protocol =
        error.category() == websocket::make_error_code(websocket::error::closed).category();
    if (!broke_protocol) return abort();
    // Beast has answered with 1002 or 1007.
    worker_->counters().count(TurnedAway::bad_frame);
    worker_->gone(*this, false);
    finish();
  }

  void on_control(websocket::frame_type type) {
    // Beast answers it before it says so: nothing may follow that answer (RFC 6455 §5.5.1).
    if (type == websocket::frame_type::close) peer_closed_ = true;
    if (type == websocket::frame_type::ping && ++pings_ > kPingBurst) stream().give_up_reading();
    const SendQueue& queue = stream().queue();
    if (queue.bytes() - queue.binary_bytes() > kMaxQueuedBytes) stream().give_up_reading();
    if (state_ == State::open) worker_->heard(*this);
  }

  void close_by_hand(std::uint16_t code, const std::string& reason) {
    std::string payload{static_cast<char>(code >> 8), static_cast<char>(code & 0xff)};
    stream().queue().push_frame(Opcode::close, std::make_shared<const std::string>(payload + reason));
    finish();
  }

  /// The WebSocket is closed: the connection follows.
  void finish() {
    if (state_ == State::gone) return;
    if (std::exchange(state_, State::closing) != State::closing) deadline_ = now() + kCloseDeadline;
    stream().close();
  }

  void end(bool in_order) {
    if (std::exchange(state_, State::gone) == State::gone) return;
    const auto alive = shared_from_this();
    worker_->gone(*this, in_order);
    worker_->remove(*this);
    place_ = Admission::Place();
  }

  // ---- moving

  void leave_worker() {
    if (state_ != State::moving || !moving_ || !stream().is_open()) return;
    auto moving = std::move(moving_);
    auto alive = self();
    worker_->remove(*this);
    Descriptor socket(stream().release());
    Worker& target = *moving->target;
    target.post([alive = std::move(alive), moving = std::move(moving), socket = std::move(socket)]() mutable {
      // The last reference must end on this thread.
      const auto here = std::move(alive);
      here->arrive(*moving, std::move(socket));
    });
  }

  void arrive(Moving& moving, Descriptor socket) {
    worker_ = moving.target;
    gathering = false;
    stream().reseat(worker_->poller(), socket.release(), worker_->counters().bytes);
    if (worker_->stopping()) return abort();
    worker_->add(shared_from_this());
    state_ = State::open;
    worker_->adopt(*this, std::move(moving.guest), moving.errand);
    stream().flush();
    read();
  }

  Worker* worker_;
  websocket::stream<Stream, false> ws_;
  Admission::Place place_;
  MessageBuffer message_;
  std::unique_ptr<Moving> moving_;
  State state_ = State::accepting;
  bool overflowed_ = false;
  bool peer_closed_ = false;
  bool waits_to_read_ = false;  ///< until answers_wait() no more
  std::uint32_t pings_ = 0;     ///< from the client, lately
  base::Time last_heard_{};
  base::Time last_ping_{};
  base::Time last_progress_{};
  std::optional<base::Time> message_began_;  ///< seen unfinished by a sweep
  base::Time deadline_{};                    ///< while accepting and closing
};

}  // namespace

std::shared_ptr<WsSession> WsSession::make(Worker& worker, Descriptor socket, Admission::Place place) {
  return std::make_shared<BeastSession>(worker, std::move(socket), std::move(place));
}

}  // namespace parlor::server
