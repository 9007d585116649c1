// links: parlor_signaling
// What a server reads from strangers: whatever is taken is within its limits and reads back as it was
// written.

#include <cstdlib>

#include "signaling/messages.hpp"

using namespace parlor::signaling;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto message = parse_client_message(text);
  if (!message) {
    if (message.error().message.empty() || message.error().message.size() > kMaxErrorText) std::abort();
    const Error answer{message.error().code, message.error().message, message.error().about};
    if (!parse_server_message(write(ServerMessage(answer)))) std::abort();
    return 0;
  }
  const std::string written = write(*message);
  const auto again = parse_client_message(written);
  if (!again || !(*again == *message)) std::abort();
  return 0;
}
