#include "sctp/association/association.hpp"

#include <algorithm>
#include <utility>

#include "sctp/packet/cause.hpp"

namespace parlor::sctp {
namespace {

constexpr std::size_t kMostControls = 32;  // that wait; what would be more is not answered
constexpr std::uint8_t kTagReflected = 1;  // the T bit of ABORT and SHUTDOWN COMPLETE

/// Of a packet at the base: no control chunk is larger.
std::size_t chunks_per_packet(const AssociationOptions& options) {
  return options.packet - kPacketHeaderSize;
}

PacketSizes sizes_of(const AssociationOptions& options) {
  constexpr std::size_t kWords = ~std::size_t{3};
  return {.smallest = std::min(options.smallest_packet, options.packet) & kWords,
          .base = options.packet & kWords,
          .largest = std::max(options.largest_packet, options.packet) & kWords};
}

}  // namespace

std::string_view to_string(CloseReason reason) {
  switch (reason) {
    case CloseReason::shutdown:
      return "both sides were done";
    case CloseReason::aborted:
      return "ended by this side";
    case CloseReason::aborted_by_peer:
      return "ended by the other side";
    case CloseReason::no_answer:
      return "the other side does not answer";
    case CloseReason::peer_misbehaved:
      return "the other side broke the protocol";
  }
  return "";
}

Association::Association(const AssociationOptions& options, base::Random& random)
    : options_(options),
      random_(random),
      reassembly_(options.receive),
      round_trip_(options.round_trip),
      path_(sizes_of(options)),
      congestion_(chunks_per_packet(options)) {
  while (local_tag_ == 0) local_tag_ = static_cast<VerificationTag>(random_.next_u64());
  local_tsn_ = Tsn(static_cast<std::uint32_t>(random_.next_u64()));
}

bool Association::is_open() const {
  return state_ != AssociationState::closed && state_ != AssociationState::cookie_wait &&
         state_ != AssociationState::cookie_echoed;
}

// ---- what comes

void Association::handle_packet(base::Time now, base::BytesView bytes) {
  see(now);
  // This side's INIT says that it needs none (RFC 9653 §5.3).
  const bool zero_too = options_.extensions.zero_checksum;
  const auto packet = Packet::parse(bytes, zero_too ? Checksum::zero_too : Checksum::required);
  if (!packet || packet->source_port() != options_.remote_port ||
      packet->destination_port() != options_.local_port)
    return;
  if (over_) return answer_out_of_the_blue(*packet);
  saw_data_ = false;
  saw_sack_ = false;
  saw_reset_ = false;
  stop_packet_ = false;
  for (const Chunk& chunk : *packet) {
    if (over_ || stop_packet_ || !accepts_tag(*packet, chunk)) break;
    handle_chunk(*packet, chunk);
  }
  if (over_) return;
  if (saw_data_) count_packet();
  advance_shutdown();
}

/// There is no association any more (RFC 9260 §8.4). Of an end whose last packet was lost, or that had none,
/// the other side hears once more: it may go on for minutes otherwise.
void Association::answer_out_of_the_blue(const Packet& packet) {
  if (packet.tag() != local_tag_ || peer_tag_ == 0 || !controls_.empty()) return;
  bool asks = false;
  for (const Chunk& chunk : packet) {
    switch (chunk.type) {
      case ChunkType::shutdown_ack:
        return queue(ChunkType::shutdown_complete);
      case ChunkType::abort:
      case ChunkType::shutdown_complete:
      case ChunkType::error:
        return;
      default:
        asks = true;
    }
  }
  if (asks) queue(ChunkType::abort);
}

/// RFC 9260 §8.5: who does not know this side's tag is not the other side.
bool Association::accepts_tag(const Packet& packet, const Chunk& chunk) const {
  switch (chunk.type) {
    case ChunkType::init:
      return packet.tag() == 0;
    case ChunkType::cookie_echo:
      return true;  // its cookie says which tag it should have
    case ChunkType::abort:
    case ChunkType::shutdown_complete:
      // With the T bit: of one who has forgotten the association, and sends back the tag that it was sent.
      return packet.tag() == ((chunk.flags & kTagReflected) != 0 ? peer_tag_ : local_tag_) &&
             packet.tag() != 0;
    default:
      return packet.tag() == local_tag_;
  }
}

void Association::handle_chunk(const Packet& packet, const Chunk& chunk) {
  switch (chunk.type) {
    case ChunkType::init:
      return handle_init(chunk);
    case ChunkType::init_ack:
      return handle_init_ack(chunk);
    case ChunkType::cookie_echo:
      return handle_cookie_echo(packet, chunk);
    case ChunkType::cookie_ack:
      return handle_cookie_ack();
    case ChunkType::abort: {
      const Cause cause = read_cause(chunk.value);
      return close(CloseReason::aborted_by_peer, cause.code, base::as_text(cause.info));
    }
    case ChunkType::shutdown_complete:
      if (state_ == AssociationState::shutdown_ack_sent) close(CloseReason::shutdown, CauseCode::none, "");
      return;
    case ChunkType::error: {
      // A cookie that came too late: begin again (RFC 9260 §5.2.6).
      const bool stale = read_cause(chunk.value).code == CauseCode::stale_cookie;
      if (stale && state_ == AssociationState::cookie_echoed) {
        if (++stale_cookies_ >= options_.most_init_tries)
          return close(CloseReason::no_answer, CauseCode::stale_cookie, "");
        state_ = AssociationState::cookie_wait;
        send_init();
      }
      return;
    }
    default:
      break;
  }
  if (!is_open()) return;
  switch (chunk.type) {
    case ChunkType::data:
    case ChunkType::i_data:
      return handle_data(chunk);
    case ChunkType::forward_tsn:
    case ChunkType::i_forward_tsn:
      return handle_forward_tsn(chunk);
    case ChunkType::sack:
      return handle_sack(chunk);
    case ChunkType::heartbeat:
      return queue(ChunkType::heartbeat_ack, chunk.value);
    case ChunkType::reconfig:
      return handle_reconfig(chunk);
    case ChunkType::shutdown:
      return handle_shutdown();
    case ChunkType::shutdown_ack:
      return handle_shutdown_ack();
    case ChunkType::heartbeat_ack:
      return handle_heartbeat_ack(chunk);
    case ChunkType::pad:
      return;
    default:
      return handle_unknown(chunk);
  }
}

void Association::handle_unknown(const Chunk& chunk) {
  const Unknown what = unknown_chunk(static_cast<std::uint8_t>(chunk.type));
  if (what.report) queue(ChunkType::error, write_cause(CauseCode::unrecognized_chunk, chunk.whole));
  stop_packet_ = !what.skip;
}

// ---- what goes out

void Association::queue(ChunkType type, base::BytesView value) {
  // A value that fills a packet and more cannot be answered in one.
  if (controls_.size() >= kMostControls ||
      padded(kChunkHeaderSize + value.size()) > chunks_per_packet(options_))
    return;
  controls_.push_back({type, {value.begin(), value.end()}});
}

/// In front of what waits, and instead of one of its kind: a peer that asks again and again is answered once.
void Association::queue_first(Control control) {
  std::erase_if(controls_, [&](const Control& one) { return one.type == control.type; });
  if (padded(kChunkHeaderSize + control.value.size()) <= chunks_per_packet(options_))
    controls_.insert(controls_.begin(), std::move(control));
}

std::optional<base::Bytes> Association::poll_transmit() {
  base::Bytes packet(largest_packet());
  const std::size_t size = poll_transmit(packet);
  if (size == 0) return std::nullopt;
  packet.resize(size);
  return packet;
}

std::optional<AssociationEvent> Association::poll_event() {
  if (auto message = reassembly_.poll()) return std::move(*message);
  if (events_.empty()) return std::nullopt;
  AssociationEvent event = std::move(events_.front());
  events_.erase(events_.begin());
  return event;
}

// ---- time

std::optional<base::Time> Association::poll_timeout() const {
  base::Earliest first;
  if (over_) return std::nullopt;
  if (ack_since_ && !ack_now_) first.add(*ack_since_ + options_.delayed_ack);
  if (!reachable_) return first.get();
  if (control_tries_ > 0) first.add(control_at_ + round_trip_.timeout());
  first.add(shutdown_by_);
  first.add(retransmit_at_);
  first.add(tail_deadline());
  if (sent_) first.add(sent_->overdue_at());
  first.add(path_.poll_timeout());
  first.add(reset_deadline());
  return first.get();
}

void Association::handle_timeout(base::Time now) {
  see(now);
  if (over_) return;
  if (ack_since_ && now_ >= *ack_since_ + options_.delayed_ack) ack_now_ = true;
  if (!reachable_) return;
  if (shutdown_by_ && now_ >= *shutdown_by_) return give_up();
  if (control_tries_ > 0 && now_ >= control_at_ + round_trip_.timeout()) resend_control();
  if (over_) return;
  path_.handle_timeout(now_);
  if (sent_) note_losses(sent_->handle_overdue(now_));
  check_tail();
  check_retransmission();
  if (over_) return;
  if (const auto at = reset_deadline(); at && now_ >= *at) send_reset();
}

void Association::set_reachable(base::Time now, bool reachable) {
  see(now);
  if (over_ || reachable == std::exchange(reachable_, reachable) || !reachable) return;
  round_trip_.forget_timeouts();
  timeouts_ = 0;
  answered_at_ = now_;
  if (shutdown_by_) guard_shutdown();
  tail_probed_ = true;  // all of it is sent again
  if (retransmit_at_) retransmit_at_ = now_;
  if (control_tries_ > 0) {
    control_tries_ = 1;
    control_at_ = now_ - round_trip_.timeout();
  }
  if (!resets_.empty() && resets_.front().request) {
    resets_.front().tries = 0;
    resets_.front().since = resets_.front().due = now_;
  }
  handle_timeout(now_);
  // That nothing came through says nothing of how large it was.
  path_.begin_anew(path_.sizes());
  note_path();
}

void Association::set_path(base::Time now, std::size_t packet, std::size_t largest_packet) {
  see(now);
  options_.packet = packet;
  options_.largest_packet = largest_packet;
  path_.begin_anew(sizes_of(options_));
  note_path();
}

void Association::resend_control() {
  const bool is_init = state_ == AssociationState::cookie_wait || state_ == AssociationState::cookie_echoed;
  if (is_init && control_tries_ >= options_.most_init_tries) return give_up();
  round_trip_.timed_out();
  switch (state_) {
    case AssociationState::cookie_wait:
      return send_init();
    case AssociationState::cookie_echoed:
      return send_cookie();
    case AssociationState::shutdown_sent:
    case AssociationState::shutdown_ack_sent:
      return send_shutdown();
    default:
      control_tries_ = 0;
  }
}

void Association::begin_control() {
  control_at_ = now_;
  ++control_tries_;
}

// ---- the end

void Association::close(CloseReason reason, CauseCode cause, std::string_view info) {
  if (over_) return;
  over_ = true;
  state_ = AssociationState::closed;
  events_.push_back(Closed{reason, cause, std::string(info.substr(0, 512))});
}

/// The other side does not answer. Should it be there after all, it hears of it.
void Association::give_up() {
  controls_.clear();
  if (peer_tag_ != 0) queue(ChunkType::abort);
  close(CloseReason::no_answer, CauseCode::none, "");
}

/// The other side did what no correct one does: it is told so, and that is all.
void Association::abort_for(CauseCode cause, std::string_view info) {
  controls_.clear();
  queue(ChunkType::abort, write_cause(cause, base::as_bytes(info)));
  close(CloseReason::peer_misbehaved, cause, info);
}

void Association::abort(base::Time now, std::string_view info) {
  see(now);
  if (over_) return;
  controls_.clear();
  if (peer_tag_ != 0) queue(ChunkType::abort, write_cause(CauseCode::user_abort, base::as_bytes(info)));
  close(CloseReason::aborted, CauseCode::user_abort, info);
}

}  // namespace parlor::sctp
