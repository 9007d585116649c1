#pragma once
// DATA (RFC 9260 §3.3.1) and I-DATA (RFC 8260 §2.1): a message or a fragment of one.
//
//    DATA                                       I-DATA
//   | TSN                           |          | TSN                           |
//   | Stream        | SSN           |          | Stream        | reserved      |
//   | PPID                          |          | MID                           |
//   | payload                                  | PPID in the first, else FSN   |
//                                              | payload

#include <optional>

#include "sctp/packet/packet.hpp"

namespace parlor::sctp {

inline constexpr std::size_t kDataHeaderSize = 12;  // in the chunk's value, before the payload
inline constexpr std::size_t kIDataHeaderSize = 16;

struct DataChunk {
  Tsn tsn;
  StreamId stream = 0;
  MessageNumber message = 0;   ///< SSN or MID; of an unordered DATA chunk it means nothing
  std::uint32_t fragment = 0;  ///< FSN, I-DATA only; 0 in the first
  PayloadProtocol ppid = 0;    ///< of an I-DATA chunk that is not the first: 0
  bool unordered = false;
  bool first = true;
  bool last = true;
  bool immediate = false;   ///< the sender would like its acknowledgement at once
  base::BytesView payload;  ///< not owned, never empty
};

/// Of a chunk of one of these two types. Nothing where the header is cut off; a payload of no bytes is given
/// as it is: it is answered with an ABORT (RFC 9260 §6.2), which needs its TSN.
[[nodiscard]] std::optional<DataChunk> read_data(const Chunk& chunk);
/// As I-DATA, or as DATA with the lower half of the message's number. Precondition: it fits.
void write_data(PacketWriter& packet, const DataChunk& data, bool interleaved);

}  // namespace parlor::sctp
