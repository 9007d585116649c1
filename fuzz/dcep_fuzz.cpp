// links: parlor_datachannel
// Messages of the Data Channel Establishment Protocol from a stranger: what is read is written as the same
// bytes again, but for what a reliable channel ignores.

#include <cstdint>
#include <cstdlib>

#include "datachannel/dcep.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const parlor::base::BytesView input = std::as_bytes(std::span(data, size));
  if (const auto open = parlor::datachannel::parse_open(input)) {
    const auto bytes = write_open(*open);
    const auto again = parlor::datachannel::parse_open(bytes);
    if (!again || bytes.size() != input.size() || again->label != open->label ||
        !(again->reliability == open->reliability))
      std::abort();
  }
  (void)parlor::datachannel::is_ack(input);
  return 0;
}
