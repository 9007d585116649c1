// links: parlor_room parlor_signaling
// The body of GET /v1/ice, as any proxy may have made it: what is taken keeps to the limits and reads back as
// it was written, and what a room makes of it a browser takes.

#include <cstdlib>

#include "room/options.hpp"
#include "signaling/messages.hpp"

using namespace parlor;

namespace {

void check(bool holds) {
  if (!holds) std::abort();
}

void check_limits(const std::vector<signaling::IceServer>& servers) {
  check(servers.size() <= signaling::kMaxIceServers);
  for (const signaling::IceServer& server : servers) {
    check(server.urls.size() <= signaling::kMaxIceUrls);
    for (const std::string& url : server.urls) check(!url.empty() && url.size() <= signaling::kMaxIceText);
    check(server.username.size() <= signaling::kMaxIceText);
    check(server.credential.size() <= signaling::kMaxIceText);
  }
}

/// RTCPeerConnection's constructor throws at a server without URLs, and at a TURN server without both words.
void check_usable(const std::vector<IceServer>& servers) {
  check(servers.size() <= room::kMaxIceServers);
  for (const IceServer& server : servers) {
    check(!server.urls.empty());
    for (const std::string& url : server.urls) {
      const bool turn = url.starts_with("turn:") || url.starts_with("turns:");
      check(turn || url.starts_with("stun:") || url.starts_with("stuns:"));
      check(!turn || (!server.username.empty() && !server.credential.empty()));
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto servers = signaling::parse_ice_servers({reinterpret_cast<const char*>(data), size});
  if (!servers) {
    check(!servers.error().message.empty());
    return 0;
  }
  check_limits(*servers);
  check_usable(room::usable(*servers));
  const std::string written = write(signaling::ServerMessage(signaling::Welcome{1, *servers}));
  if (written.size() > signaling::kMaxFrame) return 0;  // escapes can make it longer than what was read
  const auto again = signaling::parse_ice_servers(written);
  check(again && *again == *servers);
  return 0;
}
