#pragma once
// For promise_test.cpp: players who talk to each other while a seed decides what breaks.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/random.hpp"
#include "room/test_promise.hpp"
#include "room/test_world.hpp"

namespace parlor::room::testing {

class Chaos {
 public:
  Chaos(std::uint64_t seed, std::size_t count)
      : random_(seed),
        count_(count),
        world_(options(seed)),
        talks_(count * count),
        lives_(count),
        terms_(count) {}

  void run() {
    meet();
    for (int i = 0; i < 12 && !::testing::Test::HasFailure(); ++i) {
      break_something();
      talk_for(base::milliseconds(random_.below(8000)));
      mend_what_is_due();
    }
    mend_all();
    talk_for(base::seconds(5));
    settle();
  }

 private:
  /// The host that a player knows, as it was told.
  struct Host {
    PeerId id = kNobody;
    std::uint32_t term = 0;
  };

  WorldOptions options(std::uint64_t seed) {
    WorldOptions options;
    options.seed = seed;
    options.jitter = true;
    options.relay = random_.below(8) != 0;
    options.rtc = random_.below(5) != 0 || !options.relay;
    options.lobby.grace = base::seconds(60);
    options.socket_takes = random_.below(3) == 0 ? 3'000 : 1 << 20;
    return options;
  }
  std::size_t below(std::size_t limit) { return random_.below(static_cast<std::uint32_t>(limit)); }
  Talk& talk(std::size_t from, std::size_t to) { return talks_[from * count_ + to]; }
  Machine& machine(std::size_t one) { return *players_[one]->machine; }

  // ---- players, known by an index in all their lives

  Player& enter(std::size_t one, Entry entry) {
    RoomOptions options;
    options.channels = promise_channels();
    options.entry = std::move(entry);
    return world_.enter("p" + std::to_string(one) + "." + std::to_string(lives_[one]), std::move(options));
  }
  std::size_t index_of(PeerId id) {
    std::size_t one = 0;
    while (machine(one).me() != id) ++one;
    return one;
  }
  static unsigned life_in(const std::string& name) {
    return static_cast<unsigned>(std::stoul(name.substr(name.find('.') + 1)));
  }

  void meet() {
    for (std::size_t i = 0; i < count_; ++i) {
      players_.push_back(
          &enter(i, i == 0 ? Entry(Create{8, ""}) : Entry(Join{std::string(machine(0).code()), ""})));
      ASSERT_TRUE(world_.run_until([&] { return machine(i).state() == RoomState::playing; }));
    }
    if (random_.below(2) == 0) {
      ASSERT_TRUE(world_.run_until([&] { return world_.connected(); }));
    } else {
      talk_for(base::milliseconds(random_.below(500)));
    }
  }

  /// Its page is loaded anew: it comes back with its ticket and knows nothing.
  void begin_anew(std::size_t one) {
    listen();
    const std::string code(machine(one).code());
    const std::string ticket(machine(one).ticket());
    // To whom the server is out of reach at that moment, a page that is closed is a member that left.
    if (random_.below(2) == 0 && world_.now() - socket_cut_at_ > base::seconds(10)) {
      world_.close_page(*players_[one]);
    } else {
      world_.crash(*players_[one]);
    }
    talk_for(base::milliseconds(random_.below(2) * random_.below(5000)), one);
    ++lives_[one];
    terms_[one] = {};
    for (std::size_t other = 0; other < count_; ++other) {
      if (other == one) continue;
      talk(one, other).begin_saying(0);
      talk(other, one).begin_hearing(0);
      cuts_.erase(std::minmax(one, other));
    }
    players_[one] = &enter(one, Join{code, ticket});
    ASSERT_TRUE(world_.run_until([&] { return machine(one).state() == RoomState::playing; }));
    server_back_at_ = world_.now();
  }

  // ---- trouble, none of which lasts for longer than the grace time

