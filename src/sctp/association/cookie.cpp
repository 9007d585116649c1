#include "sctp/association/cookie.hpp"

namespace parlor::sctp {
namespace {

constexpr std::uint32_t kMagic = 0x50724c31;
constexpr std::size_t kSize = 4 + 8 + 4 * 5 + 2 * 2 + 4 + 4 * 2;

std::uint32_t bits_of(const Extensions& extensions) {
  return (extensions.partial_reliability ? 1U : 0U) | (extensions.reset ? 2U : 0U) |
         (extensions.interleaving ? 4U : 0U) | (extensions.zero_checksum ? 8U : 0U) |
         (extensions.padding ? 16U : 0U);
}

}  // namespace

base::Bytes write_cookie(const Cookie& cookie) {
  base::Bytes bytes(kSize);
  base::ByteWriter writer(bytes);
  writer.u32(kMagic);
  writer.u64(static_cast<std::uint64_t>(cookie.made.time_since_epoch().count()));
  writer.u32(cookie.local_tag);
  writer.u32(cookie.peer_tag);
  writer.u32(cookie.local_tsn.value());
  writer.u32(cookie.peer_tsn.value());
  writer.u32(cookie.peer_window);
  writer.u16(cookie.outbound_streams);
  writer.u16(cookie.inbound_streams);
  writer.u32(bits_of(cookie.extensions));
  writer.u32(cookie.local_tie_tag);
  writer.u32(cookie.peer_tie_tag);
  return bytes;
}

std::optional<Cookie> read_cookie(base::BytesView bytes) {
  base::ByteReader reader(bytes);
  if (bytes.size() != kSize || reader.u32() != kMagic) return std::nullopt;
  Cookie cookie;
  cookie.made = base::time_from(base::Duration(static_cast<std::int64_t>(*reader.u64())));
  cookie.local_tag = *reader.u32();
  cookie.peer_tag = *reader.u32();
  cookie.local_tsn = Tsn(*reader.u32());
  cookie.peer_tsn = Tsn(*reader.u32());
  cookie.peer_window = *reader.u32();
  cookie.outbound_streams = *reader.u16();
  cookie.inbound_streams = *reader.u16();
  const std::uint32_t bits = *reader.u32();
  cookie.local_tie_tag = *reader.u32();
  cookie.peer_tie_tag = *reader.u32();
  cookie.extensions = {(bits & 1) != 0, (bits & 2) != 0, (bits & 4) != 0, (bits & 8) != 0, (bits & 16) != 0};
  if (bits > 31 || cookie.local_tag == 0 || cookie.peer_tag == 0) return std::nullopt;
  if (cookie.outbound_streams == 0 || cookie.inbound_streams == 0) return std::nullopt;
  return cookie;
}

}  // namespace parlor::sctp
