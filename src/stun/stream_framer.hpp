#pragma once
// Cuts a byte stream into STUN messages (RFC 8489 §6.2.2: over TCP they follow each other without any framing
// of their own), in a buffer of fixed size. Looks at headers only; Message::parse decides about the rest.
//
//   framer.commit(read(socket, framer.space()));
//   while (auto message = framer.next()) answer(*message);
//   if (framer.is_broken()) close(socket);

#include <algorithm>
#include <array>
#include <cassert>
#include <cstddef>
#include <optional>
#include <span>

#include "base/bytes.hpp"
#include "stun/types.hpp"

namespace parlor::stun {

class StreamFramer {
 public:
  /// A longer message breaks the stream. More than any request to a server needs.
  static constexpr std::size_t kMaxMessage = 2048;

  /// Where the next bytes of the stream go. Never empty after next() gave nothing, unless the stream is
  /// broken. Invalidates what next() gave.
  [[nodiscard]] std::span<std::byte> space();
  /// So many bytes were put there.
  void commit(std::size_t count);
  /// The next whole message, valid until space() is called.
  [[nodiscard]] std::optional<base::BytesView> next();
  /// The stream is not STUN, or a message is too long. Nothing can follow: there is no place to pick it up
  /// again.
  [[nodiscard]] bool is_broken() const { return broken_; }
  /// A message has begun and is not whole yet.
  [[nodiscard]] bool is_inside_message() const { return begin_ != end_; }

 private:
  std::array<std::byte, kMaxMessage> buffer_;
  std::size_t begin_ = 0;  ///< of what next() has not given yet
  std::size_t end_ = 0;
  bool broken_ = false;
};

}  // namespace parlor::stun
