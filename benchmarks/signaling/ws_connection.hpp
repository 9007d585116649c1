#pragma once
// A WebSocket client that does no more than a load generator needs: one upgrade, whole text messages, frames
// made before they are sent. Non-blocking; the caller polls.

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace bench {

struct Endpoint {
  std::string host;  ///< an IPv4 address
  std::uint16_t port = 0;
};

/// A masked client frame around `text`.
std::string text_frame(std::string_view text);

class WsConnection {
 public:
  WsConnection() = default;
  ~WsConnection();
  WsConnection(WsConnection&& other) noexcept;
  WsConnection& operator=(WsConnection&&) = delete;

  /// Connects and sends the upgrade request for `target`. Blocks until the connection stands.
  bool open(const Endpoint& server, const std::string& target);
  [[nodiscard]] int descriptor() const { return socket_; }
  /// Bytes that are ready are read; each whole text message goes to `on_message`. False when the connection
  /// is over.
  bool read(const std::function<void(std::string_view)>& on_message);
  /// A frame as text_frame() makes it. A load in a closed loop never fills the socket: what does not fit is a
  /// failure.
  bool send(std::string_view frame);

 private:
  bool take_response();

  int socket_ = -1;
  bool upgraded_ = false;
  std::string buffer_;
};

}  // namespace bench
