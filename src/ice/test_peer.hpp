#pragma once
// Two agents on hosts of a simulated network, with a STUN server and somebody who carries what they tell each
// other.

#include <gtest/gtest.h>

#include <array>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "ice/agent.hpp"
#include "ice/binding.hpp"
#include "sim/driver.hpp"
#include "sim/host.hpp"
#include "sim/nat.hpp"
#include "sim/network.hpp"
#include "sim/presets.hpp"
#include "sim/world.hpp"
#include "stun/attributes.hpp"
#include "stun/writer.hpp"

namespace parlor::ice::testing {

using base::milliseconds;
using base::seconds;

inline base::SocketAddress at(std::string_view text) {
  return *base::SocketAddress::parse(text);
}

/// Answers Binding requests and nothing else.
struct StunServer {
  StunServer(sim::Network& network, std::string_view ip)
      : host(network.host("stun", {ip})), address{*base::IpAddress::parse(ip), 3478} {
    socket = host.bind(3478, [this](const base::Datagram& datagram) {
      const auto message = stun::Message::parse(datagram.bytes);
      if (!message || !message->is(stun::MessageClass::request, stun::Method::binding)) return;
      ++asked;
      if (silent) return;
      std::array<std::byte, 128> buffer{};
      stun::MessageWriter writer(buffer, stun::MessageClass::success, *message);
      writer.add<stun::XorMappedAddress>(datagram.source);
      socket->send(datagram.source, writer.finish());
    });
  }
  sim::Host& host;
  base::SocketAddress address;
  std::shared_ptr<sim::Socket> socket;
  int asked = 0;
  bool silent = false;
};

class Peer {
 public:
  explicit Peer(sim::Host& host, const AgentOptions& options = {})
      : host_(host),
        lite(options.lite),
        random_(host.world().random(host.name() + ".ice")),
        agent(host.now(), options, random_),
        driver_(
            host.world(), agent, [this](Transmit transmit) { send(std::move(transmit)); },
            [this](AgentEvent event) { hear(std::move(event)); }, &host.clock) {}

  /// Of one of its host's addresses, with a port of its own.
  void add_address(std::size_t index = 0, std::uint16_t preference = 65535) {
    const auto socket = host_.bind(base::SocketAddress{host_.address(index), 0});
    const base::SocketAddress local = socket->local();
    sockets_[local.to_string()] = socket;
    socket->on_datagram([this, local](const base::Datagram& datagram) {
      if (is_stun(datagram.bytes)) {
        ++checks_heard;
        if (on_check) on_check(datagram);
        return driver_.call([&](Agent& machine, base::Time now) {
          machine.handle_datagram(now, local, datagram.source, datagram.bytes);
        });
      }
      if (!agent.knows(local, datagram.source)) return void(++strangers);
      driver_.call([&](Agent& machine, base::Time now) { machine.handle_data(now, local, datagram.source); });
      data.emplace_back(base::as_text(datagram.bytes));
    });
    driver_.call([&](Agent& machine, base::Time now) { machine.add_address(now, local, preference); });
  }
  template <class F>
  auto call(F&& command) {
    return driver_.call(std::forward<F>(command));
  }
  /// Data by the way that is used now; false: there is none.
  bool say(std::string_view text) {
    const auto route = agent.route();
    if (!route) return false;
    sockets_.at(route->local.to_string())->send(route->remote, base::as_bytes(text));
    return true;
  }
  /// Bytes from one of its addresses to anywhere.
  void say_from(const base::SocketAddress& local, const base::SocketAddress& remote, base::BytesView bytes) {
    sockets_.at(local.to_string())->send(remote, bytes);
  }
  [[nodiscard]] sim::Host& host() { return host_; }
  [[nodiscard]] bool is_connected() const { return agent.state() == AgentState::connected; }

 private:
  sim::Host& host_;

 public:
  const bool lite;

 private:
  base::SeededRandom random_;

 public:
  Agent agent;
  std::function<void(const Candidate&)> on_candidate;
  std::function<void(const base::Datagram&)> on_check;
  std::vector<Candidate> found;
  std::vector<AgentState> states;
  std::vector<std::optional<Route>> routes;
  std::vector<std::string> data;
  bool gathered = false;
  int checks_sent = 0;
  int checks_heard = 0;
  int strangers = 0;  ///< datagrams of data from who is not known

 private:
  void send(Transmit transmit) {
    ++checks_sent;
    const auto socket = sockets_.find(transmit.local.to_string());
    if (socket != sockets_.end()) socket->second->send(transmit.remote, transmit.bytes);
  }
  void hear(AgentEvent event) {
    if (const auto* candidate = std::get_if<CandidateFound>(&event)) {
      found.push_back(candidate->candidate);
      if (on_candidate) on_candidate(candidate->candidate);
    }
    if (std::holds_alternative<GatheringDone>(event)) gathered = true;
    if (const auto* state = std::get_if<StateChanged>(&event)) states.push_back(state->state);
    if (const auto* route = std::get_if<RouteChanged>(&event)) routes.push_back(route->route);
  }

  std::map<std::string, std::shared_ptr<sim::Socket>> sockets_;
  sim::Driver<Agent> driver_;
};

/// What alice has found is told to bob, and the other way round, `delay` later; alice makes the offer.
struct Introduction {
  Introduction(sim::World& world_, Peer& alice_, Peer& bob_, base::Duration delay_ = milliseconds(50))
      : world(world_), alice(alice_), bob(bob_), delay(delay_) {
    alice.call([](Agent& agent, base::Time) { agent.set_role(Role::controlling); });
    bob.call([](Agent& agent, base::Time) { agent.set_role(Role::controlled); });
    trickle(alice, bob);
    trickle(bob, alice);
  }
  /// The offer goes out now, the answer when it is there.
  void introduce() {
    tell(alice, bob);
    world.after(delay, [this] { tell(bob, alice); });
  }
  void tell(Peer& from, Peer& to) {
    const Credentials credentials = from.agent.local_credentials();
    world.after(delay, [&from, &to, credentials] {
      to.call([&](Agent& agent, base::Time now) { agent.set_remote(now, credentials, from.lite); });
    });
  }
  void trickle(Peer& from, Peer& to);

  sim::World& world;
  Peer& alice;
  Peer& bob;
  base::Duration delay;
  /// Refuses what is not to be told.
  std::function<bool(const Candidate&)> filter;
};

inline void Introduction::trickle(Peer& from, Peer& to) {
  from.on_candidate = [this, &to](const Candidate& candidate) {
    if (filter && !filter(candidate)) return;
    world.after(2 * delay, [&to, candidate] {
      to.call([&](Agent& agent, base::Time now) { agent.add_remote_candidate(now, candidate); });
    });
  };
}

}  // namespace parlor::ice::testing
