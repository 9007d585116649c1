#pragma once
// Clients that keep to docs/relay.md, over a network that delays, sockets that block and connections that
// break, against a relay with tight limits: what must hold whatever happens. For the tests of this folder and
// for a fuzz target; everything random comes from one source.

#include <algorithm>
#include <deque>
#include <limits>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "relay/test_client.hpp"

namespace parlor::relay::testing {

class Model {
 public:
  explicit Model(base::Random& random) : random_(random), config_(tight(random)), relay_(config_) {
    for (std::uint16_t i = 0; i < kClients; ++i) {
      Client client;
      client.room = RoomId{i % 2U};
      client.peer = PeerId{static_cast<std::uint16_t>(100 + i / 2)};
      // Two sites of one IPv6 /48, and one of IPv4.
      client.site =
          i % 3 == 2 ? base::IpAddress::v4({192, 0, 2, 1})
                     : base::IpAddress::v6({0x20, 1, 0xd, 0xb8, 0, 7, 0, static_cast<std::uint8_t>(i % 3)});
      clients_.push_back(client);
    }
    for (Client& client : clients_) {
      if (random_.below(4) > 0) come_or_go(client);
    }
  }

  /// What was found to be wrong first; empty while nothing is.
  [[nodiscard]] const std::string& fault() const { return fault_; }
  /// All that was handed out, for comparing runs.
  [[nodiscard]] const std::string& transcript() const { return transcript_; }

