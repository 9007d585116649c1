#include "room/link/frames.hpp"

#include <algorithm>
#include <cassert>

namespace parlor::room {
namespace {

// The first byte: kind, whether an acknowledgement is in it, whose lives.
constexpr unsigned kKindAt = 5;
constexpr unsigned kHasAck = 0x10;
constexpr unsigned kFromLifeAt = 2;
constexpr unsigned kLife = 0x3;

// The acknowledgement: the channel's number above, the frame's below.
constexpr unsigned kAckChannelAt = 13;
static_assert(kMaxChannels <= 8 && kAckNumbers == 1U << kAckChannelAt);

// Sections of control: type, length of what follows, and that.
enum Section : std::uint8_t { kHello = 0, kPing = 1, kPong = 2, kAcks = 3, kLatestAcks = 4, kBye = 5 };

/// Seven bits a byte, the lowest first, the highest bit on all but the last: at most five, and no more than
/// are needed.
std::optional<std::uint32_t> read_varint(base::ByteReader& reader) {
  std::uint32_t value = 0;
  for (unsigned shift = 0; shift < 35; shift += 7) {
    const auto byte = reader.u8();
    if (!byte) return std::nullopt;
    const std::uint32_t bits = *byte & 0x7fU;
    if (shift == 28 && bits > 0xfU) return std::nullopt;
    value |= bits << shift;
    if ((*byte & 0x80U) != 0) continue;
    if (bits == 0 && shift > 0) return std::nullopt;
    return value;
  }
  return std::nullopt;
}

/// Appends to a buffer that is large enough.
class Pen {
 public:
  explicit Pen(std::byte* at) : begin_(at), at_(at) {}
  void u8(unsigned value) { *at_++ = static_cast<std::byte>(value); }
  void u16(unsigned value) {
    u8(value & 0xffU);
    u8(value >> 8 & 0xffU);
  }
  void varint(std::uint32_t value) {
    for (; value >= 0x80U; value >>= 7) u8((value & 0x7fU) | 0x80U);
    u8(value);
  }
  [[nodiscard]] std::size_t size() const { return static_cast<std::size_t>(at_ - begin_); }

