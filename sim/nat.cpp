#include "sim/nat.hpp"

#include <algorithm>
#include <cassert>

namespace parlor::sim {

bool Nat::KeyLess::operator()(const Key& a, const Key& b) const {
  const AddressLess less;
  if (a.protocol != b.protocol) return a.protocol < b.protocol;
  if (!(a.internal == b.internal)) return less(a.internal, b.internal);
  return less(a.remote, b.remote);
}

Nat::Nat(Network& outside, std::string name, const NatOptions& options, std::string_view external,
         const Conditions& conditions)
    : world_(outside.world()),
      name_(std::move(name)),
      options_(options),
      external_(external.empty() ? base::IpAddress{} : ip(external)),
      random_(world_.random(world_.claim_name(name_ + "/ports"))),
      inside_(world_, name_ + " lan"),
      next_port_(options.first_port) {
  assert(options.first_port > 0 && options.first_port <= options.last_port);
  assert((!options.translates || !external.empty()) && "what it translates to");
  std::vector<base::IpAddress> addresses;
  if (!external.empty()) addresses.push_back(external_);
  outside_ = &outside.attach(name_, std::move(addresses), conditions,
                             [this](Packet packet) { from_outside(std::move(packet)); });
  inside_.set_gateway(*this);
}

void Nat::announce(const base::IpAddress& address) {
  if (!translates(address)) outside_->network().add_route(address, *outside_);
}

void Nat::forget() {
  mappings_.clear();
  by_external_.clear();
  next_port_ = options_.first_port;
}

void Nat::renumber(std::string_view external) {
  forget();
  Network& outside = outside_->network();
  outside.remove_route(external_);
  external_ = ip(external);
  outside.add_route(external_, *outside_);
}

std::optional<base::SocketAddress> Nat::mapped(Protocol protocol, const base::SocketAddress& internal,
                                               const base::SocketAddress& remote) const {
  const auto found = mappings_.find(key_of(protocol, internal, remote));
  if (found == mappings_.end() || expired(protocol, found->second.refreshed)) return std::nullopt;
  return found->second.external;
}

std::size_t Nat::mappings() const {
  return static_cast<std::size_t>(std::count_if(mappings_.begin(), mappings_.end(), [this](const auto& one) {
    return !expired(one.first.protocol, one.second.refreshed);
  }));
}

// ---- packets

void Nat::from_inside(Packet packet) {
  if (options_.blocks_udp && packet.protocol == Protocol::udp) return fate(packet, Fate::blocked);
  const bool turns_round = translates(packet.source.ip) && packet.destination.ip == external_;
  if (turns_round && !options_.hairpinning) return fate(packet, Fate::no_hairpin);
  Mapping* mapping = map_outbound(packet);
  if (mapping == nullptr) return fate(packet, Fate::no_port);
  remember(*mapping, packet.destination);
  if (!(packet.source == mapping->external)) {
    packet.source = mapping->external;  // RFC 4787 REQ-9: also of what turns round
    fate(packet, turns_round ? Fate::hairpinned : Fate::translated);
  }
  if (turns_round) return from_outside(std::move(packet));
  outside_->up().send(std::move(packet));
}

void Nat::from_outside(Packet packet) {
  if (options_.blocks_udp && packet.protocol == Protocol::udp) return fate(packet, Fate::blocked);
  const bool translated = translates(packet.destination.ip) || packet.destination.ip == external_;
  if (translated || options_.firewall) {
    Mapping* mapping = find_inbound(packet);
    if (mapping == nullptr) return fate(packet, translated ? Fate::no_mapping : Fate::filtered);
    if (!lets_in(*mapping, packet)) return fate(packet, Fate::filtered);
    if (options_.inbound_refreshes) remember(*mapping, packet.source);
    if (translated) {
      packet.destination = mapping->internal;
      fate(packet, Fate::translated);
    }
  }
  inside_.route(std::move(packet), nullptr);
}

void Nat::fate(const Packet& packet, Fate fate) {
  ++fates_[static_cast<std::size_t>(fate)];
  world_.trace().record(world_.now(), name_, packet, fate);
}

// ---- mappings

bool Nat::translates(const base::IpAddress& address) const {
  return options_.translates && !address.is_v6();
}

Nat::Key Nat::key_of(Protocol protocol, const base::SocketAddress& internal,
                     const base::SocketAddress& remote) const {
  Key key{protocol, internal, {}};
  if (!translates(internal.ip) || options_.mapping == Dependence::endpoint_independent) return key;
  key.remote.ip = remote.ip;
  if (options_.mapping == Dependence::address_and_port_dependent) key.remote.port = remote.port;
  return key;
}

Nat::Mapping* Nat::map_outbound(const Packet& packet) {
  const Key key = key_of(packet.protocol, packet.source, packet.destination);
  const auto found = mappings_.find(key);
  if (found != mappings_.end()) {
    if (!expired(packet.protocol, found->second.refreshed)) return &found->second;
    by_external_.erase({packet.protocol, found->second.external});
    mappings_.erase(found);
  }
  if (mappings_.size() >= options_.max_ports) drop_expired();
  if (mappings_.size() >= options_.max_ports) return nullptr;
  base::SocketAddress external = packet.source;
  if (translates(packet.source.ip)) {
    const auto port = free_port(packet.protocol, packet.source.port);
    if (!port) return nullptr;
    external = {external_, *port};
  }
  by_external_.insert_or_assign({packet.protocol, external}, key);
  return &mappings_.emplace(key, Mapping{packet.source, external, world_.now(), {}}).first->second;
}

Nat::Mapping* Nat::find_inbound(const Packet& packet) {
  const auto key = by_external_.find({packet.protocol, packet.destination});
  if (key == by_external_.end()) return nullptr;
  Mapping& mapping = mappings_.at(key->second);
  return expired(packet.protocol, mapping.refreshed) ? nullptr : &mapping;
}

std::optional<std::uint16_t> Nat::free_port(Protocol protocol, std::uint16_t wanted) {
  const std::uint32_t first = options_.first_port;
  const std::uint32_t count = options_.last_port - first + 1U;
  if (options_.ports == PortAllocation::preserving && wanted >= first && wanted <= options_.last_port &&
      take_port(protocol, wanted)) {
    return wanted;
  }
  const bool contiguous = options_.ports == PortAllocation::contiguous;
  const std::uint32_t begin = contiguous ? next_port_ - first : random_.below(count);
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::uint32_t offset = (begin + i) % count;
    if (!take_port(protocol, first + offset)) continue;
    next_port_ = static_cast<std::uint16_t>(first + (offset + 1) % count);
    return static_cast<std::uint16_t>(first + offset);
  }
  return std::nullopt;
}

