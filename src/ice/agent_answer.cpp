// What the other side asks (RFC 8445 §7.3), in the order of the RFC.

#include <algorithm>

#include "ice/agent.hpp"
#include "ice/binding.hpp"
#include "stun/attributes.hpp"

namespace parlor::ice {

void Agent::handle_request(const base::SocketAddress& local, const base::SocketAddress& remote,
                           const stun::Message& message) {
  // Who does not know the password gets no answer at all: neither does it learn that somebody is here, nor
  // can it have answers sent to others (docs/deviations.md).
  const auto names = read_usernames(message);
  if (!names) return;
  const bool current = names->to == local_.ufrag;
  if (!current && !(former_ && names->to == former_->local.ufrag)) return;
  const std::string& password = current ? local_.password : former_->local.password;
  if (!is_authentic(message, password)) return;

  if (const auto unknown = unknown_attributes(message); !unknown.empty()) {
    return send(local, remote,
                write_error(message, password, stun::kUnknownAttribute, "Unknown Attribute", unknown));
  }
  const auto check = read_request(message);
  if (!check) return send(local, remote, write_error(message, password, stun::kBadRequest, "Bad Request"));
  if (!current) return send(local, remote, write_success(message, password, remote));
  if (!settle_roles(message, check->role, check->tie_breaker, local, remote)) return;
  send(local, remote, write_success(message, password, remote));

  Early heard{.local = local,
              .remote = remote,
              .ufrag = std::string(names->from),
              .priority = check->priority,
              .use_candidate = check->use_candidate};
  if (remote_ && heard.ufrag == remote_->ufrag) return hear_check(heard);
  // Of a life of the other side whose description is still on its way, or of one that is over.
  const auto known = std::ranges::find_if(
      early_, [&](const Early& early) { return early.local == local && early.remote == remote; });
  if (known != early_.end()) {
    heard.use_candidate |= known->use_candidate && known->ufrag == heard.ufrag;
    *known = std::move(heard);
  } else if (early_.size() < kMostEarly) {
    early_.push_back(std::move(heard));
  }
}

// §7.3.1.1. False: the other side was told to switch.
bool Agent::settle_roles(const stun::Message& message, Role theirs, std::uint64_t tie_breaker,
                         const base::SocketAddress& local, const base::SocketAddress& remote) {
  if (theirs != role_) return true;
  // A lite agent is controlled whatever the other one says (§6.1.1).
  const bool keep = options_.lite ||
                    (role_ == Role::controlling ? tie_breaker_ >= tie_breaker : tie_breaker_ < tie_breaker);
  if (keep) {
    send(local, remote, write_error(message, local_.password, kRoleConflict, "Role Conflict"));
    return false;
  }
  switch_role(role_ == Role::controlling ? Role::controlled : Role::controlling);
  return true;
}

void Agent::switch_role(Role role) {
  if (role_ == role) return;
  role_ = role;
  nominating_ = false;
  checklist_.set_role(role);
}

// §7.3.1.3 to §7.3.1.5.
void Agent::hear_check(const Early& check) {
  auto candidate = std::ranges::find(remote_candidates_, check.remote, &Candidate::address);
  if (candidate == remote_candidates_.end()) {
    if (!make_room_for_candidate()) return;
    candidate = remote_candidates_.insert(remote_candidates_.end(),
                                          {.type = CandidateType::peer_reflexive,
                                           .address = check.remote,
                                           .priority = check.priority,
                                           .foundation = "p" + std::to_string(++peer_reflexive_)});
  }
  Pair* pair = checklist_.find(check.local, check.remote);
  if (!pair) {
    const auto local = std::ranges::find_if(candidates_, [&](const Candidate& mine) {
      return mine.base == check.local && mine.address == check.local;
    });
    if (local == candidates_.end()) return;
    pair = checklist_.add(*local, *candidate, role_);
    if (!pair) return;
    if (options_.lite) pair->state = PairState::succeeded;
  }
  pair->heard_at = now_;
  pair->unanswered = 0;
  if (options_.lite) pair->answered_at = now_;  // it asks nobody: being asked has to do

  if (role_ == Role::controlled && check.use_candidate) {
    if (pair->state == PairState::succeeded) {
      pair->nominated_at = now_;
    } else {
      pair->nominate = true;
    }
  }
  switch (pair->state) {
    case PairState::succeeded:
      break;
    case PairState::in_progress: {
      // Once more at once, as now it can get through; an answer to an earlier one still counts. Not more
      // often than checks are made, however many addresses are written on the other side's: each of those may
      // be somebody else's, who would get an answer and a check for it.
      const auto open = std::ranges::find_if(transactions_, [&](const Transaction& transaction) {
        return transaction.check && transaction.pair == pair->id;
      });
      const base::Time slot = std::max(now_, next_triggered_at_);
      if (open == transactions_.end() || now_ - open->sent_at < options_.pace || open->next <= slot) break;
      next_triggered_at_ = slot + options_.pace;
      if (slot == now_) {
        resend(*open);
      } else {
        open->next = slot;
        open->triggered = true;
      }
      break;
    }
    case PairState::frozen:
    case PairState::waiting:
    case PairState::failed:
      checklist_.trigger(*pair);
      break;
  }
}

}  // namespace parlor::ice
