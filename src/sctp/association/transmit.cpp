// What goes out, how much of it, and what is sent again (RFC 9260 §6.1, §6.3, §7.2).

#include <algorithm>
#include <utility>

#include "sctp/association/association.hpp"

namespace parlor::sctp {
namespace {

// A fragment is not made smaller than this to fill up a packet: its header would cost more than it brings.
constexpr std::size_t kSmallestFragment = 64;

std::size_t data_header(bool interleaved) {
  return kChunkHeaderSize + (interleaved ? kIDataHeaderSize : kDataHeaderSize);
}

/// These chunks are not sent without a checksum (RFC 9653 §5.2): the other side may not have heard yet.
bool needs_checksum(ChunkType type) {
  return type == ChunkType::init || type == ChunkType::init_ack || type == ChunkType::cookie_echo ||
         type == ChunkType::abort;
}

}  // namespace

// ---- acknowledgements

void Association::handle_sack(const Chunk& chunk) {
  const auto sack = Sack::read(chunk);
  if (!sack) return;
  const bool was_recovering = sent_->is_recovering();
  const Outstanding::Outcome outcome = sent_->handle_sack(now_, *sack);
  if (!outcome.counts) return;
  if (outcome.round_trip) {
    round_trip_.measured(*outcome.round_trip);
    // What waits for the timeout of worse times waits no longer than it would now, and not less.
    if (retransmit_at_) retransmit_at_ = std::min(*retransmit_at_, now_ + round_trip_.timeout());
  }
  peer_window_ = sack->window() - std::min<std::size_t>(sack->window(), sent_->in_flight());
  // Growth first, then what a loss takes off (§7.2.4).
  if (outcome.bytes > 0) congestion_.acknowledged(outcome.bytes, outcome.in_flight_before, was_recovering);
  if (outcome.bytes > 0 || outcome.advanced) timeouts_ = 0;
  if (outcome.loss_began) {
    congestion_.lost();
    fast_retransmit_ = true;
  }
  if (sent_->in_flight() == 0 && !sent_->has_lost()) {
    retransmit_at_.reset();
    if (sent_->empty()) congestion_.drained();
  } else if (outcome.advanced || !retransmit_at_) {
    retransmit_at_ = now_ + round_trip_.timeout();
  }
  // The other side has not followed yet (RFC 3758 §3.5 C3).
  forward_due_ = sent_->needs_forward();
}

/// Where it does not run (§6.3.2 R1).
void Association::start_retransmission_timer() {
  if (!retransmit_at_) retransmit_at_ = now_ + round_trip_.timeout();
}

void Association::check_retransmission() {
  if (!retransmit_at_ || now_ < *retransmit_at_) return;
  if (++timeouts_ > options_.most_timeouts) return close(CloseReason::no_answer, CauseCode::none, "");
  round_trip_.timed_out();
  congestion_.timed_out();
  sent_->timed_out(now_);
  forward_due_ = sent_->needs_forward();
  retransmit_at_.reset();
  if (sent_->has_lost() || forward_due_) start_retransmission_timer();
}

// ---- messages

SendResult Association::send(base::Time now, StreamId stream, PayloadProtocol ppid, base::BytesView bytes,
                             const SendOptions& options) {
  see(now);
  const bool ends =
      state_ == AssociationState::shutdown_pending || state_ == AssociationState::shutdown_sent ||
      state_ == AssociationState::shutdown_received || state_ == AssociationState::shutdown_ack_sent;
  if (over_ || ends) return SendResult::closed;
  if (bytes.empty()) return SendResult::empty;
  if (bytes.size() > options_.send_buffer) return SendResult::too_large;
  if (stream >= (outbound_streams_ > 0 ? outbound_streams_ : options_.streams))
    return SendResult::no_such_stream;
  if (is_resetting(stream) || queue_.buffered() + bytes.size() > options_.send_buffer)
    return SendResult::would_block;
  OutgoingMessage message;
  message.stream = stream;
  message.ppid = ppid;
  message.unordered = options.unordered;
  message.bytes.assign(bytes.begin(), bytes.end());
  message.max_retransmits = options.max_retransmits;
  if (options.lifetime) message.expires = now_ + *options.lifetime;
  queue_.add(std::move(message));
  return SendResult::queued;
}

/// Of a chunk of so many bytes, while the windows allow it (§6.1 A, B).
bool Association::may_send(std::size_t bytes) const {
  // A closed window is asked with one chunk whether it has opened.
  if (sent_->in_flight() == 0) return true;
  if (bytes > peer_window_) return false;
  return sent_->in_flight() < congestion_.window();
}

bool Association::has_data_to_send() const {
  if (!is_open() && state_ != AssociationState::cookie_echoed) return false;
  if (!sent_) return false;
  if (forward_due_ || fast_retransmit_) return true;
  return may_send(1) && (sent_->has_lost() || !queue_.empty());
}

/// What is known of the network grows old while nothing is sent (§7.2.1).
void Association::forget_old_window() {
  if (sent_->in_flight() > 0 || last_sent_ == base::Time{}) return;
  constexpr std::int64_t kMostTimes = 16;  // by then it is as small as it gets
  const std::int64_t times = std::min((now_ - last_sent_) / round_trip_.timeout(), kMostTimes);
  for (std::int64_t i = 0; i < times; ++i) congestion_.idle();
}

void Association::write_data_chunks(PacketWriter& writer) {
  forget_old_window();
  last_sent_ = now_;
  // Without partial reliability the other side would wait for ever for what is given up.
  if (used_.partial_reliability) sent_->abandon_expired(now_);
  if (std::exchange(forward_due_, false) && sent_->write_forward(writer)) start_retransmission_timer();
  const std::size_t header = data_header(used_.interleaving);
  const bool fast = std::exchange(fast_retransmit_, false);
  while (sent_->has_lost() && (fast || may_send(header))) {
    const auto again = sent_->next_lost(now_, writer.room());
    if (!again) break;
    write_data(writer, again->fragment.chunk(again->tsn), used_.interleaving);
    start_retransmission_timer();
  }
  if (sent_->has_lost()) return;  // in their order
  while (!queue_.empty() && may_send(header) && writer.room() > header) {
    const std::size_t room = writer.room() - header;
    if (room < kSmallestFragment && !writer.empty()) break;
    auto fragment = queue_.next(now_, std::min(room, std::max<std::size_t>(peer_window_, kSmallestFragment)));
    if (!fragment) break;
    const OutgoingFragment copy = *fragment;
    const Tsn tsn = sent_->add(now_, std::move(*fragment));
    peer_window_ -= std::min<std::size_t>(peer_window_, header + copy.size);
    write_data(writer, copy.chunk(tsn), used_.interleaving);
    start_retransmission_timer();
  }
}

// ---- packets

std::size_t Association::poll_transmit(std::span<std::byte> out) {
  out = out.first(std::min(out.size(), options_.packet));
  advance_resets();
  // A chunk for who has no association yet goes alone, with the tag that it waits for.
  if (!controls_.empty() && controls_.front().tag) {
    const Control control = std::move(controls_.front());
    controls_.pop_front();
    PacketWriter writer(out, options_.local_port, options_.remote_port, *control.tag);
    writer.add(control.type, 0, control.value);
    return writer.finish(false).size();
  }
  PacketWriter writer(out, options_.local_port, options_.remote_port, peer_tag_);
  bool checksum = !used_.zero_checksum || !is_open();
  while (!controls_.empty() && !controls_.front().tag && writer.fits(controls_.front().value.size())) {
    const Control& control = controls_.front();
    checksum = checksum || needs_checksum(control.type);
    writer.add(control.type, 0, control.value);
    controls_.pop_front();
  }
  const bool sends = has_data_to_send();
  // An acknowledgement that waits goes along with what goes anyway.
  if (is_open() && (ack_now_ || (ack_since_ && (sends || !writer.empty()))) && writer.fits(kSackHeaderSize)) {
    write_sack(writer, received_->cumulative(), own_window(), received_->gaps(), received_->duplicates());
    received_->forget_duplicates();
    ack_now_ = false;
    ack_since_.reset();
    packets_since_ack_ = 0;
  }
  if (sends) write_data_chunks(writer);
  if (writer.empty()) return 0;
  return writer.finish(!checksum).size();
}

}  // namespace parlor::sctp
