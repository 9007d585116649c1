#pragma once
// Programs on hosts of a simulated network, each with one UDP port and a connection to each of the others,
// and somebody who carries what they say to each other.

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "dtls/fake_transport.hpp"
#include "rtc/connection.hpp"
#include "rtc/demultiplexer.hpp"
#include "sim/host.hpp"
#include "sim/nat.hpp"
#include "sim/network.hpp"
#include "sim/presets.hpp"
#include "sim/world.hpp"

namespace parlor::rtc::testing {

using base::milliseconds;
using base::seconds;

inline dtls::Fingerprint fingerprint_of(std::string_view name) {
  dtls::Fingerprint fingerprint{};
  for (std::size_t i = 0; i < fingerprint.size() && i < name.size(); ++i)
    fingerprint[i] = static_cast<std::byte>(name[i]);
  return fingerprint;
}

class Program;

/// One end of a connection, driven by the world's clock.
class End {
 public:
  End(Program& program, ConnectionId id, ConnectionOptions options);
  ~End() { world_.cancel(timer_); }
  End(const End&) = delete;
  End& operator=(const End&) = delete;

  /// Every command and input: calls `input(connection, now)`, drains, and gives back what it gave.
  template <class F>
  auto call(F&& input) {
    if constexpr (std::is_void_v<std::invoke_result_t<F, Connection&, base::Time>>) {
      std::forward<F>(input)(connection, world_.now());
      drain();
    } else {
      auto result = std::forward<F>(input)(connection, world_.now());
      drain();
      return result;
    }
  }
  void drain();
  [[nodiscard]] bool is_connected() const { return connection.state() == State::connected; }
  sctp::SendResult say(datachannel::ChannelId channel, std::string_view text) {
    return call(
        [&](Connection& one, base::Time now) { return one.send(now, channel, base::as_bytes(text), true); });
  }
  /// The messages of a channel as texts.
  [[nodiscard]] std::vector<std::string> texts(datachannel::ChannelId channel) const {
    std::vector<std::string> texts;
    for (const ChannelMessage& message : messages) {
      if (message.id == channel) texts.emplace_back(base::as_text(message.bytes));
    }
    return texts;
  }

 private:
  Program& program_;
  sim::World& world_;
  ConnectionId id_;
  base::SeededRandom random_;

 public:
  Connection connection;
  std::vector<State> states;
  std::vector<StateChanged> changes;
  std::vector<ChannelOpened> opened;
  std::vector<ChannelMessage> messages;
  std::vector<ChannelClosed> closed;
  std::vector<std::string> descriptions;
  /// Where what it says goes.
  std::function<void(Event)> on_signal;
  std::function<void(const ChannelMessage&)> on_message;
  std::function<void(const BufferedLow&)> on_low;
  /// What the end is asked for while it has something of both. Programs take events first
  /// (docs/embedding.md), but nothing except the number of datagrams may depend on it.
  enum class Order : std::uint8_t { events_first, datagrams_first };
  Order order = Order::events_first;
  std::size_t datagrams = 0;
  std::size_t bytes = 0;

 private:
  void hear(Event event);
  bool take_event();
  bool transmit();

  sim::World::Timer timer_;
  bool draining_ = false;
};

class Program {
 public:
  explicit Program(sim::Host& host) : host_(host) {
    socket_ = host.bind(base::SocketAddress{host.address(), 0});
    local_ = socket_->local();
    socket_->on_datagram([this](const base::Datagram& datagram) { receive(datagram); });
    socket_->on_too_large([this](const base::SocketAddress& to, std::size_t mtu) {
      for (auto& [id, end] : ends_) {
        end->call([&](Connection& connection, base::Time now) { connection.handle_too_large(now, to, mtu); });
      }
    });
  }

