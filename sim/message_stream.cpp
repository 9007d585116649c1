#include "sim/message_stream.hpp"

#include <algorithm>
#include <array>
#include <cassert>

namespace parlor::sim {

MessageStream::MessageStream(Host& host, const base::SocketAddress& remote, MessageHandlers handlers,
                             const StreamOptions& options)
    : handlers_(std::move(handlers)) {
  stream_ = host.connect(remote, stream_handlers(), options);
}

MessageStream::MessageStream(std::shared_ptr<Stream> stream, MessageHandlers handlers)
    : stream_(std::move(stream)), handlers_(std::move(handlers)) {
  stream_->set_handlers(stream_handlers());
}

MessageStream::~MessageStream() {
  *alive_ = false;
  stream_->reset();
}

StreamHandlers MessageStream::stream_handlers() {
  // The stream may outlive this, so every handler asks first.
  StreamHandlers handlers;
  handlers.opened = [this, alive = alive_] {
    if (*alive && handlers_.opened) handlers_.opened();
  };
  handlers.received = [this, alive = alive_](base::BytesView bytes) {
    if (*alive) read(bytes);
  };
  handlers.writable = [this, alive = alive_] {
    if (*alive) flush();
  };
  handlers.ended = [this, alive = alive_](StreamEnd) {
    if (*alive) finish(kAbnormalClosure, "");
  };
  return handlers;
}

// ---- sending

bool MessageStream::send(base::BytesView bytes, bool text) {
  assert(bytes.size() <= kMaxMessage);
  if (!is_open()) return false;
  write(text ? Kind::text : Kind::binary, bytes);
  return true;
}

void MessageStream::close(std::uint16_t code, std::string_view reason) {
  if (closing_ || closed_) return;
  if (!stream_->is_open()) {
    stream_->reset();
    return finish(kAbnormalClosure, "");
  }
  closing_ = true;
  base::Bytes payload{static_cast<std::byte>(code >> 8), static_cast<std::byte>(code & 0xff)};
  const base::BytesView words = base::as_bytes(reason.substr(0, kMaxReason));
  payload.insert(payload.end(), words.begin(), words.end());
  write(Kind::close, payload);
}

void MessageStream::write(Kind kind, base::BytesView bytes) {
  std::array<std::byte, kHeader> header;
  base::ByteWriter writer(header);
  writer.u8(static_cast<std::uint8_t>(kind));
  writer.u32(static_cast<std::uint32_t>(bytes.size()));
  apply_limit();
  outgoing_.insert(outgoing_.end(), header.begin(), header.end());
  outgoing_.insert(outgoing_.end(), bytes.begin(), bytes.end());
  written_ += kHeader + bytes.size();
  ++messages_;
  flush();
}

void MessageStream::flush() {
  if (outgoing_.empty()) return;
  const std::size_t taken = stream_->send(outgoing_);
  outgoing_.erase(outgoing_.begin(), outgoing_.begin() + static_cast<std::ptrdiff_t>(taken));
  if (outgoing_.empty() && handlers_.drained) handlers_.drained();
}

std::size_t MessageStream::buffered() const {
  return outgoing_.size() + stream_->buffered();
}

void MessageStream::reset_after_messages(std::uint64_t messages, std::size_t bytes_of_next) {
  limit_ = {messages, bytes_of_next};
  apply_limit();
}

/// The byte that the limit means is known when the message before it has been written.
void MessageStream::apply_limit() {
  if (!limit_ || messages_ < limit_->first) return;
  stream_->reset_after(written_ + limit_->second);
  limit_.reset();
}

// ---- receiving

void MessageStream::read(base::BytesView bytes) {
  incoming_.insert(incoming_.end(), bytes.begin(), bytes.end());
  const std::shared_ptr<bool> alive = alive_;
  while (*alive && !closed_) {
    base::ByteReader reader(incoming_);
    const auto kind = reader.u8();
    const auto length = reader.u32();
    if (!length) return;
    if (*length > kMaxMessage || *kind > static_cast<std::uint8_t>(Kind::close)) {
      stream_->reset();
      return finish(kAbnormalClosure, "");
    }
    const auto payload = reader.take(*length);
    if (!payload) return;
    const base::Bytes message(payload->begin(), payload->end());
    incoming_.erase(incoming_.begin(), incoming_.begin() + static_cast<std::ptrdiff_t>(kHeader + *length));
    take(static_cast<Kind>(*kind), message);
  }
}

void MessageStream::take(Kind kind, base::BytesView bytes) {
  if (kind != Kind::close) {
    if (handlers_.message) handlers_.message(bytes, kind == Kind::text);
    return;
  }
  base::ByteReader reader(bytes);
  const std::uint16_t code = reader.u16().value_or(kAbnormalClosure);
  const std::string reason(base::as_text(reader.rest()));
  const std::shared_ptr<bool> alive = alive_;
  if (!closing_) close(code, reason);  // the answer says the same (RFC 6455 §5.5.1)
  if (!*alive) return;
  stream_->close();
  finish(code, reason);
}

void MessageStream::finish(std::uint16_t code, std::string_view reason) {
  if (closed_) return;
  closed_ = true;
  if (handlers_.closed) handlers_.closed(code, reason);
}

}  // namespace parlor::sim
