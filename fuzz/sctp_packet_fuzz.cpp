// links: parlor_sctp
// Packets and every chunk in them, as they come from a peer: nothing is read beyond them, and what is taken
// is written as the same value again.

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "sctp/packet/cause.hpp"
#include "sctp/packet/crc32c.hpp"
#include "sctp/packet/data.hpp"
#include "sctp/packet/forward_tsn.hpp"
#include "sctp/packet/init.hpp"
#include "sctp/packet/packet.hpp"
#include "sctp/packet/reconfig.hpp"
#include "sctp/packet/sack.hpp"

namespace {

using namespace parlor::sctp;
using parlor::base::Bytes;
using parlor::base::BytesView;

void check(bool holds) {
  if (!holds) std::abort();
}

/// The only chunk that `write` puts into a packet, in a buffer of the caller's.
Chunk written(Bytes& buffer, const Chunk& like, auto write) {
  buffer.resize(kPacketHeaderSize + padded(like.whole.size()) + 8);
  PacketWriter writer(buffer, 1, 2, 3);
  write(writer);
  const auto packet = Packet::parse(writer.finish(false), Checksum::required);
  check(packet.has_value());
  return *packet->begin();
}

void read(const Chunk& chunk) {
  Bytes buffer;
  switch (chunk.type) {
    case ChunkType::data:
    case ChunkType::i_data: {
      const auto data = read_data(chunk);
      if (!data) return;
      const bool interleaved = chunk.type == ChunkType::i_data;
      const auto again = read_data(
          written(buffer, chunk, [&](PacketWriter& writer) { write_data(writer, *data, interleaved); }));
      check(again && again->tsn == data->tsn && again->message == data->message &&
            again->first == data->first);
      check(std::equal(again->payload.begin(), again->payload.end(), data->payload.begin(),
                       data->payload.end()));
      return;
    }
    case ChunkType::sack: {
      const auto sack = Sack::read(chunk);
      if (!sack) return;
      std::vector<GapBlock> gaps;
      std::vector<Tsn> twice;
      for (std::size_t i = 0; i < sack->gap_count(); ++i) gaps.push_back(sack->gap(i));
      for (std::size_t i = 0; i < sack->duplicate_count(); ++i) twice.push_back(sack->duplicate(i));
      const auto again = Sack::read(written(buffer, chunk, [&](PacketWriter& writer) {
        write_sack(writer, sack->cumulative(), sack->window(), gaps, twice);
      }));
      check(again && again->gap_count() == gaps.size() && again->duplicate_count() == twice.size());
      return;
    }
    case ChunkType::init:
    case ChunkType::init_ack: {
      const auto init = read_init(chunk.value);
      if (!init) return;
      const Bytes bytes = write_init(*init);
      const auto again = read_init(bytes);
      check(again && again->extensions == init->extensions && again->cookie.size() == init->cookie.size());
      return;
    }
    case ChunkType::forward_tsn:
    case ChunkType::i_forward_tsn: {
      const auto forward = ForwardTsn::read(chunk);
      if (!forward) return;
      const bool interleaved = chunk.type == ChunkType::i_forward_tsn;
      std::vector<Skipped> skipped;
      for (std::size_t i = 0; i < forward->count(); ++i) skipped.push_back(forward->skipped(i));
      const auto again = ForwardTsn::read(written(buffer, chunk, [&](PacketWriter& writer) {
        check(room_for_skipped(writer, interleaved) >= skipped.size());
        write_forward_tsn(writer, forward->cumulative(), skipped, interleaved);
      }));
      check(again && again->count() == skipped.size());
      return;
    }
    case ChunkType::reconfig: {
      const auto reconfig = read_reconfig(chunk.value);
      if (!reconfig || reconfig->other) return;
      check(read_reconfig(write_reconfig(*reconfig)).has_value());
      return;
    }
    default:
      check(!to_string(read_cause(chunk.value).code).empty());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const BytesView input = std::as_bytes(std::span(data, size));
  check(crc32c(0, input) == crc32c_portable(0, input));
  if (const auto packet = Packet::parse(input, Checksum::unchecked)) {
    for (const Chunk& chunk : *packet) read(chunk);
  }
  return 0;
}
