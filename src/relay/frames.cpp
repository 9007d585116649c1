#include "relay/frames.hpp"

#include <algorithm>
#include <string_view>

namespace parlor::relay {
namespace {

enum class Type : std::uint8_t { data = 1, control = 2, refusal = 3, window = 4 };

// A recipient's header is led by one byte: its length, and above it …
constexpr std::uint8_t kAgain = 0x80;
constexpr std::uint8_t kLengthBits = 0x3f;
/// … and in a refusal this stands where it is about no message.
constexpr std::uint8_t kNoLane = 0xff;
constexpr std::uint8_t kWireLanes = 4;

[[nodiscard]] std::uint8_t wire(Lane lane) {
  return lane == Lane::control ? kWireLanes : static_cast<std::uint8_t>(lane);
}

/// Length, flag and bytes of a recipient's header.
bool read_header(base::ByteReader& in, Recipient& recipient) {
  const auto lead = in.u8();
  if (!lead || (*lead & ~(kAgain | kLengthBits)) != 0) return false;
  const std::size_t size = *lead & kLengthBits;
  if (size > kMaxHeader) return false;
  const auto bytes = in.take(size);
  if (!bytes) return false;
  recipient.again = (*lead & kAgain) != 0;
  recipient.header = *bytes;
  return true;
}

bool read_recipients(base::ByteReader& in, ClientFrame& frame) {
  const auto count = in.u8();
  if (!count || *count > kMaxRecipients) return false;
  if (*count == 0) return read_header(in, frame.to_all);
  for (std::size_t i = 0; i < *count; ++i) {
    const auto peer = in.u16_le();
    if (!peer || *peer == 0) return false;
    Recipient recipient;
    recipient.peer = PeerId{*peer};
    if (!read_header(in, recipient)) return false;
    frame.recipients.push_back(recipient);
  }
  return true;
}

bool read_lane(base::ByteReader& in, ClientFrame& frame) {
  const auto lane = in.u8();
  const auto age = in.u16_le();
  if (!lane || *lane >= kWireLanes || !age) return false;
  frame.lane = Lane{*lane};
  frame.age_ms = *age;
  if (frame.lane != Lane::latest) return true;
  const auto key = in.u32_le();
  frame.key = key.value_or(0);
  return key.has_value();
}

[[nodiscard]] std::size_t max_payload(Lane lane) {
  return lane == Lane::control ? kMaxControlPayload : kMaxPayload;
}

void write_header(base::ByteWriter& out, const Recipient& recipient) {
  assert(recipient.header.size() <= kMaxHeader);
  out.u8(static_cast<std::uint8_t>(recipient.header.size() | (recipient.again ? kAgain : 0U)));
  out.bytes(recipient.header);
}

std::optional<ServerFrame> parse_message(base::ByteReader in, Lane lane) {
  const auto from = in.u16_le();
  if (!from || *from == 0 || in.remaining() > kMaxHeader + max_payload(lane)) return std::nullopt;
  return Message{lane, PeerId{*from}, in.rest()};
}

std::optional<ServerFrame> parse_data(base::ByteReader in) {
  const auto lane = in.u8();
  if (!lane || *lane >= kWireLanes) return std::nullopt;
  return parse_message(in, Lane{*lane});
}

std::optional<ServerFrame> parse_refusal(base::ByteReader in) {
  const auto reason = in.u8();
  const auto peer = in.u16_le();
  const auto lane = in.u8();
  const auto wait = in.u16_le();
  if (!reason || !peer || !lane || !wait) return std::nullopt;
  if (*lane != kNoLane && *lane > kWireLanes) return std::nullopt;
  if (in.remaining() > kMaxHeader) return std::nullopt;
  // A later server may have other reasons: whatever it is, the message was not taken.
  const Refusal known = *reason < kRefusals ? Refusal{*reason} : Refusal::over_budget;
  Refused refused{known, PeerId{*peer}, std::nullopt, *wait, in.rest()};
  if (*lane != kNoLane) refused.lane = Lane{*lane};
  return refused;
}

std::optional<ServerFrame> parse_window(base::ByteReader in) {
  const auto lane = in.u8();
  const auto peer = in.u16_le();
  const auto open = in.u8();
  if (!lane || *lane >= kWireLanes || !is_promised(Lane{*lane}) || !peer || *peer == 0) return std::nullopt;
  if (!open || *open > 1 || in.remaining() > 0) return std::nullopt;
  return Window{Lane{*lane}, PeerId{*peer}, *open == 1};
}

}  // namespace

std::string_view to_string(Lane lane) {
  switch (lane) {
    case Lane::reliable:
      return "reliable";
    case Lane::unreliable:
      return "unreliable";
    case Lane::latest:
      return "latest";
    case Lane::bulk:
      return "bulk";
    case Lane::control:
      break;
  }
  return "control";
}

std::string_view to_string(Refusal refusal) {
  switch (refusal) {
    case Refusal::malformed:
      return "malformed";
    case Refusal::too_large:
      return "too_large";
    case Refusal::off:
      return "off";
    case Refusal::no_such_peer:
      return "no_such_peer";
    case Refusal::over_budget:
      return "over_budget";
    case Refusal::full:
      break;
  }
  return "full";
}

base::Result<ClientFrame, FrameError> parse_client_frame(BytesView bytes) {
  if (bytes.size() > kMaxFrame) return base::Unexpected{FrameError::too_large};
  base::ByteReader in(bytes);
  ClientFrame frame;
  const auto type = in.u8();
  if (type == static_cast<std::uint8_t>(Type::control)) {
    frame.lane = Lane::control;
  } else if (type != static_cast<std::uint8_t>(Type::data) || !read_lane(in, frame)) {
    return base::Unexpected{FrameError::malformed};
  }
  if (!read_recipients(in, frame)) return base::Unexpected{FrameError::malformed};
  frame.payload = in.rest();
  if (frame.payload.size() > max_payload(frame.lane)) return base::Unexpected{FrameError::too_large};
  return frame;
}

base::Bytes write(const ClientFrame& frame) {
  assert(frame.payload.size() <= max_payload(frame.lane));
  constexpr std::size_t kMaxFixed = 9;
  base::Bytes bytes(kMaxFixed + (frame.recipients.size() + 1) * (3 + kMaxHeader) + frame.payload.size());
  base::ByteWriter out(bytes);
  if (frame.lane == Lane::control) {
    out.u8(static_cast<std::uint8_t>(Type::control));
  } else {
    out.u8(static_cast<std::uint8_t>(Type::data));
    out.u8(wire(frame.lane));
    out.u16_le(frame.age_ms);
    if (frame.lane == Lane::latest) out.u32_le(frame.key);
  }
  out.u8(static_cast<std::uint8_t>(frame.recipients.size()));
  if (frame.recipients.empty()) write_header(out, frame.to_all);
  for (const Recipient& recipient : frame.recipients) {
    assert(recipient.peer != kNobody);
    out.u16_le(static_cast<std::uint16_t>(recipient.peer));
    write_header(out, recipient);
  }
  out.bytes(frame.payload);
  assert(out.ok());
  bytes.resize(out.size());
  return bytes;
}

std::optional<ServerFrame> parse_server_frame(BytesView bytes) {
  base::ByteReader in(bytes);
  const auto type = in.u8();
  if (!type) return std::nullopt;
  switch (Type{*type}) {
    case Type::data:
      return parse_data(in);
    case Type::control:
      return parse_message(in, Lane::control);
    case Type::refusal:
      return parse_refusal(in);
    case Type::window:
      return parse_window(in);
  }
  return std::nullopt;
}

Head make_head(BytesView bytes) {
  assert(bytes.size() <= kMaxHead);
  Head head;
  std::copy(bytes.begin(), bytes.end(), head.bytes_.begin());
  head.size_ = static_cast<std::uint8_t>(bytes.size());
  return head;
}

Head write_head(Lane lane, PeerId from, BytesView header) {
  assert(header.size() <= kMaxHeader);
  std::array<std::byte, kMaxHead> bytes{};
  base::ByteWriter out(bytes);
  out.u8(static_cast<std::uint8_t>(lane == Lane::control ? Type::control : Type::data));
  if (lane != Lane::control) out.u8(wire(lane));
  out.u16_le(static_cast<std::uint16_t>(from));
  out.bytes(header);
  return make_head(out.written());
}

Head write(const Refused& refused) {
  assert(refused.header.size() <= kMaxHeader);
  std::array<std::byte, kMaxHead> bytes{};
  base::ByteWriter out(bytes);
  out.u8(static_cast<std::uint8_t>(Type::refusal));
  out.u8(static_cast<std::uint8_t>(refused.reason));
  out.u16_le(static_cast<std::uint16_t>(refused.peer));
  out.u8(refused.lane ? wire(*refused.lane) : kNoLane);
  out.u16_le(refused.wait_ms);
  out.bytes(refused.header);
  return make_head(out.written());
}

Head write(const Window& window) {
  std::array<std::byte, kMaxHead> bytes{};
  base::ByteWriter out(bytes);
  out.u8(static_cast<std::uint8_t>(Type::window));
  out.u8(wire(window.lane));
  out.u16_le(static_cast<std::uint16_t>(window.peer));
  out.u8(window.open ? 1 : 0);
  return make_head(out.written());
}

}  // namespace parlor::relay
