#include "ice/checklist.hpp"

#include <algorithm>

namespace parlor::ice {
namespace {

bool is_link_local(const base::IpAddress& ip) {
  return ip.is_v6() && ip.bytes()[0] == 0xfe && (ip.bytes()[1] & 0xc0) == 0x80;
}

/// RFC 8445 §6.1.2.2; and what the other side says must not make this one talk to programs of its own
/// machine.
bool can_reach(const base::IpAddress& local, const base::IpAddress& remote) {
  return local.is_v6() == remote.is_v6() && is_link_local(local) == is_link_local(remote) &&
         local.is_loopback() == remote.is_loopback();
}

std::uint64_t priority_of(const Pair& pair, Role role) {
  return role == Role::controlling ? pair_priority(pair.local_priority, pair.remote_priority)
                                   : pair_priority(pair.remote_priority, pair.local_priority);
}

bool is_unchecked(const Pair& pair) {
  return pair.state == PairState::frozen || pair.state == PairState::waiting;
}

}  // namespace

bool is_better(const Pair& a, const Pair& b) {
  if (a.relayed_ends() != b.relayed_ends()) return a.relayed_ends() < b.relayed_ends();
  return a.priority > b.priority;
}

Pair* Checklist::add(const Candidate& local, const Candidate& remote, Role role) {
  if (!can_reach(local.base.ip, remote.address.ip)) return nullptr;
  // A reflexive candidate is sent from its base, so its pairs are those of the base (RFC 8445 §6.1.2.4).
  if (find(local.base, remote.address)) return nullptr;
  Pair pair{.local = local.base,
            .remote = remote.address,
            .local_type = local.type,
            .remote_type = remote.type,
            .local_priority = local.priority,
            .remote_priority = remote.priority,
            .foundation = std::string(local.foundation).append(1, ':').append(remote.foundation)};
  pair.priority = priority_of(pair, role);
  if (!make_room(pair)) return nullptr;
  pair.id = next_id_++;
  return &pairs_.emplace_back(std::move(pair));
}

/// Those that have failed go first. Of those that wait, the worst goes of a kind of which there are many
/// where the new one is of a kind of which there are few, else the worst of all: machines with many addresses
/// fill the list with host candidates, and may meet by the reflexive ones alone.
bool Checklist::make_room(const Pair& pair) {
  if (pairs_.size() < kMostPairs) return true;
  const auto kind = [this](const Pair& of) {
    return std::ranges::count_if(pairs_, [&](const Pair& other) {
      return other.local_type == of.local_type && other.remote_type == of.remote_type;
    });
  };
  const bool rare = kind(pair) < kFewOfAKind;
  auto worst = pairs_.end();
  for (auto it = pairs_.begin(); it != pairs_.end(); ++it) {
    if (it->state == PairState::failed) {
      pairs_.erase(it);
      return true;
    }
    if (!is_unchecked(*it) || (rare && kind(*it) <= kFewOfAKind)) continue;
    if (worst == pairs_.end() || it->priority < worst->priority) worst = it;
  }
  if (worst == pairs_.end() || (!rare && worst->priority >= pair.priority)) return false;
  pairs_.erase(worst);
  return true;
}

void Checklist::clear() {
  pairs_.clear();
  triggered_.clear();
}

void Checklist::remove_local(const base::SocketAddress& base) {
  std::erase_if(pairs_, [&](const Pair& pair) { return pair.local == base; });
}

void Checklist::set_role(Role role) {
  for (Pair& pair : pairs_) pair.priority = priority_of(pair, role);
}

void Checklist::rename_remote(const base::SocketAddress& address, const Candidate& remote) {
  for (Pair& pair : pairs_) {
    if (pair.remote != address) continue;
    pair.remote_type = remote.type;
    pair.foundation = pair.foundation.substr(0, pair.foundation.find(':') + 1) + remote.foundation;
  }
}

Pair* Checklist::find(PairId id) {
  const auto it = std::ranges::find(pairs_, id, &Pair::id);
  return it == pairs_.end() ? nullptr : &*it;
}
const Pair* Checklist::find(PairId id) const {
  const auto it = std::ranges::find(pairs_, id, &Pair::id);
  return it == pairs_.end() ? nullptr : &*it;
}
Pair* Checklist::find(const base::SocketAddress& local, const base::SocketAddress& remote) {
  const auto it = std::ranges::find_if(
      pairs_, [&](const Pair& pair) { return pair.remote == remote && pair.local == local; });
  return it == pairs_.end() ? nullptr : &*it;
}
const Pair* Checklist::find(const base::SocketAddress& local, const base::SocketAddress& remote) const {
  return const_cast<Checklist*>(this)->find(local, remote);
}

void Checklist::trigger(Pair& pair) {
  pair.state = PairState::waiting;
  if (std::ranges::find(triggered_, pair.id) == triggered_.end()) triggered_.push_back(pair.id);
}

bool Checklist::has_active(const std::string& foundation) const {
  return std::ranges::any_of(pairs_, [&](const Pair& pair) {
    return (pair.state == PairState::waiting || pair.state == PairState::in_progress) &&
           pair.foundation == foundation;
  });
}

std::size_t Checklist::busy() const {
  return static_cast<std::size_t>(std::ranges::count_if(pairs_, [](const Pair& pair) {
    return pair.state != PairState::succeeded && pair.state != PairState::failed;
  }));
}

bool Checklist::is_exhausted() const {
  return std::ranges::none_of(pairs_, is_unchecked);
}

Pair* Checklist::next() {
  while (!triggered_.empty()) {
    const PairId id = triggered_.front();
    triggered_.pop_front();
    Pair* pair = find(id);
    if (pair && pair->state == PairState::waiting) return pair;
  }
  Pair* best = nullptr;
  const auto look = [&] {
    for (Pair& pair : pairs_) {
      if (pair.state == PairState::waiting && (!best || pair.priority > best->priority)) best = &pair;
    }
  };
  look();
  if (best) return best;
  // Of each foundation that nothing is tried of, the best one (RFC 8445 §6.1.2.6, §6.1.4.2 step 2).
  std::vector<Pair*> frozen;
  for (Pair& pair : pairs_) {
    if (pair.state == PairState::frozen) frozen.push_back(&pair);
  }
  std::ranges::sort(frozen, [](const Pair* a, const Pair* b) { return a->priority > b->priority; });
  for (Pair* pair : frozen) {
    if (!has_active(pair->foundation)) pair->state = PairState::waiting;
  }
  look();
  return best;
}

void Checklist::unfreeze(const std::string& foundation) {
  for (Pair& pair : pairs_) {
    if (pair.state == PairState::frozen && pair.foundation == foundation) pair.state = PairState::waiting;
  }
}

void Checklist::retry_failed() {
  for (Pair& pair : pairs_) {
    if (pair.state == PairState::failed) pair.state = PairState::waiting;
  }
}

void Checklist::remove_unchecked_worse_than(PairId id) {
  const Pair* pair = find(id);
  if (!pair) return;
  const Pair chosen = *pair;
  std::erase_if(pairs_, [&](const Pair& other) { return is_unchecked(other) && is_better(chosen, other); });
}

}  // namespace parlor::ice
