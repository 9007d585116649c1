#include "sctp/packet/packet.hpp"

#include <algorithm>
#include <cassert>

#include "sctp/packet/crc32c.hpp"

namespace parlor::sctp {

std::optional<TlvReader::Item> TlvReader::next() {
  base::ByteReader reader(rest_);
  const auto head = reader.u16();
  const auto length = reader.u16();
  if (!length || *length < kChunkHeaderSize || *length > rest_.size()) return std::nullopt;
  const base::BytesView whole = rest_.first(*length);
  rest_ = rest_.subspan(std::min(padded(*length), rest_.size()));
  return Item{*head, whole.subspan(kChunkHeaderSize), whole};
}

std::optional<Packet> Packet::parse(base::BytesView bytes, Checksum checksum) {
  base::ByteReader reader(bytes);
  const auto source = reader.u16();
  const auto destination = reader.u16();
  const auto tag = reader.u32();
  const auto sum = reader.u32_le();
  if (!sum || reader.remaining() < kChunkHeaderSize) return std::nullopt;
  const bool needs_none = checksum == Checksum::unchecked || (checksum == Checksum::zero_too && *sum == 0);
  if (!needs_none && packet_checksum(bytes) != *sum) return std::nullopt;
  TlvReader chunks(reader.rest());
  while (chunks.next()) continue;
  if (!chunks.at_end()) return std::nullopt;
  Packet packet;
  packet.source_port_ = *source;
  packet.destination_port_ = *destination;
  packet.tag_ = *tag;
  packet.chunks_ = reader.rest();
  return packet;
}

Packet::Iterator& Packet::Iterator::operator++() {
  current_.reset();
  if (const auto item = reader_.next()) {
    current_ = Chunk{static_cast<ChunkType>(item->head >> 8), static_cast<std::uint8_t>(item->head & 0xff),
                     item->value, item->whole};
  }
  return *this;
}

PacketWriter::PacketWriter(std::span<std::byte> out, std::uint16_t source_port,
                           std::uint16_t destination_port, VerificationTag tag)
    : out_(out) {
  assert(out.size() >= kPacketHeaderSize);
  base::ByteWriter header(out);
  header.u16(source_port);
  header.u16(destination_port);
  header.u32(tag);
  header.u32(0);
}

base::ByteWriter PacketWriter::begin(ChunkType type, std::uint8_t flags, std::size_t size) {
  assert(fits(size));
  const std::size_t whole = kChunkHeaderSize + size;
  const std::span<std::byte> place = out_.subspan(size_, padded(whole));
  base::ByteWriter header(place);
  header.u8(static_cast<std::uint8_t>(type));
  header.u8(flags);
  header.u16(static_cast<std::uint16_t>(whole));
  std::fill(place.begin() + static_cast<std::ptrdiff_t>(whole), place.end(), std::byte{});
  size_ += place.size();
  return base::ByteWriter(place.subspan(kChunkHeaderSize, size));
}

void PacketWriter::add(ChunkType type, std::uint8_t flags, base::BytesView value) {
  begin(type, flags, value.size()).bytes(value);
}

std::span<const std::byte> PacketWriter::finish(bool zero_checksum) {
  assert(!empty());
  const std::span<std::byte> packet = out_.first(size_);
  base::ByteWriter field(packet.subspan(8, 4));
  field.u32_le(zero_checksum ? 0 : packet_checksum(packet));
  return packet;
}

void write_tlv(base::ByteWriter& writer, std::uint16_t head, base::BytesView value) {
  const std::size_t whole = kChunkHeaderSize + value.size();
  writer.u16(head);
  writer.u16(static_cast<std::uint16_t>(whole));
  writer.bytes(value);
  writer.zeros(padded(whole) - whole);
}

}  // namespace parlor::sctp
