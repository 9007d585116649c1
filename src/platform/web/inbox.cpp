#include "web/inbox.hpp"

namespace parlor::platform::web {
namespace {

base::Bytes& buffer() {
  static base::Bytes bytes;
  return bytes;
}

/// A buffer that once held a large message gives its memory back.
constexpr std::size_t kKept = 128 * 1024;

}  // namespace

std::byte* inbox(std::size_t size) {
  base::Bytes& bytes = buffer();
  if (bytes.capacity() > kKept && size <= kKept) bytes = {};
  bytes.resize(size);
  return bytes.data();
}

InboxReader::InboxReader() : rest_(buffer()) {}

base::BytesView InboxReader::bytes(std::size_t size) {
  return rest_.take(size).value_or(base::BytesView{});
}

}  // namespace parlor::platform::web