  void step() {
    Client& client = clients_[random_.below(kClients)];
    switch (random_.below(16)) {
      case 0:
        return random_.below(4) == 0 ? come_or_go(client) : raw(client);
      case 1:
        return pass(base::milliseconds(random_.below(200)));
      case 2:
        return pass(base::microseconds(random_.below(3000)));
      case 3:
        return writable(client, random_.below(4) == 0 ? random_.below(40'000) : random_.below(600));
      case 4:
      case 5:
        return read(client);
      case 6:
      case 7:
      case 8:
      case 9:
        return go_on(client, random_.below(12));
      case 10:
      case 11:
      case 12:
        return make(client);
      default:
        for (std::uint32_t i = random_.below(8); i > 0; --i) say(client);
        return;
    }
  }

  /// Everything that was promised arrives once all sockets take what there is.
  void finish() {
    for (Client& client : clients_) {
      if (!client.present) come_or_go(client);
    }
    for (int round = 0; round < 4000 && fault_.empty(); ++round) {
      for (Client& client : clients_) {
        go_on(client, 8);
        writable(client, 1 << 20);
        read(client);
      }
      pass(base::milliseconds(100));
      if (is_done()) break;
    }
    check(is_done(), "something that was promised never came");
    check(relay_.counters().waiting_frames == 0 && relay_.counters().waiting_bytes == 0 &&
              relay_.counters().waiting_notices == 0,
          "something still waits");
    for (Client& client : clients_) come_or_go(client);
    check(relay_.counters().members == 0 && relay_.counters().rooms == 0, "somebody is still there");
  }

 private:
  static constexpr std::uint32_t kClients = 8;
  static constexpr std::uint32_t kMaxMade = 12;  // messages that one promises to another

  using PipeId = std::tuple<RoomId, PeerId, PeerId, Lane>;

  void check(bool holds, const char* what) {
    if (!holds && fault_.empty()) fault_ = what;
  }

  // ---- what clients do

  void come_or_go(Client& client) {
    if (client.present) {
      relay_.handle_gone(now_, client.room, client.peer);
    } else {
      client.connection = ConnectionId{++connections_};
      relay_.handle_member(now_, client.room, client.peer, client.connection, client.site);
    }
    client.present = !client.present;
    client.outbound.clear();
    client.inbound.clear();
    for (auto& [id, pipe] : pipes_) {
      if (std::get<0>(id) != client.room) continue;
      if (std::get<1>(id) == client.peer) reset(pipe);
      if (std::get<2>(id) == client.peer) pipe.fresh_from = std::numeric_limits<std::uint32_t>::max();
    }
    for (Client& other : clients_) {
      if (&other != &client && other.present && other.room == client.room) {
        other.inbound.push_back({{}, client.peer});
      }
    }
    drain();
  }
  Pipe& pipe(const Client& from, PeerId to, Lane lane) {
    return pipes_[PipeId{from.room, from.peer, to, lane}];
  }
  Client* find(RoomId room, PeerId peer) {
    for (Client& client : clients_) {
      if (client.present && client.room == room && client.peer == peer) return &client;
    }
    return nullptr;
  }
  /// Makes something promised, and sends what may be sent of it.
  void make(Client& client) {
    if (!client.present) return;
    const Lane lane = random_.below(3) == 0 ? Lane::bulk : Lane::reliable;
    const bool to_many = random_.below(3) == 0;
    const PeerId whom = clients_[random_.below(kClients)].peer;
    for (const Client& other : clients_) {
      if (other.room != client.room || other.peer == client.peer || (!to_many && other.peer != whom))
        continue;
      Pipe& one = pipe(client, other.peer, lane);
      one.made = std::min(one.made + random_.below(4), kMaxMade);
    }
    send_promised(client, lane);
  }
  void send_promised(Client& client, Lane lane) {
    for (bool more = true; more && client.outbound.size() < 20;) {
      more = false;
      ClientFrame frame;
      frame.lane = lane;
      std::deque<std::string> headers;
      for (const Client& other : clients_) {
        if (other.room != client.room || other.peer == client.peer || !other.present) continue;
        Pipe& one = pipe(client, other.peer, lane);
        if (one.next == one.made || one.held || one.wait_until > now_) continue;
        headers.push_back(number(one.epoch, one.next++));
        frame.recipients.push_back(
            {other.peer, std::exchange(one.again, false), base::as_bytes(headers.back())});
        more = true;
      }
      const std::string payload(random_.below(12) == 0 ? random_.below(kMaxPayload) : random_.below(200),
                                'p');
      frame.payload = base::as_bytes(payload);
      if (more) client.outbound.push_back(write(frame));
    }
  }
  /// Sends what may be sent again, and lets some of what is on its way arrive.
  void go_on(Client& client, std::uint32_t frames) {
    if (!client.present) return;
    for (const Lane lane : {Lane::reliable, Lane::bulk}) send_promised(client, lane);
    for (; frames > 0; --frames) arrive(client);
  }
  void say(Client& client) {
    if (!client.present || client.outbound.size() >= 20) return;
    constexpr std::array<Lane, 3> kLanesOfState{Lane::unreliable, Lane::latest, Lane::control};
    const Lane lane = kLanesOfState[random_.below(3)];
    ClientFrame frame;
    frame.lane = lane;
    frame.key = random_.below(14);
    if (lane != Lane::control)
      frame.age_ms = static_cast<std::uint16_t>(random_.below(2) * random_.below(100));
    const std::string header = number(frame.key, ++client.sent);
    if (random_.below(2) == 0) {
      frame.to_all = {kNobody, false, base::as_bytes(header)};
    } else {
      frame.recipients.push_back({clients_[random_.below(kClients)].peer, false, base::as_bytes(header)});
    }
    const std::string payload(random_.below(lane == Lane::control ? 200 : 3000), 'q');
    frame.payload = base::as_bytes(payload);
    client.outbound.push_back(write(frame));
    ages_[{client.room, client.peer, client.sent}] = {frame.age_ms, {}};
  }
  /// The oldest frame that is on its way reaches the server.
  void arrive(Client& client) {
    if (client.outbound.empty()) return;
    const base::Bytes bytes = client.outbound.front();
    client.outbound.pop_front();
    const auto frame = parse_client_frame(bytes);
    check(frame.has_value(), "a client wrote what is no frame");
    if (!frame) return;
    std::size_t others = 0;
    for (const Client& other : clients_) others += other.present && other.room == client.room ? 1 : 0;
    offers_ += frame->recipients.empty() ? others - 1 : frame->recipients.size();
    const auto age = ages_.find(
        {client.room, client.peer,
         value_of(frame->recipients.empty() ? frame->to_all.header : frame->recipients[0].header)});
    if (!is_promised(frame->lane) && age != ages_.end()) age->second.arrived = now_;
    relay_.handle_frame(now_, client.connection, bytes);
    drain();
  }
  /// What no client says.
  void raw(Client& client) {
    base::Bytes noise(random_.below(20));
    random_.fill(noise);
    if (!noise.empty()) noise[0] = std::byte{0};  // never a frame by accident
    relay_.handle_frame(now_, client.connection, noise);
    drain();
  }
  void writable(Client& client, std::size_t bytes) {
    if (!client.present) return;
    relay_.handle_writable(now_, client.connection, bytes);
    drain();
  }
  void pass(base::Duration time) {
    now_ += time;
    relay_.handle_timeout(now_);
    drain();
    const auto next = relay_.poll_timeout();
    check(!next || *next > now_, "a timeout that is not later");
  }

  // ---- what clients hear

  void drain() {
    while (const auto out = relay_.poll_transmit()) {
      base::Bytes bytes(out->head.bytes().begin(), out->head.bytes().end());
      const BytesView payload = base::as_bytes(*out->payload);
      bytes.insert(bytes.end(), payload.begin(), payload.end());
      transcript_ += std::to_string(static_cast<std::uint64_t>(out->connection)) +
                     base::to_hex(out->head.bytes()) + std::to_string(payload.size()) + ' ';
      const auto to = std::find_if(clients_.begin(), clients_.end(), [&](const Client& client) {
        return client.present && client.connection == out->connection;
      });
      check(to != clients_.end(), "a frame for nobody");
      if (to == clients_.end()) continue;
      check_age(*to, bytes);
      to->inbound.push_back({std::move(bytes), kNobody});
    }
    std::vector<ConnectionId> stalled;
    while (const auto event = relay_.poll_event()) {
      if (const auto* one = std::get_if<ReceiverStalled>(&*event)) stalled.push_back(one->connection);
    }
    check_counters();
    for (const ConnectionId connection : stalled) {
      for (Client& client : clients_) {
        if (client.present && client.connection == connection) come_or_go(client);
      }
    }
  }
  void check_counters() {
    const RelayCounters& counters = relay_.counters();
    check(counters.waiting_bytes <= config_.server_waiting, "more waits than may");
    // To each of three others: a refusal and a window on two lanes; those who are not there; malformed.
    check(counters.waiting_notices <= kClients * (3 * 2 * 2 + kMaxAbsent + 1), "more news waits than may");
    std::uint64_t known = counters.replaced + counters.waiting_frames;
    for (const std::uint64_t out : counters.frames_out) known += out;
    for (const std::uint64_t dropped : counters.dropped) known += dropped;
    known -= counters.dropped[static_cast<std::size_t>(Drop::outside)];
    check(known == offers_, "not every message went out, waits, was replaced or dropped");
  }
  void check_age(const Client& to, BytesView bytes) {
    const auto frame = parse_server_frame(bytes);
    const auto* message = frame ? std::get_if<Message>(&*frame) : nullptr;
    if (message == nullptr || is_promised(message->lane)) return;
    const auto age = ages_.find({to.room, message->from, value_of(message->body)});
    check(age != ages_.end(), "a message that nobody sent");
    if (age == ages_.end() || age->second.age_ms == 0) return;
    check(now_ - age->second.arrived <= base::milliseconds(age->second.age_ms), "a stale message");
  }

  void read(Client& client) {
    while (!client.inbound.empty()) {
      const Inbound inbound = client.inbound.front();
      client.inbound.pop_front();
      if (inbound.bytes.empty()) {
        const bool last = std::none_of(
            client.inbound.begin(), client.inbound.end(),
            [&](const Inbound& other) { return other.bytes.empty() && other.peer == inbound.peer; });
        for (const Lane lane : {Lane::reliable, Lane::bulk}) {
          Pipe& one = pipe(client, inbound.peer, lane);
          reset(one);
          if (!last) one.fresh_from = std::numeric_limits<std::uint32_t>::max();
        }
        continue;
      }
      const auto frame = parse_server_frame(inbound.bytes);
      check(frame.has_value(), "the server wrote what is no frame");
      if (!frame) continue;
      if (const auto* message = std::get_if<Message>(&*frame)) heard(client, *message);
      if (const auto* refused = std::get_if<Refused>(&*frame)) heard(client, *refused);
      if (const auto* window = std::get_if<Window>(&*frame)) {
        pipe(client, window->peer, window->lane).held = !window->open;
      }
    }
  }
  void heard(const Client& client, const Message& message) {
    const auto [group, value] = numbers_of(message.body);
    if (!is_promised(message.lane)) {
      // `group` is the key on the lane latest. A number is heard once, and after all lower ones.
      const std::uint32_t key = message.lane == Lane::latest ? group : 0;
      std::uint32_t& last = last_heard_[{client.room, message.from, client.peer, message.lane, key}];
      check(value > last, "an older message behind a newer one");
      last = value;
      return;
    }
    const auto [at, first] =
        in_epoch_.try_emplace({client.connection, message.from, message.lane, group}, value);
    Pipe& one = pipes_[PipeId{client.room, message.from, client.peer, message.lane}];
    check(first || value == at->second + 1 || group < one.fresh_from, "a gap in what was promised");
    at->second = value;
    if (value == one.expected) ++one.expected;
  }
  void heard(Client& client, const Refused& refused) {
    if (!refused.lane) return check(refused.reason == Refusal::malformed, "a refusal of a good frame");
    check(is_promised(*refused.lane), "a refusal on a lane that promises nothing");
    Pipe& one = pipe(client, refused.peer, *refused.lane);
    const auto [epoch, value] = numbers_of(refused.header);
    if (refused.reason == Refusal::no_such_peer) return;
    check(epoch != one.epoch || value <= one.next, "a refusal of what was not sent");
    // What was refused may be from before either of them came anew: the lane is stopped all the same.
    if (epoch == one.epoch) {
      one.next = value;
    } else {
      const std::uint32_t fresh_from = one.fresh_from;
      reset(one);
      one.fresh_from = std::max(one.fresh_from, fresh_from);
    }
    one.again = true;
    if (refused.reason == Refusal::full) one.held = true;
    if (refused.reason == Refusal::over_budget) {
      check(refused.wait_ms > 0, "over budget, and nothing to wait for");
      one.wait_until = now_ + base::milliseconds(refused.wait_ms);
    }
  }

  [[nodiscard]] bool is_done() const {
    const bool nothing_moves = std::all_of(clients_.begin(), clients_.end(), [](const Client& client) {
      return client.outbound.empty() && client.inbound.empty();
    });
    return nothing_moves && relay_.counters().waiting_frames == 0 &&
           std::all_of(pipes_.begin(), pipes_.end(),
                       [](const auto& one) { return one.second.expected == one.second.made; });
  }

  struct Age {
    std::uint16_t age_ms = 0;
    base::Time arrived{};
  };

  base::Random& random_;
  RelayConfig config_;
  Relay relay_;
  base::Time now_ = base::time_from(base::seconds(10));
  std::vector<Client> clients_;
  std::map<PipeId, Pipe> pipes_;
  std::map<std::tuple<RoomId, PeerId, std::uint32_t>, Age> ages_;
  std::map<std::tuple<RoomId, PeerId, PeerId, Lane, std::uint32_t>, std::uint32_t> last_heard_;
  std::map<std::tuple<ConnectionId, PeerId, Lane, std::uint32_t>, std::uint32_t> in_epoch_;
  std::uint64_t connections_ = 0;
  std::uint64_t offers_ = 0;
  std::string fault_;
  std::string transcript_;
};

}  // namespace parlor::relay::testing
