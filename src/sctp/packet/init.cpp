#include "sctp/packet/init.hpp"

#include <algorithm>
#include <array>

#include "sctp/packet/packet.hpp"

namespace parlor::sctp {
namespace {

constexpr std::size_t kFixed = 16;

/// What the peer's list of chunk types says (RFC 5061 §4.2.7).
void read_extensions(base::BytesView types, Extensions& extensions) {
  for (const std::byte type : types) {
    switch (static_cast<ChunkType>(type)) {
      case ChunkType::reconfig:
        extensions.reset = true;
        break;
      case ChunkType::i_data:
        extensions.interleaving = true;
        break;
      case ChunkType::forward_tsn:
        extensions.partial_reliability = true;
        break;
      case ChunkType::pad:
        extensions.padding = true;
        break;
      default:
        break;
    }
  }
}

/// Where the list names both, or the parameter of RFC 3758 stands alone, the peer takes FORWARD TSN.
bool read_parameter(ParameterType type, base::BytesView value, Init& init) {
  switch (type) {
    case ParameterType::state_cookie:
      init.cookie = value;
      return true;
    case ParameterType::forward_tsn:
      init.extensions.partial_reliability = true;
      return true;
    case ParameterType::supported_extensions:
      read_extensions(value, init.extensions);
      return true;
    case ParameterType::zero_checksum:
      init.extensions.zero_checksum = base::ByteReader(value).u32() == kErrorDetectionByDtls;
      return true;
    case ParameterType::heartbeat_info:
    case ParameterType::ipv4_address:
    case ParameterType::ipv6_address:
    case ParameterType::unrecognized:
    case ParameterType::cookie_preservative:
    case ParameterType::host_name:
    case ParameterType::supported_addresses:
    case ParameterType::ecn:
      return true;
    default:
      return false;
  }
}

std::vector<std::byte> chunk_types(const Extensions& extensions) {
  std::vector<std::byte> types;
  const auto add = [&types](ChunkType type) { types.push_back(static_cast<std::byte>(type)); };
  if (extensions.reset) add(ChunkType::reconfig);
  if (extensions.partial_reliability) add(ChunkType::forward_tsn);
  if (extensions.interleaving) add(ChunkType::i_data);
  if (extensions.interleaving && extensions.partial_reliability) add(ChunkType::i_forward_tsn);
  if (extensions.padding) add(ChunkType::pad);
  return types;
}

}  // namespace

std::optional<Init> read_init(base::BytesView value) {
  base::ByteReader reader(value);
  Init init;
  const auto tag = reader.u32();
  const auto window = reader.u32();
  const auto outbound = reader.u16();
  const auto inbound = reader.u16();
  const auto tsn = reader.u32();
  if (!tsn || *tag == 0 || *outbound == 0 || *inbound == 0) return std::nullopt;
  init.tag = *tag;
  init.window = *window;
  init.outbound_streams = *outbound;
  init.inbound_streams = *inbound;
  init.initial_tsn = Tsn(*tsn);
  TlvReader parameters(reader.rest());
  bool counts = true;  // until an unknown one says that the rest does not
  while (const auto item = parameters.next()) {
    if (!counts || read_parameter(static_cast<ParameterType>(item->head), item->value, init)) continue;
    const Unknown what = unknown_parameter(item->head);
    if (what.report && init.unrecognized.size() < kMostUnrecognized &&
        item->whole.size() <= kLongestUnrecognized)
      init.unrecognized.push_back(item->whole);
    counts = what.skip;
  }
  if (!parameters.at_end()) return std::nullopt;
  return init;
}

base::Bytes write_init(const Init& init) {
  const std::vector<std::byte> types = chunk_types(init.extensions);
  std::size_t size = kFixed + padded(kChunkHeaderSize + init.cookie.size()) + 8 +
                     padded(kChunkHeaderSize + types.size()) + 4;
  for (const auto& one : init.unrecognized) size += padded(kChunkHeaderSize + one.size());
  base::Bytes bytes(size);
  base::ByteWriter writer(bytes);
  const auto parameter = [&writer](ParameterType type, base::BytesView value) {
    write_tlv(writer, static_cast<std::uint16_t>(type), value);
  };
  writer.u32(init.tag);
  writer.u32(init.window);
  writer.u16(init.outbound_streams);
  writer.u16(init.inbound_streams);
  writer.u32(init.initial_tsn.value());
  if (!init.cookie.empty()) parameter(ParameterType::state_cookie, init.cookie);
  if (init.extensions.zero_checksum) {
    std::array<std::byte, 4> method{};
    base::ByteWriter(method).u32(kErrorDetectionByDtls);
    parameter(ParameterType::zero_checksum, method);
  }
  if (!types.empty()) parameter(ParameterType::supported_extensions, types);
  if (init.extensions.partial_reliability) parameter(ParameterType::forward_tsn, {});
  for (const auto& one : init.unrecognized) parameter(ParameterType::unrecognized, one);
  bytes.resize(writer.size());
  return bytes;
}

std::optional<Init> read_init_chunk(base::BytesView chunk) {
  base::ByteReader reader(chunk);
  const auto type = reader.u8();
  const auto flags = reader.u8();
  const auto length = reader.u16();
  if (!flags || !length || *type != static_cast<std::uint8_t>(ChunkType::init)) return std::nullopt;
  // The padding is no part of the length (RFC 9260 §3.2), and may have been written or not.
  if (*length < kChunkHeaderSize || *length > chunk.size() || chunk.size() - *length > 3) return std::nullopt;
  return read_init(chunk.subspan(kChunkHeaderSize, *length - kChunkHeaderSize));
}

base::Bytes write_init_chunk(const Init& init) {
  const base::Bytes value = write_init(init);
  base::Bytes chunk(kChunkHeaderSize + value.size());
  base::ByteWriter writer(chunk);
  writer.u8(static_cast<std::uint8_t>(ChunkType::init));
  writer.u8(0);
  writer.u16(static_cast<std::uint16_t>(chunk.size()));
  writer.bytes(value);
  return chunk;
}

}  // namespace parlor::sctp
