// links: parlor_config
// The configuration file: any bytes give entries or one sentence; what resolves prints to a file that
// resolves the same.

#include <cstdint>
#include <cstdlib>
#include <string>

#include "config/resolve.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace config = parlor::config;
  config::Sources sources;
  sources.file_name = "f";
  sources.file_text = std::string(reinterpret_cast<const char*>(data), size);
  const auto resolved = config::resolve(sources);
  if (!resolved) {
    if (resolved.error().empty()) std::abort();
    return 0;
  }
  sources.file_text = config::print_config(*resolved);
  const auto again = config::resolve(sources);
  if (!again) std::abort();
  return 0;
}
