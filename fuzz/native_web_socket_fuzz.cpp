// links: parlor_platform_native
// A server that says anything behind a right upgrade: messages within their limit, one end, and the same
// events however the bytes are cut; what is written stays within what was asked and the answers to control
// frames.

#include <fuzzer/FuzzedDataProvider.h>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "crypto/hash.hpp"
#include "native/web_socket_protocol.hpp"

using namespace parlor;
using namespace parlor::platform::native;

namespace {

std::string upgrade(const std::string& request) {
  const std::size_t at = request.find("Sec-WebSocket-Key: ") + 19;
  const std::string key = request.substr(at, request.find("\r\n", at) - at);
  return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: "
         "Upgrade\r\nSec-WebSocket-Accept: " +
         base::to_base64(crypto::sha1(base::as_bytes(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))) +
         "\r\n\r\n";
}

/// What happens when this is heard in pieces of `cut` bytes.
std::vector<std::string> events_of(const std::string& text, bool opens, std::size_t cut) {
  base::SeededRandom random(1);
  WebSocketProtocol protocol(*parse_url("ws://a.example/v1"), random);
  const std::string request(base::as_text(protocol.output()));
  protocol.output().clear();
  const std::string all = (opens ? upgrade(request) : "") + text;
  std::vector<std::string> events;
  const auto take = [&] {
    while (const auto event = protocol.poll_event()) {
      if (!events.empty() && events.back().starts_with("closed")) std::abort();
      if (std::holds_alternative<WebSocketProtocol::Opened>(*event)) {
        events.emplace_back("opened");
      } else if (const auto* message = std::get_if<WebSocketProtocol::Message>(&*event)) {
        if (message->bytes.size() > WebSocketProtocol::kMaxMessage) std::abort();
        events.push_back((message->text ? "text " : "bytes ") + std::string(base::as_text(message->bytes)));
      } else {
        const auto& closed = std::get<WebSocketProtocol::Closed>(*event);
        events.push_back("closed " + std::to_string(closed.code) + ' ' + closed.reason);
      }
    }
    if (protocol.output().size() > WebSocketProtocol::kMaxBeforePong + 1024) std::abort();
  };
  for (std::size_t at = 0; at < all.size(); at += cut) {
    protocol.add(base::as_bytes(std::string_view(all).substr(at, cut)));
    take();
  }
  protocol.end("over");
  take();
  if (events.empty() || !events.back().starts_with("closed") || !protocol.is_over()) std::abort();
  return events;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzedDataProvider from(data, size);
  const bool opens = from.ConsumeIntegralInRange<int>(0, 7) != 0;
  const std::size_t cut = from.ConsumeIntegralInRange<std::size_t>(1, 300);
  const std::string text = from.ConsumeRemainingBytesAsString();
  if (events_of(text, opens, cut) != events_of(text, opens, text.size() + 1000)) std::abort();
  return 0;
}