  void break_something() {
    const std::size_t one = below(count_);
    const std::size_t other = (one + 1 + below(count_ - 1)) % count_;
    const base::Time until = world_.now() + base::milliseconds(random_.below(20'000));
    switch (random_.below(10)) {
      case 0:
        socket_cut_at_ = world_.now();
        if (random_.below(2) == 0) {
          world_.cut_socket(*players_[one]);
        } else {
          world_.half_close_socket(*players_[one]);
        }
        break;
      case 1:
        if (!server_may_go()) break;
        out_.emplace(one, until);
        world_.shut_out(*players_[one]);
        break;
      case 2:
      case 3:
        if (cuts_.emplace(std::minmax(one, other), until).second)
          world_.cut(*players_[one], *players_[other]);
        break;
      case 4:
        world_.fail_carriers(*players_[one]);
        break;
      case 5:
        close_carriers(one, other);
        break;
      case 6:
        if (server_may_go()) begin_anew(one);
        break;
      case 7:
        worsen(one);
        break;
      case 8:
        hand_over_host(other);
        break;
      default:
        if (!server_may_go()) break;
        server_until_ = until;
        world_.kill_server();
    }
  }

  /// To and fro, so that what was said in an earlier term of the same host is still under way.
  void hand_over_host(std::size_t to) {
    for (std::size_t turn = 1 + below(3); turn > 0; --turn) {
      std::size_t host = 0;
      while (host < count_ && machine(host).host() != machine(host).me()) ++host;
      if (host == count_ || host == to) return;
      static_cast<void>(machine(host).make_host(world_.now(), machine(to).me()));
      world_.drain(*players_[host]);
      to = host;
      talk_for(base::milliseconds(random_.below(600)));
    }
  }

  void worsen(std::size_t one) {
    Conditions conditions;
    conditions.delay = base::milliseconds(random_.below(100));
    conditions.jitter = base::milliseconds(random_.below(60));
    conditions.loss = random_.below(31) / 100.0;
    conditions.burst = 1 + random_.below(3);
    conditions.duplicate = random_.below(20) / 100.0;
    conditions.rate = random_.below(3) == 0 ? 100'000 : 0;
    conditions.seed = random_.below(1000);
    EXPECT_EQ(machine(one).set_conditioner(world_.now(), conditions), ConditionsResult::taken);
    world_.drain(*players_[one]);
  }

  /// Troubles with the server one at a time, and time to find it again in between: together they would last
  /// longer than anybody is waited for.
  [[nodiscard]] bool server_may_go() const {
    return !server_until_ && out_.empty() && world_.now() - server_back_at_ > base::seconds(20);
  }
  void mend_what_is_due() { mend(world_.now()); }
  void mend_all() {
    mend(base::Time::max());
    for (std::size_t one = 0; one < count_; ++one) {
      EXPECT_EQ(machine(one).set_conditioner(world_.now(), std::nullopt), ConditionsResult::taken);
      world_.drain(*players_[one]);
    }
  }
  void mend(base::Time now) {
    if (server_until_ && *server_until_ <= now) {
      world_.restart_server();
      server_until_.reset();
      server_back_at_ = world_.now();
    }
    for (auto it = out_.begin(); it != out_.end();) {
      const auto [one, until] = *it;
      if (until <= now) {
        world_.shut_out(*players_[one], false);
        server_back_at_ = world_.now();
      }
      it = until <= now ? out_.erase(it) : std::next(it);
    }
    for (auto it = cuts_.begin(); it != cuts_.end();) {
      const auto [pair, until] = *it;
      if (until <= now) world_.heal(*players_[pair.first], *players_[pair.second]);
      it = until <= now ? cuts_.erase(it) : std::next(it);
    }
  }

  /// Both ends of the way between two see it closed, as when SCTP gives up. Only where there is another way:
  /// without a relay a closed carrier is a goodbye.
  void close_carriers(std::size_t one, std::size_t other) {
    if (!world_.has_relay() || server_until_ || out_.count(one) + out_.count(other) > 0) return;
    world_.close_between(*players_[one], *players_[other]);
    talk_for(base::seconds(6));  // for so long it might be a goodbye that the server has not told of yet
  }

  // ---- talk

  void talk_for(base::Duration time, std::optional<std::size_t> but = std::nullopt) {
    const base::Time end = world_.now() + time;
    listen();
    while (world_.now() < end && !::testing::Test::HasFailure()) {
      for (std::size_t from = 0; from < count_; ++from) {
        for (std::size_t to = 0; to < count_; ++to) {
          if (from != to && from != but) say(from, to);
        }
      }
      world_.run(base::milliseconds(50));
      listen();
    }
  }

  void say(std::size_t from, std::size_t to) {
    const PeerId peer = machine(to).me();
    if (peer == kNobody || !machine(from).stats(peer)) return;
    const std::size_t size = random_.below(40) == 0 ? random_.below(50'000) : random_.below(200);
    if (random_.below(3) == 0) say_on(kReliable, from, to, size);
    say_on(kUnreliable, from, to, 60);
    say_on(kLatest, from, to, 30);
    if (random_.below(60) == 0) say_on(kBulk, from, to, 40'000);
    if (random_.below(5) == 0 && machine(from).host() == machine(from).me()) {
      say_on(kOrders, from, to, 20);
      say_on(kRules, from, to, 20);
    }
  }

  void say_on(Channel channel, std::size_t from, std::size_t to, std::size_t size) {
    Talk& one = talk(from, to);
    Player& player = *players_[from];
    Said says{lives_[from], one.life_of_hearer, one.said[channel], machine(from).term(), 0};
    says.at_ms = std::chrono::duration_cast<milliseconds>(world_.now().time_since_epoch()).count();
    const std::uint32_t key = channel == kLatest ? random_.below(5) : 0;
    const SendResult result =
        player.machine->send(world_.now(), machine(to).me(), channel, says.bytes(size), key);
    world_.drain(player);
    // What is unreliable has a number whether or not it was taken.
    const bool numbered = channel == kUnreliable || channel == kLatest || channel == kRules;
    if (result == SendResult::queued || numbered) ++one.said[channel];
    if (result == SendResult::queued && channel == kLatest) one.said_values[key] = says.number;
  }

  void listen() {
    for (std::size_t to = 0; to < count_; ++to) {
      Player& player = *players_[to];
      const std::vector<Event> events = std::exchange(player.events, {});
      auto came = player.came.end() - static_cast<std::ptrdiff_t>(events.size());
      for (const Event& event : events) {
        heard_at_ = *came++;
        std::visit([&](const auto& one) { on(to, one); }, event);
      }
      // Behind what was heard: the link did not know of it yet.
      for (std::size_t from = 0; from < count_; ++from) {
        const auto stats = from == to ? std::nullopt : machine(to).stats(machine(from).me());
        if (stats) talk(from, to).measured(world_.now(), *stats);
      }
    }
  }
  template <class T>
  void on(std::size_t, const T&) {}
  void on(std::size_t to, const Joined& joined) { terms_[to] = {joined.host, joined.term}; }
  void on(std::size_t to, const HostChanged& changed) {
    ASSERT_GT(changed.term, terms_[to].term);
    terms_[to] = {changed.host, changed.term};
  }
  void on(std::size_t to, const PeerJoined& joined) { met(to, joined.member); }
  void on(std::size_t to, const PeerBack& back) {
    if (back.anew) met(to, back.member);
  }
  void met(std::size_t to, const Member& member) {
    const std::size_t other = index_of(member.id);
    talk(to, other).begin_saying(life_in(member.name));
    talk(other, to).begin_hearing(life_in(member.name));
  }
  void on(std::size_t to, const Message& message) {
    const std::size_t from = index_of(message.from);
    SCOPED_TRACE("from p" + std::to_string(from) + " to p" + std::to_string(to));
    const bool of_host = terms_[to].id == message.from;
    talk(from, to).hear(message, lives_[to], of_host ? terms_[to].term : 0, heard_at_);
  }
  void on(std::size_t to, const PeerLeft& left) {
    ADD_FAILURE() << "p" << to << " lost somebody: " << left.message;
  }
  void on(std::size_t to, const Ended& ended) { ADD_FAILURE() << "p" << to << " ended: " << ended.message; }

  /// Once everything works again, everything arrives.
  void settle() {
    const auto all_arrived = [&] {
      listen();
      for (std::size_t at = 0; at < talks_.size(); ++at) {
        if (at / count_ != at % count_ && !talks_[at].all_arrived()) return false;
      }
      return true;
    };
    for (int i = 0; i < 120 && !::testing::Test::HasFailure(); ++i) {
      if (all_arrived() && world_.connected()) break;
      world_.run(base::seconds(1));
    }
    EXPECT_TRUE(all_arrived()) << what_has_not_arrived();
    EXPECT_TRUE(world_.connected());
    hear_the_host();
    world_.run(base::seconds(3));
    for (std::size_t from = 0; from < count_; ++from) {
      for (const Member& member : machine(from).peers())
        EXPECT_EQ(machine(from).stats(member.id)->queued_bytes, 0u)
            << "all is acknowledged: p" << from << " to p" << index_of(member.id) << " by "
            << to_string(machine(from).stats(member.id)->path);
    }
  }

  std::string what_has_not_arrived() {
    std::string text;
    for (std::size_t from = 0; from < count_; ++from) {
      for (std::size_t to = 0; to < count_; ++to) {
        if (from == to || talk(from, to).all_arrived()) continue;
        const auto stats = machine(from).stats(machine(to).me());
        text += "p" + std::to_string(from) + " to p" + std::to_string(to) + ": " +
                talk(from, to).difference() +
                (stats ? ", " + std::to_string(stats->queued_bytes) + " B queued, by " +
                             std::string(to_string(stats->path))
                       : ", no link") +
                '\n';
      }
    }
    return text;
  }

  /// All know one host, and what it says now reaches all.
  void hear_the_host() {
    const std::size_t host = index_of(machine(0).host());
    for (std::size_t to = 0; to < count_; ++to) {
      EXPECT_EQ(machine(to).host(), machine(0).host());
      if (to == host) continue;
      say_on(kOrders, host, to, 20);
      say_on(kRules, host, to, 20);
    }
    world_.run(base::seconds(3));
    listen();
    for (std::size_t to = 0; to < count_; ++to) {
      if (to == host) continue;
      EXPECT_EQ(talk(host, to).next_order, talk(host, to).said[kOrders]);
      EXPECT_EQ(talk(host, to).next_rule, talk(host, to).said[kRules]);
    }
  }

  base::SeededRandom random_;
  std::size_t count_;
  TestWorld world_;
  std::vector<Player*> players_;
  std::vector<Talk> talks_;
  std::vector<unsigned> lives_;
  std::vector<Host> terms_;
  std::map<std::size_t, base::Time> out_;
  std::map<std::pair<std::size_t, std::size_t>, base::Time> cuts_;
  std::optional<base::Time> server_until_;
  base::Time heard_at_{};  // of the event that is looked at
  base::Time server_back_at_{};
  base::Time socket_cut_at_{};
};

}  // namespace parlor::room::testing
