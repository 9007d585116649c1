// The carriers of a TestWorld.

#include <gtest/gtest.h>

#include <algorithm>

#include "room/session_lines.hpp"
#include "room/test_world.hpp"

namespace parlor::room::testing {
namespace {

// As Chromium does it, roughly.
constexpr base::Duration kDisconnects = base::seconds(5);
constexpr base::Duration kFails = base::seconds(20);

std::string number_text(CarrierId id) {
  return std::to_string(static_cast<std::uint32_t>(id));
}

/// The link's own channel, behind the game's.
bool is_control(const Player& player, Channel channel) {
  return channel == player.machine->channels().size();
}

}  // namespace

TestCarrier* TestWorld::carrier_of(Player& player, CarrierId id) {
  const auto at = player.carriers.find(id);
  return at == player.carriers.end() ? nullptr : &carriers_[static_cast<std::size_t>(at->second)];
}

// ---- commands

void TestWorld::carry_out(Player& player, const OpenCarrier& open) {
  note(player, "open " + number_text(open.carrier) + (open.offers ? " offers" : " waits"));
  const int number = static_cast<int>(carriers_.size());
  TestCarrier carrier;
  carrier.player = index_of(player);
  carrier.id = open.carrier;
  carrier.polite = open.polite;
  carrier.waits = !open.offers;
  carrier.buffered.resize(player.machine->channels().size() + 1);
  carriers_.push_back(std::move(carrier));
  player.carriers[open.carrier] = number;
  ++player.carriers_opened;
  if (open.offers) make_offer(number);
}

void TestWorld::carry_out(Player& player, const SetPolite& set) {
  if (TestCarrier* carrier = carrier_of(player, set.carrier)) carrier->polite = set.polite;
}

void TestWorld::carry_out(Player& player, const CarrierSignal& signal) {
  const auto at = player.carriers.find(signal.carrier);
  if (at == player.carriers.end()) return;
  if (const auto* description = std::get_if<Description>(&signal.signal)) {
    take_description(at->second, *description);
  } else if (const auto* candidate = std::get_if<IceCandidate>(&signal.signal)) {
    take_candidate(at->second, *candidate);
  }
}

void TestWorld::carry_out(Player& player, const CarrierSend& send) {
  note(player, (is_control(player, send.channel) ? "control " : "send ") + number_text(send.carrier) + " " +
                   std::string(base::as_text(send.payload.view())).substr(0, 40));
  const auto at = player.carriers.find(send.carrier);
  if (at == player.carriers.end()) return;
  const int from = at->second;
  TestCarrier& carrier = carriers_[static_cast<std::size_t>(from)];
  const int to = carrier.connected_to;
  ASSERT_TRUE(to >= 0 && carrier.opened) << "a message for a carrier that is not open";
  const bool reliable =
      !is_control(player, send.channel) && is_ordered(player.machine->channels()[send.channel].delivery);
  const bool passes = reachable(carrier.player, carriers_[static_cast<std::size_t>(to)].player);
  Bytes bytes(send.header.view().begin(), send.header.view().end());
  bytes.insert(bytes.end(), send.payload.view().begin(), send.payload.view().end());
  carrier.buffered[send.channel] += bytes.size();
  if (!passes && !reliable) {
    after(options_.to_peer,
          [this, from, channel = send.channel, size = bytes.size()] { sent(from, channel, size); });
    return;
  }
  Task task = [this, from, to, channel = send.channel, bytes = std::move(bytes)] {
    deliver(from, to, channel, bytes);
  };
  if (!passes || stalled_.count(carrier.player) != 0) {
    held_[{from, to}].push_back(std::move(task));
  } else {
    after(options_.to_peer, std::move(task));  // without jitter: in order
  }
}

void TestWorld::carry_out(Player& player, const RestartCarrier& restart) {
  note(player, "restart " + number_text(restart.carrier));
  const auto at = player.carriers.find(restart.carrier);
  if (at == player.carriers.end()) return;
  TestCarrier& carrier = carriers_[static_cast<std::size_t>(at->second)];
  carrier.waits = false;
  if (!carrier.offering) make_offer(at->second);  // in the place of one that was never answered
}

void TestWorld::carry_out(Player& player, const CloseCarrier& close) {
  note(player, "close carrier " + number_text(close.carrier));
  const auto at = player.carriers.find(close.carrier);
  if (at == player.carriers.end()) return;
  const int number = at->second;
  const int far = other_end(number);
  TestCarrier& carrier = carriers_[static_cast<std::size_t>(number)];
  carrier.gone = true;
  player.carriers.erase(at);
  if (far < 0 || !carrier.opened ||
      !reachable(carrier.player, carriers_[static_cast<std::size_t>(far)].player))
    return;
  after(peer_delay(), [this, far] { tell_state(far, CarrierState::closed); });
}

// ---- negotiation

void TestWorld::tell(int number, Signal signal) {
  const TestCarrier& carrier = carriers_[static_cast<std::size_t>(number)];
  if (carrier.gone) return;
  handle(*players_[static_cast<std::size_t>(carrier.player)], [&](Machine& machine, base::Time now) {
    machine.handle_carrier_signal(now, carrier.id, std::move(signal));
  });
}

void TestWorld::tell_state(int number, CarrierState state) {
  const TestCarrier& carrier = carriers_[static_cast<std::size_t>(number)];
  if (carrier.gone) return;
  handle(*players_[static_cast<std::size_t>(carrier.player)],
         [&](Machine& machine, base::Time now) { machine.handle_carrier_state(now, carrier.id, state, ""); });
}

void TestWorld::make_offer(int number) {
  carriers_[static_cast<std::size_t>(number)].offering = true;
  after(base::milliseconds(1), [this, number] {
    TestCarrier& carrier = carriers_[static_cast<std::size_t>(number)];
    if (!carrier.offering) return;  // gave way meanwhile
    carrier.offering = false;
    carrier.have_local_offer = true;
    describe(number, true);
  });
}

void TestWorld::describe(int number, bool offer) {
  TestCarrier& carrier = carriers_[static_cast<std::size_t>(number)];
  carrier.local = "u" + std::to_string(++credentials_made_);
  carrier.has_candidates = carrier.has_candidates && !offer;
  const std::string local = carrier.local;
  by_credentials_[local] = number;
  const std::string sdp = (offer ? "offer" : "answer") + ("\na=ice-ufrag:" + local) +
                          (offer ? "" : "\na=x-parlor-offer:" + carrier.remote) +
                          "\na=fingerprint:" + std::to_string(number);
  tell(number, Description{offer ? Description::Type::offer : Description::Type::answer, sdp});
  after(options_.gathering, [this, number, local] {
    if (carriers_[static_cast<std::size_t>(number)].local != local) return;
    for (int i = 0; i < options_.candidates; ++i) {
      tell(number, IceCandidate{"candidate " + local, "0", std::uint16_t{0}, local});
    }
    tell(number, CandidatesEnd{});
  });
  check(number);
}

void TestWorld::take_description(int number, const Description& description) {
  TestCarrier& carrier = carriers_[static_cast<std::size_t>(number)];
  const std::string remote = ufrag_of(description.sdp);
  if (remote.empty()) return;
  if (description.type == Description::Type::offer) {
    if ((carrier.offering || carrier.have_local_offer) && !carrier.polite) return;
    carrier.offering = carrier.have_local_offer = carrier.waits = false;
    carrier.remote = remote;
    carrier.has_candidates = false;
    after(base::milliseconds(1), [this, number, remote] {
      const TestCarrier& now = carriers_[static_cast<std::size_t>(number)];
      if (now.remote == remote && !now.gone) describe(number, false);
    });
  } else {
    if (!carrier.have_local_offer || carrier.offering) return;
    if (offer_named_in(description.sdp) != carrier.local) return;
    carrier.have_local_offer = false;
    carrier.remote = remote;
    check(number);
  }
}

void TestWorld::take_candidate(int number, const IceCandidate& candidate) {
  TestCarrier& carrier = carriers_[static_cast<std::size_t>(number)];
  if (candidate.ufrag != carrier.remote) return;
  carrier.has_candidates = true;
  check(number);
}

// ---- connecting

int TestWorld::other_end(int number) const {
  const TestCarrier& carrier = carriers_[static_cast<std::size_t>(number)];
  if (carrier.gone || carrier.remote.empty()) return -1;
  const auto at = by_credentials_.find(carrier.remote);
  if (at == by_credentials_.end()) return -1;
  const TestCarrier& other = carriers_[static_cast<std::size_t>(at->second)];
  return !other.gone && other.local == carrier.remote && other.remote == carrier.local ? at->second : -1;
}

/// Connects the two ends once both know each other and a packet would get through.
void TestWorld::check(int number) {
  const int far = other_end(number);
  if (far < 0) return;
  const TestCarrier& one = carriers_[static_cast<std::size_t>(number)];
  const TestCarrier& other = carriers_[static_cast<std::size_t>(far)];
  if (!one.has_candidates && !other.has_candidates) return;
  if (!options_.rtc || !reachable(one.player, other.player)) {
    if (!one.opened) silence(number);
    return;
  }
  after(2 * peer_delay(), [this, number, far, a = one.local, b = other.local] {
    if (carriers_[static_cast<std::size_t>(number)].local == a &&
        carriers_[static_cast<std::size_t>(far)].local == b) {
      connect(number, far);
    }
  });
}

void TestWorld::connect(int one, int other) {
  // What the transport still holds comes before what the link sends now.
  send_held(one, other);
  send_held(other, one);
  for (const int number : {one, other}) {
    TestCarrier& carrier = carriers_[static_cast<std::size_t>(number)];
    if (carrier.gone) continue;
    carrier.connected_to = number == one ? other : one;
    if (carrier.state != CarrierState::connected) {
      carrier.state = CarrierState::connected;
      tell_state(number, CarrierState::connected);
    }
    if (carrier.opened) continue;
    // DTLS and SCTP.
    after(4 * peer_delay(), [this, number] {
      TestCarrier& opening = carriers_[static_cast<std::size_t>(number)];
      if (opening.gone || opening.opened) return;
      opening.opened = true;
      handle(*players_[static_cast<std::size_t>(opening.player)],
             [&](Machine& machine, base::Time now) { machine.handle_carrier_open(now, opening.id); });
    });
  }
}

void TestWorld::send_held(int from, int to) {
  const auto held = held_.find({from, to});
  if (held == held_.end() || stalled_.count(carriers_[static_cast<std::size_t>(from)].player) != 0) return;
  for (Task& task : held->second) after(options_.to_peer, std::move(task));
  held_.erase(held);
}

/// Nothing comes in any more.
void TestWorld::silence(int number) {
  const std::string local = carriers_[static_cast<std::size_t>(number)].local;
  const auto still = [this, number, local] {
    const TestCarrier& carrier = carriers_[static_cast<std::size_t>(number)];
    const int far = other_end(number);
    return carrier.local == local && !carrier.gone &&
           (far < 0 || !options_.rtc ||
            !reachable(carrier.player, carriers_[static_cast<std::size_t>(far)].player));
  };
  const auto fall = [this, number, still](base::Duration delay, CarrierState state) {
    after(delay, [this, number, still, state] {
      if (!still()) return;
      carriers_[static_cast<std::size_t>(number)].state = state;
      tell_state(number, state);
    });
  };
  fall(kDisconnects, CarrierState::disconnected);
  fall(kFails, CarrierState::failed);
}

/// So much has left the sender's buffer.
void TestWorld::sent(int from, Channel channel, std::size_t bytes) {
  TestCarrier& sender = carriers_[static_cast<std::size_t>(from)];
  sender.buffered[channel] -= std::min(sender.buffered[channel], bytes);
  if (sender.gone) return;
  handle(*players_[static_cast<std::size_t>(sender.player)], [&](Machine& machine, base::Time now) {
    machine.handle_carrier_buffered(now, sender.id, channel, sender.buffered[channel]);
  });
}

void TestWorld::deliver(int from, int to, Channel channel, Bytes bytes) {
  sent(from, channel, bytes.size());
  TestCarrier& receiver = carriers_[static_cast<std::size_t>(to)];
  if (receiver.gone) return;
  handle(*players_[static_cast<std::size_t>(receiver.player)], [&](Machine& machine, base::Time now) {
    machine.handle_carrier_message(now, receiver.id, channel, bytes);
  });
}

}  // namespace parlor::room::testing
