// links: parlor_signaling
// What a client reads from its server: whatever is taken reads back as it was written.

#include <cstdlib>

#include "signaling/messages.hpp"

using namespace parlor::signaling;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto message = parse_server_message(text);
  if (!message) return 0;
  const std::string written = write(*message);
  if (written.size() > kMaxFrame) return 0;  // escapes can make it longer than what was read
  const auto again = parse_server_message(written);
  if (!again || !(*again == *message)) std::abort();
  return 0;
}
