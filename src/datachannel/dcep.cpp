#include "datachannel/dcep.hpp"

#include <algorithm>

#include "base/utf8.hpp"

namespace parlor::datachannel {
namespace {

constexpr std::uint8_t kAck = 2;
constexpr std::uint8_t kOpen = 3;
constexpr std::uint8_t kUnordered = 0x80;
constexpr std::uint8_t kByCount = 1;
constexpr std::uint8_t kByTime = 2;
constexpr std::size_t kFixed = 12;

}  // namespace

std::optional<Open> parse_open(base::BytesView bytes) {
  base::ByteReader reader(bytes);
  const auto message = reader.u8();
  const auto type = reader.u8();
  const auto priority = reader.u16();
  const auto parameter = reader.u32();
  const auto label_size = reader.u16();
  const auto protocol_size = reader.u16();
  if (!protocol_size || *message != kOpen) return std::nullopt;
  const auto label = reader.take(*label_size);
  const auto protocol = reader.take(*protocol_size);
  if (!label || !protocol || reader.remaining() != 0) return std::nullopt;
  if (!base::utf8_length(base::as_text(*label)) || !base::utf8_length(base::as_text(*protocol)))
    return std::nullopt;
  Open open;
  open.label = base::as_text(*label);
  open.protocol = base::as_text(*protocol);
  open.priority = *priority;
  open.reliability.ordered = (*type & kUnordered) == 0;
  switch (*type & ~kUnordered) {
    case 0:
      break;
    case kByCount:
      open.reliability.max_retransmits =
          static_cast<std::uint16_t>(std::min<std::uint32_t>(*parameter, 0xffff));
      break;
    case kByTime:
      open.reliability.max_lifetime = std::chrono::milliseconds(*parameter);
      break;
    default:
      return std::nullopt;
  }
  return open;
}

base::Bytes write_open(const Open& open) {
  const Reliability& reliability = open.reliability;
  std::uint8_t type = reliability.ordered ? 0 : kUnordered;
  std::uint32_t parameter = 0;
  if (reliability.max_retransmits) {
    type |= kByCount;
    parameter = *reliability.max_retransmits;
  } else if (reliability.max_lifetime) {
    type |= kByTime;
    parameter = static_cast<std::uint32_t>(*reliability.max_lifetime / std::chrono::milliseconds(1));
  }
  base::Bytes bytes(kFixed + open.label.size() + open.protocol.size());
  base::ByteWriter writer(bytes);
  writer.u8(kOpen);
  writer.u8(type);
  writer.u16(open.priority);
  writer.u32(parameter);
  writer.u16(static_cast<std::uint16_t>(open.label.size()));
  writer.u16(static_cast<std::uint16_t>(open.protocol.size()));
  writer.bytes(base::as_bytes(open.label));
  writer.bytes(base::as_bytes(open.protocol));
  return bytes;
}

bool is_ack(base::BytesView bytes) {
  return bytes.size() == 1 && std::to_integer<std::uint8_t>(bytes[0]) == kAck;
}

base::Bytes write_ack() {
  return {std::byte{kAck}};
}

}  // namespace parlor::datachannel
