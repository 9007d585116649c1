#include "sim/pcap.hpp"

#include <algorithm>

#include "sim/host.hpp"

namespace parlor::sim {
namespace {

// The pcap format, as the IETF's draft-ietf-opsawg-pcap writes it down; here in big-endian, which readers
// tell from the magic number.
constexpr std::uint32_t kMagicMicroseconds = 0xa1b2c3d4;
constexpr std::uint32_t kLinkTypeRaw = 101;  // LINKTYPE_RAW: the packet begins with its IP header
constexpr std::uint32_t kSnapLength = 65535;
constexpr std::size_t kFileHeader = 24;
constexpr std::size_t kRecordHeader = 16;

constexpr std::uint8_t kProtocolTcp = 6;
constexpr std::uint8_t kProtocolUdp = 17;
constexpr std::uint8_t kHops = 64;

/// RFC 1071, over `bytes` and on top of `sum`.
std::uint32_t add_words(std::uint32_t sum, base::BytesView bytes) {
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const auto value = std::to_integer<std::uint32_t>(bytes[i]);
    sum += i % 2 == 0 ? value << 8 : value;
    sum = (sum & 0xffff) + (sum >> 16);
  }
  return sum;
}

std::uint16_t checksum_of(std::uint32_t sum) {
  return static_cast<std::uint16_t>(~((sum & 0xffff) + (sum >> 16)));
}

base::BytesView bytes_of(const base::IpAddress& address) {
  return std::as_bytes(std::span{address.bytes()}).first(address.size());
}

base::Bytes transport(const Packet& packet) {
  const bool udp = packet.protocol == Protocol::udp;
  const std::size_t size = (udp ? kUdpHeader : kTcpHeader) + packet.bytes.size();
  base::Bytes out(size);
  base::ByteWriter writer(out);
  writer.u16(packet.source.port);
  writer.u16(packet.destination.port);
  if (udp) {
    writer.u16(static_cast<std::uint16_t>(size));
  } else {
    const Segment& segment = packet.segment;
    writer.u32(static_cast<std::uint32_t>(segment.sequence & 0xffffffff));
    writer.u32(static_cast<std::uint32_t>(segment.acknowledgement & 0xffffffff));
    writer.u8(5 << 4);  // header length in words
    writer.u8(static_cast<std::uint8_t>((segment.fin ? 1 : 0) | (segment.syn ? 2 : 0) |
                                        (segment.rst ? 4 : 0) | (packet.bytes.empty() ? 0 : 8) |
                                        (segment.ack ? 16 : 0)));
    // Real ones scale a window that does not fit (RFC 7323); the file has no options to say so.
    writer.u16(static_cast<std::uint16_t>(std::min<std::uint32_t>(segment.window, 65535)));
  }
  const std::size_t checksum_at = writer.size();
  writer.u16(0);
  if (!udp) writer.u16(0);  // urgent pointer
  writer.bytes(packet.bytes);
  std::uint32_t sum = add_words(add_words(0, bytes_of(packet.source.ip)), bytes_of(packet.destination.ip));
  sum += static_cast<std::uint32_t>(size) + (udp ? kProtocolUdp : kProtocolTcp);
  std::uint16_t checksum = checksum_of(add_words(sum, out));
  if (udp && checksum == 0) checksum = 0xffff;  // RFC 768: zero says that there is none
  writer.patch_u16(checksum_at, checksum);
  return out;
}

}  // namespace

base::Bytes to_ip(const Packet& packet) {
  const base::Bytes payload = transport(packet);
  const bool v6 = packet.destination.ip.is_v6();
  const std::uint8_t protocol = packet.protocol == Protocol::udp ? kProtocolUdp : kProtocolTcp;
  base::Bytes out((v6 ? 40U : 20U) + payload.size());
  base::ByteWriter writer(out);
  if (v6) {
    writer.u32(6U << 28);
    writer.u16(static_cast<std::uint16_t>(payload.size()));
    writer.u8(protocol);
    writer.u8(kHops);
    writer.bytes(bytes_of(packet.source.ip));
    writer.bytes(bytes_of(packet.destination.ip));
  } else {
    writer.u8(0x45);
    writer.u8(0);
    writer.u16(static_cast<std::uint16_t>(out.size()));
    writer.u16(static_cast<std::uint16_t>(packet.number & 0xffff));  // identification
    writer.u16(0x4000);                                              // don't fragment
    writer.u8(kHops);
    writer.u8(protocol);
    writer.u16(0);
    writer.bytes(bytes_of(packet.source.ip));
    writer.bytes(bytes_of(packet.destination.ip));
    writer.patch_u16(10, checksum_of(add_words(0, writer.written())));
  }
  writer.bytes(payload);
  return out;
}

Capture::Capture(std::size_t most_bytes) : most_bytes_(most_bytes), file_(kFileHeader) {
  base::ByteWriter writer(file_);
  writer.u32(kMagicMicroseconds);
  writer.u16(2);  // version 2.4
  writer.u16(4);
  writer.zeros(8);
  writer.u32(kSnapLength);
  writer.u32(kLinkTypeRaw);
}

void Capture::watch(Host& host) {
  host.set_tap([this](base::Time time, const Packet& packet) { add(time, packet); });
}

void Capture::stop(Host& host) {
  host.set_tap({});
}

void Capture::add(base::Time time, const Packet& packet) {
  const base::Bytes bytes = to_ip(packet);
  if (bytes.size() > kSnapLength || file_.size() + kRecordHeader + bytes.size() > most_bytes_) {
    ++left_out_;
    return;
  }
  const auto micros = time.time_since_epoch().count();
  const std::size_t at = file_.size();
  file_.resize(at + kRecordHeader + bytes.size());
  base::ByteWriter writer(std::span<std::byte>{file_}.subspan(at));
  writer.u32(static_cast<std::uint32_t>(micros / 1'000'000));
  writer.u32(static_cast<std::uint32_t>(micros % 1'000'000));
  writer.u32(static_cast<std::uint32_t>(bytes.size()));
  writer.u32(static_cast<std::uint32_t>(bytes.size()));
  writer.bytes(bytes);
  ++packets_;
}

}  // namespace parlor::sim
