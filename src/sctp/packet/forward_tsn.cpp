#include "sctp/packet/forward_tsn.hpp"

#include <cassert>

namespace parlor::sctp {

std::optional<ForwardTsn> ForwardTsn::read(const Chunk& chunk) {
  base::ByteReader reader(chunk.value);
  const auto cumulative = reader.u32();
  if (!cumulative) return std::nullopt;
  ForwardTsn forward;
  forward.cumulative_ = Tsn(*cumulative);
  forward.interleaved_ = chunk.type == ChunkType::i_forward_tsn;
  forward.entries_ = reader.rest();
  if (forward.entries_.size() % forward.entry_size() != 0) return std::nullopt;
  return forward;
}

Skipped ForwardTsn::skipped(std::size_t index) const {
  assert(index < count());
  base::ByteReader reader(entries_.subspan(index * entry_size(), entry_size()));
  Skipped skipped;
  skipped.stream = *reader.u16();
  const std::uint16_t second = *reader.u16();
  if (!interleaved_) {
    skipped.message = second;
  } else {
    skipped.unordered = (second & 1) != 0;
    skipped.message = *reader.u32();
  }
  return skipped;
}

std::size_t room_for_skipped(const PacketWriter& packet, bool interleaved) {
  constexpr std::size_t kCumulative = 4;
  if (!packet.fits(kCumulative)) return 0;
  return (packet.room() - kChunkHeaderSize - kCumulative) / (interleaved ? 8 : 4);
}

void write_forward_tsn(PacketWriter& packet, Tsn cumulative, std::span<const Skipped> skipped,
                       bool interleaved) {
  const ChunkType type = interleaved ? ChunkType::i_forward_tsn : ChunkType::forward_tsn;
  base::ByteWriter writer = packet.begin(type, 0, 4 + skipped.size() * (interleaved ? 8 : 4));
  writer.u32(cumulative.value());
  for (const Skipped& one : skipped) {
    writer.u16(one.stream);
    if (interleaved) {
      writer.u16(one.unordered ? 1 : 0);
      writer.u32(one.message);
    } else {
      writer.u16(static_cast<std::uint16_t>(one.message));
    }
  }
}

}  // namespace parlor::sctp
