#include "rtc/demultiplexer.hpp"

#include <algorithm>
#include <cstring>

#include "ice/binding.hpp"
#include "stun/message.hpp"

namespace parlor::rtc {
namespace {

constexpr std::size_t kUfrags = 2;

/// 12 bytes: short enough to need no memory of its own.
std::string_view transaction_of(base::BytesView datagram) {
  return base::as_text(datagram.subspan(8, 12));
}

std::uint64_t mix(std::uint64_t hash, std::uint64_t value) {
  hash ^= value;
  hash *= 0x9e3779b97f4a7c15U;
  return hash ^ (hash >> 29);
}

std::uint64_t mix(std::uint64_t hash, const base::SocketAddress& address) {
  std::uint64_t halves[2];
  std::memcpy(halves, address.ip.bytes().data(), sizeof halves);
  return mix(mix(mix(hash, halves[0]), halves[1]), address.port);
}

}  // namespace

std::size_t Demultiplexer::PairHash::operator()(const Pair& pair) const {
  return static_cast<std::size_t>(mix(mix(1, pair.remote), pair.local));
}

bool Demultiplexer::add(ConnectionId id, std::string_view ufrag) {
  const auto [found, added] = by_ufrag_.try_emplace(std::string(ufrag), id);
  if (!added) return found->second == id;
  Known& known = known_[id];
  known.ufrags.emplace_back(ufrag);
  if (known.ufrags.size() > kUfrags) {
    by_ufrag_.erase(known.ufrags.front());
    known.ufrags.erase(known.ufrags.begin());
  }
  return true;
}

void Demultiplexer::remove(ConnectionId id) {
  const auto found = known_.find(id);
  if (found == known_.end()) return;
  for (const std::string& ufrag : found->second.ufrags) by_ufrag_.erase(ufrag);
  for (const Pair& pair : found->second.pairs) {
    const auto owner = by_pair_.find(pair);
    if (owner != by_pair_.end() && owner->second == id) by_pair_.erase(owner);
  }
  known_.erase(found);
}

void Demultiplexer::handle_transmit(ConnectionId id, base::BytesView datagram) {
  // Requests alone are answered; of what agents send, those begin with a zero byte (RFC 8489 §5).
  if (!ice::is_stun(datagram) || datagram.size() < stun::kHeaderSize) return;
  if (std::to_integer<unsigned>(datagram[0]) != 0) return;
  const auto [found, added] = by_transaction_.try_emplace(std::string(transaction_of(datagram)), id);
  if (!added) return;
  transactions_.push_back(found->first);
  if (transactions_.size() > kMostTransactions) {
    by_transaction_.erase(transactions_.front());
    transactions_.pop_front();
  }
}

void Demultiplexer::learn(ConnectionId id, const base::SocketAddress& local,
                          const base::SocketAddress& remote) {
  const Pair pair{local, remote};
  const auto [found, added] = by_pair_.try_emplace(pair, id);
  if (!added && found->second == id) return;
  found->second = id;
  Known& known = known_[id];
  known.pairs.push_back(pair);
  if (known.pairs.size() <= kMostPairs) return;
  const auto oldest = by_pair_.find(known.pairs.front());
  if (oldest != by_pair_.end() && oldest->second == id) by_pair_.erase(oldest);
  known.pairs.pop_front();
}

std::optional<ConnectionId> Demultiplexer::find(const base::SocketAddress& local,
                                                const base::SocketAddress& remote,
                                                base::BytesView datagram) const {
  if (datagram.empty()) return std::nullopt;
  if (std::to_integer<unsigned>(datagram[0]) > 3) {
    const auto found = by_pair_.find(Pair{local, remote});
    return found == by_pair_.end() ? std::nullopt : std::optional(found->second);
  }
  if (!ice::is_stun(datagram) || datagram.size() < stun::kHeaderSize) return std::nullopt;
  if (std::to_integer<unsigned>(datagram[0]) != 0) {  // an answer, of either class
    const auto found = by_transaction_.find(transaction_of(datagram));
    return found == by_transaction_.end() ? std::nullopt : std::optional(found->second);
  }
  const auto ufrag = ice::ufrag_of(datagram);
  if (!ufrag) return std::nullopt;
  const auto found = by_ufrag_.find(*ufrag);
  return found == by_ufrag_.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace parlor::rtc
