#include "room/session_lines.hpp"

#include <algorithm>

namespace parlor::room {
namespace {

constexpr std::size_t kMaxValue = 256;

/// Behind the first line that begins so; `attribute` begins with the end of the line in front.
std::string value_of(std::string_view sdp, std::string_view attribute) {
  const std::size_t at = sdp.find(attribute);
  if (at == std::string_view::npos) return {};
  const std::string_view rest = sdp.substr(at + attribute.size());
  return std::string(rest.substr(0, std::min(rest.find_first_of("\r\n"), kMaxValue)));
}

}  // namespace

std::string fingerprint_of(std::string_view sdp) {
  return value_of(sdp, "\na=fingerprint:");
}

std::string ufrag_of(std::string_view sdp) {
  return value_of(sdp, "\na=ice-ufrag:");
}

std::string offer_named_in(std::string_view sdp) {
  return value_of(sdp, "\na=x-parlor-offer:");
}

std::uint32_t candidates_in(std::string_view sdp) {
  constexpr std::string_view kLine = "\na=candidate:";
  std::uint32_t count = 0;
  for (std::size_t at = sdp.find(kLine); at != std::string_view::npos;
       at = sdp.find(kLine, at + kLine.size())) {
    ++count;
  }
  return count;
}

}  // namespace parlor::room
