#pragma once
// The client's side of the WebSocket protocol (RFC 6455) as bytes in and bytes out: the upgrade, messages,
// pings, closes. No extension, no subprotocol. Who uses it owns the connection, and its deadlines.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/bytes.hpp"
#include "base/random.hpp"
#include "native/url.hpp"

namespace parlor::platform::native {

class WebSocketProtocol {
 public:
  /// What a server says at once at most: no message of it is longer (docs/signaling.md).
  static constexpr std::size_t kMaxMessage = 65'536;
  /// Of the text of a refused upgrade, what is kept.
  static constexpr std::size_t kMaxRefusal = 200;
  /// Bytes that wait to go out, beyond which a ping is not answered: who reads nothing needs no pongs.
  static constexpr std::size_t kMaxBeforePong = 64 * 1024;

  /// The code of an end without a close (RFC 6455 §7.1.5).
  static constexpr std::uint16_t kBroken = 1006;

  struct Opened {};
  /// Good until the next call.
  struct Message {
    bool text = false;
    base::BytesView bytes;
  };
  /// The last one. `code` as a browser's CloseEvent has it: the peer's own, 1005 where it said none, 1006
  /// where it ended without.
  struct Closed {
    std::uint16_t code = kBroken;
    std::string reason;
  };
  using Event = std::variant<Opened, Message, Closed>;

  /// `random`: of the key and of every mask (RFC 6455 §10.3).
  WebSocketProtocol(const Url& url, base::Random& random);

  // ---- input
  void add(base::BytesView bytes);
  /// The connection is at its end.
  void end(std::string_view why);

  // ---- commands, behind Opened; nothing goes out before it, nor behind a close
  /// One message, of `head` and `payload` one behind the other.
  void send(bool text, base::BytesView head, base::BytesView payload);
  void close(std::uint16_t code, std::string_view reason = {});

  // ---- output
  std::optional<Event> poll_event();
  /// What is to be written; taken with it.
  [[nodiscard]] base::Bytes& output() { return output_; }
  /// Closed was told: the connection is to be closed behind output().
  [[nodiscard]] bool is_over() const { return closed_; }
  [[nodiscard]] bool is_open() const { return opened_ && !closed_; }

 private:
  enum class Opcode : std::uint8_t { continuation = 0, text = 1, binary = 2, close = 8, ping = 9, pong = 10 };
  struct FrameHead {
    bool last = false;
    Opcode opcode = Opcode::continuation;
    std::size_t head = 0;
    std::size_t payload = 0;
  };
  void write_frame(Opcode opcode, base::BytesView head, base::BytesView payload);
  std::optional<Event> take_upgrade();
  std::optional<Event> take_frame();
  /// Nothing: not wholly there, or failed.
  std::optional<FrameHead> read_frame_head();
  std::optional<Event> take_message(const FrameHead& frame, base::BytesView payload);
  std::optional<Event> take_close(base::BytesView payload);
  std::optional<Event> fail(std::uint16_t code, std::string_view reason);
  [[nodiscard]] base::BytesView waiting() const { return base::BytesView(input_).subspan(taken_); }

  base::Random& random_;
  std::string accept_;  // what the server's answer must say
  base::Bytes input_;
  std::size_t taken_ = 0;  // of it
  base::Bytes output_;
  base::Bytes message_;  // fragments so far, or what was handed out last
  std::optional<Opcode> fragmented_;
  bool opened_ = false;
  bool close_sent_ = false;
  bool closed_ = false;
  std::optional<std::string> ended_;  // why the connection is at its end
};

}  // namespace parlor::platform::native
