#include "sim/network.hpp"

#include <cassert>

#include "sim/host.hpp"
#include "sim/nat.hpp"

namespace parlor::sim {

Interface::Interface(Network& network, std::string name, std::vector<base::IpAddress> addresses,
                     const Conditions& conditions, Link::Sink receive)
    : network_(network),
      name_(std::move(name)),
      addresses_(std::move(addresses)),
      up_(network.world(), name_ + " up", conditions.up,
          [this](Packet packet) { network_.route(std::move(packet), this); }),
      down_(network.world(), name_ + " down", conditions.down, std::move(receive)) {}

void Interface::set(const Conditions& conditions) {
  up_.set(conditions.up);
  down_.set(conditions.down);
}

void Interface::cut() {
  up_.cut();
  down_.cut();
}

void Interface::mend() {
  up_.mend();
  down_.mend();
}

void Interface::add_outage(base::Time from, base::Time until) {
  up_.add_outage(from, until);
  down_.add_outage(from, until);
}

Network::Network(World& world, std::string name) : world_(world), name_(std::move(name)) {}
Network::~Network() = default;

Host& Network::host(std::string name, std::initializer_list<std::string_view> addresses,
                    const Conditions& conditions) {
  hosts_.push_back(std::make_unique<Host>(world_, std::move(name)));
  hosts_.back()->attach(*this, addresses, conditions);
  return *hosts_.back();
}

Nat& Network::nat(std::string name, const NatOptions& options, std::string_view external,
                  const Conditions& conditions) {
  nats_.push_back(std::make_unique<Nat>(*this, std::move(name), options, external, conditions));
  return *nats_.back();
}

Interface& Network::attach(std::string name, std::vector<base::IpAddress> addresses,
                           const Conditions& conditions, Link::Sink receive) {
  interfaces_.push_back(std::make_unique<Interface>(*this, std::move(name), std::move(addresses), conditions,
                                                    std::move(receive)));
  Interface& interface = *interfaces_.back();
  for (const base::IpAddress& address : interface.addresses()) add_route(address, interface);
  return interface;
}

void Network::add_route(const base::IpAddress& address, Interface& to) {
  assert(!routes_.contains(address) && "two interfaces with one address");
  routes_.emplace(address, &to);
  if (gateway_ != nullptr) gateway_->announce(address);
}

Link& Network::between(Interface& from, Interface& to) {
  std::unique_ptr<Link>& link = paths_[{&from, &to}];
  if (!link) {
    link = std::make_unique<Link>(world_, from.name() + " > " + to.name(), LinkOptions{},
                                  [&to](Packet packet) { to.down().send(std::move(packet)); });
  }
  return *link;
}

void Network::set_between(Interface& one, Interface& other, const LinkOptions& options) {
  between(one, other).set(options);
  between(other, one).set(options);
}

void Network::cut(Interface& one, Interface& other) {
  between(one, other).cut();
  between(other, one).cut();
}

void Network::mend(Interface& one, Interface& other) {
  between(one, other).mend();
  between(other, one).mend();
}

void Network::route(Packet packet, Interface* from) {
  const auto found = routes_.find(packet.destination.ip);
  if (found == routes_.end()) {
    if (gateway_ != nullptr) return gateway_->from_inside(std::move(packet));
    return world_.trace().record(world_.now(), name_, packet, Fate::no_route);
  }
  Interface* to = found->second;
  if (from != nullptr) {
    const auto path = paths_.find({from, to});
    if (path != paths_.end()) return path->second->send(std::move(packet));
  }
  to->down().send(std::move(packet));
}

}  // namespace parlor::sim
