#include "sim/stream.hpp"

#include <algorithm>
#include <cassert>

#include "sim/host.hpp"

namespace parlor::sim {
namespace {

constexpr std::size_t kInitialSegments = 10;  // RFC 6928

}  // namespace

Stream::Stream(Host& host, const base::SocketAddress& local, const base::SocketAddress& remote,
               const StreamOptions& options)
    : host_(host),
      world_(host.world()),
      local_(local),
      remote_(remote),
      options_(options),
      heard_at_(world_.now()),
      congestion_window_(kInitialSegments * options.segment),
      progress_at_(world_.now()) {
  assert(options.segment > 0);
  assert(options.keep_alive < options.give_up);
}

// ---- the caller's side

void Stream::close() {
  if (state_ == State::ended || closing_) return;
  if (state_ != State::open) return reset();
  closing_ = true;
  watch_silence();
  pump();
}

void Stream::reset() {
  if (state_ == State::ended) return;
  silent_ = true;
  send_control(true);
  end(StreamEnd::reset, false);
}

void Stream::reset_after(std::uint64_t bytes) {
  limit_ = bytes + 1;
  if (state_ == State::open && acked_ >= *limit_) {
    send_control(true);
    end(StreamEnd::reset, false);
  }
}

void Stream::pause() {
  paused_ = true;
}

void Stream::resume() {
  if (!paused_) return;
  paused_ = false;
  if (state_ != State::open) return;
  hand_over();
  if (state_ == State::open) send_control(false);  // the window has grown
}

void Stream::vanish() {
  silent_ = true;
  if (state_ != State::ended) end(StreamEnd::reset, false);
}

// ---- opening

void Stream::begin_connecting() {
  send_syn();
  silence_timer_ = world_.after(options_.connect_timeout, [weak = weak_from_this()] {
    const auto self = weak.lock();
    if (self && self->state_ == State::connecting) self->end(StreamEnd::timed_out, false);
  });
}

void Stream::begin_accepting(const Packet& syn, std::function<void(const std::shared_ptr<Stream>&)> accept) {
  state_ = State::accepting;
  accept_ = std::move(accept);
  expected_ = 1;
  peer_window_ = syn.segment.window;
  send_syn();
}

void Stream::handle_handshake(const Packet& packet) {
  const Segment& segment = packet.segment;
  if (state_ == State::connecting) {
    if (!segment.syn || !segment.ack || segment.acknowledgement != 1) return;
    expected_ = 1;
    peer_window_ = segment.window;
    open();
    if (state_ == State::open) send_control(false);
  } else if (segment.syn) {
    send_syn();  // our answer was lost
  } else if (segment.ack && segment.acknowledgement >= 1) {
    peer_window_ = segment.window;
    open();
    // The third packet of the handshake may carry bytes, or they came first.
    if (state_ == State::open) receive(packet);
  }
}

void Stream::open() {
  state_ = State::open;
  acked_ = next_ = highest_ = 1;
  sample_round_trip();
  timeout_ = std::max(timeout_, options_.shortest_timeout);
  progress_at_ = world_.now();
  world_.cancel(timer_);
  timer_ = {};
  watch_silence();
  if (accept_) std::exchange(accept_, {})(shared_from_this());
  if (handlers_.opened && !silent_) handlers_.opened();
}

// ---- receiving

void Stream::receive(Packet packet) {
  heard_at_ = world_.now();
  if (packet.segment.rst) {
    if (state_ == State::ended) return;
    return end(state_ == State::connecting ? StreamEnd::refused : StreamEnd::reset, false);
  }
  if (state_ == State::ended) {
    // Our last answer was lost. What is sent again need not be the FIN itself.
    if (lingers_ && (packet.segment.fin || !packet.bytes.empty())) send_control(false);
    return;
  }
  if (state_ != State::open) return handle_handshake(packet);
  if (packet.segment.syn) return send_control(false);  // the end of the handshake was lost
  handle_acknowledgement(packet);
  if (state_ == State::open) take_bytes(std::move(packet));
}

void Stream::take_bytes(Packet packet) {
  const Segment& segment = packet.segment;
  if (packet.bytes.empty() && !segment.fin) {
    if (segment.sequence < expected_) send_control(false);  // it asks whether we live
    return;
  }
  const std::uint64_t end = segment.sequence + packet.bytes.size();
  if (segment.fin) fin_at_ = end;
  if (end > expected_ && end <= expected_ + window()) {
    base::Bytes& kept = early_[segment.sequence];
    if (packet.bytes.size() > kept.size()) kept = std::move(packet.bytes);
  }
  while (!early_.empty() && early_.begin()->first <= expected_) {
    const auto [sequence, bytes] = std::move(*early_.begin());
    early_.erase(early_.begin());
    if (sequence + bytes.size() <= expected_) continue;
    const std::uint64_t known = expected_ - sequence;
    expected_ += bytes.size() - known;
    unread_.insert(unread_.end(), bytes.begin() + static_cast<std::ptrdiff_t>(known), bytes.end());
  }
  if (fin_at_ == expected_ && !fin_received_) {
    fin_received_ = true;
    ++expected_;
  }
  send_control(false);
  hand_over();
}

std::vector<std::pair<std::uint64_t, std::uint64_t>> Stream::early_ranges() const {
  std::vector<std::pair<std::uint64_t, std::uint64_t>> ranges;
  for (const auto& [sequence, bytes] : early_) {
    const std::uint64_t end = sequence + bytes.size();
    if (!ranges.empty() && sequence <= ranges.back().second) {
      ranges.back().second = std::max(ranges.back().second, end);
    } else {
      ranges.emplace_back(sequence, end);
    }
  }
  return ranges;
}

void Stream::hand_over() {
  if (handing_over_) return;  // by a handler that paused and resumed
  handing_over_ = true;
  while (!paused_ && !unread_.empty() && state_ == State::open) {
    const base::Bytes bytes = std::exchange(unread_, {});
    stats_.received_bytes += bytes.size();
    if (handlers_.received && !silent_) handlers_.received(bytes);
  }
  handing_over_ = false;
  if (state_ == State::open && fin_received_ && unread_.empty() && !peer_closed_) handle_peer_close();
}

void Stream::handle_peer_close() {
  peer_closed_ = true;
  if (handlers_.peer_closed && !silent_) {
    handlers_.peer_closed();
  } else {
    close();
  }
  if (state_ == State::open) finish_if_done();
}

std::uint32_t Stream::window() const {
  return static_cast<std::uint32_t>(options_.receive_buffer -
                                    std::min(unread_.size(), options_.receive_buffer));
}

// ---- the end

void Stream::finish_if_done() {
  if (peer_closed_ && closing_ && acked_ == written_ + 1) end(StreamEnd::finished, true);
}

/// Asks the other side after silence, and does not wait forever for one that was told of the end.
void Stream::watch_silence() {
  world_.cancel(silence_timer_);
  if (options_.keep_alive <= base::Duration::zero() && !closing_) return;
  const base::Duration wait =
      options_.keep_alive > base::Duration::zero() ? options_.keep_alive : options_.give_up;
  silence_timer_ = world_.after(wait, [weak = weak_from_this()] {
    const auto self = weak.lock();
    if (!self || self->state_ != State::open) return;
    const base::Duration silence = self->world_.now() - self->heard_at_;
    if (silence >= self->options_.give_up) {
      self->send_control(true);
      return self->end(StreamEnd::timed_out, false);
    }
    if (self->options_.keep_alive > base::Duration::zero() && silence >= self->options_.keep_alive) {
      Segment probe;
      probe.sequence = self->acked_ - 1;  // old: it has to be answered (RFC 9293 §3.8.4)
      self->send_packet(probe, {});
    }
    self->watch_silence();
  });
}

void Stream::end(StreamEnd how, bool lingers) {
  const auto self = shared_from_this();
  state_ = State::ended;
  lingers_ = lingers;
  world_.cancel(timer_);
  world_.cancel(silence_timer_);
  buffer_.clear();
  early_.clear();
  // Not at once: this may be inside a handler of its own.
  world_.after(lingers ? kLinger : base::Duration::zero(), [self] { self->host_.forget(*self); });
  if (handlers_.ended && !silent_) handlers_.ended(how);
}

}  // namespace parlor::sim
