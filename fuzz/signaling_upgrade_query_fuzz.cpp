// links: parlor_signaling
// The query of the upgrade request: whatever is taken reads back as it was written.

#include <cstdlib>

#include "signaling/messages.hpp"

using namespace parlor::signaling;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto request = parse_upgrade_query({reinterpret_cast<const char*>(data), size});
  if (!request) return 0;
  const auto again = parse_upgrade_query(write_upgrade_query(*request));
  if (!again || again->hello != request->hello || again->create != request->create ||
      again->join != request->join) {
    std::abort();
  }
  return 0;
}
