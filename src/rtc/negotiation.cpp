// How two connections agree: offers, answers and candidates (RFC 8829, RFC 8838), over signaling that may
// lose or delay any of them. The same as the browser's side in platform/web/negotiation.js, so that each can
// meet the other; but nothing here waits, so each step is whole when it returns.

#include <algorithm>
#include <utility>

#include "rtc/connection.hpp"
#include "sctp/packet/init.hpp"

namespace parlor::rtc {
namespace {

sdp::CandidateType to_sdp(ice::CandidateType type) {
  switch (type) {
    case ice::CandidateType::host:
      return sdp::CandidateType::host;
    case ice::CandidateType::server_reflexive:
      return sdp::CandidateType::server_reflexive;
    case ice::CandidateType::peer_reflexive:
      return sdp::CandidateType::peer_reflexive;
    case ice::CandidateType::relayed:
      return sdp::CandidateType::relayed;
  }
  return sdp::CandidateType::host;
}

ice::CandidateType to_ice(sdp::CandidateType type) {
  switch (type) {
    case sdp::CandidateType::host:
      return ice::CandidateType::host;
    case sdp::CandidateType::server_reflexive:
      return ice::CandidateType::server_reflexive;
    case sdp::CandidateType::peer_reflexive:
      return ice::CandidateType::peer_reflexive;
    case sdp::CandidateType::relayed:
      return ice::CandidateType::relayed;
  }
  return ice::CandidateType::host;
}

sdp::Candidate to_sdp(const ice::Candidate& candidate) {
  sdp::Candidate written;
  written.foundation = candidate.foundation;
  written.priority = candidate.priority;
  written.address = candidate.address;
  written.type = to_sdp(candidate.type);
  if (candidate.type != ice::CandidateType::host) written.related = candidate.base;
  return written;
}

/// Nothing for a name that only the other side's network knows: its pair forms as peer-reflexive.
std::optional<ice::Candidate> to_ice(const sdp::Candidate& candidate) {
  if (!candidate.address) return std::nullopt;
  return ice::Candidate{.type = to_ice(candidate.type),
                        .address = *candidate.address,
                        .priority = candidate.priority,
                        .foundation = candidate.foundation};
}

}  // namespace

// ---- what this side says

void Connection::negotiate(base::Time now) {
  see(now);
  if (is_over()) return;
  if (offering_) {
    offer_wanted_ = true;
  } else {
    make_offer();
  }
}

void Connection::restart_ice(base::Time now) {
  see(now);
  if (is_over()) return;
  if (agreed_) restart_agent();
  // An offer that still stands is made again: its answer was lost, or it was itself.
  make_offer();
  update_state();
}

void Connection::restart_agent() {
  agent_.restart(now_);
  // The candidates that it has are in the description that follows: told before it they would be nobody's.
  described_ = false;
  drain_agent();
}

void Connection::say_description(bool offer, const sdp::Description& mine) {
  described_ = true;
  say(DescriptionMade{.offer = offer, .sdp = sdp::write(mine)});
  if (agent_.is_gathering_done()) say(CandidatesEnd{});
}

sdp::Description Connection::describe() const {
  sdp::Description mine;
  mine.session_id = session_id_;
  mine.version = version_;
  mine.mid = mid_;
  mine.position = position_;
  mine.others = others_;
  mine.ufrag = agent_.local_credentials().ufrag;
  mine.password = agent_.local_credentials().password;
  mine.lite = options_.ice.lite;
  mine.trickle = true;
  mine.fingerprints = {options_.fingerprint};
  mine.sctp_port = options_.sctp.local_port;
  mine.max_message_size = options_.max_message_size;
  for (const ice::Candidate& candidate : agent_.local_candidates())
    mine.candidates.push_back(to_sdp(candidate));
  return mine;
}

void Connection::make_offer() {
  ++version_;
  if (!agreed_) agent_.set_role(ice::Role::controlling);
  sdp::Description offer = describe();
  // The part that each has in DTLS is fixed once it is settled (RFC 8842 §5.5).
  offer.setup = !dtls_role_                         ? sdp::Setup::actpass
                : *dtls_role_ == dtls::Role::client ? sdp::Setup::active
                                                    : sdp::Setup::passive;
  // Once it was agreed to shake hands, it stays so.
  if (options_.snap && (!agreed_ || remote_init_)) offer.sctp_init = association_.local_init();
  offering_ = true;
  offer_wanted_ = false;
  say_description(true, offer);
  update_state();
}

void Connection::make_answer(const sdp::Description& offer) {
  ++version_;
  sdp::Description answer = describe();
  answer.setup = *dtls_role_ == dtls::Role::client ? sdp::Setup::active : sdp::Setup::passive;
  // Never repeated where it is not understood: whoever answers it agrees to do without SCTP's handshake.
  if (remote_init_) answer.sctp_init = association_.local_init();
  answer.answered_ufrag = offer.ufrag;
  say_description(false, answer);
}

void Connection::say_candidate(const ice::Candidate& candidate) {
  say(CandidateMade{.candidate = sdp::write_candidate(to_sdp(candidate)),
                    .mid = mid_,
                    .ufrag = agent_.local_credentials().ufrag});
}

// ---- what the other side says

std::optional<TakeError> Connection::handle_description(base::Time now, bool offer, std::string_view sdp) {
  see(now);
  if (is_over()) return TakeError::closed;
  const auto theirs = sdp::parse(sdp);
  if (!theirs) return TakeError::not_sdp;
  if (offer) {
    if (offering_ && !options_.polite) return TakeError::crossed;
    // This side's own is taken back. What it was for is done by answering: the first agreement, or a restart.
    offering_ = false;
    offer_wanted_ = false;
    if (!agreed_) agent_.set_role(ice::Role::controlled);
  } else {
    const bool mine =
        theirs->answered_ufrag.empty() || theirs->answered_ufrag == agent_.local_credentials().ufrag;
    if (!offering_ || !mine) return TakeError::late;
    offering_ = false;
  }
  if (theirs->rejected) {
    fail(Reason::rejected, "The other side's description has no data channel.");
    return std::nullopt;
  }
  take_remote(*theirs, offer);
  if (offer) make_answer(*theirs);
  if (!offer && offer_wanted_) make_offer();
  begin_dtls();
  update_state();
  return std::nullopt;
}

void Connection::take_remote(const sdp::Description& theirs, bool offer) {
  mid_ = theirs.mid;
  position_ = theirs.position;
  others_ = theirs.others;
  const ice::Credentials credentials{.ufrag = theirs.ufrag, .password = theirs.password};
  const bool changed = agent_.remote_credentials() && *agent_.remote_credentials() != credentials;
  if (changed) restart_agent();
  if (changed && !offer) {
    // It has restarted meanwhile, and knows nothing of this side's new ones: another offer tells them.
    offer_wanted_ = true;
  } else {
    agent_.set_remote(now_, credentials, theirs.lite);
    for (const sdp::Candidate& candidate : theirs.candidates) {
      if (auto known = to_ice(candidate)) agent_.add_remote_candidate(now_, *std::move(known));
    }
    take_held_candidates();
  }

  settle_setup(theirs.setup);
  if (!agreed_) {
    association_.set_remote_port(theirs.sctp_port);
    channels_.set_largest_message(theirs.max_message_size);
    // An answer has it only where the offer had (SNAP); an offer of another stack may have it unasked.
    if (options_.snap && theirs.sctp_init && sctp::read_init_chunk(*theirs.sctp_init))
      remote_init_ = theirs.sctp_init;
    channels_.set_client(*dtls_role_ == dtls::Role::client);
    for (const datachannel::ChannelOptions& held : std::exchange(held_channels_, {}))
      (void)channels_.open(now_, held);
  }
  agreed_ = true;
  transport_->set_remote_fingerprints(now_, theirs.fingerprints);
  take_records(nullptr, nullptr, {});
  drain_transport();
  drain_agent();
}

// RFC 8842 §5.2, §5.3. Whoever answers an offer that leaves the choice begins: it knows both sides first.
void Connection::settle_setup(sdp::Setup theirs) {
  if (dtls_role_) return;
  // DTLS may have begun before the answer, and then by the other side.
  if (transport_->state() != dtls::State::idle) {
    dtls_role_ = dtls::Role::server;
    return;
  }
  dtls_role_ = theirs == sdp::Setup::active ? dtls::Role::server : dtls::Role::client;
}

std::optional<TakeError> Connection::handle_candidate(base::Time now, std::string_view candidate,
                                                      std::string_view ufrag) {
  see(now);
  if (is_over()) return TakeError::closed;
  const auto parsed = sdp::parse_candidate(candidate);
  if (!parsed && parsed.error() == sdp::CandidateError::not_for_data) return std::nullopt;
  if (!parsed) return TakeError::malformed;
  auto known = to_ice(*parsed);
  if (!known) return std::nullopt;
  if (ufrag.empty()) ufrag = parsed->ufrag;
  const auto& remote = agent_.remote_credentials();
  if (remote && (ufrag.empty() || ufrag == remote->ufrag)) {
    agent_.add_remote_candidate(now_, *std::move(known));
    drain_agent();
  } else if (held_candidates_.size() < kMostHeldCandidates) {
    // It has overtaken its description, or belongs to an offer that gave way.
    held_candidates_.push_back({.candidate = *std::move(known), .ufrag = std::string(ufrag)});
  }
  return std::nullopt;
}

void Connection::take_held_candidates() {
  for (HeldCandidate& held : std::exchange(held_candidates_, {})) {
    if (held.ufrag.empty() || held.ufrag == agent_.remote_credentials()->ufrag)
      agent_.add_remote_candidate(now_, std::move(held.candidate));
  }
}

}  // namespace parlor::rtc
