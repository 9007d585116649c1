// INIT, INIT ACK, COOKIE ECHO, COOKIE ACK (RFC 9260 §5): also both sides at once, packets that come late, and
// another side that has begun anew.

#include <algorithm>

#include "sctp/association/association.hpp"
#include "sctp/packet/cause.hpp"

namespace parlor::sctp {
namespace {

Extensions both(const Extensions& a, const Extensions& b) {
  Extensions common;
  common.partial_reliability = a.partial_reliability && b.partial_reliability;
  common.reset = a.reset && b.reset;
  common.interleaving = a.interleaving && b.interleaving;
  common.zero_checksum = a.zero_checksum && b.zero_checksum;
  common.padding = a.padding && b.padding;
  return common;
}

}  // namespace

// ---- the side that begins

Init Association::own_init() const {
  Init init;
  init.tag = local_tag_;
  init.window = static_cast<std::uint32_t>(options_.receive.memory);
  init.outbound_streams = options_.streams;
  init.inbound_streams = options_.streams;
  init.initial_tsn = local_tsn_;
  init.extensions = options_.extensions;
  return init;
}

void Association::connect(base::Time now) {
  see(now);
  if (state_ != AssociationState::closed || over_) return;
  state_ = AssociationState::cookie_wait;
  send_init();
}

void Association::send_init() {
  begin_control();
  queue_first({ChunkType::init, write_init(own_init()), VerificationTag{0}});
}

void Association::handle_init_ack(const Chunk& chunk) {
  if (state_ != AssociationState::cookie_wait) return;  // §5.2.3
  const auto init = read_init(chunk.value);
  if (!init) return;
  peer_tag_ = init->tag;
  if (init->cookie.empty()) return abort_for(CauseCode::missing_parameter, "an INIT ACK without a cookie");
  cookie_.assign(init->cookie.begin(), init->cookie.end());
  if (!init->unrecognized.empty())
    queue(ChunkType::error, write_cause(CauseCode::unrecognized_parameters, init->unrecognized.front()));
  begin(cookie_for(*init));
  state_ = AssociationState::cookie_echoed;
  control_tries_ = 0;
  send_cookie();
}

void Association::send_cookie() {
  begin_control();
  queue_first({ChunkType::cookie_echo, cookie_, std::nullopt});
}

void Association::handle_cookie_ack() {
  if (state_ != AssociationState::cookie_echoed) return;  // §5.2.5
  state_ = AssociationState::established;
  control_tries_ = 0;
  events_.push_back(Established{used_});
}

// ---- the side that answers

/// What the two of them agree on, should this INIT lead to something.
Cookie Association::cookie_for(const Init& init) const {
  Cookie cookie;
  cookie.made = now_;
  cookie.local_tag = local_tag_;
  cookie.peer_tag = init.tag;
  cookie.local_tsn = local_tsn_;
  cookie.peer_tsn = init.initial_tsn;
  cookie.peer_window = init.window;
  cookie.outbound_streams = std::min(options_.streams, init.inbound_streams);
  cookie.inbound_streams = std::min(options_.streams, init.outbound_streams);
  cookie.extensions = both(options_.extensions, init.extensions);
  return cookie;
}

void Association::handle_init(const Chunk& chunk) {
  stop_packet_ = true;  // an INIT stands alone (§3.3.2)
  const auto init = read_init(chunk.value);
  if (!init) return;
  if (state_ == AssociationState::shutdown_ack_sent) return send_shutdown();  // §9.2
  Cookie cookie = cookie_for(*init);
  if (is_open()) {
    // Another life of the other side, perhaps (§5.2.2): it gets numbers that nobody has seen, and its cookie
    // says which association it found.
    cookie.local_tie_tag = local_tag_;
    cookie.peer_tie_tag = peer_tag_;
    do {
      cookie.local_tag = static_cast<VerificationTag>(random_.next_u64());
    } while (cookie.local_tag == 0 || cookie.local_tag == local_tag_);
    cookie.local_tsn = Tsn(static_cast<std::uint32_t>(random_.next_u64()));
  }
  const base::Bytes bytes = write_cookie(cookie);
  Init answer = own_init();
  answer.tag = cookie.local_tag;
  answer.initial_tsn = cookie.local_tsn;
  answer.cookie = bytes;
  answer.unrecognized = init->unrecognized;
  queue_first({ChunkType::init_ack, write_init(answer), init->tag});
}

void Association::handle_cookie_echo(const Packet& packet, const Chunk& chunk) {
  const auto cookie = read_cookie(chunk.value);
  if (!cookie || packet.tag() != cookie->local_tag) {
    stop_packet_ = true;
    return;
  }
  const bool same_local = cookie->local_tag == local_tag_;
  const bool same_peer = cookie->peer_tag == peer_tag_;
  // Of the association that there is, its answer was lost: however old, it counts (§5.2.4, 3).
  const bool stale = cookie->made > now_ || cookie->made < now_ - options_.cookie_life;
  if (stale && !(is_open() && same_local && same_peer)) {
    stop_packet_ = true;
    queue_first({ChunkType::error, write_cause(CauseCode::stale_cookie, {}), cookie->peer_tag});
    return;
  }
  const bool none_yet = state_ == AssociationState::closed || state_ == AssociationState::cookie_wait;
  if (is_open() && !same_local && !same_peer) {
    // A restart (§5.2.4 A), where the cookie was made for the association that there is.
    if (cookie->local_tie_tag != local_tag_ || cookie->peer_tie_tag != peer_tag_) {
      stop_packet_ = true;
      return;
    }
    // What has ended but for its last word begins no other life (§5.2.4 A).
    if (state_ == AssociationState::shutdown_ack_sent) {
      stop_packet_ = true;
      queue(ChunkType::error, write_cause(CauseCode::cookie_while_shutting_down, {}));
      return send_shutdown();
    }
    std::erase_if(controls_, [](const Control& one) { return !one.tag; });  // of the former life
    local_tag_ = cookie->local_tag;
    local_tsn_ = cookie->local_tsn;
    begin(*cookie);
    resets_.clear();  // of streams that have begun anew
    state_ = AssociationState::established;
    control_tries_ = 0;
    // Several that nobody has heard of are one.
    if (events_.empty() || !std::holds_alternative<Restarted>(events_.back())) events_.push_back(Restarted{});
  } else if (none_yet || state_ == AssociationState::cookie_echoed) {
    // The first, or of two that began at once (§5.2.4 B and D).
    if (!same_local) {
      stop_packet_ = true;
      return;
    }
    if (none_yet || !same_peer) begin(*cookie);
    state_ = AssociationState::established;
    control_tries_ = 0;
    events_.push_back(Established{used_});
  } else if (!same_local || !same_peer) {
    stop_packet_ = true;  // late, of an association that came to nothing (§5.2.4 C)
    return;
  }
  queue(ChunkType::cookie_ack);
}

// ---- without a handshake

base::Bytes Association::local_init() const {
  return write_init_chunk(own_init());
}

bool Association::connect_with(base::Time now, base::BytesView remote_init) {
  see(now);
  if (state_ != AssociationState::closed || over_) return false;
  const auto init = read_init_chunk(remote_init);
  if (!init) return false;
  begin(cookie_for(*init));
  state_ = AssociationState::established;
  events_.push_back(Established{used_});
  return true;
}

/// With these numbers, from nothing.
void Association::begin(const Cookie& cookie) {
  peer_tag_ = cookie.peer_tag;
  used_ = cookie.extensions;
  outbound_streams_ = cookie.outbound_streams;
  inbound_streams_ = cookie.inbound_streams;
  peer_window_ = cookie.peer_window;
  received_.emplace(cookie.peer_tsn);
  reassembly_.reset({});
  // What another life had been sent is lost with it; in a handshake that begins again nothing has been heard
  // yet.
  queue_.begin_anew(sent_ && !is_open() ? sent_->messages()
                                        : std::vector<std::shared_ptr<OutgoingMessage>>());
  queue_.set_interleaved(used_.interleaving);
  sent_.emplace(cookie.local_tsn, queue_);
  sent_->set_interleaved(used_.interleaving);
  sent_->set_partial_reliability(used_.partial_reliability);
  congestion_ = Congestion(path_.packet() - kPacketHeaderSize);
  retransmit_at_.reset();
  ack_since_.reset();
  ack_now_ = false;
  timeouts_ = 0;
  forward_due_ = false;
  fast_retransmit_ = false;
  tail_probe_ = false;
  tail_probed_ = false;
  shutdown_by_.reset();
  answered_at_ = now_;
  if (const auto round_trip = round_trip_.smoothed()) set_patience(*round_trip);
  next_request_ = RequestNumber(cookie.local_tsn.value());
  expected_request_ = RequestNumber(cookie.peer_tsn.value());
  for (Reset& reset : resets_) {
    reset.request.reset();
    reset.tries = 0;
  }
}

}  // namespace parlor::sctp