  End& open(ConnectionId id, ConnectionOptions options = {}) {
    options.fingerprint = fingerprint_of(host_.name());
    End& end = *ends_.emplace(id, std::make_unique<End>(*this, id, options)).first->second;
    EXPECT_TRUE(demultiplexer_.add(id, end.connection.ufrag()));
    end.call([this](Connection& connection, base::Time now) {
      connection.add_address(now, local_, 65535);
      for (const base::SocketAddress& server : stun_servers) connection.add_stun_server(now, server);
      connection.finish_gathering(now);
    });
    return end;
  }
  [[nodiscard]] End& end(ConnectionId id) { return *ends_.at(id); }
  [[nodiscard]] bool has(ConnectionId id) const { return ends_.contains(id); }
  void drop(ConnectionId id) {
    demultiplexer_.remove(id);
    ends_.erase(id);
  }
  [[nodiscard]] sim::Host& host() { return host_; }
  [[nodiscard]] const base::SocketAddress& local() const { return local_; }
  [[nodiscard]] Demultiplexer& demultiplexer() { return demultiplexer_; }

  /// What comes to its port; whoever calls it may write any source on it.
  void receive(const base::Datagram& datagram) {
    const auto found = demultiplexer_.find(local_, datagram.source, datagram.bytes);
    const std::vector<ConnectionId> ids(found.begin(), found.end());
    if (ids.empty()) ++for_nobody;
    for (const ConnectionId id : ids) {
      if (!ends_.contains(id)) continue;
      base::Bytes bytes(datagram.bytes.begin(), datagram.bytes.end());
      End& end = *ends_.at(id);
      end.call([&](Connection& connection, base::Time now) {
        connection.handle_datagram(now, local_, datagram.source, bytes);
      });
      demultiplexer_.learn(id, local_, datagram.source, end.connection.validation(local_, datagram.source));
    }
  }

  std::vector<base::SocketAddress> stun_servers;
  std::size_t for_nobody = 0;
  /// Sees each datagram that goes out, and may change or refuse it.
  std::function<bool(base::Bytes&)> on_send;

 private:
  friend class End;

  sim::Host& host_;
  std::shared_ptr<sim::Socket> socket_;
  base::SocketAddress local_;
  Demultiplexer demultiplexer_;
  std::map<ConnectionId, std::unique_ptr<End>> ends_;
};

inline End::End(Program& program, ConnectionId id, ConnectionOptions options)
    : program_(program),
      world_(program.host().world()),
      id_(id),
      random_(world_.random(program.host().name() + ".rtc" + std::to_string(id))),
      connection(world_.now(), options,
                 dtls::make_fake_transport(random_, {.fingerprint = options.fingerprint}), random_) {}

inline void End::hear(Event event) {
  if (auto* message = std::get_if<ChannelMessage>(&event)) {
    if (on_message) return on_message(*message);
    messages.push_back(std::move(*message));
  } else if (auto* one = std::get_if<StateChanged>(&event)) {
    states.push_back(one->state);
    changes.push_back(*one);
  } else if (auto* channel = std::get_if<ChannelOpened>(&event)) {
    opened.push_back(*channel);
  } else if (auto* gone = std::get_if<ChannelClosed>(&event)) {
    closed.push_back(*gone);
  } else if (const auto* low = std::get_if<BufferedLow>(&event)) {
    if (on_low) on_low(*low);
  } else if (event.index() <= 2) {
    if (const auto* description = std::get_if<DescriptionMade>(&event)) {
      descriptions.push_back(description->sdp);
      program_.demultiplexer().add(id_, connection.ufrag());
    }
    if (on_signal) on_signal(std::move(event));
  }
}

/// False: there is none.
inline bool End::take_event() {
  auto event = connection.poll_event();
  if (event) hear(std::move(*event));
  return event.has_value();
}

/// False: there is nothing to send.
inline bool End::transmit() {
  std::array<std::byte, Connection::kLargestDatagram> buffer{};
  const auto transmit = connection.poll_transmit(world_.now(), buffer);
  if (!transmit) return false;
  base::Bytes datagram(buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(transmit->size));
  program_.demultiplexer().handle_transmit(id_, datagram);
  EXPECT_EQ(transmit->local, program_.local());
  ++datagrams;
  bytes += datagram.size();
  if (!program_.on_send || program_.on_send(datagram)) program_.socket_->send(transmit->remote, datagram);
  return true;
}

inline void End::drain() {
  if (draining_) return;
  draining_ = true;
  const auto drain_one = [this] {
    return order == Order::events_first ? take_event() || transmit() : transmit() || take_event();
  };
  for (int outputs = 0; drain_one(); ++outputs) {
    if (outputs > 100'000) {
      world_.halt("a connection never ends to send");
      break;
    }
  }
  draining_ = false;
  world_.cancel(timer_);
  timer_ = {};
  const auto due = connection.poll_timeout();
  if (!due) return;
  timer_ = world_.at(*due, [this] {
    timer_ = {};
    call([](Connection& one, base::Time now) { one.handle_timeout(now); });
    const auto next = connection.poll_timeout();
    EXPECT_TRUE(!next || *next > world_.now()) << "the contract of machines";
  });
}

/// Carries what two ends say to each other, in order, `delay` later.
class Signaling {
 public:
  Signaling(sim::World& world, base::Duration delay = milliseconds(40)) : world_(world), delay_(delay) {}
  void join(End& a, End& b) {
    tie(a, b);
    tie(b, a);
  }
  /// Refuses what is to be lost.
  std::function<bool(const Event&)> filter;

