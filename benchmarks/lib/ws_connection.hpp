#pragma once
// A WebSocket client that does no more than a load generator needs: one upgrade, whole messages, frames made
// before they are sent. Non-blocking; the caller polls.

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace bench {

struct Endpoint {
  std::string host;  ///< an IPv4 address
  std::uint16_t port = 0;
};

/// A masked client frame around a message of at most 65,535 bytes.
std::string text_frame(std::string_view text);
std::string binary_frame(std::string_view bytes);

enum class MessageKind : std::uint8_t { text, binary };
enum class SendState : std::uint8_t { sent, full, failed };

class WsConnection {
 public:
  WsConnection() = default;
  ~WsConnection();
  WsConnection(WsConnection&& other) noexcept;
  WsConnection& operator=(WsConnection&&) = delete;

  /// Connects and sends the upgrade request for `target`. Blocks until the connection stands.
  bool open(const Endpoint& server, const std::string& target);
  [[nodiscard]] int descriptor() const { return socket_; }
  /// Bytes that are ready are read; each whole message goes to `on_message`. False when the connection is
  /// over.
  bool read(const std::function<void(std::string_view, MessageKind)>& on_message);
  /// A frame as text_frame() makes it. A load in a closed loop never fills the socket: what does not fit is a
  /// failure.
  bool send(std::string_view frame);
  /// The same for a load that does not wait for answers: `full` when the socket takes none of it.
  SendState try_send(std::string_view frame);

 private:
  bool take_response();

  int socket_ = -1;
  bool upgraded_ = false;
  std::string buffer_;
};

}  // namespace bench
