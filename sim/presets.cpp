#include "sim/presets.hpp"

#include <array>

namespace parlor::sim {
namespace {

using base::microseconds;
using base::milliseconds;
using base::seconds;

constexpr std::uint64_t megabits(double count) {
  return static_cast<std::uint64_t>(count * 1'000'000 / 8);
}

}  // namespace

namespace presets {

LinkOptions lan() {
  LinkOptions options;
  options.delay = microseconds(200);
  options.jitter = microseconds(100);
  options.rate = megabits(1000);
  return options;
}

LinkOptions wifi() {
  LinkOptions options;
  options.delay = milliseconds(2);
  options.jitter = milliseconds(4);
  options.loss = 0.002;
  options.rate = megabits(50);
  return options;
}

LinkOptions wifi_stalls() {
  LinkOptions options = wifi();
  options.stalls = {seconds(5), milliseconds(100), milliseconds(300)};
  return options;
}

LinkOptions mobile() {
  LinkOptions options;
  options.delay = milliseconds(25);
  options.jitter = milliseconds(15);
  options.loss = 0.003;
  options.rate = megabits(20);
  return options;
}

LinkOptions mobile_bad() {
  LinkOptions options;
  options.delay = milliseconds(60);
  options.jitter = milliseconds(60);
  options.bursts = {.to_bad = 0.01,
                    .to_good = 0.25,
                    .loss_in_good = 0,
                    .loss_in_bad = 0.78,
                    .longest = seconds(1)};  // 3.0 %
  options.rate = megabits(1.5);
  options.queue = 128 * 1024;
  return options;
}

LinkOptions satellite() {
  LinkOptions options;
  options.delay = milliseconds(280);
  options.jitter = milliseconds(10);
  options.loss = 0.005;
  options.rate = megabits(20);
  return options;
}

LinkOptions awful() {
  LinkOptions options;
  options.delay = milliseconds(150);
  options.jitter = milliseconds(100);
  options.jitter_reorders = true;
  options.bursts = {.to_bad = 0.02,
                    .to_good = 0.25,
                    .loss_in_good = 0.01,
                    .loss_in_bad = 0.95,
                    .longest = seconds(1)};  // 8.0 %
  options.duplicate = 0.01;
  options.reorder = 0.02;
  options.reorder_delay = milliseconds(80);
  options.rate = megabits(0.512);
  options.queue = 32 * 1024;
  options.mtu = 1280;
  return options;
}

}  // namespace presets

namespace nats {

NatOptions open() {
  NatOptions options;
  options.translates = false;
  options.firewall = std::nullopt;
  return options;
}

NatOptions full_cone() {
  NatOptions options;
  options.filtering = Dependence::endpoint_independent;
  return options;
}

NatOptions restricted() {
  NatOptions options;
  options.filtering = Dependence::address_dependent;
  return options;
}

NatOptions port_restricted() {
  NatOptions options;
  options.filtering = Dependence::address_and_port_dependent;
  return options;
}

NatOptions symmetric() {
  NatOptions options;
  options.mapping = Dependence::address_and_port_dependent;
  options.filtering = Dependence::address_and_port_dependent;
  options.ports = PortAllocation::random;
  options.hairpinning = false;
  return options;
}

NatOptions cgn() {
  NatOptions options;
  options.filtering = Dependence::address_dependent;
  options.ports = PortAllocation::random;
  options.max_ports = 2048;
  options.udp_timeout = seconds(120);
  return options;
}

NatOptions udp_blocked() {
  NatOptions options = port_restricted();
  options.blocks_udp = true;
  return options;
}

}  // namespace nats

namespace {

constexpr std::array<NamedConditions, 7> kConditions{{
    {"lan", presets::lan},
    {"wifi", presets::wifi},
    {"wifi_stalls", presets::wifi_stalls},
    {"mobile", presets::mobile},
    {"mobile_bad", presets::mobile_bad},
    {"satellite", presets::satellite},
    {"awful", presets::awful},
}};

constexpr std::array<NamedNat, 7> kNats{{
    {"open", nats::open},
    {"full_cone", nats::full_cone},
    {"restricted", nats::restricted},
    {"port_restricted", nats::port_restricted},
    {"symmetric", nats::symmetric},
    {"cgn", nats::cgn},
    {"udp_blocked", nats::udp_blocked},
}};

}  // namespace

std::span<const NamedConditions> all_conditions() {
  return kConditions;
}

std::optional<LinkOptions> conditions_by_name(std::string_view name) {
  for (const NamedConditions& one : kConditions) {
    if (one.name == name) return one.make();
  }
  return std::nullopt;
}

std::span<const NamedNat> all_nats() {
  return kNats;
}

std::optional<NatOptions> nat_by_name(std::string_view name) {
  for (const NamedNat& one : kNats) {
    if (one.name == name) return one.make();
  }
  return std::nullopt;
}

}  // namespace parlor::sim
