// What goes out, how much of it, and what is sent again (RFC 9260 §6.1, §6.3, §7.2).

#include <algorithm>
#include <utility>

#include "sctp/association/association.hpp"

namespace parlor::sctp {
namespace {

// A fragment is not made smaller than this to fill up a packet: its header would cost more than it brings.
constexpr std::size_t kSmallestFragment = 64;
constexpr std::size_t kBytesPerMessage = 64;  // of the send buffer: so many for each message that may wait

constexpr base::Duration kGranularity = base::milliseconds(1);  // RFC 9002 §6.1.2
constexpr int kMostReordering = 8;                              // eighths of a round trip (RFC 8985 §6.2)

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
  // One in a packet says all there is to say; each costs a look at all that is on its way.
  if (std::exchange(saw_sack_, true)) return;
  const auto sack = Sack::read(chunk);
  if (!sack) return;
  const bool was_recovering = sent_->is_recovering();
  const Outstanding::Outcome outcome = sent_->handle_sack(now_, *sack);
  if (!outcome.counts) return;
  if (outcome.round_trip) {
    round_trip_.measured(*outcome.round_trip);
    // What waits for the timeout of worse times waits no longer than it would now, and not less.
    if (retransmit_at_) retransmit_at_ = std::min(*retransmit_at_, now_ + round_trip_.timeout());
    set_patience(*outcome.round_trip);
  }
  if (sack->duplicate_count() > 0 && !std::exchange(came_twice_, true))
    reordering_ = std::min(2 * reordering_, kMostReordering);
  peer_window_ = sack->window() - std::min<std::size_t>(sack->window(), sent_->in_flight());
  // Growth first, then what a loss takes off (§7.2.4).
  if (outcome.bytes > 0) congestion_.acknowledged(outcome.bytes, outcome.in_flight_before, was_recovering);
  if (outcome.bytes > 0 || outcome.advanced) {
    timeouts_ = 0;
    round_trip_.progressed();
    tail_probed_ = false;
    acknowledged_at_ = now_;
  }
  // What gap blocks name may be named again and again.
  if (outcome.advanced) {
    answered_at_ = now_;
    if (shutdown_by_) guard_shutdown();
  }
  if (outcome.acknowledged_packet > 0) path_.acknowledged(outcome.acknowledged_packet);
  note_losses(outcome);
  if (sent_->in_flight() == 0 && !sent_->has_lost()) {
    retransmit_at_.reset();
    if (sent_->empty()) congestion_.drained();
  } else if (outcome.advanced || !retransmit_at_) {
    retransmit_at_ = now_ + round_trip_.timeout();
  }
  // The other side has not followed yet (RFC 3758 §3.5 C3).
  forward_due_ = sent_->needs_forward();
}

void Association::note_losses(const Outstanding::Outcome& outcome) {
  if (outcome.lost == 0) return;
  path_.lost(outcome.lost, outcome.lost_packet);
  note_path();
  forward_due_ = sent_->needs_forward();
  if (!outcome.loss_began) return;
  congestion_.lost();
  fast_retransmit_ = true;
  // What came twice says that something was taken for lost that was only late (RFC 8985 §6.2, step 4).
  if (!std::exchange(came_twice_, false)) reordering_ = std::max(reordering_ / 2, 1);
}

/// How late something may be that was overtaken (RFC 9002 §6.1.2).
void Association::set_patience(base::Duration round_trip) {
  const base::Duration longest = std::max(round_trip, round_trip_.smoothed().value_or(round_trip));
  sent_->set_patience(longest + std::max(longest * reordering_ / 8, kGranularity));
}

// ---- the last of a burst

/// When what was sent last should have been acknowledged, and something goes out to see why it was not: an
/// acknowledgement of it tells what was lost, without the whole timeout (RFC 9002 §6.2.1, RFC 8985 §7). Once,
/// until something is acknowledged; after that the timeout has its say.
std::optional<base::Time> Association::tail_deadline() const {
  if (tail_probed_ || !sent_ || sent_->in_flight() == 0 || sent_->has_lost()) return std::nullopt;
  base::Duration wait = round_trip_.timeout();
  // Unless it was asked for at once, the other side may hold it back, as it does with steady traffic.
  const base::Duration held_back = asked_at_once_ ? base::Duration{} : options_.delayed_ack;
  if (const auto probe = round_trip_.probe()) wait = std::min(wait, *probe + held_back);
  // Where one acknowledgement has just come the next is not far.
  return std::max(last_sent_ + wait, acknowledged_at_ + options_.round_trip.allowance);
}

void Association::check_tail() {
  const auto at = tail_deadline();
  if (!at || now_ < *at) return;
  tail_probed_ = true;
  tail_probe_ = true;
  round_trip_.probed();
  sent_->lose_last(now_);
  forward_due_ = sent_->needs_forward();
  retransmit_at_.reset();
  start_retransmission_timer();
}

/// Where it does not run (§6.3.2 R1).
void Association::start_retransmission_timer() {
  if (!retransmit_at_) retransmit_at_ = now_ + round_trip_.timeout();
}

void Association::check_retransmission() {
  if (!retransmit_at_ || now_ < *retransmit_at_) return;
  if (is_silent(answered_at_)) return give_up();
  ++timeouts_;
  round_trip_.timed_out();
  congestion_.timed_out();
  path_.timed_out(sent_->timed_out(now_));
  note_path();
  forward_due_ = sent_->needs_forward();
  retransmit_at_.reset();
  if (sent_->has_lost() || forward_due_) start_retransmission_timer();
}

// ---- messages

SendResult Association::send(base::Time now, StreamId stream, PayloadProtocol ppid, base::BytesView bytes,
                             const SendOptions& options) {
  see(now);
  if (over_ || is_shutting_down()) return SendResult::closed;
  if (bytes.empty()) return SendResult::empty;
  if (bytes.size() > options_.send_buffer) return SendResult::too_large;
  if (stream >= (outbound_streams_ > 0 ? outbound_streams_ : options_.streams))
    return SendResult::no_such_stream;
  // What may be lost takes no more than half of the places from what may not.
  const bool partial = options.max_retransmits || options.lifetime;
  const std::size_t most_messages = options_.send_buffer / kBytesPerMessage / (partial ? 2 : 1);
  if (is_resetting(stream) || queue_.buffered() + bytes.size() > options_.send_buffer ||
      queue_.messages() >= most_messages)
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
  if (forward_due_ || fast_retransmit_ || (tail_probe_ && sent_->has_lost())) return true;
  return may_send(1) && (sent_->has_lost() || (!queue_.empty() && !sent_->is_full()));
}

/// What is known of the network grows old while nothing is sent (§7.2.1).
void Association::forget_old_window() {
  if (sent_->in_flight() > 0 || last_sent_ == base::Time{}) return;
  constexpr std::int64_t kMostTimes = 16;  // by then it is as small as it gets
  const std::int64_t times = std::min((now_ - last_sent_) / round_trip_.timeout(), kMostTimes);
  for (std::int64_t i = 0; i < times; ++i) congestion_.idle();
}

/// Whether the other side sends steadily: its next packet brings the acknowledgement.
bool Association::peer_sends() const {
  return data_came_before_ && now_ - *data_came_before_ < options_.delayed_ack;
}

void Association::write_data_chunks(PacketWriter& writer) {
  forget_old_window();
  if (now_ - last_sent_ >= options_.delayed_ack) burst_at_ = now_;
  last_sent_ = now_;
  sent_->abandon_expired(now_);
  if (std::exchange(forward_due_, false) && sent_->write_forward(writer)) start_retransmission_timer();
  const std::size_t header = data_header(used_.interleaving);
  const bool probe = std::exchange(tail_probe_, false);
  const bool whatever_the_window = std::exchange(fast_retransmit_, false) || probe;
  while (sent_->has_lost() && (whatever_the_window || may_send(header))) {
    const auto again = sent_->next_lost(now_, writer.room());
    if (!again) break;
    DataChunk chunk = again->fragment.chunk(again->tsn);
    chunk.immediate = asked_at_once_ = probe;
    write_data(writer, chunk, used_.interleaving);
    start_retransmission_timer();
  }
  if (!sent_->has_lost()) write_new_chunks(writer);  // in their order
}

void Association::write_new_chunks(PacketWriter& writer) {
  const std::size_t header = data_header(used_.interleaving);
  const std::size_t most = path_.sizes().smallest - kPacketHeaderSize - header;
  while (!queue_.empty() && !sent_->is_full() && may_send(header) && writer.room() > header) {
    const std::size_t room = std::min(writer.room() - header, most);
    if (room < kSmallestFragment && !writer.empty()) break;
    auto fragment = queue_.next(now_, std::min(room, std::max<std::size_t>(peer_window_, kSmallestFragment)));
    if (!fragment) break;
    const OutgoingFragment copy = *fragment;
    if (sent_->empty()) answered_at_ = now_;  // nothing has waited for an answer
    const Tsn tsn = sent_->add(now_, std::move(*fragment));
    peer_window_ -= std::min<std::size_t>(peer_window_, header + copy.size);
    DataChunk chunk = copy.chunk(tsn);
    // Of what follows a pause and has nothing behind it the acknowledgement would be held back (RFC 7053),
    // and a loss could not be told from that. Of steady traffic it is not asked: that would make more
    // packets.
    chunk.immediate = asked_at_once_ = queue_.empty() && burst_at_ == now_ && !peer_sends();
    write_data(writer, chunk, used_.interleaving);
    start_retransmission_timer();
  }
}

// ---- packets

/// Of the next packet.
std::size_t Association::packet_limit() const {
  // What was lost in a large packet is sent again in a small one: the path may carry no others any more.
  const bool careful = sent_ && sent_->has_lost() && path_.is_suspicious();
  const std::size_t limit = careful ? path_.sizes().smallest : path_.packet();
  if (controls_.empty()) return limit;
  // A cookie of the other side's may need more.
  return std::max(limit, kPacketHeaderSize + padded(kChunkHeaderSize + controls_.front().value.size()));
}

std::size_t Association::poll_transmit(std::span<std::byte> out) {
  advance_resets();
  if (wants_probe()) return write_probe(out);
  out = out.first(std::min(out.size(), packet_limit()));
  // A chunk for who has no association yet goes alone, with the tag that it waits for.
  if (!controls_.empty() && controls_.front().tag) {
    const Control control = std::move(controls_.front());
    controls_.erase(controls_.begin());
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
    controls_.erase(controls_.begin());
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
  if (writer.empty()) {
    // What waited may all have expired, and an end have waited for it.
    const std::size_t before = controls_.size();
    advance_shutdown();
    return controls_.size() > before ? poll_transmit(out) : 0;
  }
  const std::size_t size = writer.finish(!checksum).size();
  if (sends) sent_->packet_sent(size);
  return size;
}

}  // namespace parlor::sctp
