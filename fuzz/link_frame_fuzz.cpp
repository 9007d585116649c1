// links: parlor_room
// Frames of a link: what is taken is within its limits, and is written again to the same bytes.

#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "room/link/frames.hpp"

using namespace parlor;
using namespace parlor::room;

namespace {

void check(bool holds) {
  if (!holds) std::abort();
}

void frame(BytesView bytes, bool of_host) {
  const auto frame = parse_frame(bytes, of_host);
  if (!frame) return;
  check(frame->header.term.has_value() == (of_host && frame->header.kind != FrameKind::control));
  check(!frame->header.ack ||
        (frame->header.ack->channel < kMaxChannels && frame->header.ack->number < kAckNumbers));
  const auto head = write_header(frame->header);
  check(head.size() <= kMaxLinkHeader && head.size() + frame->payload.size() == bytes.size());
  check(std::equal(head.view().begin(), head.view().end(), bytes.begin()));
}

void control(BytesView bytes) {
  const auto control = parse_control(bytes);
  if (!control) return;
  check(control->acks.size() <= kMaxChannels && control->latest_acks.size() <= kMaxLatestAcks);
  const Bytes again = write_control(*control);
  check(again.size() <= 256 && parse_control(again) == control);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const BytesView bytes = std::as_bytes(std::span(data, size));
  frame(bytes, false);
  frame(bytes, true);
  control(bytes);
  return 0;
}
