#include "native/web_socket.hpp"

#include <utility>
#include <variant>

#include "crypto/system_random.hpp"

namespace parlor::platform::native {
namespace {

crypto::SystemRandom& random_source() {
  static crypto::SystemRandom one;  // stateless
  return one;
}

}  // namespace

std::shared_ptr<WebSocket> WebSocket::open(Loop& loop, WebSocketOwner& owner, std::string_view url) {
  const auto parsed = parse_url(url);
  std::shared_ptr<WebSocket> socket(new WebSocket(loop, owner, parsed.value_or(Url{})));
  if (parsed) {
    ConnectionOwner& as_owner = *socket;
    socket->connection_ = std::make_shared<Connection>(loop, as_owner, *parsed);
    socket->deadline_.set(now() + kOpenDeadline);
  } else {
    loop.post([socket] { socket->fail("Its address is no ws:// or wss:// URL."); });
  }
  return socket;
}

WebSocket::WebSocket(Loop& loop, WebSocketOwner& owner, const Url& url)
    : loop_(loop), owner_(&owner), deadline_(loop, [this] { late(); }), protocol_(url, random_source()) {}

WebSocket::~WebSocket() = default;

// ---- from the owner

void WebSocket::send_text(std::string_view text) {
  protocol_.send(true, base::as_bytes(text), {});
}

void WebSocket::send_bytes(base::BytesView bytes) {
  protocol_.send(false, bytes, {});
}

void WebSocket::flush() {
  if (!connection_ || over_) return;
  base::Bytes& output = protocol_.output();
  if (!output.empty() && protocol_written_) {
    connection_->send(output);
    output.clear();
  }
  connection_->flush();
  if (buffered() > kMaxQueued) {
    // Far above what a room has wait here: nothing of it will ever be taken. Said from the loop.
    deadline_.set(now());
  }
}

std::size_t WebSocket::buffered() const {
  return connection_ ? connection_->buffered() : 0;
}

void WebSocket::close(std::uint16_t code) {
  owner_ = nullptr;
  loop_.keep(shared_from_this());
  if (over_ || !protocol_.is_open()) {
    finish();
    return;
  }
  protocol_.close(code);
  flush();
  deadline_.set(now() + kCloseDeadline);
}

// ---- from the connection

void WebSocket::on_connected() {
  protocol_written_ = true;
  flush();
}

void WebSocket::on_data(base::BytesView bytes) {
  protocol_.add(bytes);
  take_events();
}

void WebSocket::on_sent() {
  if (owner_ != nullptr) owner_->on_socket_sent();
}

void WebSocket::on_lost(std::string_view why) {
  if (over_) return finish();
  protocol_.end(why.empty() ? "It ended the connection." : why);
  take_events();
}

void WebSocket::late() {
  if (owner_ == nullptr) return finish();
  fail(protocol_.is_open() ? "It takes nothing any more."
                           : "It did not answer in time: check the network, or try again later.");
}

void WebSocket::take_events() {
  while (!over_) {
    const auto event = protocol_.poll_event();
    if (!event) break;
    if (const auto* message = std::get_if<WebSocketProtocol::Message>(&*event)) {
      if (owner_ == nullptr) continue;
      if (message->text) {
        owner_->on_socket_text(base::as_text(message->bytes));
      } else {
        owner_->on_socket_bytes(message->bytes);
      }
    } else if (std::holds_alternative<WebSocketProtocol::Opened>(*event)) {
      if (owner_ == nullptr) continue;
      deadline_.set(std::nullopt);
      owner_->on_socket_open();
    } else {
      const auto& closed = std::get<WebSocketProtocol::Closed>(*event);
      flush();
      end(closed.code, closed.reason);
      return;
    }
  }
  flush();
}

void WebSocket::fail(std::string_view reason) {
  if (!over_) end(WebSocketProtocol::kBroken, reason);
}

/// It is over on this side: the owner hears of it, if there is one.
void WebSocket::end(std::uint16_t code, std::string_view reason) {
  if (std::exchange(over_, true)) return;
  WebSocketOwner* owner = std::exchange(owner_, nullptr);
  if (owner == nullptr) return finish();
  // What is queued, a close frame at most, still goes out, and the other end's last word is waited for.
  loop_.keep(shared_from_this());
  if (connection_ && protocol_.is_over() && code != WebSocketProtocol::kBroken) {
    connection_->finish();
    deadline_.set(now() + kCloseDeadline);
  } else {
    finish();
  }
  owner->on_socket_close(code, reason);
}

/// Nothing more is waited for.
void WebSocket::finish() {
  over_ = true;
  deadline_.set(std::nullopt);
  if (connection_) {
    connection_->finish();
    loop_.bury(std::exchange(connection_, nullptr));
  }
  loop_.release(this);
}

}  // namespace parlor::platform::native