 private:
  void tie(End& from, End& to) {
    from.on_signal = [this, &to](Event event) {
      if (filter && !filter(event)) return;
      world_.after(delay_, [&to, event = std::move(event)] {
        to.call([&](Connection& connection, base::Time now) {
          if (const auto* description = std::get_if<DescriptionMade>(&event))
            (void)connection.handle_description(now, description->offer, description->sdp);
          if (const auto* candidate = std::get_if<CandidateMade>(&event))
            (void)connection.handle_candidate(now, candidate->candidate, candidate->ufrag);
        });
      });
    };
  }
  sim::World& world_;
  base::Duration delay_;
};

/// alice and bob, each on a host of its own.
struct Two {
  explicit Two(std::uint64_t seed = 1, const sim::LinkOptions& link = delay(milliseconds(10)),
               const ConnectionOptions& alice_options = {}, ConnectionOptions bob_options = {})
      : world(seed),
        alice(network.host("alice", {"192.0.2.1"}, link)),
        bob(network.host("bob", {"192.0.2.2"}, link)),
        a(alice.open(1, alice_options)),
        b(bob.open(1, impolite(bob_options))) {
    signaling.join(a, b);
  }
  static sim::LinkOptions delay(base::Duration delay) {
    sim::LinkOptions options;
    options.delay = delay;
    return options;
  }
  static ConnectionOptions impolite(ConnectionOptions options) {
    options.polite = false;
    return options;
  }
  /// With a negotiated channel 0 on both sides.
  void open_channel(const datachannel::Reliability& reliability = {}, datachannel::ChannelId id = 0) {
    for (End* end : {&a, &b}) {
      end->call([&](Connection& connection, base::Time now) {
        EXPECT_TRUE(
            connection.open_channel(now, {.label = "game", .reliability = reliability, .negotiated = id}));
      });
    }
  }
  void offer() {
    a.call([](Connection& connection, base::Time now) { connection.negotiate(now); });
  }
  bool connect(base::Duration limit = seconds(10)) {
    offer();
    return world.run_until([&] { return a.is_connected() && b.is_connected(); }, limit);
  }

  sim::World world;
  sim::Network network{world};
  Program alice;
  Program bob;
  End& a;
  End& b;
  Signaling signaling{world};
};

}  // namespace parlor::rtc::testing
