#include "ice/agent.hpp"

#include <algorithm>
#include <utility>

#include "ice/binding.hpp"
#include "stun/attributes.hpp"

namespace parlor::ice {
namespace {

constexpr std::size_t kMostCandidates = 64;
/// So long checks with the former credentials are answered where there was no way yet.
constexpr base::Duration kFormerLasts = base::seconds(30);

/// What nobody's program has, or everybody's: a peer must not make this side talk to it.
bool is_nobodys(const base::SocketAddress& address) {
  const auto& bytes = address.ip.bytes();
  if (address.port == 0 || address.ip.is_unspecified()) return true;
  if (address.ip.is_v6()) return bytes[0] == 0xff;
  return bytes[0] == 0 || bytes[0] >= 224;  // this network, multicast, reserved, broadcast
}

}  // namespace

Agent::Agent(base::Time now, const AgentOptions& options, base::Random& random)
    : options_(options),
      random_(random),
      now_(now),
      tie_breaker_(random.next_u64()),
      local_(make_credentials(random)) {}

void Agent::set_role(Role role) {
  switch_role(options_.lite ? Role::controlled : role);
}

std::string Agent::foundation_of(CandidateType type, const base::IpAddress& base,
                                 const base::IpAddress& server) {
  const std::tuple key(type, base, server);
  auto it = std::ranges::find(foundations_, key);
  if (it == foundations_.end()) it = foundations_.insert(foundations_.end(), key);
  return std::to_string(it - foundations_.begin() + 1);
}

void Agent::add_address(base::Time now, const base::SocketAddress& base, std::uint16_t preference) {
  see(now);
  add_candidate({.type = CandidateType::host,
                 .address = base,
                 .base = base,
                 .priority = candidate_priority(CandidateType::host, preference),
                 .foundation = foundation_of(CandidateType::host, base.ip, {})});
  if (!options_.lite) gatherer_.add_base(now_, base, random_);
}

void Agent::add_relayed(base::Time now, const base::SocketAddress& relayed, const base::SocketAddress& server,
                        std::uint16_t preference) {
  see(now);
  add_candidate({.type = CandidateType::relayed,
                 .address = relayed,
                 .base = relayed,
                 .priority = candidate_priority(CandidateType::relayed, preference),
                 .foundation = foundation_of(CandidateType::relayed, relayed.ip, server.ip)});
}

void Agent::add_stun_server(base::Time now, const base::SocketAddress& server) {
  see(now);
  if (!options_.lite) gatherer_.add_server(now_, server, random_);
}

void Agent::add_candidate(Candidate candidate) {
  // The same address by the same way is no other candidate (RFC 8445 §5.1.3).
  const bool known = std::ranges::any_of(candidates_, [&](const Candidate& other) {
    return other.address == candidate.address && other.base == candidate.base;
  });
  if (known || candidates_.size() >= kMostCandidates) return;
  candidates_.push_back(candidate);
  if (candidate.address == candidate.base) {
    for (const Candidate& remote : remote_candidates_) pair_up(candidate, remote);
  }
  say(CandidateFound{std::move(candidate)});
}

void Agent::remove_address(base::Time now, const base::SocketAddress& base) {
  see(now);
  std::erase_if(candidates_, [&](const Candidate& candidate) { return candidate.base == base; });
  std::erase_if(early_, [&](const Early& early) { return early.local == base; });
  gatherer_.remove_base(base);
  checklist_.remove_local(base);
  if (former_ && former_->route && former_->route->local == base) former_->route.reset();
  check_gathering();
  choose();
}

void Agent::finish_gathering(base::Time now) {
  see(now);
  all_addresses_ = true;
  check_gathering();
}

void Agent::check_gathering() {
  if (gathering_done_ || !all_addresses_ || !gatherer_.is_done()) return;
  gathering_done_ = true;
  say(GatheringDone{});
}

void Agent::set_remote(base::Time now, const Credentials& credentials, bool lite) {
  see(now);
  if (remote_) return;  // others need a restart
  remote_ = credentials;
  remote_lite_ = lite;
  if (lite && !options_.lite) switch_role(Role::controlling);
  round_at_ = now_;
  patient_until_ = now_ + options_.patience;
  if (!route()) set_state(AgentState::checking);  // else it goes on as it was
  for (const Early& early : std::exchange(early_, {})) {
    if (early.ufrag == remote_->ufrag) hear_check(early);
  }
  choose();
}

void Agent::add_remote_candidate(base::Time now, Candidate candidate) {
  see(now);
  if (is_nobodys(candidate.address)) return;
  const auto known = std::ranges::find(remote_candidates_, candidate.address, &Candidate::address);
  if (known != remote_candidates_.end()) {
    // Its check was here before its name (RFC 8445 §7.3.1.3).
    if (known->type == CandidateType::peer_reflexive && candidate.type != CandidateType::peer_reflexive) {
      *known = candidate;
      checklist_.rename_remote(candidate.address, candidate);
    }
  } else {
    if (!make_room_for_candidate()) return;
    remote_candidates_.push_back(candidate);
  }
  for (const Candidate& local : candidates_) {
    if (local.address == local.base) pair_up(local, candidate);
  }
}

/// The other side's address may change again and again behind a NAT: those that led nowhere are forgotten.
bool Agent::make_room_for_candidate() {
  if (remote_candidates_.size() < kMostRemoteCandidates) return true;
  const auto dead = std::ranges::find_if(remote_candidates_, [this](const Candidate& candidate) {
    return candidate.type == CandidateType::peer_reflexive &&
           std::ranges::none_of(checklist_.pairs(), [&](const Pair& pair) {
             return pair.remote == candidate.address && pair.state != PairState::failed;
           });
  });
  if (dead == remote_candidates_.end()) return false;
  remote_candidates_.erase(dead);
  return true;
}

void Agent::pair_up(const Candidate& local, const Candidate& remote) {
  if (options_.lite) return;  // pairs are what the other side checks
  checklist_.add(local, remote, role_);
}

void Agent::restart(base::Time now) {
  see(now);
  // The way that is used, with the credentials that it has been found by, lasts as long as its consent does:
  // restarts one after the other, none of which is answered, do not make it longer (RFC 7675 §5.1).
  if (const Pair* used = checklist_.find(selected_)) {
    former_ = Former{.local = local_, .remote = remote_, .route = used->route(), .until = expiry(*used)};
  } else if (!former_) {
    former_ = Former{.local = local_, .remote = remote_, .route = std::nullopt, .until = now_ + kFormerLasts};
  }
  local_ = make_credentials(random_);
  remote_.reset();
  remote_lite_ = false;
  remote_candidates_.clear();
  early_.clear();
  checklist_.clear();
  transactions_.clear();
  selected_ = 0;
  nominating_ = false;
  first_valid_at_.reset();
  // What servers said of this side's addresses may have changed, too.
  std::erase_if(candidates_,
                [](const Candidate& candidate) { return candidate.type == CandidateType::server_reflexive; });
  gathering_done_ = false;
  for (const Candidate& candidate : candidates_) say(CandidateFound{candidate});
  gatherer_.restart(now_, random_);
  check_gathering();
}

void Agent::handle_datagram(base::Time now, const base::SocketAddress& local,
                            const base::SocketAddress& remote, base::BytesView bytes) {
  see(now);
  const auto message = stun::Message::parse(bytes);
  if (!message || message->method() != stun::Method::binding) return;
  switch (message->message_class()) {
    case stun::MessageClass::request:
      handle_request(local, remote, *message);
      break;
    case stun::MessageClass::success:
    case stun::MessageClass::error:
      handle_response(local, remote, *message);
      break;
    case stun::MessageClass::indication:
      break;  // keeps a NAT's mapping alive, and nobody vouches for it
  }
  choose();
}

void Agent::handle_data(base::Time now, const base::SocketAddress& local, const base::SocketAddress& remote) {
  see(now);
  Pair* pair = checklist_.find(local, remote);
  if (!pair) return;
  pair->data_at = now_;
  pair->heard_at = now_;
  if (pair->unanswered == 0) return;
  pair->unanswered = 0;
  choose();
}

AddressValidation Agent::validation(const base::SocketAddress& local,
                                    const base::SocketAddress& remote) const {
  const Pair* pair = checklist_.find(local, remote);
  if (pair && pair->heard_at != base::Time{}) {
    const bool answered = pair->state == PairState::succeeded && !options_.lite;
    return answered ? AddressValidation::validated : AddressValidation::claimed;
  }
  if (former_ && former_->route && former_->route->local == local && former_->route->remote == remote)
    return AddressValidation::claimed;
  const bool early = std::ranges::any_of(
      early_, [&](const Early& one) { return one.local == local && one.remote == remote; });
  return early ? AddressValidation::claimed : AddressValidation::unknown;
}

void Agent::handle_timeout(base::Time now) {
  see(now);
  while (auto request = gatherer_.poll(now_))
    send(request->local, request->remote, std::move(request->bytes));
  check_gathering();
  if (former_ && former_->until <= now_) former_.reset();
  advance_checks();
  advance_selection();
}

std::optional<base::Time> Agent::poll_timeout() const {
  base::Earliest earliest;
  earliest.add(gatherer_.deadline());
  if (former_) earliest.add(former_->until);
  earliest.add(check_deadline());
  earliest.add(selection_deadline());
  return earliest.get();
}

void Agent::send(const base::SocketAddress& local, const base::SocketAddress& remote, base::Bytes bytes) {
  if (transmits_.size() >= kMostWaiting) return;
  transmits_.push_back({.local = local, .remote = remote, .bytes = std::move(bytes)});
}

std::optional<Transmit> Agent::poll_transmit() {
  if (transmits_.empty()) return std::nullopt;
  Transmit transmit = std::move(transmits_.front());
  transmits_.pop_front();
  return transmit;
}

void Agent::say(AgentEvent event) {
  // Whoever does not ask loses the oldest ones; the getters still tell how it stands.
  if (events_.size() >= kMostWaiting) events_.pop_front();
  events_.push_back(std::move(event));
}

void Agent::set_state(AgentState state) {
  if (state_ == state) return;
  state_ = state;
  say(StateChanged{state});
}

std::optional<AgentEvent> Agent::poll_event() {
  if (events_.empty()) return std::nullopt;
  AgentEvent event = std::move(events_.front());
  events_.pop_front();
  return event;
}

}  // namespace parlor::ice
