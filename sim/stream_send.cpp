// The sending half of a stream: segments, acknowledgements, retransmission, congestion.

#include <algorithm>
#include <cassert>

#include "sim/host.hpp"
#include "sim/stream.hpp"

namespace parlor::sim {
namespace {

std::size_t at_most(std::size_t limit, std::uint64_t count) {
  return count < limit ? static_cast<std::size_t>(count) : limit;
}

}  // namespace

std::size_t Stream::send(base::BytesView bytes) {
  if (state_ != State::open || closing_) return 0;
  const std::size_t room = options_.send_buffer - std::min(buffer_.size(), options_.send_buffer);
  const std::size_t taken = std::min(room, bytes.size());
  if (taken < bytes.size()) wants_room_ = true;
  buffer_.insert(buffer_.end(), bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(taken));
  written_ += taken;
  pump();
  return taken;
}

void Stream::pump() {
  if (state_ != State::open) return;
  if (highest_ == acked_) progress_at_ = world_.now();  // give_up counts from the first unanswered byte
  for (;;) {
    // After a timeout next_ went back; what has arrived all the same is stepped over.
    const auto range = sacked_.upper_bound(next_);
    if (range != sacked_.begin()) next_ = std::max(next_, std::prev(range)->second);
    const Piece piece = next_piece();
    const std::uint64_t under_way = flight();
    if (piece.count == 0 || (under_way > 0 && under_way + piece.count > congestion_window_)) break;
    send_data(piece.sequence, piece.count);
    if (recovering_until_ && piece.sequence + piece.count < next_) {
      resent_until_ = piece.sequence + piece.count;
    }
  }
  if (may_finish() && next_ == written_) send_data(next_, 0);
  arm_timeout();
}

/// What to send next: while it recovers a hole, else new bytes as far as the other side's window goes.
Stream::Piece Stream::next_piece() const {
  if (recovering_until_) {
    const Piece hole = first_hole();
    if (hole.count > 0) return hole;
  }
  std::uint64_t end = std::min({acked_ + peer_window_, written_, limit_.value_or(written_)});
  if (const auto range = sacked_.upper_bound(next_); range != sacked_.end())
    end = std::min(end, range->first);
  if (next_ >= end) return {};
  const std::size_t count = at_most(options_.segment, end - next_);
  // A window that lets only a part of a segment go waits for more, unless nothing is under way (RFC 9293
  // §3.8.6.2.1).
  const bool window_cuts = next_ + count == acked_ + peer_window_ && next_ + count < written_;
  if (count < options_.segment && window_cuts && next_ > acked_) return {};
  return {next_, count};
}

Stream::Piece Stream::first_hole() const {
  std::uint64_t at = std::max(acked_, resent_until_);
  for (const auto& [from, to] : sacked_) {
    if (at < from) return {at, at_most(options_.segment, from - at)};
    at = std::max(at, to);
  }
  return {};
}

std::uint64_t Stream::sacked_between(std::uint64_t from, std::uint64_t to) const {
  std::uint64_t sum = 0;
  for (const auto& [begin, end] : sacked_) {
    if (begin >= to) break;
    if (end > from) sum += std::min(end, to) - std::max(begin, from);
  }
  return sum;
}

/// The bytes that are thought to be under way ("pipe" in RFC 6675 §2): while it recovers, what is missing
/// below the highest one that arrived is lost, unless it has been sent again.
std::uint64_t Stream::flight() const {
  if (!recovering_until_) return next_ - acked_ - sacked_between(acked_, next_);
  const std::uint64_t resent = std::max(resent_until_, acked_);
  const std::uint64_t highest = std::max(resent, sacked_.empty() ? acked_ : sacked_.rbegin()->second);
  return resent - acked_ - sacked_between(acked_, resent) + next_ - std::min(next_, highest);
}

void Stream::note_received(const Segment& segment) {
  for (auto [from, to] : segment.received) {
    if (to <= acked_ || to > highest_) continue;
    auto [range, added] = sacked_.emplace(from, to);
    if (!added) range->second = std::max(range->second, to);
    for (auto next = std::next(range); next != sacked_.end() && next->first <= range->second;) {
      range->second = std::max(range->second, next->second);
      next = sacked_.erase(next);
    }
    if (range == sacked_.begin()) continue;
    const auto before = std::prev(range);
    if (before->second < range->first) continue;
    before->second = std::max(before->second, range->second);
    sacked_.erase(range);
  }
}

bool Stream::may_finish() const {
  return closing_ && (!limit_ || *limit_ > written_);
}

/// Bytes of the buffer; FIN goes with the last ones once it is wanted.
void Stream::send_data(std::uint64_t sequence, std::size_t count) {
  const auto first = buffer_.begin() + static_cast<std::ptrdiff_t>(sequence - acked_);
  Segment segment;
  segment.sequence = sequence;
  segment.fin = may_finish() && sequence + count == written_;
  const std::uint64_t end = sequence + count + (segment.fin ? 1 : 0);
  ++stats_.segments;
  if (sequence < highest_) {
    ++stats_.resent;
    timed_.reset();  // Karn: an answer could be to either
  } else if (!timed_) {
    timed_ = {end, world_.now()};
  }
  next_ = std::max(next_, end);
  highest_ = std::max(highest_, end);
  send_packet(segment, base::Bytes(first, first + static_cast<std::ptrdiff_t>(count)));
}

void Stream::send_syn() {
  Segment segment;
  segment.syn = true;
  if (highest_ == 0) {
    timed_ = {1, world_.now()};
  } else {
    timed_.reset();
  }
  next_ = highest_ = 1;
  send_packet(segment, {});
  arm_timeout();
}

void Stream::send_control(bool rst) {
  Segment segment;
  segment.sequence = highest_;
  segment.rst = rst;
  send_packet(segment, {});
}

void Stream::send_packet(Segment segment, base::Bytes bytes) {
  segment.ack = expected_ > 0;
  segment.acknowledgement = expected_;
  segment.window = window();
  segment.received = early_ranges();
  Packet packet;
  packet.protocol = Protocol::tcp;
  packet.source = local_;
  packet.destination = remote_;
  packet.segment = segment;
  packet.bytes = std::move(bytes);
  host_.send(std::move(packet));
}

// ---- acknowledgements

void Stream::handle_acknowledgement(const Packet& packet) {
  const Segment& segment = packet.segment;
  if (!segment.ack || segment.acknowledgement > highest_ || segment.acknowledgement < acked_) return;
  const bool window_changed = segment.window != peer_window_;
  peer_window_ = segment.window;
  note_received(segment);
  if (peer_window_ == 0) progress_at_ = world_.now();  // it lives, it only does not read
  if (segment.acknowledgement > acked_) {
    advance(segment.acknowledgement);
  } else if (next_ > acked_ && packet.bytes.empty() && !segment.fin && !window_changed) {
    count_duplicate();
  }
  if (state_ == State::open) pump();
}

void Stream::advance(std::uint64_t acknowledged) {
  const std::uint64_t count = acknowledged - acked_;
  const std::size_t bytes = at_most(buffer_.size(), count);
  buffer_.erase(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(bytes));
  acked_ = acknowledged;
  next_ = std::max(next_, acked_);
  while (!sacked_.empty() && sacked_.begin()->second <= acked_) sacked_.erase(sacked_.begin());
  progress_at_ = world_.now();
  duplicates_ = 0;
  if (timed_ && acked_ >= timed_->first) sample_round_trip();
  derive_timeout();  // as Linux; RFC 6298 keeps the doubled one until there is a new sample
  if (recovering_until_) {
    if (acked_ >= *recovering_until_) recovering_until_.reset();
  } else if (congestion_window_ < slow_start_end_) {
    congestion_window_ += bytes;
  } else {
    congestion_window_ +=
        std::max<std::uint64_t>(1, options_.segment * options_.segment / congestion_window_);
  }
  world_.cancel(timer_);
  timer_ = {};
  if (limit_ && acked_ >= *limit_) {
    send_control(true);
    return end(StreamEnd::reset, false);
  }
  finish_if_done();
  if (state_ == State::open && wants_room_ && buffer_.size() < options_.send_buffer) {
    wants_room_ = false;
    if (handlers_.writable && !silent_) handlers_.writable();
  }
}

void Stream::count_duplicate() {
  if (++duplicates_ != 3 || recovering_until_ || acked_ < no_recovery_before_) return;
  slow_start_end_ = std::max<std::uint64_t>(flight() / 2, 2 * options_.segment);
  congestion_window_ = slow_start_end_;
  recovering_until_ = highest_;
  resent_until_ = acked_;
}

// ---- time

void Stream::sample_round_trip() {
  if (!timed_) return;
  const base::Duration sample = world_.now() - timed_->second;
  timed_.reset();
  if (smoothed_ == base::Duration::zero()) {  // RFC 6298 §2.2 and §2.3
    smoothed_ = sample;
    variation_ = sample / 2;
  } else {
    const base::Duration off = smoothed_ > sample ? smoothed_ - sample : sample - smoothed_;
    variation_ = (3 * variation_ + off) / 4;
    smoothed_ = (7 * smoothed_ + sample) / 8;
  }
  derive_timeout();
}

void Stream::derive_timeout() {
  if (smoothed_ == base::Duration::zero()) return;
  timeout_ =
      std::clamp<base::Duration>(smoothed_ + 4 * variation_, options_.shortest_timeout, kLongestTimeout);
}

void Stream::arm_timeout() {
  if (timer_.number != 0) return;
  const bool waits_for_window = state_ == State::open && peer_window_ == 0 && next_ < written_;
  if (next_ == acked_ && !waits_for_window) return;
  // Not later than when it gives up.
  const base::Duration left = progress_at_ + options_.give_up - world_.now();
  const base::Duration wait = state_ == State::open
                                  ? std::clamp(timeout_, base::Duration{}, std::max(left, base::Duration{}))
                                  : timeout_;
  timer_ = world_.after(wait, [weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->handle_timeout();
  });
}

void Stream::handle_timeout() {
  timer_ = {};
  if (state_ == State::ended) return;
  ++stats_.timeouts;
  if (state_ == State::accepting && world_.now() - progress_at_ >= options_.connect_timeout) {
    return end(StreamEnd::timed_out, false);
  }
  timeout_ = std::min(2 * timeout_, kLongestTimeout);  // RFC 6298 §5.5
  if (state_ != State::open) return send_syn();
  if (world_.now() - progress_at_ >= options_.give_up) {
    send_control(true);
    return end(StreamEnd::timed_out, false);
  }
  if (peer_window_ == 0 && acked_ < written_) {
    // Asks whether there is room now (RFC 9293 §3.8.6.1). Nothing was lost: the congestion window stays.
    send_data(acked_, 1);
    return arm_timeout();
  }
  slow_start_end_ = std::max<std::uint64_t>(flight() / 2, 2 * options_.segment);
  congestion_window_ = options_.segment;
  recovering_until_.reset();
  no_recovery_before_ = highest_;
  duplicates_ = 0;
  next_ = acked_;
  pump();
}

void Stream::handle_too_large(std::size_t mtu) {
  const std::size_t headers = header_size(Protocol::tcp, remote_.ip.is_v6());
  if (state_ != State::open || mtu <= headers || options_.segment <= mtu - headers) return;
  options_.segment = mtu - headers;
  next_ = acked_;
  pump();
}

}  // namespace parlor::sim
