// What comes, and when it is acknowledged (RFC 9260 §6.2; RFC 3758 §3.6).

#include <algorithm>
#include <utility>

#include "sctp/association/association.hpp"
#include "sctp/packet/cause.hpp"

namespace parlor::sctp {
namespace {

constexpr int kPacketsPerAck = 2;  // RFC 9260 §6.2

}  // namespace

void Association::handle_data(const Chunk& chunk) {
  const auto data = read_data(chunk);
  if (!data) return abort_for(CauseCode::protocol_violation, "a DATA chunk that is cut off");
  if (data->payload.empty()) {
    base::Bytes tsn(4);
    base::ByteWriter(tsn).u32(data->tsn.value());
    return abort_for(CauseCode::no_user_data, base::as_text(tsn));
  }
  if ((chunk.type == ChunkType::i_data) != used_.interleaving)
    return abort_for(CauseCode::protocol_violation, "the kind of DATA chunk that was not agreed on");
  saw_data_ = true;
  const auto arrival = received_->would(data->tsn);
  if (arrival == ReceivedTsns::Arrival::first && data->stream < inbound_streams_) {
    const bool next = data->tsn == received_->cumulative() + 1;
    switch (reassembly_.add(*data, used_.interleaving, next)) {
      case Reassembly::Taken::yes:
        break;
      case Reassembly::Taken::no_room:
        ack_now_ = true;  // it says that there is no room
        return;
      case Reassembly::Taken::violation:
        return abort_for(CauseCode::protocol_violation, "fragments that make no message, or too large a one");
    }
  } else if (arrival == ReceivedTsns::Arrival::first) {
    base::Bytes stream(4);
    base::ByteWriter(stream).u16(data->stream);
    queue(ChunkType::error, write_cause(CauseCode::invalid_stream, stream));
  }
  // It is there, and not done yet.
  if (arrival == ReceivedTsns::Arrival::first && state_ == AssociationState::shutdown_sent) guard_shutdown();
  const bool had_gaps = received_->has_gaps();
  (void)received_->add(data->tsn);
  // What came again, what fills a gap or makes one, and what asks for it, is told of at once.
  if (arrival != ReceivedTsns::Arrival::first || had_gaps || received_->has_gaps() || data->immediate)
    ack_now_ = true;
}

void Association::handle_forward_tsn(const Chunk& chunk) {
  const auto forward = ForwardTsn::read(chunk);
  if (!used_.partial_reliability || (chunk.type == ChunkType::i_forward_tsn) != used_.interleaving ||
      !forward)
    return abort_for(CauseCode::protocol_violation, "a FORWARD TSN that was not agreed on");
  saw_data_ = true;
  ack_now_ = true;
  if (!received_->skip_to(forward->cumulative())) return;
  std::vector<Skipped> skipped;
  skipped.reserve(forward->count());
  for (std::size_t i = 0; i < forward->count(); ++i) skipped.push_back(forward->skipped(i));
  reassembly_.skip(received_->cumulative(), skipped, used_.interleaving);
}

/// A packet with data has come.
void Association::count_packet() {
  if (!ack_since_) ack_since_ = now_;
  data_came_before_ = std::exchange(data_came_, now_);
  // While the other side ends, each packet is (§9.2).
  const bool ending = state_ == AssociationState::shutdown_sent;
  if (ending || ++packets_since_ack_ >= kPacketsPerAck) ack_now_ = true;
}

/// What does not fit into the window of a SACK, nor into memory, is not promised.
std::uint32_t Association::own_window() const {
  return static_cast<std::uint32_t>(std::min<std::size_t>(reassembly_.room(), 0xffffffffU));
}

}  // namespace parlor::sctp