 private:
  std::byte* begin_;
  std::byte* at_;
};

void put(Bytes& out, std::uint32_t value, std::size_t bytes) {
  for (std::size_t i = 0; i < bytes; ++i) out.push_back(static_cast<std::byte>(value >> 8 * i & 0xffU));
}
void put_varint(Bytes& out, std::uint32_t value) {
  for (; value >= 0x80U; value >>= 7) put(out, (value & 0x7fU) | 0x80U, 1);
  put(out, value, 1);
}

std::uint16_t packed(const Ack& ack) {
  return static_cast<std::uint16_t>(static_cast<unsigned>(ack.channel) << kAckChannelAt |
                                    (ack.number % kAckNumbers));
}
Ack unpacked(std::uint16_t value) {
  return {static_cast<Channel>(value >> kAckChannelAt), static_cast<std::uint16_t>(value % kAckNumbers)};
}

/// Reads what the kind has between the first byte and the term. False when it is cut short.
bool read_fields(base::ByteReader& reader, FrameHeader& header) {
  const auto u16_into = [&](std::uint16_t& field) {
    const auto value = reader.u16_le();
    if (value) field = *value;
    return value.has_value();
  };
  switch (header.kind) {
    case FrameKind::ordered:
    case FrameKind::ordered_more:
      return u16_into(header.number);
    case FrameKind::unreliable:
      return u16_into(header.stamp);
    case FrameKind::unreliable_copy:
      return u16_into(header.stamp) && u16_into(header.copy);
    case FrameKind::latest: {
      if (!u16_into(header.number)) return false;
      const auto key = read_varint(reader);
      header.key = key.value_or(0);
      return key.has_value();
    }
    case FrameKind::control:
      return true;
  }
  return false;
}

}  // namespace

std::optional<Frame> parse_frame(BytesView bytes, bool of_host) {
  base::ByteReader reader(bytes);
  const auto first = reader.u8();
  if (!first || *first >> kKindAt >= kFrameKinds) return std::nullopt;
  Frame frame;
  FrameHeader& header = frame.header;
  header.kind = static_cast<FrameKind>(*first >> kKindAt);
  header.from_life = static_cast<std::uint8_t>(*first >> kFromLifeAt & kLife);
  header.to_life = static_cast<std::uint8_t>(*first & kLife);
  if (!read_fields(reader, header)) return std::nullopt;
  if (of_host && header.kind != FrameKind::control) {
    const auto term = reader.u8();
    if (!term) return std::nullopt;
    header.term = *term;
  }
  if ((*first & kHasAck) != 0) {
    const auto ack = reader.u16_le();
    if (!ack) return std::nullopt;
    header.ack = unpacked(*ack);
  }
  frame.payload = reader.rest();
  return frame;
}

HeaderBytes write_header(const FrameHeader& header, std::optional<RelayMark> mark) {
  HeaderBytes bytes;
  Pen pen(bytes.bytes_.data());
  if (mark) pen.u8(mark->wire());
  pen.u8(static_cast<unsigned>(header.kind) << kKindAt | (header.ack ? kHasAck : 0U) |
         (header.from_life & kLife) << kFromLifeAt | (header.to_life & kLife));
  switch (header.kind) {
    case FrameKind::ordered:
    case FrameKind::ordered_more:
      pen.u16(header.number);
      break;
    case FrameKind::unreliable_copy:
      pen.u16(header.stamp);
      pen.u16(header.copy);
      break;
    case FrameKind::unreliable:
      pen.u16(header.stamp);
      break;
    case FrameKind::latest:
      pen.u16(header.number);
      pen.varint(header.key);
      break;
    case FrameKind::control:
      break;
  }
  if (header.term) pen.u8(*header.term);
  if (header.ack) pen.u16(packed(*header.ack));
  bytes.size_ = static_cast<std::uint8_t>(pen.size());
  assert(bytes.size_ <= kMaxLinkHeader);
  return bytes;
}

// ---- control

namespace {

bool read_hello(base::ByteReader reader, Control& control) {
  const auto version = reader.u8();
  const auto channels = reader.u32_le();
  if (!version || !channels) return false;
  control.hello = Hello{*version, *channels};
  return true;
}

bool read_ping(base::ByteReader reader, Control& control) {
  const auto id = reader.u16_le();
  const auto time = reader.u32_le();
  const auto promise = reader.u8();
  const auto flags = reader.u8();
  const auto sent = reader.u16_le();
  if (!sent) return false;
  control.ping = Ping{*id, *time, *promise, (*flags & 1U) != 0, *sent};
  return true;
}

bool read_pong(base::ByteReader reader, Control& control) {
  const auto id = reader.u16_le();
  const auto time = reader.u32_le();
  if (!time) return false;
  control.pong = Pong{*id, *time};
  return true;
}

bool read_acks(base::ByteReader reader, Control& control) {
  if (reader.remaining() % 2 != 0 || reader.remaining() / 2 > kMaxChannels - control.acks.size())
    return false;
  while (const auto ack = reader.u16_le()) control.acks.push_back(unpacked(*ack));
  return true;
}

bool read_latest_acks(base::ByteReader reader, Control& control) {
  while (reader.remaining() > 0) {
    if (control.latest_acks.size() == kMaxLatestAcks) return false;
    const auto channel = reader.u8();
    const auto number = reader.u16_le();
    const auto key = read_varint(reader);
    if (!number || !key || *channel >= kMaxChannels) return false;
    control.latest_acks.push_back({static_cast<Channel>(*channel), *key, *number});
  }
  return true;
}

bool read_bye(base::ByteReader reader, Control& control) {
  const auto why = reader.u8();
  // A reason of a later version is still a bye.
  if (why) control.bye = *why > 2 ? Bye::given_up : static_cast<Bye>(*why);
  return why.has_value();
}

bool read_section(std::uint8_t type, base::ByteReader content, Control& control) {
  switch (type) {
    case kHello:
      return read_hello(content, control);
    case kPing:
      return read_ping(content, control);
    case kPong:
      return read_pong(content, control);
    case kAcks:
      return read_acks(content, control);
    case kLatestAcks:
      return read_latest_acks(content, control);
    case kBye:
      return read_bye(content, control);
    default:
      return true;
  }
}

template <class Write>
void put_section(Bytes& out, Section type, Write write) {
  put(out, type, 1);
  const std::size_t length_at = out.size();
  put(out, 0, 1);
  write();
  const std::size_t length = out.size() - length_at - 1;
  assert(length <= 0xff);
  out[length_at] = static_cast<std::byte>(length);
}

}  // namespace

std::optional<Control> parse_control(BytesView payload) {
  Control control;
  base::ByteReader reader(payload);
  while (reader.remaining() > 0) {
    const auto type = reader.u8();
    const auto length = reader.u8();
    if (!length) return std::nullopt;
    const auto content = reader.take(*length);
    if (!content || !read_section(*type, base::ByteReader(*content), control)) return std::nullopt;
  }
  return control;
}

Bytes write_control(const Control& control) {
  Bytes out;
  if (control.hello) {
    put_section(out, kHello, [&] {
      put(out, control.hello->version, 1);
      put(out, control.hello->channels, 4);
    });
  }
  if (control.bye) put_section(out, kBye, [&] { put(out, static_cast<std::uint8_t>(*control.bye), 1); });
  if (control.ping) {
    put_section(out, kPing, [&] {
      put(out, control.ping->id, 2);
      put(out, control.ping->time, 4);
      put(out, control.ping->promise, 1);
      put(out, control.ping->doubts ? 1 : 0, 1);
      put(out, control.ping->unreliable_sent, 2);
    });
  }
  if (control.pong) {
    put_section(out, kPong, [&] {
      put(out, control.pong->id, 2);
      put(out, control.pong->time, 4);
    });
  }
  if (!control.acks.empty()) {
    put_section(out, kAcks, [&] {
      for (const Ack& ack : control.acks) put(out, packed(ack), 2);
    });
  }
  if (!control.latest_acks.empty()) {
    put_section(out, kLatestAcks, [&] {
      for (const LatestAck& ack : control.latest_acks) {
        put(out, ack.channel, 1);
        put(out, ack.number, 2);
        put_varint(out, ack.key);
      }
    });
  }
  return out;
}

}  // namespace parlor::room
