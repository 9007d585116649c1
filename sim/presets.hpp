#pragma once
// Conditions by name, so that tests and people speak of the same ones. Each is one direction of an access
// link; a path between two players behind such links has all of it twice, and the figures below are meant so.
// They are round numbers of the right size, not measurements of a certain network.

#include <optional>
#include <span>
#include <string_view>

#include "sim/link.hpp"
#include "sim/nat.hpp"

namespace parlor::sim {

namespace presets {

/// Cable at home or in an office: 0.2 ms, jitter 0.1 ms, 1 Gbit/s.
[[nodiscard]] LinkOptions lan();
/// Good Wi-Fi: 2 ms, jitter 4 ms, 0.2 % loss, 50 Mbit/s.
[[nodiscard]] LinkOptions wifi();
/// The same, but every 5 s it stalls for 100 to 300 ms and then delivers all at once.
[[nodiscard]] LinkOptions wifi_stalls();
/// A phone with good reception: 25 ms, jitter 15 ms, 0.3 % loss, 20 Mbit/s.
[[nodiscard]] LinkOptions mobile();
/// A phone in a train: 60 ms, jitter 60 ms, 3 % loss in bursts of 4 packets in the mean, 1.5 Mbit/s with a
/// queue of 128 KB (0.7 s when full).
[[nodiscard]] LinkOptions mobile_bad();
/// By a geostationary satellite: 280 ms, jitter 10 ms, 0.5 % loss, 20 Mbit/s.
[[nodiscard]] LinkOptions satellite();
/// All at once: 150 ms, jitter 100 ms that reorders, 8 % loss (bursts of 4 packets), 1 % doubles, 2 % come 80
/// ms late, 512 kbit/s with a queue of 32 KB, MTU 1,280. No flipped bits: UDP's checksum lets one in 65,536
/// through.
[[nodiscard]] LinkOptions awful();

}  // namespace presets

struct NamedConditions {
  std::string_view name;
  LinkOptions (*make)();
};
/// All of the above, from the best to the worst.
[[nodiscard]] std::span<const NamedConditions> all_conditions();
[[nodiscard]] std::optional<LinkOptions> conditions_by_name(std::string_view name);

namespace nats {

/// No translation and no filter: a host on the open Internet.
[[nodiscard]] NatOptions open();
/// Mapping and filtering endpoint-independent: whoever learns the mapped address gets in.
[[nodiscard]] NatOptions full_cone();
/// Filtering by address.
[[nodiscard]] NatOptions restricted();
/// Filtering by address and port: most home routers.
[[nodiscard]] NatOptions port_restricted();
/// Mapping and filtering by address and port, random ports, no hairpinning: holes cannot be punched from one
/// to another, nor to a port-restricted one.
[[nodiscard]] NatOptions symmetric();
/// A provider's, before the home router (RFC 6888): mapping endpoint-independent, filtering by address,
/// random ports, hairpinning, 2,048 ports in all, and mappings that live for 2 minutes.
[[nodiscard]] NatOptions cgn();
/// As port_restricted, but no UDP passes: an office where only streams get out.
[[nodiscard]] NatOptions udp_blocked();

}  // namespace nats

struct NamedNat {
  std::string_view name;
  NatOptions (*make)();
};
[[nodiscard]] std::span<const NamedNat> all_nats();
[[nodiscard]] std::optional<NatOptions> nat_by_name(std::string_view name);

}  // namespace parlor::sim
