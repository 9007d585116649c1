#include "native/web_socket_protocol.hpp"

#include <algorithm>
#include <array>
#include <cassert>

#include "base/utf8.hpp"
#include "crypto/hash.hpp"
#include "native/http_response.hpp"

namespace parlor::platform::native {
namespace {

constexpr std::string_view kGuid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";  // RFC 6455 §1.3
constexpr std::size_t kMaxControl = 125;                                    // §5.5
constexpr std::size_t kMaxReason = kMaxControl - 2;
constexpr std::size_t kKeptInput = 64 * 1024;  // a buffer that once held more gives it back

constexpr const char* kNoParlor = "What answers at its address is no Parlor server.";
constexpr const char* kNoServer = "The server said what no WebSocket server says.";

constexpr std::uint16_t kNoCode = 1005;  // §7.4.1
constexpr std::uint16_t kProtocolError = 1002;
constexpr std::uint16_t kNotText = 1007;
constexpr std::uint16_t kTooLarge = 4017;  // docs/signaling.md: as the server would end ours for the same

bool is_close_code(std::uint16_t code) {
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) || (code >= 3000 && code <= 4999);
}

/// What a server says to people instead of an upgrade, if it is anything to show.
std::string sentence_of(std::string_view body, std::size_t most) {
  std::string text(body.substr(0, body.find_first_of("\r\n")));
  if (text.size() > most || !base::is_printable_ascii(text) || text.starts_with('<')) return {};
  return text;
}

}  // namespace

WebSocketProtocol::WebSocketProtocol(const Url& url, base::Random& random) : random_(random) {
  std::array<std::byte, 16> nonce;
  random_.fill(nonce);
  const std::string key = base::to_base64(nonce);
  accept_ = base::to_base64(crypto::sha1(base::as_bytes(key + std::string(kGuid))));
  const std::string request = "GET " + url.target + " HTTP/1.1\r\nHost: " + url.authority() +
                              "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: " + key +
                              "\r\nSec-WebSocket-Version: 13\r\n\r\n";
  const base::BytesView bytes = base::as_bytes(request);
  output_.assign(bytes.begin(), bytes.end());
}

// ---- output to the other end

void WebSocketProtocol::send(bool text, base::BytesView head, base::BytesView payload) {
  if (!opened_ || close_sent_) return;
  write_frame(text ? Opcode::text : Opcode::binary, head, payload);
}

void WebSocketProtocol::close(std::uint16_t code, std::string_view reason) {
  if (!opened_ || close_sent_) return;
  const std::array<std::byte, 2> number{static_cast<std::byte>(code >> 8),
                                        static_cast<std::byte>(code & 0xff)};
  if (is_close_code(code)) {
    write_frame(Opcode::close, number, base::as_bytes(reason.substr(0, kMaxReason)));
  } else {
    write_frame(Opcode::close, {}, {});
  }
  close_sent_ = true;
}

void WebSocketProtocol::write_frame(Opcode opcode, base::BytesView head, base::BytesView payload) {
  const std::size_t size = head.size() + payload.size();
  std::array<std::byte, 14> buffer;
  base::ByteWriter writer(buffer);
  writer.u8(static_cast<std::uint8_t>(0x80 | static_cast<std::uint8_t>(opcode)));
  if (size <= kMaxControl) {
    writer.u8(static_cast<std::uint8_t>(0x80 | size));
  } else if (size <= 0xffff) {
    writer.u8(0x80 | 126);
    writer.u16(static_cast<std::uint16_t>(size));
  } else {
    writer.u8(0x80 | 127);
    writer.u64(size);
  }
  std::array<std::byte, 4> key;
  random_.fill(key);
  writer.bytes(key);
  const auto begin = writer.written();
  output_.reserve(output_.size() + begin.size() + size);
  output_.insert(output_.end(), begin.begin(), begin.end());
  const std::size_t at = output_.size();
  output_.insert(output_.end(), head.begin(), head.end());
  output_.insert(output_.end(), payload.begin(), payload.end());
  for (std::size_t i = 0; i < size; ++i) output_[at + i] ^= key[i % key.size()];
}

// ---- input from it

void WebSocketProtocol::add(base::BytesView bytes) {
  if (closed_) return;
  if (taken_ > 0) {
    input_.erase(input_.begin(), input_.begin() + static_cast<std::ptrdiff_t>(taken_));
    taken_ = 0;
    if (input_.empty() && input_.capacity() > kKeptInput) input_ = {};
  }
  input_.insert(input_.end(), bytes.begin(), bytes.end());
}

void WebSocketProtocol::end(std::string_view why) {
  if (!ended_) ended_ = why;
}

std::optional<WebSocketProtocol::Event> WebSocketProtocol::poll_event() {
  if (closed_) return std::nullopt;
  auto event = opened_ ? take_frame() : take_upgrade();
  if (event || closed_ || !ended_) return event;
  closed_ = true;
  return Closed{kBroken, *ended_};
}

std::optional<WebSocketProtocol::Event> WebSocketProtocol::fail(std::uint16_t code, std::string_view reason) {
  close(code, reason);
  closed_ = true;
  return Closed{code, std::string(reason)};
}

