#include "ws_connection.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

namespace bench {
namespace {

constexpr std::array<unsigned char, 4> kMask{0x37, 0xfa, 0x21, 0x3d};

std::string masked_frame(unsigned char opcode, std::string_view text) {
  std::string frame;
  frame.reserve(8 + text.size());
  frame += static_cast<char>(0x80U | opcode);
  if (text.size() < 126) {
    frame += static_cast<char>(0x80 | text.size());
  } else {
    frame += static_cast<char>(0xfe);
    frame += static_cast<char>(text.size() >> 8);
    frame += static_cast<char>(text.size() & 0xff);
  }
  for (const unsigned char byte : kMask) frame += static_cast<char>(byte);
  for (std::size_t i = 0; i < text.size(); ++i) {
    frame += static_cast<char>(static_cast<unsigned char>(text[i]) ^ kMask[i % kMask.size()]);
  }
  return frame;
}

}  // namespace

std::string text_frame(std::string_view text) {
  return masked_frame(1, text);
}
std::string binary_frame(std::string_view bytes) {
  return masked_frame(2, bytes);
}

WsConnection::~WsConnection() {
  if (socket_ >= 0) ::close(socket_);
}

WsConnection::WsConnection(WsConnection&& other) noexcept
    : socket_(std::exchange(other.socket_, -1)),
      upgraded_(other.upgraded_),
      buffer_(std::move(other.buffer_)) {}

bool WsConnection::open(const Endpoint& server, const std::string& target) {
  socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(server.port);
  if (::inet_pton(AF_INET, server.host.c_str(), &address.sin_addr) != 1) return false;
  if (::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) return false;
  const int yes = 1;
  ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  return send(
      "GET " + target + " HTTP/1.1\r\nHost: " + server.host + ":" + std::to_string(server.port) +
      "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
      "Sec-WebSocket-Version: 13\r\n\r\n");
}

bool WsConnection::send(std::string_view frame) {
  return ::send(socket_, frame.data(), frame.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(frame.size());
}

SendState WsConnection::try_send(std::string_view frame) {
  const ssize_t sent = ::send(socket_, frame.data(), frame.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  if (sent < 0 && errno == EAGAIN) return SendState::full;
  return sent == static_cast<ssize_t>(frame.size()) ? SendState::sent : SendState::failed;
}

bool WsConnection::take_response() {
  const std::size_t end = buffer_.find("\r\n\r\n");
  if (end == std::string::npos) return true;
  if (!buffer_.starts_with("HTTP/1.1 101")) return false;
  buffer_.erase(0, end + 4);
  upgraded_ = true;
  return true;
}

bool WsConnection::read(const std::function<void(std::string_view, MessageKind)>& on_message) {
  std::array<char, 16 * 1024> chunk;
  const ssize_t got = ::recv(socket_, chunk.data(), chunk.size(), MSG_DONTWAIT);
  if (got < 0) return errno == EAGAIN || errno == EINTR;
  if (got == 0) return false;
  buffer_.append(chunk.data(), static_cast<std::size_t>(got));
  if (!upgraded_ && (!take_response() || !upgraded_)) return buffer_.size() < 16 * 1024;

  std::size_t at = 0;
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(buffer_[at + i]); };
  while (buffer_.size() - at >= 2) {
    std::size_t header = 2;
    std::size_t length = byte(1) & 0x7fU;
    if (length == 127) return false;  // longer than anything here
    if (length == 126) {
      if (buffer_.size() - at < 4) break;
      length = static_cast<std::size_t>(byte(2)) << 8 | byte(3);
      header = 4;
    }
    if (buffer_.size() - at < header + length) break;
    const unsigned opcode = byte(0) & 0x0fU;
    if (opcode == 8) return false;
    if (opcode == 1 || opcode == 2) {
      on_message(std::string_view(buffer_).substr(at + header, length),
                 opcode == 1 ? MessageKind::text : MessageKind::binary);
    }
    at += header + length;
  }
  buffer_.erase(0, at);
  return true;
}

}  // namespace bench
