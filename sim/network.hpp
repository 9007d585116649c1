#pragma once
// One segment of a network: interfaces with addresses, each on an access link of its own, and between two of
// them, where a test wants it, a path with conditions of its own. The outermost segment is the Internet; a
// NAT stands in one segment as an interface and has another behind it.
//
//   alice ─up─▸┐                ┌─down─▸ bob
//              segment ─between─┤
//              (its gateway: a NAT, for addresses that the segment does not have)

#include <initializer_list>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "sim/link.hpp"
#include "sim/packet.hpp"
#include "sim/world.hpp"

namespace parlor::sim {

class Host;
class Nat;
class Network;
struct NatOptions;

/// The conditions of an access link: up is from the host into the network.
struct Conditions {
  Conditions() = default;
  Conditions(const LinkOptions& both) : up(both), down(both) {}
  Conditions(const LinkOptions& up_, const LinkOptions& down_) : up(up_), down(down_) {}
  LinkOptions up;
  LinkOptions down;
};

/// Where a host or a NAT stands in a network.
class Interface {
 public:
  Interface(Network& network, std::string name, std::vector<base::IpAddress> addresses,
            const Conditions& conditions, Link::Sink receive);

  [[nodiscard]] Network& network() const { return network_; }
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] const std::vector<base::IpAddress>& addresses() const { return addresses_; }
  [[nodiscard]] Link& up() { return up_; }
  [[nodiscard]] Link& down() { return down_; }
  void set(const Conditions& conditions);
  /// Both directions at once.
  void cut();
  void mend();
  void add_outage(base::Time from, base::Time until);

 private:
  friend class Network;

  Network& network_;
  std::string name_;
  std::vector<base::IpAddress> addresses_;
  Link up_;
  Link down_;
};

class Network {
 public:
  explicit Network(World& world, std::string name = "internet");
  ~Network();
  Network(const Network&) = delete;
  Network& operator=(const Network&) = delete;

  [[nodiscard]] World& world() { return world_; }
  [[nodiscard]] const std::string& name() const { return name_; }

  /// A host with one interface here. It and all others live as long as the network.
  Host& host(std::string name, std::initializer_list<std::string_view> addresses,
             const Conditions& conditions = {});
  /// A NAT with its outside here. `external` is its IPv4 address (empty where it translates nothing);
  /// `conditions` are those of its access link.
  Nat& nat(std::string name, const NatOptions& options, std::string_view external,
           const Conditions& conditions = {});
  /// For what is neither.
  Interface& attach(std::string name, std::vector<base::IpAddress> addresses, const Conditions& conditions,
                    Link::Sink receive);

  /// The path from one interface to another, besides their access links: made with no trouble at all when it
  /// is first asked for.
  Link& between(Interface& from, Interface& to);
  /// Both directions of it.
  void set_between(Interface& one, Interface& other, const LinkOptions& options);
  void cut(Interface& one, Interface& other);
  void mend(Interface& one, Interface& other);

  [[nodiscard]] bool has(const base::IpAddress& address) const { return routes_.contains(address); }

 private:
  friend class Interface;
  friend class Nat;

  void route(Packet packet, Interface* from);
  void set_gateway(Nat& gateway) { gateway_ = &gateway; }
  void add_route(const base::IpAddress& address, Interface& to);
  void remove_route(const base::IpAddress& address) { routes_.erase(address); }

  World& world_;
  std::string name_;
  Nat* gateway_ = nullptr;  // of the segment behind it
  std::vector<std::unique_ptr<Interface>> interfaces_;
  std::map<base::IpAddress, Interface*, AddressLess> routes_;
  std::map<std::pair<Interface*, Interface*>, std::unique_ptr<Link>> paths_;  // looked up, never walked
  std::vector<std::unique_ptr<Host>> hosts_;
  std::vector<std::unique_ptr<Nat>> nats_;
};

}  // namespace parlor::sim
