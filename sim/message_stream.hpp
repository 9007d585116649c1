#pragma once
// Messages over a stream, as a WebSocket has them: texts and binary ones with boundaries, a close with a code
// and a reason that both sides see, and 1006 where there was none (RFC 6455 §7.1.5). The framing is its own:
// a kind and a length; neither masks nor pings nor the upgrade request are there.

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "sim/host.hpp"
#include "sim/stream.hpp"

namespace parlor::sim {

/// What it calls; each may be empty.
struct MessageHandlers {
  std::function<void()> opened;
  std::function<void(base::BytesView bytes, bool text)> message;
  std::function<void()> drained;  ///< all that was sent has gone into the stream's buffer
  /// Once. 1006: without a close message.
  std::function<void(std::uint16_t code, std::string_view reason)> closed;
};

class MessageStream {
 public:
  static constexpr std::uint16_t kAbnormalClosure = 1006;       // RFC 6455 §7.4.1
  static constexpr std::size_t kHeader = 5;                     // kind, length
  static constexpr std::size_t kMaxMessage = 16 * 1024 * 1024;  ///< a longer one ends the stream
  static constexpr std::size_t kMaxReason = 123;                // RFC 6455 §5.5

  /// Opens one to a listener.
  MessageStream(Host& host, const base::SocketAddress& remote, MessageHandlers handlers,
                const StreamOptions& options = {});
  /// Over a stream that a listener has accepted.
  MessageStream(std::shared_ptr<Stream> stream, MessageHandlers handlers);
  /// Resets the stream if it is still there.
  ~MessageStream();
  MessageStream(const MessageStream&) = delete;
  MessageStream& operator=(const MessageStream&) = delete;

  /// False before it is open and once it is closing. What the stream does not take yet waits here without a
  /// limit, as in a browser: see buffered().
  bool send(base::BytesView bytes, bool text = false);
  bool send(std::string_view text) { return send(base::as_bytes(text), true); }
  /// Bytes that the other side has not acknowledged, headers included.
  [[nodiscard]] std::size_t buffered() const;
  /// Sends what waits, then the close message. `closed` comes when the other side has answered.
  void close(std::uint16_t code = 1000, std::string_view reason = "");
  [[nodiscard]] bool is_open() const { return stream_->is_open() && !closing_ && !closed_; }
  /// For pausing, statistics, and trouble at a byte.
  [[nodiscard]] Stream& stream() { return *stream_; }

  /// Resets it once the other side has got exactly this many messages that were sent here, counted from the
  /// first, and so many bytes of the next one (its header included).
  void reset_after_messages(std::uint64_t messages, std::size_t bytes_of_next = 0);

 private:
  enum class Kind : std::uint8_t { binary, text, close };

  StreamHandlers stream_handlers();
  void write(Kind kind, base::BytesView bytes);
  void flush();
  void apply_limit();
  void read(base::BytesView bytes);
  void take(Kind kind, base::BytesView bytes);
  void finish(std::uint16_t code, std::string_view reason);

  std::shared_ptr<Stream> stream_;
  MessageHandlers handlers_;
  base::Bytes outgoing_;  // not yet taken by the stream
  base::Bytes incoming_;  // the beginning of a message
  std::uint64_t written_ = 0;
  std::uint64_t messages_ = 0;  // written
  std::optional<std::pair<std::uint64_t, std::size_t>> limit_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // handlers may destroy this
  bool closing_ = false;
  bool closed_ = false;
};

}  // namespace parlor::sim
