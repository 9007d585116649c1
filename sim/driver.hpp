#pragma once
// Drives a machine (base/machine.hpp) in a world: wakes it when it wants, drains it after every input, and
// hands on what comes out. Driver is for every machine and says nothing of how its outputs travel; UdpNode
// puts one that speaks datagrams on a socket of a host.

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/machine.hpp"
#include "sim/clock.hpp"
#include "sim/host.hpp"
#include "sim/world.hpp"

namespace parlor::sim {

template <base::Machine M>
using TransmitOf = typename decltype(std::declval<M&>().poll_transmit())::value_type;
template <base::Machine M>
using EventOf = typename decltype(std::declval<M&>().poll_event())::value_type;

template <base::Machine M>
class Driver {
 public:
  using Transmit = TransmitOf<M>;
  using Event = EventOf<M>;
  /// So many outputs of one drain: it would never end. The world is halted.
  static constexpr std::size_t kMaxOutputs = 1'000'000;

  /// The machine lives longer than its driver, and so does the clock; without one it is the world's.
  Driver(World& world, M& machine, std::function<void(Transmit)> on_transmit,
         std::function<void(Event)> on_event = {}, const Clock* clock = nullptr)
      : world_(world),
        machine_(machine),
        on_transmit_(std::move(on_transmit)),
        on_event_(std::move(on_event)),
        clock_(clock) {}
  ~Driver() { world_.cancel(timer_); }
  Driver(const Driver&) = delete;
  Driver& operator=(const Driver&) = delete;

  /// What the machine is told when it is told the time.
  [[nodiscard]] base::Time now() const { return clock_ ? clock_->local(world_.now()) : world_.now(); }
  [[nodiscard]] const M& machine() const { return machine_; }

  /// Every input and every command goes through here: calls `input(machine, now)`, drains, and gives back
  /// what the call gave. May be called by what the outputs are handed to.
  template <class F>
  auto call(F&& input) {
    if constexpr (std::is_void_v<std::invoke_result_t<F, M&, base::Time>>) {
      std::forward<F>(input)(machine_, now());
      drain();
    } else {
      auto result = std::forward<F>(input)(machine_, now());
      drain();
      return result;
    }
  }

  /// Hands on all outputs, then sets the clock's alarm. To be called once for what a new machine wants at
  /// once.
  void drain() {
    if (draining_) return;  // the outer one goes on until nothing comes any more
    draining_ = true;
    std::size_t outputs = 0;
    while (outputs < kMaxOutputs) {
      if (auto transmit = machine_.poll_transmit()) {
        on_transmit_(*std::move(transmit));
      } else if (auto event = machine_.poll_event()) {
        if (on_event_) on_event_(*std::move(event));
      } else {
        break;
      }
      ++outputs;
    }
    draining_ = false;
    if (outputs == kMaxOutputs) world_.halt("a machine gave " + std::to_string(outputs) + " outputs at once");
    set_alarm();
  }

 private:
  void set_alarm() {
    const std::optional<base::Time> due = machine_.poll_timeout();
    if (timer_.number != 0 && due == due_) return;
    world_.cancel(timer_);
    timer_ = {};
    due_ = due;
    if (!due) return;
    timer_ = world_.at(clock_ ? clock_->world(*due) : *due, [this] {
      timer_ = {};
      call([](M& machine, base::Time now) { machine.handle_timeout(now); });
    });
  }

  World& world_;
  M& machine_;
  std::function<void(Transmit)> on_transmit_;
  std::function<void(Event)> on_event_;
  const Clock* clock_;
  std::optional<base::Time> due_;
  World::Timer timer_;
  bool draining_ = false;
};

/// A machine and its UDP socket on a host. What happens is kept in `events` until somebody takes it.
template <base::DatagramMachine M>
class UdpNode {
 public:
  using Event = EventOf<M>;

  /// The machine is made of `arguments`. Port 0 is any.
  template <class... Arguments>
  UdpNode(Host& host, const base::SocketAddress& local, Arguments&&... arguments)
      : machine_(std::forward<Arguments>(arguments)...),
        socket_(host.bind(local)),
        driver_(
            host.world(), machine_,
            [this](base::Transmit transmit) { socket_->send(transmit.destination, transmit.bytes); },
            [this](Event event) {
              if (on_event_) {
                on_event_(std::move(event));
              } else {
                events.push_back(std::move(event));
              }
            },
            &host.clock) {
    socket_->on_datagram([this](const base::Datagram& datagram) {
      driver_.call([&](M& machine, base::Time now) { machine.handle_datagram(now, datagram); });
    });
    if constexpr (requires(M & machine, base::Time now) {
                    machine.handle_too_large(now, base::SocketAddress{}, std::size_t{});
                  }) {
      socket_->on_too_large([this](const base::SocketAddress& destination, std::size_t mtu) {
        driver_.call([&](M& machine, base::Time now) { machine.handle_too_large(now, destination, mtu); });
      });
    }
    driver_.drain();
  }
  ~UdpNode() { socket_->close(); }

  [[nodiscard]] const M& machine() const { return machine_; }
  [[nodiscard]] const Socket& socket() const { return *socket_; }
  /// As Driver::call().
  template <class F>
  auto call(F&& input) {
    return driver_.call(std::forward<F>(input));
  }
  /// Takes events from now on, instead of `events`.
  void on_event(std::function<void(Event)> handler) { on_event_ = std::move(handler); }

  std::vector<Event> events;

 private:
  M machine_;
  std::shared_ptr<Socket> socket_;
  std::function<void(Event)> on_event_;
  Driver<M> driver_;
};

}  // namespace parlor::sim
