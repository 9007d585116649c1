#pragma once
// An SCTP packet: a header of 12 bytes and chunks, each padded to 4 (RFC 9260 §3). Read in place; written
// into a buffer of the caller's.
//
//    0                   1                   2                   3
//    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//   |      Source Port Number       |    Destination Port Number    |
//   |                       Verification Tag                        |
//   |                     Checksum (little-endian)                  |
//   |  Chunk Type   |  Chunk Flags  |  Chunk Length, with this line |
//   |                     Chunk Value, padding                      |

#include <iterator>
#include <optional>

#include "base/bytes.hpp"
#include "sctp/packet/types.hpp"

namespace parlor::sctp {

inline constexpr std::size_t kPacketHeaderSize = 12;
inline constexpr std::size_t kChunkHeaderSize = 4;

[[nodiscard]] constexpr std::size_t padded(std::size_t size) {
  return (size + 3) & ~std::size_t{3};
}

/// One chunk, its value without header and padding. Not owned.
struct Chunk {
  ChunkType type{};
  std::uint8_t flags = 0;
  base::BytesView value;
  base::BytesView whole;  ///< with its header, without padding: for reports of what is not known
};

/// Things that begin with a 16-bit word, then a length that counts both words, and are padded to 4: chunks,
/// parameters, causes. Gives one after the other; stops at the first that does not fit, or at the end.
class TlvReader {
 public:
  struct Item {
    std::uint16_t head = 0;
    base::BytesView value;
    base::BytesView whole;
  };
  explicit TlvReader(base::BytesView bytes) : rest_(bytes) {}
  std::optional<Item> next();
  /// All was read, and all of it fitted.
  [[nodiscard]] bool at_end() const { return rest_.empty(); }

 private:
  base::BytesView rest_;
};

/// What is accepted as a packet's checksum.
enum class Checksum : std::uint8_t {
  required,
  zero_too,   ///< zero as well: both have agreed on it (RFC 9653 §5.3)
  unchecked,  ///< anything: for a fuzzer
};

/// A view: the bytes must outlive it.
class Packet {
 public:
  /// A whole packet: header, at least one chunk, chunks that fit to the last byte (padding may lack behind
  /// the last), and the checksum. Nothing for anything else.
  static std::optional<Packet> parse(base::BytesView bytes, Checksum checksum);

  [[nodiscard]] std::uint16_t source_port() const { return source_port_; }
  [[nodiscard]] std::uint16_t destination_port() const { return destination_port_; }
  [[nodiscard]] VerificationTag tag() const { return tag_; }

  class Iterator {
   public:
    using value_type = Chunk;
    using difference_type = std::ptrdiff_t;
    using iterator_category = std::input_iterator_tag;
    explicit Iterator(base::BytesView chunks) : reader_(chunks) { ++*this; }
    const Chunk& operator*() const { return *current_; }
    const Chunk* operator->() const { return &*current_; }
    Iterator& operator++();
    friend bool operator==(const Iterator& it, std::default_sentinel_t) { return !it.current_; }

   private:
    TlvReader reader_;
    std::optional<Chunk> current_;
  };
  [[nodiscard]] Iterator begin() const { return Iterator(chunks_); }
  [[nodiscard]] static std::default_sentinel_t end() { return std::default_sentinel; }

 private:
  std::uint16_t source_port_ = 0;
  std::uint16_t destination_port_ = 0;
  VerificationTag tag_ = 0;
  base::BytesView chunks_;
};

/// Puts a packet together in a buffer that the caller owns and that is as long as the packet may be.
class PacketWriter {
 public:
  PacketWriter(std::span<std::byte> out, std::uint16_t source_port, std::uint16_t destination_port,
               VerificationTag tag);

  /// For further chunks, with their headers and padding: a multiple of 4.
  [[nodiscard]] std::size_t room() const { return (out_.size() - size_) & ~std::size_t{3}; }
  /// Whether a chunk whose value is so long still fits.
  [[nodiscard]] bool fits(std::size_t value) const { return padded(kChunkHeaderSize + value) <= room(); }
  [[nodiscard]] bool empty() const { return size_ == kPacketHeaderSize; }

  /// A chunk of `size` bytes of value, which the caller fills in. Precondition: fits(size).
  [[nodiscard]] base::ByteWriter begin(ChunkType type, std::uint8_t flags, std::size_t size);
  /// The same, of a value that is there.
  void add(ChunkType type, std::uint8_t flags, base::BytesView value);

  /// The packet, with its checksum or with zero in its place. Precondition: !empty().
  [[nodiscard]] std::span<const std::byte> finish(bool zero_checksum);

 private:
  std::span<std::byte> out_;
  std::size_t size_ = kPacketHeaderSize;
};

/// A parameter or a cause behind what `writer` has: header, value, padding.
void write_tlv(base::ByteWriter& writer, std::uint16_t head, base::BytesView value);

}  // namespace parlor::sctp
