#pragma once
// A NAT and firewall as RFC 4787 describes them for UDP and RFC 5382 for TCP. IPv4 is translated (unless it
// is told not to); IPv6, and IPv4 that is not translated, keeps its addresses and passes a stateful firewall
// (RFC 6092). One that stands in the network behind another makes a carrier-grade pair.
//
// Not here: ICMP, fragments, several external addresses, and the state of TCP connections (a mapping of TCP
// lives by its timeout alone).

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "sim/network.hpp"
#include "sim/packet.hpp"
#include "sim/trace.hpp"

namespace parlor::sim {

/// RFC 4787 §4.1 for mapping and §5 for filtering.
enum class Dependence : std::uint8_t { endpoint_independent, address_dependent, address_and_port_dependent };

/// Which external port a new mapping gets (RFC 4787 §4.2).
enum class PortAllocation : std::uint8_t {
  preserving,  ///< the internal port; when that is taken, a random one
  random,
  contiguous,  ///< the next one
};

struct NatOptions {
  bool translates = true;
  Dependence mapping = Dependence::endpoint_independent;
  Dependence filtering = Dependence::address_and_port_dependent;  ///< of what is translated
  /// Filtering of what is not translated; nothing: everybody gets in, also unasked.
  std::optional<Dependence> firewall = Dependence::address_and_port_dependent;
  PortAllocation ports = PortAllocation::preserving;
  bool hairpinning = true;                           ///< RFC 4787 §6
  base::Duration udp_timeout = base::seconds(120);   ///< REQ-5: not less
  base::Duration tcp_timeout = base::seconds(7440);  ///< RFC 5382 REQ-5: 2 hours 4 minutes
  bool inbound_refreshes = false;                    ///< REQ-6: outbound always does
  std::uint16_t first_port = 1024;                   ///< the pool of external ports …
  std::uint16_t last_port = 65535;
  std::size_t max_ports = 65535;  ///< … of which so many are in use at a time, UDP's and TCP's together
  bool blocks_udp = false;
};

class Nat {
 public:
  /// Remote endpoints that one mapping remembers having sent to; beyond that the stalest is forgotten.
  static constexpr std::size_t kMaxRemotes = 1024;

  Nat(Network& outside, std::string name, const NatOptions& options, std::string_view external,
      const Conditions& conditions);
  Nat(const Nat&) = delete;
  Nat& operator=(const Nat&) = delete;

  /// The network behind it.
  [[nodiscard]] Network& lan() { return inside_; }
  /// Its access link.
  [[nodiscard]] Interface& interface() { return *outside_; }
  [[nodiscard]] const NatOptions& options() const { return options_; }
  [[nodiscard]] const base::IpAddress& external() const { return external_; }

  /// Forgets all mappings, as one that was switched off and on.
  void forget();
  /// Another external address, as after a provider's nightly reconnect. Forgets all mappings.
  void renumber(std::string_view external);

  /// The external endpoint of an internal one as `remote` sees it, where there is one.
  [[nodiscard]] std::optional<base::SocketAddress> mapped(Protocol protocol,
                                                          const base::SocketAddress& internal,
                                                          const base::SocketAddress& remote) const;
  /// How many mappings are alive.
  [[nodiscard]] std::size_t mappings() const;
  /// How many packets met this fate here.
  [[nodiscard]] std::uint64_t count(Fate fate) const { return fates_[static_cast<std::size_t>(fate)]; }

 private:
  friend class Network;

  struct Mapping {
    base::SocketAddress internal;
    base::SocketAddress external;
    base::Time refreshed;
    std::map<base::SocketAddress, base::Time, AddressLess> remotes;  // sent to, and when last
  };
  /// The remote is zero as far as mapping does not depend on it.
  struct Key {
    Protocol protocol;
    base::SocketAddress internal;
    base::SocketAddress remote;
  };
  struct KeyLess {
    bool operator()(const Key& a, const Key& b) const;
  };
  struct External {
    Protocol protocol;
    base::SocketAddress endpoint;
  };
  struct ExternalLess {
    bool operator()(const External& a, const External& b) const {
      return a.protocol != b.protocol ? a.protocol < b.protocol : AddressLess{}(a.endpoint, b.endpoint);
    }
  };
  using Mappings = std::map<Key, Mapping, KeyLess>;

  void announce(const base::IpAddress& address);
  void from_inside(Packet packet);
  void from_outside(Packet packet);
  void fate(const Packet& packet, Fate fate);

  [[nodiscard]] bool translates(const base::IpAddress& address) const;
  [[nodiscard]] Key key_of(Protocol protocol, const base::SocketAddress& internal,
                           const base::SocketAddress& remote) const;
  Mapping* map_outbound(const Packet& packet);
  Mapping* find_inbound(const Packet& packet);
  [[nodiscard]] std::optional<std::uint16_t> free_port(Protocol protocol, std::uint16_t wanted);
  [[nodiscard]] bool take_port(Protocol protocol, std::uint32_t port);
  void remember(Mapping& mapping, const base::SocketAddress& remote);
  [[nodiscard]] bool lets_in(const Mapping& mapping, const Packet& packet) const;
  [[nodiscard]] bool expired(Protocol protocol, base::Time refreshed) const;
  void drop_expired();

  World& world_;
  std::string name_;
  NatOptions options_;
  base::IpAddress external_;
  base::SeededRandom random_;
  Interface* outside_;
  Network inside_;
  Mappings mappings_;
  std::map<External, Key, ExternalLess> by_external_;
  std::uint16_t next_port_;
  std::array<std::uint64_t, static_cast<std::size_t>(Fate::blocked) + 1> fates_{};
};

}  // namespace parlor::sim
