// links: parlor_platform_native
// A server's URL: what is taken can go into a request and a Host header, and means the same when written
// again.

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "native/url.hpp"

using namespace parlor::platform::native;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto server = parse_stun_url(text)) {
    const bool v6 = server->host.find(':') != std::string::npos;
    const std::string host = v6 ? "[" + server->host + "]" : server->host;
    if (server->port == 0 || parse_stun_url("stun:" + host + ":" + std::to_string(server->port)) != server)
      std::abort();
  }
  const auto url = parse_url(text);
  if (!url) return 0;
  const auto visible = [](const std::string& text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; });
  };
  if (url->host.empty() || url->port == 0 || !url->target.starts_with('/')) std::abort();
  if (!visible(url->target) || !visible(url->authority())) std::abort();
  const std::string again = (url->secure ? "wss://" : "ws://") + url->authority() + url->target;
  if (again.size() <= kMaxUrl && parse_url(again) != url) std::abort();
  return 0;
}
