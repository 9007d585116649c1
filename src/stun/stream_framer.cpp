#include "stun/stream_framer.hpp"

namespace parlor::stun {
namespace {

enum class Header { incomplete, good, bad };

/// Judges as early as the bytes allow, so that a client that speaks something else is told soon. `size` is
/// set when good.
Header read_header(base::BytesView bytes, std::size_t& size) {
  if (bytes.empty()) return Header::incomplete;
  if (std::to_integer<unsigned>(bytes[0]) > 0x3F) return Header::bad;
  base::ByteReader reader(bytes);
  (void)reader.u16();
  const auto length = reader.u16();
  const auto cookie = reader.u32();
  if (!length || !cookie) return Header::incomplete;
  size = kHeaderSize + *length;
  return *cookie == kMagicCookie && *length % 4 == 0 && size <= StreamFramer::kMaxMessage ? Header::good
                                                                                          : Header::bad;
}

}  // namespace

std::span<std::byte> StreamFramer::space() {
  if (broken_) return {};
  std::copy(buffer_.begin() + static_cast<std::ptrdiff_t>(begin_),
            buffer_.begin() + static_cast<std::ptrdiff_t>(end_), buffer_.begin());
  end_ -= begin_;
  begin_ = 0;
  return std::span{buffer_}.subspan(end_);
}

void StreamFramer::commit(std::size_t count) {
  assert(count <= buffer_.size() - end_);
  end_ += count;
}

std::optional<base::BytesView> StreamFramer::next() {
  if (broken_) return std::nullopt;
  const base::BytesView waiting = base::BytesView(buffer_).subspan(begin_, end_ - begin_);
  std::size_t size = 0;
  const Header header = read_header(waiting, size);
  broken_ = header == Header::bad;
  if (header != Header::good || waiting.size() < size) return std::nullopt;
  begin_ += size;
  return waiting.first(size);
}

}  // namespace parlor::stun
