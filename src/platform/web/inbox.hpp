#pragma once
// The one place in wasm memory that JavaScript writes to: filled by parlor_web_inbox() and read at once.

#include <cstddef>
#include <string>
#include <string_view>

#include "base/bytes.hpp"

namespace parlor::platform::web {

/// Room for so many bytes; what was there is gone. Valid until the next call.
[[nodiscard]] std::byte* inbox(std::size_t size);

/// Takes what was delivered from the front, piece by piece. A piece that is not wholly there is empty.
class InboxReader {
 public:
  InboxReader();
  base::BytesView bytes(std::size_t size);
  std::string_view text(std::size_t size) { return base::as_text(bytes(size)); }

 private:
  base::ByteReader rest_;
};

[[nodiscard]] inline std::string inbox_text(std::size_t size) {
  return std::string(InboxReader().text(size));
}

}  // namespace parlor::platform::web
