#include "sctp/packet/sack.hpp"

#include <algorithm>
#include <cassert>

namespace parlor::sctp {
namespace {

constexpr std::size_t kEntry = 4;  // a gap block or a duplicate

}  // namespace

std::optional<Sack> Sack::read(const Chunk& chunk) {
  base::ByteReader reader(chunk.value);
  const auto cumulative = reader.u32();
  const auto window = reader.u32();
  const auto gaps = reader.u16();
  const auto duplicates = reader.u16();
  if (!duplicates) return std::nullopt;
  const auto gap_bytes = reader.take(*gaps * kEntry);
  const auto duplicate_bytes = reader.take(*duplicates * kEntry);
  if (!gap_bytes || !duplicate_bytes) return std::nullopt;
  Sack sack;
  sack.cumulative_ = Tsn(*cumulative);
  sack.window_ = *window;
  sack.gaps_ = *gap_bytes;
  sack.duplicates_ = *duplicate_bytes;
  for (std::size_t i = 0; i < sack.gap_count(); ++i) {
    const GapBlock block = sack.gap(i);
    if (block.start < 2 || block.end < block.start) return std::nullopt;  // the first would be no gap
  }
  return sack;
}

GapBlock Sack::gap(std::size_t index) const {
  assert(index < gap_count());
  base::ByteReader reader(gaps_.subspan(index * kEntry, kEntry));
  const auto start = reader.u16();
  const auto end = reader.u16();
  return {*start, *end};
}

Tsn Sack::duplicate(std::size_t index) const {
  assert(index < duplicate_count());
  return Tsn(*base::ByteReader(duplicates_.subspan(index * kEntry, kEntry)).u32());
}

void write_sack(PacketWriter& packet, Tsn cumulative, std::uint32_t window, std::span<const GapBlock> gaps,
                std::span<const Tsn> duplicates) {
  assert(packet.fits(kSackHeaderSize));
  const std::size_t most = (packet.room() - kChunkHeaderSize - kSackHeaderSize) / kEntry;
  gaps = gaps.first(std::min(gaps.size(), most));
  duplicates = duplicates.first(std::min(duplicates.size(), most - gaps.size()));
  base::ByteWriter writer =
      packet.begin(ChunkType::sack, 0, kSackHeaderSize + (gaps.size() + duplicates.size()) * kEntry);
  writer.u32(cumulative.value());
  writer.u32(window);
  writer.u16(static_cast<std::uint16_t>(gaps.size()));
  writer.u16(static_cast<std::uint16_t>(duplicates.size()));
  for (const GapBlock& gap : gaps) {
    writer.u16(gap.start);
    writer.u16(gap.end);
  }
  for (const Tsn tsn : duplicates) writer.u32(tsn.value());
}

}  // namespace parlor::sctp
