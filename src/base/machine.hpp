#pragma once
// What every protocol machine has in common. A machine owns no socket, clock, thread or randomness: somebody
// drives it.
//
// Methods come in four kinds: getters, `handle_*` (input), commands, and `poll_*` (output). After any input
// or command, drain poll_transmit() and poll_event() until they give nothing, then sleep until poll_timeout()
// or the next input. `now` must not go backwards; a machine ignores it when it does. Deadlines are derived
// from state, never cached, and after handle_timeout(t) and a drain, poll_timeout() is nothing or later than
// t.

#include <concepts>
#include <optional>

#include "base/address.hpp"
#include "base/bytes.hpp"
#include "base/time.hpp"

namespace parlor::base {

/// One UDP datagram, or one message of a stream transport that keeps boundaries. The bytes are not owned.
struct Datagram {
  SocketAddress source;
  BytesView bytes;
};

/// One datagram to send. Owned.
struct Transmit {
  SocketAddress destination;
  Bytes bytes;
};

/// A machine that sleeps until a time. All machines are; those that speak datagrams also model
/// DatagramMachine.
template <class M>
concept Machine = requires(M machine, Time now) {
  machine.handle_timeout(now);
  machine.poll_transmit();  // optional<…>: what must go out
  machine.poll_event();     // optional<…>: what happened
  { machine.poll_timeout() } -> std::same_as<std::optional<Time>>;
};

template <class M>
concept DatagramMachine = Machine<M> && requires(M machine, Time now, const Datagram& datagram) {
  machine.handle_datagram(now, datagram);
};

}  // namespace parlor::base