std::optional<WebSocketProtocol::Event> WebSocketProtocol::take_upgrade() {
  const std::string_view text = base::as_text(waiting());
  const std::size_t end = text.find("\r\n\r\n");
  const auto broken = [this](std::string reason) {
    closed_ = true;
    return Closed{kBroken, std::move(reason)};
  };
  if (end == std::string_view::npos) {
    if (text.size() > kMaxHttpHead) return broken(kNoParlor);
    return std::nullopt;
  }
  const auto head = parse_http_head(text.substr(0, end + 4));
  if (!head) return broken(kNoParlor);
  if (head->status != 101) {
    // What the server says about it may still be on its way: its end, or the deadline, is waited for.
    HttpResponse response(kMaxHttpHead);
    response.add(text);
    if (ended_) response.end();
    if (response.state() == HttpResponse::State::body && text.size() < 2 * kMaxHttpHead) return std::nullopt;
    std::string sentence = sentence_of(response.body(), kMaxRefusal);
    if (sentence.empty()) sentence = kNoParlor;
    return broken("It refused the connection (HTTP " + std::to_string(head->status) + "): " + sentence);
  }
  const bool right = head->lists("upgrade", "websocket") && head->lists("connection", "upgrade") &&
                     head->field("sec-websocket-accept") == accept_ &&
                     !head->field("sec-websocket-extensions") && !head->field("sec-websocket-protocol");
  if (!right) return broken(kNoParlor);
  taken_ += end + 4;
  opened_ = true;
  return Opened{};
}

std::optional<WebSocketProtocol::FrameHead> WebSocketProtocol::read_frame_head() {
  base::ByteReader reader(waiting());
  const auto first = reader.u8();
  const auto second = reader.u8();
  if (!first || !second) return std::nullopt;
  FrameHead frame;
  frame.last = (*first & 0x80) != 0;
  frame.opcode = static_cast<Opcode>(*first & 0x0f);
  std::optional<std::uint64_t> size = std::uint64_t{*second & 0x7fU};
  if (*size == 126) {
    size = reader.u16();
  } else if (*size == 127) {
    size = reader.u64();
  }
  if (!size) return std::nullopt;
  frame.head = waiting().size() - reader.remaining();
  // More than any message has is enough to know.
  frame.payload = static_cast<std::size_t>(std::min<std::uint64_t>(*size, kMaxMessage + 1));
  return frame;
}

std::optional<WebSocketProtocol::Event> WebSocketProtocol::take_frame() {
  if (!fragmented_) message_.clear();
  for (;;) {
    const auto frame = read_frame_head();
    if (!frame) return std::nullopt;
    const auto bits = std::to_integer<unsigned>(waiting()[0]) & 0x70U;  // §5.2: no extension was agreed on
    const bool masked = (std::to_integer<unsigned>(waiting()[1]) & 0x80U) != 0;
    if (bits != 0 || masked) return fail(kProtocolError, kNoServer);
    const bool control = frame->opcode >= Opcode::close;
    if (control ? !frame->last || frame->payload > kMaxControl
                : frame->payload + message_.size() > kMaxMessage) {
      return control ? fail(kProtocolError, kNoServer)
                     : fail(kTooLarge, "The server sent a message that is too long.");
    }
    if (waiting().size() < frame->head + frame->payload) return std::nullopt;
    const base::BytesView payload = waiting().subspan(frame->head, frame->payload);
    taken_ += frame->head + frame->payload;
    switch (frame->opcode) {
      case Opcode::ping:
        if (output_.size() < kMaxBeforePong && !close_sent_) write_frame(Opcode::pong, payload, {});
        break;
      case Opcode::pong:
        break;
      case Opcode::close:
        return take_close(payload);
      case Opcode::continuation:
      case Opcode::text:
      case Opcode::binary:
        if (auto event = take_message(*frame, payload)) return event;
        break;
      default:
        return fail(kProtocolError, kNoServer);
    }
  }
}

std::optional<WebSocketProtocol::Event> WebSocketProtocol::take_message(const FrameHead& frame,
                                                                        base::BytesView payload) {
  const bool continues = frame.opcode == Opcode::continuation;
  if (continues != fragmented_.has_value()) return fail(kProtocolError, kNoServer);
  const Opcode kind = fragmented_.value_or(frame.opcode);
  base::BytesView whole = payload;
  if (continues || !frame.last) {
    message_.insert(message_.end(), payload.begin(), payload.end());
    whole = message_;
  }
  if (!frame.last) {
    fragmented_ = kind;
    return std::nullopt;
  }
  fragmented_.reset();
  if (kind == Opcode::text && !base::utf8_length(base::as_text(whole)))
    return fail(kNotText, "The server sent text that is none.");
  return Message{kind == Opcode::text, whole};
}

std::optional<WebSocketProtocol::Event> WebSocketProtocol::take_close(base::BytesView payload) {
  base::ByteReader reader(payload);
  Closed closed{kNoCode, {}};
  if (const auto code = reader.u16()) {
    if (!is_close_code(*code)) return fail(kProtocolError, kNoServer);
    closed = {*code, std::string(base::as_text(reader.rest()))};
    if (!base::utf8_length(closed.reason)) closed.reason.clear();
  } else if (!payload.empty()) {
    return fail(kProtocolError, kNoServer);
  }
  close(closed.code);
  closed_ = true;
  return closed;
}

}  // namespace parlor::platform::native
