// Probes of how large packets may be (RFC 8899 §6.1.1): a HEARTBEAT, which whoever hears it answers, and
// padding behind it: a PAD chunk (RFC 4820). Everybody should skip a chunk of that kind, but not everybody
// does (werift 0.24 ends with an exception), so it is for those who name it among their extensions. To others
// the padding is a HEARTBEAT ACK that answers nothing, which everybody knows and leaves at that.

#include <algorithm>

#include "sctp/association/association.hpp"

namespace parlor::sctp {
namespace {

/// So much has to wait or be on the way, in bytes: less would not gain what the probes cost.
constexpr std::size_t kWorthProbing = 16 * 1024;
constexpr std::size_t kInfo = 8;  // number and size of the probe, which come back

}  // namespace

bool Association::wants_probe() const {
  if (over_ || !reachable_ || !is_open() || !path_.wants_probe(now_)) return false;
  // One that is lost in a crowd says nothing of its size.
  if (timeouts_ > 0 || tail_probed_ || sent_->is_recovering() || !controls_.empty()) return false;
  return queue_.buffered() + sent_->in_flight() >= kWorthProbing;
}

std::size_t Association::write_probe(std::span<std::byte> out) {
  const PathMtu::Probe probe = path_.probe(now_, round_trip_.timeout());
  PacketWriter writer(out.first(std::min(out.size(), probe.size)), options_.local_port, options_.remote_port,
                      peer_tag_);
  const auto write_info = [](base::ByteWriter chunk, std::size_t size) {
    chunk.u16(static_cast<std::uint16_t>(ParameterType::heartbeat_info));
    chunk.u16(static_cast<std::uint16_t>(kChunkHeaderSize + size));
    return chunk;
  };
  base::ByteWriter info = write_info(writer.begin(ChunkType::heartbeat, 0, kChunkHeaderSize + kInfo), kInfo);
  info.u32(probe.number);
  info.u32(static_cast<std::uint32_t>(probe.size));
  const std::size_t padding = writer.room() - kChunkHeaderSize;
  if (used_.padding) {
    writer.begin(ChunkType::pad, 0, padding).zeros(padding);
  } else {
    const std::size_t size = padding - kChunkHeaderSize;
    write_info(writer.begin(ChunkType::heartbeat_ack, 0, padding), size).zeros(size);
  }
  return writer.finish(used_.zero_checksum).size();
}

void Association::handle_heartbeat_ack(const Chunk& chunk) {
  const auto info = TlvReader(chunk.value).next();
  if (!info || info->head != static_cast<std::uint16_t>(ParameterType::heartbeat_info) ||
      info->value.size() != kInfo)
    return;
  base::ByteReader reader(info->value);
  PathMtu::Probe probe;
  probe.number = *reader.u32();
  probe.size = *reader.u32();
  path_.handle_answer(now_, probe);
  note_path();
}

void Association::handle_too_large(base::Time now, std::size_t packet) {
  see(now);
  if (over_) return;
  path_.handle_too_large(now_, packet);
  note_path();
  if (!sent_ || !sent_->lose_larger_than(now_, path_.packet())) return;
  // That is no congestion (RFC 8899 §3, 7): what is said again takes the place of what was not sent.
  fast_retransmit_ = true;
  forward_due_ = sent_->needs_forward();
}

/// What counts packets hears how large they are.
void Association::note_path() {
  congestion_.set_packet(path_.packet() - kPacketHeaderSize);
}

}  // namespace parlor::sctp
