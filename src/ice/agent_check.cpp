// What this side asks, and what it makes of the answers (RFC 8445 §6.1.4, §7.2).

#include <algorithm>
#include <utility>

#include "ice/agent.hpp"
#include "ice/binding.hpp"
#include "stun/attributes.hpp"

namespace parlor::ice {
namespace {

// RFC 8445 §14.3 has 500 ms and more; docs/deviations.md says why this is less. Sent at 0, 0.2, 0.6, 1.4, 3,
// 5, 7 and 9 s, given up at 11 s.
constexpr base::Duration kFirstRetransmission = base::milliseconds(200);
constexpr base::Duration kLongestRetransmission = base::seconds(2);
constexpr int kMostTries = 8;
constexpr int kMostConflicts = 4;
/// Where all pairs have failed and there is still patience, they are tried again.
constexpr base::Duration kRound = base::seconds(15);

/// With `busy` pairs that are tried or wait for it: so many checks and repetitions a second stay so many,
/// however long the list is (RFC 8445 §14.3).
base::Duration retransmission(int tries, base::Duration busy) {
  const base::Duration first = std::max(kFirstRetransmission, busy);
  return std::min(first * (1 << std::min(tries - 1, 6)), std::max(kLongestRetransmission, busy));
}

}  // namespace

void Agent::check_next() {
  if (checklist_.is_exhausted()) return;
  next_check_at_ = now_ + options_.pace;
  if (Pair* pair = checklist_.next()) send_check(*pair);
}

void Agent::send_check(Pair& pair) {
  std::erase_if(transactions_,
                [&](const Transaction& other) { return other.check && other.pair == pair.id; });
  pair.state = PairState::in_progress;
  ask(pair, true);
}

void Agent::probe(Pair& pair) {
  pair.probed_at = now_;
  ++pair.unanswered;
  // RFC 7675 §5.1: 5 s, each time 0.8 to 1.2 of it.
  pair.probe_after = base::milliseconds(4000 + random_.below(2001));
  ask(pair, false);
}

void Agent::ask(Pair& pair, bool check) {
  if (transactions_.size() >= kMostTransactions) {
    // The oldest of those that nothing hangs on.
    const auto oldest =
        std::ranges::find_if(transactions_, [](const Transaction& other) { return !other.check; });
    transactions_.erase(oldest == transactions_.end() ? transactions_.begin() : oldest);
  }
  Transaction& transaction = transactions_.emplace_back();
  random_.fill(transaction.id);
  transaction.pair = pair.id;
  transaction.check = check;
  transaction.use_candidate = role_ == Role::controlling && nominating_ && pair.id == selected_;
  transaction.role = role_;
  transaction.sent_at = now_;
  resend(transaction);
}

void Agent::resend(Transaction& transaction) {
  const Pair* pair = checklist_.find(transaction.pair);
  if (!pair || !remote_) return;
  ++transaction.tries;
  const auto busy = static_cast<std::int64_t>(checklist_.busy());
  transaction.next = now_ + retransmission(transaction.tries, options_.pace * busy);
  const auto preference = static_cast<std::uint16_t>(pair->local_priority >> 8);
  send(pair->local, pair->remote,
       write_request(transaction.id, local_, *remote_,
                     {.priority = candidate_priority(CandidateType::peer_reflexive, preference),
                      .role = transaction.role,
                      .tie_breaker = tie_breaker_,
                      .use_candidate = transaction.use_candidate}));
}

void Agent::handle_response(const base::SocketAddress& local, const base::SocketAddress& remote,
                            const stun::Message& message) {
  std::optional<Gatherer::Seen> seen;
  if (gatherer_.handle_response(message, local, remote, seen)) {
    const auto base = std::ranges::find_if(candidates_, [&](const Candidate& candidate) {
      return candidate.address == local && candidate.base == local;
    });
    if (seen && base != candidates_.end()) {
      const auto preference = static_cast<std::uint16_t>(base->priority >> 8);
      add_candidate(
          {.type = CandidateType::server_reflexive,
           .address = seen->mapped,
           .base = local,
           .priority = candidate_priority(CandidateType::server_reflexive, preference),
           .foundation = foundation_of(CandidateType::server_reflexive, local.ip, seen->server.ip)});
    }
    return check_gathering();
  }
  const auto it = std::ranges::find(transactions_, message.transaction_id(), &Transaction::id);
  if (it == transactions_.end() || !remote_ || !is_authentic(message, remote_->password)) return;
  const Transaction transaction = *it;
  transactions_.erase(it);
  Pair* pair = checklist_.find(transaction.pair);
  if (!pair) return;
  if (pair->local != local || pair->remote != remote) {  // §7.2.5.2.1
    if (transaction.check && pair->state == PairState::in_progress) pair->state = PairState::failed;
    return;
  }
  if (message.message_class() == stun::MessageClass::success && unknown_attributes(message).empty()) {
    handle_success(transaction, *pair, message);
  } else {
    handle_error(transaction, *pair, message);
  }
}

// §7.2.5.3.
void Agent::handle_success(const Transaction& transaction, Pair& pair, const stun::Message& message) {
  const auto mapped = message.read<stun::XorMappedAddress>();
  if (!mapped) return handle_error(transaction, pair, message);
  pair.answered_at = now_;
  pair.heard_at = now_;
  pair.unanswered = 0;
  if (transaction.tries == 1) {
    const base::Duration took = now_ - transaction.sent_at;
    pair.round_trip = pair.round_trip ? (*pair.round_trip * 7 + took) / 8 : took;
  }
  if (pair.state == PairState::succeeded) return;

  pair.state = PairState::succeeded;
  pair.probed_at = now_;
  pair.probe_after = base::milliseconds(4000 + random_.below(2001));
  // How the other side sees this one: itself, what a server said, or something that nobody knew (§7.2.5.3.1).
  // No other candidate comes of that: its pairs would be those of its base.
  if (pair.local_type == CandidateType::host && *mapped != pair.local) {
    const auto known = std::ranges::find(candidates_, *mapped, &Candidate::address);
    pair.local_type = known != candidates_.end() ? known->type : CandidateType::peer_reflexive;
  }
  if (std::exchange(pair.nominate, false) && role_ == Role::controlled) pair.nominated_at = now_;
  if (!first_valid_at_) first_valid_at_ = now_;
  checklist_.unfreeze(pair.foundation);
}

// §7.2.5.1, §7.2.5.2.4.
void Agent::handle_error(const Transaction& transaction, Pair& pair, const stun::Message& message) {
  const auto error = message.read<stun::ErrorCode>();
  if (error && error->code == kRoleConflict) {
    // The role that was asked with may have been changed meanwhile: then it is asked again with the new one.
    if (transaction.role == role_ && !remote_lite_) {
      tie_breaker_ = random_.next_u64();
      switch_role(role_ == Role::controlling ? Role::controlled : Role::controlling);
    }
    // Two who agree settle it with the first one. One who goes on so is not asked any more.
    if (pair.state == PairState::in_progress && ++pair.conflicts <= kMostConflicts)
      return checklist_.trigger(pair);
  }
  if (transaction.check && pair.state == PairState::in_progress) pair.state = PairState::failed;
}

void Agent::advance_checks() {
  for (std::size_t i = 0; i < transactions_.size(); ++i) {
    Transaction& transaction = transactions_[i];
    if (!transaction.check || transaction.next > now_) continue;
    Pair* pair = checklist_.find(transaction.pair);
    const bool again = std::exchange(transaction.triggered, false) || transaction.tries < kMostTries;
    if (pair && pair->state == PairState::in_progress && again) {
      resend(transaction);
      continue;
    }
    if (pair && pair->state == PairState::in_progress) pair->state = PairState::failed;
    transactions_.erase(transactions_.begin() + static_cast<std::ptrdiff_t>(i--));
  }
  // A probe that was not answered within consent's time never will be.
  std::erase_if(transactions_, [&](const Transaction& transaction) {
    return !transaction.check && now_ - transaction.sent_at > base::seconds(30);
  });
  if (!may_check()) return;
  if (!has_valid() && now_ < patient_until_ && now_ >= round_at_ + kRound) {
    round_at_ = now_;
    checklist_.retry_failed();
  }
  if (next_check_at_ <= now_) check_next();
}

std::optional<base::Time> Agent::check_deadline() const {
  base::Earliest earliest;
  for (const Transaction& transaction : transactions_) {
    if (transaction.check) earliest.add(transaction.next);
  }
  if (!may_check()) return earliest.get();
  if (!checklist_.is_exhausted()) earliest.add(next_check_at_);
  if (!has_valid() && now_ < patient_until_) earliest.add(round_at_ + kRound);
  return earliest.get();
}

}  // namespace parlor::ice
