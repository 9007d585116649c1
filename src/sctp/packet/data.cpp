#include "sctp/packet/data.hpp"

namespace parlor::sctp {
namespace {

constexpr std::uint8_t kLast = 1;
constexpr std::uint8_t kFirst = 2;
constexpr std::uint8_t kUnordered = 4;
constexpr std::uint8_t kImmediate = 8;

}  // namespace

std::optional<DataChunk> read_data(const Chunk& chunk) {
  base::ByteReader reader(chunk.value);
  const auto tsn = reader.u32();
  const auto stream = reader.u16();
  const auto number = reader.u16();
  const auto third = reader.u32();
  if (!third) return std::nullopt;
  DataChunk data;
  data.tsn = Tsn(*tsn);
  data.stream = *stream;
  data.unordered = (chunk.flags & kUnordered) != 0;
  data.first = (chunk.flags & kFirst) != 0;
  data.last = (chunk.flags & kLast) != 0;
  data.immediate = (chunk.flags & kImmediate) != 0;
  if (chunk.type == ChunkType::data) {
    data.message = *number;
    data.ppid = *third;
  } else {
    const auto fourth = reader.u32();
    if (!fourth) return std::nullopt;
    data.message = *third;
    (data.first ? data.ppid : data.fragment) = *fourth;
  }
  data.payload = reader.rest();
  return data;
}

void write_data(PacketWriter& packet, const DataChunk& data, bool interleaved) {
  std::uint8_t flags = 0;
  if (data.last) flags |= kLast;
  if (data.first) flags |= kFirst;
  if (data.unordered) flags |= kUnordered;
  if (data.immediate) flags |= kImmediate;
  const std::size_t header = interleaved ? kIDataHeaderSize : kDataHeaderSize;
  const ChunkType type = interleaved ? ChunkType::i_data : ChunkType::data;
  base::ByteWriter writer = packet.begin(type, flags, header + data.payload.size());
  writer.u32(data.tsn.value());
  writer.u16(data.stream);
  writer.u16(interleaved ? std::uint16_t{0} : static_cast<std::uint16_t>(data.message));
  if (interleaved) writer.u32(data.message);
  writer.u32(!interleaved || data.first ? data.ppid : data.fragment);
  writer.bytes(data.payload);
}

}  // namespace parlor::sctp
