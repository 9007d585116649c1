// links: parlor_relay
// Frames of the relay, as a server and as a client read them: what is taken is within its limits, and is
// written again to the same bytes.

#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "relay/frames.hpp"

using namespace parlor;
using namespace parlor::relay;

namespace {

void check(bool holds) {
  if (!holds) std::abort();
}

bool same(BytesView a, BytesView b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end());
}

void as_server(BytesView bytes) {
  const auto frame = parse_client_frame(bytes);
  if (!frame) return;
  check(frame->payload.size() <= (frame->lane == Lane::control ? kMaxControlPayload : kMaxPayload));
  check(frame->to_all.header.size() <= kMaxHeader);
  for (const Recipient& recipient : frame->recipients) {
    check(recipient.peer != kNobody && recipient.header.size() <= kMaxHeader);
  }
  check(same(write(*frame), bytes));
}

void as_client(BytesView bytes) {
  const auto frame = parse_server_frame(bytes);
  if (!frame) return;
  if (const auto* message = std::get_if<Message>(&*frame)) {
    check(message->from != kNobody && message->body.size() <= kMaxHeader + kMaxPayload);
    const Head head = write_head(message->lane, message->from, {});
    check(same(head.bytes(), bytes.first(head.size())) && same(message->body, bytes.subspan(head.size())));
  } else if (const auto* window = std::get_if<Window>(&*frame)) {
    check(is_promised(window->lane) && same(write(*window).bytes(), bytes));
  } else {
    const auto& refused = std::get<Refused>(*frame);
    check(refused.header.size() <= kMaxHeader);
    const bool known = std::to_integer<std::size_t>(bytes[1]) < kRefusals;
    check(known ? same(write(refused).bytes(), bytes) : refused.reason == Refusal::over_budget);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const BytesView bytes = std::as_bytes(std::span(data, size));
  as_server(bytes);
  as_client(bytes);
  return 0;
}
