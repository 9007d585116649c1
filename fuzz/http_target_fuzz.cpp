// links: parlor_http
// The request target: whatever it is, the path that comes out stays below the folder that is served.

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "http/target.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto target = parlor::http::parse_target({reinterpret_cast<const char*>(data), size});
  if (!target) return 0;
  const std::string& path = target->path;
  if (path.empty() || path.front() != '/') std::abort();
  if (path.find("//") != std::string::npos || path.find("/.") != path.find("/.well-known")) std::abort();
  if (path.find('\0') != std::string::npos || path.find('\\') != std::string::npos) std::abort();
  return 0;
}
