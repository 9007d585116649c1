#pragma once
// One agent, and somebody who writes its datagrams by hand.

#include "ice/test_peer.hpp"

namespace parlor::ice::testing {

inline const Credentials kBob{"bobb", "bob-password-0123456789"};

struct Alone {
  explicit Alone(Role role = Role::controlled, const AgentOptions& options = {})
      : agent(base::time_from(seconds(100)), options, random) {
    agent.set_role(role);
    agent.add_address(now, here, 65535);
    while (agent.poll_event()) {
    }
  }
  base::Bytes request(const Credentials& to, const CheckRequest& check = {.priority = 5}) {
    stun::TransactionId id{};
    random.fill(id);
    return write_request(id, kBob, to, check);
  }
  void hear(base::BytesView bytes, const base::SocketAddress& from) {
    agent.handle_datagram(now, here, from, bytes);
  }
  std::vector<Transmit> sent() {
    std::vector<Transmit> all;
    while (auto one = agent.poll_transmit()) all.push_back(std::move(*one));
    return all;
  }
  base::SeededRandom random{7};
  base::Time now = base::time_from(seconds(100));
  base::SocketAddress here = at("192.0.2.1:1000");
  base::SocketAddress there = at("192.0.2.2:2000");
  Agent agent;
};

}  // namespace parlor::ice::testing
