#include "dtls/record.hpp"

#include <algorithm>
#include <cassert>

namespace parlor::dtls {

std::optional<Record> take_record(std::span<std::byte>& datagram) {
  const std::span<std::byte> all = datagram;
  datagram = {};
  if (all.size() < kRecordHeaderSize) return std::nullopt;
  base::ByteReader reader(all);
  const auto type = reader.u8();
  const auto version = reader.u16();
  const auto epoch = reader.u16();
  const auto number_high = reader.u16();
  const auto number_low = reader.u32();
  const auto length = reader.u16();
  if (*length > reader.remaining() || *length > kLargestBody) return std::nullopt;
  // The first ClientHello may say 1.0 (0xfeff): the major version is what DTLS has in common.
  if (*type < 20 || *type > 23 || *version >> 8 != 0xfe) return std::nullopt;
  const RecordHeader header{.type = static_cast<ContentType>(*type),
                            .version = *version,
                            .epoch = *epoch,
                            .sequence = std::uint64_t{*number_high} << 32 | *number_low,
                            .length = *length};
  datagram = all.subspan(kRecordHeaderSize + *length);
  return Record{header, all.first(kRecordHeaderSize + *length)};
}

void write_header(const RecordHeader& header, std::span<std::byte> out) {
  assert(header.sequence <= kLastSequence);
  base::ByteWriter writer(out);
  writer.u8(static_cast<std::uint8_t>(header.type));
  writer.u16(header.version);
  writer.u64(std::uint64_t{header.epoch} << 48 | header.sequence);
  writer.u16(header.length);
  assert(writer.ok());
}

base::Bytes write_plain_record(ContentType type, std::uint64_t sequence, base::BytesView body) {
  assert(body.size() <= kLargestPlain);
  base::Bytes record(kRecordHeaderSize + body.size());
  write_header({.type = type, .sequence = sequence, .length = static_cast<std::uint16_t>(body.size())},
               record);
  std::copy(body.begin(), body.end(), record.begin() + kRecordHeaderSize);
  return record;
}

}  // namespace parlor::dtls
