#pragma once
// A WebSocket to a server: a Connection (TCP, TLS) that speaks what web_socket_protocol.hpp says, with a
// deadline for each step on the way to it.
//
// It says everything from the loop, never from within a call. What is sent is written at once as far as the
// kernel takes it; the rest waits in a queue whose length is told, and the caller is to mind that.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "native/connection.hpp"
#include "native/loop.hpp"
#include "native/web_socket_protocol.hpp"

namespace parlor::platform::native {

class WebSocketOwner {
 public:
  virtual ~WebSocketOwner() = default;
  virtual void on_socket_open() = 0;
  virtual void on_socket_text(std::string_view text) = 0;
  virtual void on_socket_bytes(base::BytesView bytes) = 0;
  /// The last. 1006 with a sentence where it broke, or could not be opened.
  virtual void on_socket_close(std::uint16_t code, std::string_view reason) = 0;
  /// Less waits to go out than before.
  virtual void on_socket_sent() = 0;
};

class WebSocket final : public std::enable_shared_from_this<WebSocket>, private ConnectionOwner {
 public:
  /// To the answered upgrade, from the resolved name on; the machine above has a deadline of its own.
  static constexpr base::Duration kOpenDeadline = base::seconds(15);
  /// For the other end to answer a close.
  static constexpr base::Duration kCloseDeadline = base::seconds(2);
  /// What waits to go out may grow to this; then the connection is given up. The room keeps far below it.
  static constexpr std::size_t kMaxQueued = 4 * 1024 * 1024;

  /// Begins at once. `loop` outlives it.
  [[nodiscard]] static std::shared_ptr<WebSocket> open(Loop& loop, WebSocketOwner& owner,
                                                       std::string_view url);
  ~WebSocket() override;

  void send_text(std::string_view text);
  void send_bytes(base::BytesView bytes);
  /// Writes what was sent since the last time.
  void flush();
  /// Bytes that wait here to go out.
  [[nodiscard]] std::size_t buffered() const;
  /// Nothing more is told to the owner. What was sent goes out, then the close; the loop holds it until then.
  void close(std::uint16_t code);

 private:
  WebSocket(Loop& loop, WebSocketOwner& owner, const Url& url);
  void on_connected() override;
  void on_data(base::BytesView bytes) override;
  void on_sent() override;
  void on_lost(std::string_view why) override;
  void take_events();
  void late();
  void fail(std::string_view reason);
  void end(std::uint16_t code, std::string_view reason);
  void finish();

  Loop& loop_;
  WebSocketOwner* owner_;  // null: it was closed from this side
  Loop::Timer deadline_;
  WebSocketProtocol protocol_;
  std::shared_ptr<Connection> connection_;
  bool protocol_written_ = false;  // connected: what the protocol says can go out
  bool over_ = false;
};

}  // namespace parlor::platform::native