/// Whether the port is free, or its mapping has expired and is gone now.
bool Nat::take_port(Protocol protocol, std::uint32_t port) {
  const auto taken = by_external_.find({protocol, {external_, static_cast<std::uint16_t>(port)}});
  if (taken == by_external_.end()) return true;
  const auto mapping = mappings_.find(taken->second);
  if (!expired(protocol, mapping->second.refreshed)) return false;
  mappings_.erase(mapping);
  by_external_.erase(taken);
  return true;
}

void Nat::remember(Mapping& mapping, const base::SocketAddress& remote) {
  mapping.refreshed = world_.now();
  mapping.remotes[remote] = world_.now();
  if (mapping.remotes.size() <= kMaxRemotes) return;
  auto stalest = mapping.remotes.end();
  for (auto one = mapping.remotes.begin(); one != mapping.remotes.end(); ++one) {
    if (one->first == remote) continue;
    if (stalest == mapping.remotes.end() || one->second < stalest->second) stalest = one;
  }
  mapping.remotes.erase(stalest);
}

bool Nat::lets_in(const Mapping& mapping, const Packet& packet) const {
  const Dependence filtering =
      translates(mapping.internal.ip) ? options_.filtering : options_.firewall.value_or(options_.filtering);
  if (filtering == Dependence::endpoint_independent) return true;
  if (filtering == Dependence::address_and_port_dependent) {
    const auto remote = mapping.remotes.find(packet.source);
    return remote != mapping.remotes.end() && !expired(packet.protocol, remote->second);
  }
  for (auto remote = mapping.remotes.lower_bound({packet.source.ip, 0});
       remote != mapping.remotes.end() && remote->first.ip == packet.source.ip; ++remote) {
    if (!expired(packet.protocol, remote->second)) return true;
  }
  return false;
}

bool Nat::expired(Protocol protocol, base::Time refreshed) const {
  return world_.now() - refreshed >=
         (protocol == Protocol::udp ? options_.udp_timeout : options_.tcp_timeout);
}

void Nat::drop_expired() {
  for (auto one = mappings_.begin(); one != mappings_.end();) {
    if (expired(one->first.protocol, one->second.refreshed)) {
      by_external_.erase({one->first.protocol, one->second.external});
      one = mappings_.erase(one);
    } else {
      ++one;
    }
  }
}

}  // namespace parlor::sim
