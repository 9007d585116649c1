#include "rtc/demultiplexer.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "ice/binding.hpp"
#include "stun/message.hpp"

namespace parlor::rtc {
namespace {

/// Of one connection: a way that several restarts could not replace still has that of its beginning.
constexpr std::size_t kMostUfrags = 4;

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
  if (known.ufrags.size() > kMostUfrags) {
    // The first may be that of the way in use; those between were never answered.
    by_ufrag_.erase(known.ufrags[1]);
    known.ufrags.erase(known.ufrags.begin() + 1);
  }
  return true;
}

void Demultiplexer::remove(ConnectionId id) {
  const auto found = known_.find(id);
  if (found == known_.end()) return;
  for (const std::string& ufrag : found->second.ufrags) by_ufrag_.erase(ufrag);
  for (const Pair& pair : found->second.pairs) disown(id, pair);
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
                          const base::SocketAddress& remote, ice::AddressValidation validation) {
  if (validation == ice::AddressValidation::unknown) return;
  const bool keeps = validation == ice::AddressValidation::validated;
  const Pair pair{local, remote};
  Owners& owners = by_pair_[pair];
  if (const std::size_t place = owners.place(id); place < owners.count) {
    owners.keeps[place] |= keeps;
    return;
  }
  if (owners.count == owners.ids.size()) {
    if (owners.keeps[0] && owners.keeps[1]) return;
    const ConnectionId other = owners.ids[owners.keeps[1] ? 0 : 1];
    std::erase(known_[other].pairs, pair);
    disown(other, pair);
  }
  owners.ids[owners.count] = id;
  owners.keeps[owners.count++] = keeps;
  Known& known = known_[id];
  known.pairs.push_back(pair);
  if (known.pairs.size() > kMostPairs) push_out(id, known);
}

void Demultiplexer::disown(ConnectionId id, const Pair& pair) {
  const auto found = by_pair_.find(pair);
  if (found == by_pair_.end()) return;
  Owners& owners = found->second;
  const std::size_t place = owners.place(id);
  if (place == owners.count) return;
  if (owners.count == 1) {
    by_pair_.erase(found);
    return;
  }
  if (place == 0) {
    owners.ids[0] = owners.ids[1];
    owners.keeps[0] = owners.keeps[1];
  }
  owners.count = 1;
}

/// The clock algorithm: the first that nothing came by since it was last looked at.
void Demultiplexer::push_out(ConnectionId id, Known& known) {
  for (std::size_t looked = 0; looked <= known.pairs.size(); ++looked) {
    const Pair first = known.pairs.front();
    known.pairs.pop_front();
    Owners& owners = by_pair_[first];
    if (!std::exchange(owners.used, false)) return disown(id, first);
    known.pairs.push_back(first);
  }
  disown(id, known.pairs.front());
  known.pairs.pop_front();
}

std::span<const ConnectionId> Demultiplexer::find(const base::SocketAddress& local,
                                                  const base::SocketAddress& remote,
                                                  base::BytesView datagram) {
  if (datagram.empty()) return {};
  if (std::to_integer<unsigned>(datagram[0]) > 3) {
    const auto found = by_pair_.find(Pair{local, remote});
    if (found == by_pair_.end()) return {};
    found->second.used = true;
    return std::span(found->second.ids).first(found->second.count);
  }
  const auto only = [this](const auto& map, std::string_view key) -> std::span<const ConnectionId> {
    const auto found = map.find(key);
    if (found == map.end() || !known_.contains(found->second)) return {};
    found_ = found->second;
    return std::span(&found_, 1);
  };
  if (!ice::is_stun(datagram) || datagram.size() < stun::kHeaderSize) return {};
  if (std::to_integer<unsigned>(datagram[0]) != 0)  // an answer, of either class
    return only(by_transaction_, transaction_of(datagram));
  const auto ufrag = ice::ufrag_of(datagram);
  if (!ufrag) return {};
  return only(by_ufrag_, *ufrag);
}

}  // namespace parlor::rtc
