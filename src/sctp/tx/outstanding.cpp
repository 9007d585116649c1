#include "sctp/tx/outstanding.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

namespace parlor::sctp {

std::size_t Outstanding::size_of(const Sent& sent) const {
  const std::size_t header = kChunkHeaderSize + (interleaved_ ? kIDataHeaderSize : kDataHeaderSize);
  return padded(header + sent.fragment.size);
}

void Outstanding::set_state(Sent& sent, State state) {
  if (sent.state == State::in_flight) in_flight_ -= size_of(sent);
  if (sent.state == State::lost) --lost_;
  sent.state = state;
  if (sent.state == State::in_flight) in_flight_ += size_of(sent);
  if (sent.state == State::lost) ++lost_;
}

// ---- what goes out

Tsn Outstanding::add(base::Time now, OutgoingFragment fragment) {
  const Tsn tsn = next_tsn();
  const auto& expires = fragment.message->expires;
  if (expires && (!expires_ || *expires < *expires_)) expires_ = expires;
  in_packet_.push_back(chunks_.size());
  Sent& sent = chunks_.emplace_back();
  sent.fragment = std::move(fragment);
  sent.at = now;
  in_flight_ += size_of(sent);
  return tsn;
}

void Outstanding::packet_sent(std::size_t bytes) {
  for (const std::size_t index : in_packet_) chunks_[index].packet = static_cast<std::uint16_t>(bytes);
  in_packet_.clear();
}

std::optional<Outstanding::Resent> Outstanding::next_lost(base::Time now, std::size_t room) {
  if (lost_ == 0) return std::nullopt;
  while (chunks_[lost_from_].state != State::lost) ++lost_from_;
  for (std::size_t i = lost_from_; i < chunks_.size(); ++i) {
    Sent& sent = chunks_[i];
    if (sent.state != State::lost || size_of(sent) > room) continue;
    set_state(sent, State::in_flight);
    sent.at = now;
    sent.times = static_cast<std::uint16_t>(std::min(sent.times + 1, 0xffff));
    sent.missing = 0;
    in_packet_.push_back(i);
    return Resent{first_ + static_cast<std::uint32_t>(i), sent.fragment};
  }
  return std::nullopt;
}

// ---- what comes back

void Outstanding::acknowledge(base::Time now, std::size_t index, Outcome& outcome) {
  Sent& sent = chunks_[index];
  // What is given up stays so: the other side has to hear of the whole message.
  if (sent.state == State::acknowledged || sent.state == State::abandoned) return;
  outcome.bytes += size_of(sent);
  outcome.acknowledged_packet = std::max<std::size_t>(outcome.acknowledged_packet, sent.packet);
  // An answer to the first may look like a quick one to the second (RFC 8985 §6.2, step 2).
  if ((sent.times == 1 || !patience_ || now - sent.at >= *patience_ / 2) && sent.at >= newest_) {
    newest_ = sent.at;
    newest_tsn_ = first_ + static_cast<std::uint32_t>(index);
  }
  // Of what was sent last only, as QUIC has it (RFC 9002 §5.1): the acknowledgement of what was sent earlier
  // may have come before, and was lost. And Karn: of what was sent again nobody knows which one is
  // acknowledged (RFC 9260 §6.3.1 C5).
  if (sent.at >= outcome.newest_sent) {
    const bool counts = sent.times == 1 && sent.state == State::in_flight;
    outcome.newest_sent = sent.at;
    outcome.round_trip = counts ? std::optional(now - sent.at) : std::nullopt;
  }
  set_state(sent, State::acknowledged);
}

Outstanding::Outcome Outstanding::handle_sack(base::Time now, const Sack& sack) {
  Outcome outcome;
  outcome.in_flight_before = in_flight_;
  const bool is_old = cumulative().is_after(sack.cumulative());
  const std::size_t done = is_old ? 0 : index_of(sack.cumulative() + 1);
  if (is_old || done > chunks_.size()) return outcome;
  outcome.counts = true;
  outcome.advanced = done > 0;
  for (std::size_t i = 0; i < done; ++i) acknowledge(now, i, outcome);
  chunks_.erase(chunks_.begin(), chunks_.begin() + static_cast<std::ptrdiff_t>(done));
  first_ = first_ + static_cast<std::uint32_t>(done);
  lost_from_ -= std::min(lost_from_, done);
  if (recovery_until_ && !recovery_until_->is_after(cumulative())) recovery_until_.reset();

  // Places behind the cumulative TSN, from 1 on: the index is one less. Blocks that overlap say nothing new.
  std::size_t newest = 0;  // behind the highest that is acknowledged now
  std::size_t from = 0;
  for (std::size_t block = 0; block < sack.gap_count(); ++block) {
    const GapBlock gap = sack.gap(block);
    const std::size_t end = std::min<std::size_t>(gap.end, chunks_.size());
    for (std::size_t i = std::max<std::size_t>(gap.start - 1U, from); i < end; ++i) {
      if (chunks_[i].state == State::acknowledged) continue;
      acknowledge(now, i, outcome);
      newest = i + 1;
    }
    from = std::max(from, end);
  }
  // In recovery a SACK that gets on counts for all that it says is missing (RFC 9260 §7.2.4).
  const bool counts_all = recovery_until_ && outcome.advanced && sack.gap_count() > 0;
  count_missing(now, counts_all ? from : newest, outcome);
  // One that says nothing new costs no look at all that is on its way.
  if (outcome.bytes > 0 || outcome.advanced) {
    overdue_at_.reset();
    if (sack.gap_count() > 0) find_overdue(now, outcome);
  }
  return outcome;
}

void Outstanding::count_missing(base::Time now, std::size_t until, Outcome& outcome) {
  for (std::size_t i = 0; i < std::min(until, chunks_.size()); ++i) {
    Sent& sent = chunks_[i];
    if (!is_in_flight(sent) || sent.fast_resent || ++sent.missing < kMissing) continue;
    sent.fast_resent = true;
    lose_to(now, i, outcome);
  }
  sweep_abandoned();
  begin_recovery(outcome);
}

void Outstanding::find_overdue(base::Time now, Outcome& outcome) {
  overdue_at_.reset();
  if (!patience_) return;
  base::Earliest next;
  for (std::size_t i = 0; i < chunks_.size(); ++i) {
    const Sent& sent = chunks_[i];
    if (!is_in_flight(sent) || sent.at > newest_) continue;
    if (sent.at == newest_ && !newest_tsn_.is_after(first_ + static_cast<std::uint32_t>(i))) continue;
    if (now >= sent.at + *patience_) {
      lose_to(now, i, outcome);
    } else {
      next.add(sent.at + *patience_);
    }
  }
  overdue_at_ = next.get();
  sweep_abandoned();
  begin_recovery(outcome);
}

Outstanding::Outcome Outstanding::handle_overdue(base::Time now) {
  Outcome outcome;
  outcome.in_flight_before = in_flight_;
  if (overdue_at_ && now >= *overdue_at_) find_overdue(now, outcome);
  return outcome;
}

void Outstanding::lose_to(base::Time now, std::size_t index, Outcome& outcome) {
  const std::size_t packet = chunks_[index].packet;
  outcome.lost_packet = outcome.lost == 0 ? packet : std::min(outcome.lost_packet, packet);
  ++outcome.lost;
  lose(now, index);
}

void Outstanding::begin_recovery(Outcome& outcome) {
  if (outcome.lost == 0 || recovery_until_) return;
  outcome.loss_began = true;
  recovery_until_ = next_tsn() + 0xffffffffU;
}

void Outstanding::lose_last(base::Time now) {
  for (std::size_t i = chunks_.size(); i > 0 && lost_ == 0 && in_flight_ > 0; --i) {
    if (is_in_flight(chunks_[i - 1])) lose(now, i - 1);
  }
  sweep_abandoned();
}

bool Outstanding::lose_larger_than(base::Time now, std::size_t packet) {
  bool some = false;
  for (std::size_t i = 0; i < chunks_.size(); ++i) {
    if (!is_in_flight(chunks_[i]) || chunks_[i].packet <= packet) continue;
    lose(now, i);
    some = true;
  }
  sweep_abandoned();
  return some;
}

std::size_t Outstanding::timed_out(base::Time now) {
  std::size_t largest = 0;
  for (std::size_t i = 0; i < chunks_.size(); ++i) {
    if (chunks_[i].state == State::in_flight) largest = std::max<std::size_t>(largest, chunks_[i].packet);
    if (chunks_[i].state == State::in_flight || chunks_[i].state == State::acknowledged) lose(now, i);
    chunks_[i].fast_resent = false;
  }
  sweep_abandoned();
  recovery_until_.reset();
  overdue_at_.reset();
  return largest;
}

// ---- what is given up

/// Not of a message that is given up, whose other chunks may be looked at in the same pass.
bool Outstanding::is_in_flight(const Sent& sent) {
  return sent.state == State::in_flight && !sent.fragment.message->abandoned;
}

void Outstanding::lose(base::Time now, std::size_t index) {
  Sent& sent = chunks_[index];
  OutgoingMessage& message = *sent.fragment.message;
  const bool too_often = message.max_retransmits && sent.times > *message.max_retransmits;
  if (message.abandoned || (partial_reliability_ && (too_often || message.is_expired(now)))) {
    abandon(message);
    set_state(sent, State::abandoned);  // sweep_abandoned() sees to the rest of it
  } else {
    set_state(sent, State::lost);
    lost_from_ = std::min(lost_from_, index);
  }
}

/// The whole message: a part of it is of no use.
void Outstanding::abandon(OutgoingMessage& message) {
  message.abandoned = true;
  has_abandoned_ = true;
}

/// One pass for all messages that were given up since the last. Nothing of them is kept but their names.
void Outstanding::sweep_abandoned() {
  if (!std::exchange(has_abandoned_, false)) return;
  std::vector<Skipped> cut_off;
  for (Sent& sent : chunks_) {
    if (!sent.fragment.message || !sent.fragment.message->abandoned) continue;
    const std::shared_ptr<OutgoingMessage> message = std::move(sent.fragment.message);
    sent.fragment.message.reset();
    set_state(sent, State::abandoned);
    sent.named = {message->stream, message->unordered, message->number};
    if (queue_.abandon(*message)) cut_off.push_back(sent.named);
  }
  // The rest of such a one is never sent. One more TSN stands for it, so that there is something to go
  // forward to even where all that was sent has been acknowledged.
  for (const Skipped& named : cut_off) {
    Sent& rest = chunks_.emplace_back();
    rest.state = State::abandoned;
    rest.named = named;
  }
}

void Outstanding::abandon_expired(base::Time now) {
  if (!partial_reliability_ || !expires_ || now < *expires_) return;
  base::Earliest next;
  for (const Sent& sent : chunks_) {
    if (!is_in_flight(sent) && sent.state != State::lost) continue;
    OutgoingMessage& message = *sent.fragment.message;
    if (message.is_expired(now)) {
      abandon(message);
    } else {
      next.add(message.expires);
    }
  }
  sweep_abandoned();
  expires_ = next.get();
}

bool Outstanding::needs_forward() const {
  return !chunks_.empty() && chunks_.front().state == State::abandoned;
}

bool Outstanding::write_forward(PacketWriter& packet) const {
  if (!needs_forward() || !packet.fits(4)) return false;
  const std::size_t most = room_for_skipped(packet, interleaved_);
  std::vector<Skipped> skipped;
  std::size_t count = 0;
  for (; count < chunks_.size() && chunks_[count].state == State::abandoned; ++count) {
    const Skipped& named = chunks_[count].named;
    // FORWARD TSN has no place for unordered messages: their TSNs say it.
    if (named.unordered && !interleaved_) continue;
    const auto known = std::find_if(skipped.begin(), skipped.end(), [&](const Skipped& one) {
      return one.stream == named.stream && one.unordered == named.unordered;
    });
    if (known != skipped.end()) {
      known->message = named.message;  // later ones have higher numbers
    } else if (skipped.size() < most) {
      skipped.push_back(named);
    } else {
      break;
    }
  }
  if (count == 0) return false;
  write_forward_tsn(packet, first_ + static_cast<std::uint32_t>(count - 1), skipped, interleaved_);
  return true;
}

std::vector<std::shared_ptr<OutgoingMessage>> Outstanding::messages() const {
  std::vector<std::shared_ptr<OutgoingMessage>> messages;
  for (const Sent& sent : chunks_) {
    const auto& message = sent.fragment.message;
    if (!message || message->abandoned) continue;
    if (std::find(messages.rbegin(), messages.rend(), message) == messages.rend())
      messages.push_back(message);
  }
  return messages;
}

std::optional<base::Time> Outstanding::oldest_sent() const {
  for (const Sent& sent : chunks_) {
    if (sent.state == State::in_flight) return sent.at;
  }
  return std::nullopt;
}

}  // namespace parlor::sctp
