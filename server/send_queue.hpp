#pragma once
// What waits to go out on one connection: bytes as they are and server-to-client WebSocket frames (RFC 6455
// §5.2; a server's are not masked), gathered for one system call. The payload is shared, so that a message to
// many is kept once. Limits are the owner's business.

#include <sys/uio.h>

#include <array>
#include <boost/container/small_vector.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>

namespace parlor::server {

enum class Opcode : std::uint8_t { text = 1, binary = 2, close = 8, ping = 9 };

class SendQueue {
 public:
  using Payload = std::shared_ptr<const std::string>;

  void push_frame(Opcode opcode, Payload payload) { push_frame(opcode, {}, std::move(payload)); }
  /// A frame whose message is `head` and `payload`, one behind the other; of the head a copy is kept.
  void push_frame(Opcode opcode, std::span<const std::byte> head, Payload payload);
  void push_bytes(Payload bytes);
  /// Entries that have memory besides that of the one within.
  [[nodiscard]] std::size_t spare() const { return entries_.capacity() - 1; }
  /// Gives the memory of an empty queue back: for connections that are idle.
  void trim() {
    if (empty() && spare() > 0) forget_memory();
  }
  /// Forgets everything of which no byte has gone out yet.
  void drop_unsent();

  [[nodiscard]] bool empty() const { return first_ == entries_.size(); }
  [[nodiscard]] std::size_t bytes() const { return bytes_; }  ///< waiting, frame headers included
  [[nodiscard]] std::size_t entries() const { return entries_.size() - first_; }
  /// What of this are binary frames.
  [[nodiscard]] std::size_t binary_bytes() const { return binary_bytes_; }
  [[nodiscard]] std::size_t binary_entries() const { return binary_entries_; }

  static constexpr std::size_t kMaxHead = 40;  ///< of a frame's message

  /// The front of the queue as at most `out.size()` pieces of memory; how many were used. Valid until the
  /// next change.
  std::size_t gather(std::span<iovec> out) const;
  /// The front of the queue, as much of it as fits; how many bytes.
  std::size_t copy(std::span<char> out) const;
  /// `count` bytes of what gather() or copy() gave are gone.
  void consume(std::size_t count);

 private:
  static constexpr std::size_t kMaxHeader = 10 + kMaxHead;
  struct Entry {
    Payload payload;
    std::array<std::uint8_t, kMaxHeader> header{};
    std::uint8_t header_size = 0;
    bool is_binary = false;
    [[nodiscard]] std::size_t size() const { return header_size + payload->size(); }
  };
  void push(Entry entry);
  void forget_memory();

  static constexpr std::size_t kKept = 16;  ///< entries whose memory an empty queue keeps until trim()

  /// Most often there is one: it needs no memory of its own.
  boost::container::small_vector<Entry, 1> entries_;
  std::size_t first_ = 0;  ///< entries before this one are gone
  std::size_t sent_ = 0;   ///< bytes of the first entry that are gone
  std::size_t bytes_ = 0;
  std::size_t binary_bytes_ = 0;
  std::size_t binary_entries_ = 0;
};

}  // namespace parlor::server
