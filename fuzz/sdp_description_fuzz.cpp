// links: parlor_sdp
// Descriptions and candidates of a stranger: what is read is written as something that reads the same, in
// ASCII alone, whatever bytes it was read from.

#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "sdp/description.hpp"

namespace {

void check(bool holds) {
  if (!holds) std::abort();
}

bool is_plain(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return (c >= 0x20 && c < 0x7f) || c == '\r' || c == '\n'; });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto candidate = parlor::sdp::parse_candidate(text); candidate && candidate->address) {
    const std::string line = write_candidate(*candidate);
    const auto again = parlor::sdp::parse_candidate(line);
    check(again && write_candidate(*again) == line && is_plain(line));
  }
  if (auto description = parlor::sdp::parse(text)) {
    std::erase_if(description->candidates, [](const auto& candidate) { return !candidate.address; });
    const std::string once = write(*description);
    const auto again = parlor::sdp::parse(once);
    check(again.has_value() && write(*again) == once && is_plain(once));
  }
  return 0;
}
