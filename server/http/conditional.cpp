#include "http/conditional.hpp"

#include "http/text.hpp"

namespace parlor::http {

bool if_none_match(std::string_view header, std::string_view etag) {
  header = trimmed(header);
  if (header == "*") return true;
  while (!header.empty()) {
    if (header.starts_with("W/")) header.remove_prefix(2);
    if (!header.starts_with('"')) return false;
    const std::size_t end = header.find('"', 1);
    if (end == std::string_view::npos) return false;
    if (header.substr(0, end + 1) == etag) return true;
    header = trimmed(header.substr(end + 1));
    if (!header.starts_with(',')) return false;
    header = trimmed(header.substr(1));
  }
  return false;
}

}  // namespace parlor::http
