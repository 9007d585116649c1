// What a link promises, whatever breaks in whatever order: on a reliable channel each message once and in
// order, on an unreliable one none twice, of a key never an older value after a newer, and the last one in
// the end. Seeds decide what breaks; PARLOR_SEEDS says how many, PARLOR_SEED which one.

#include <gtest/gtest.h>

#include <cstdlib>

#include "room/test_world.hpp"

namespace parlor::room::testing {
namespace {

using base::milliseconds;
using base::seconds;

constexpr Channel kReliable = 0;
constexpr Channel kUnreliable = 1;
constexpr Channel kLatest = 2;
constexpr Channel kBulk = 3;

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text != nullptr ? std::strtoull(text, nullptr, 10) : otherwise;
}

/// Between two players, one way: what was said and what has been heard, as numbers in the messages.
struct Talk {
  std::uint32_t said[4] = {};
  std::uint32_t heard[4] = {};
  std::set<std::uint32_t> unreliable;
  std::map<std::uint32_t, std::uint32_t> said_values;
  std::map<std::uint32_t, std::uint32_t> heard_values;
};

class Chaos {
 public:
  Chaos(std::uint64_t seed, std::size_t count)
      : random_(seed), count_(count), world_(options(seed)), talks_(count * count) {}

  void run() {
    meet();
    for (int i = 0; i < 12 && !::testing::Test::HasFailure(); ++i) {
      break_something();
      talk_for(milliseconds(random_.below(8000)));
      mend_what_is_due();
    }
    mend_all();
    talk_for(seconds(5));
    settle();
  }

 private:
  WorldOptions options(std::uint64_t seed) {
    WorldOptions options;
    options.seed = seed;
    options.jitter = true;
    options.relay = random_.below(8) != 0;
    options.rtc = random_.below(5) != 0 || !options.relay;
    options.lobby.grace = seconds(60);
    options.socket_takes = random_.below(3) == 0 ? 3'000 : 1 << 20;
    return options;
  }
  Talk& talk(std::size_t from, std::size_t to) { return talks_[from * count_ + to]; }

  void meet() {
    for (std::size_t i = 0; i < count_; ++i) {
      RoomOptions options;
      options.channels = {{"events", Delivery::reliable},
                          {"state", Delivery::unreliable},
                          {"doors", Delivery::latest},
                          {"level", Delivery::bulk}};
      options.entry = i == 0 ? Entry(Create{8, ""}) : Entry(Join{std::string(world_[0].machine->code()), ""});
      Player& player = world_.enter("p" + std::to_string(i), std::move(options));
      ASSERT_TRUE(world_.run_until([&] { return player.machine->state() == RoomState::playing; }));
    }
    if (random_.below(2) == 0) {
      ASSERT_TRUE(world_.run_until([&] { return world_.connected(); }));
    } else {
      talk_for(milliseconds(random_.below(500)));
    }
  }

  // ---- trouble, none of which lasts for longer than the grace time

  void break_something() {
    const std::size_t one = random_.below(static_cast<std::uint32_t>(count_));
    const std::size_t other = (one + 1 + random_.below(static_cast<std::uint32_t>(count_) - 1)) % count_;
    const base::Time until = world_.now() + milliseconds(random_.below(20'000));
    switch (random_.below(7)) {
      case 0:
        world_.cut_socket(world_[one]);
        break;
      case 1:
        if (!server_may_go()) break;
        out_.emplace(one, until);
        world_.shut_out(world_[one]);
        break;
      case 2:
      case 3:
        if (cuts_.emplace(std::minmax(one, other), until).second) world_.cut(world_[one], world_[other]);
        break;
      case 4:
        world_.fail_carriers(world_[one]);
        break;
      case 5:
        close_carriers(one, other);
        break;
      default:
        if (!server_may_go()) break;
        server_until_ = until;
        world_.kill_server();
    }
  }

  /// Troubles with the server one at a time, and time to find it again in between: together they would last
  /// longer than anybody is waited for.
  [[nodiscard]] bool server_may_go() const {
    return !server_until_ && out_.empty() && world_.now() - server_back_at_ > seconds(20);
  }
  void mend_what_is_due() { mend(world_.now()); }
  void mend_all() { mend(base::Time::max()); }
  void mend(base::Time now) {
    if (server_until_ && *server_until_ <= now) {
      world_.restart_server();
      server_until_.reset();
      server_back_at_ = world_.now();
    }
    for (auto it = out_.begin(); it != out_.end();) {
      const auto [one, until] = *it;
      if (until <= now) {
        world_.shut_out(world_[one], false);
        server_back_at_ = world_.now();
      }
      it = until <= now ? out_.erase(it) : std::next(it);
    }
    for (auto it = cuts_.begin(); it != cuts_.end();) {
      const auto [pair, until] = *it;
      if (until <= now) world_.heal(world_[pair.first], world_[pair.second]);
      it = until <= now ? cuts_.erase(it) : std::next(it);
    }
  }

  /// Both ends of the way between two see it closed, as when SCTP gives up. Only where there is another way:
  /// without a relay a closed carrier is a goodbye.
  void close_carriers(std::size_t one, std::size_t other) {
    if (!world_.has_relay() || server_until_ || out_.count(one) + out_.count(other) > 0) return;
    world_.close_between(world_[one], world_[other]);
    talk_for(seconds(6));  // for so long it might be a goodbye that the server has not told of yet
  }

  // ---- talk

  static std::string text_of(std::uint32_t number, std::size_t size) {
    std::string text = std::to_string(number) + ' ';
    text.resize(std::max(text.size(), size), 'x');
    return text;
  }

  void talk_for(base::Duration time) {
    const base::Time end = world_.now() + time;
    while (world_.now() < end) {
      for (std::size_t from = 0; from < count_; ++from) {
        for (std::size_t to = 0; to < count_; ++to) {
          if (from != to) say(from, to);
        }
      }
      world_.run(milliseconds(50));
      listen();
    }
  }

  void say(std::size_t from, std::size_t to) {
    Talk& one = talk(from, to);
    Player& player = world_[from];
    const PeerId peer = world_[to].machine->me();
    if (!player.machine->stats(peer)) return;
    const std::size_t size = random_.below(40) == 0 ? random_.below(50'000) : random_.below(200);
    if (random_.below(3) == 0 &&
        world_.say(player, peer, text_of(one.said[kReliable], size), kReliable) == SendResult::queued)
      ++one.said[kReliable];
    world_.say(player, peer, text_of(one.said[kUnreliable]++, 60), kUnreliable);
    const std::uint32_t key = random_.below(5);
    const std::uint32_t value = one.said[kLatest]++;
    if (world_.say_value(player, peer, key, text_of(value, 30), kLatest) == SendResult::queued)
      one.said_values[key] = value;
    if (random_.below(60) == 0 &&
        world_.say(player, peer, text_of(one.said[kBulk], 40'000), kBulk) == SendResult::queued)
      ++one.said[kBulk];
  }

  void listen() {
    for (std::size_t to = 0; to < count_; ++to) {
      for (const Event& event : std::exchange(world_[to].events, {})) {
        if (const auto* message = std::get_if<Message>(&event)) hear(to, *message);
        if (const auto* left = std::get_if<PeerLeft>(&event))
          ADD_FAILURE() << "p" << to << " lost somebody: " << left->message;
        if (const auto* back = std::get_if<PeerBack>(&event); back != nullptr && back->anew)
          ADD_FAILURE() << "p" << to << " met " << back->member.name << " anew";
        if (const auto* ended = std::get_if<Ended>(&event))
          ADD_FAILURE() << "p" << to << " ended: " << ended->message;
      }
    }
  }

  void hear(std::size_t to, const Message& message) {
    std::size_t from = 0;
    while (world_[from].machine->me() != message.from) ++from;
    Talk& one = talk(from, to);
    const auto number =
        static_cast<std::uint32_t>(std::stoul(std::string(base::as_text(message.bytes).substr(0, 10))));
    switch (message.channel) {
      case kReliable:
      case kBulk:
        ASSERT_EQ(number, one.heard[message.channel]) << "channel " << static_cast<int>(message.channel);
        ++one.heard[message.channel];
        break;
      case kUnreliable:
        ASSERT_LT(number, one.said[kUnreliable]);
        ASSERT_TRUE(one.unreliable.insert(number).second) << number << " came twice";
        break;
      default: {
        const auto before = one.heard_values.find(message.key);
        ASSERT_TRUE(before == one.heard_values.end() || before->second < number) << "an older value";
        one.heard_values[message.key] = number;
      }
    }
  }

  /// Once everything works again, everything arrives.
  void settle() {
    const auto all_arrived = [&] {
      listen();
      for (std::size_t from = 0; from < count_; ++from) {
        for (std::size_t to = 0; to < count_; ++to) {
          const Talk& one = talk(from, to);
          if (one.heard[kReliable] != one.said[kReliable] || one.heard[kBulk] != one.said[kBulk] ||
              one.heard_values != one.said_values)
            return false;
        }
      }
      return true;
    };
    for (int i = 0; i < 120 && !::testing::Test::HasFailure(); ++i) {
      if (all_arrived()) break;
      world_.run(seconds(1));
    }
    EXPECT_TRUE(all_arrived());
    world_.run(seconds(3));
    for (std::size_t from = 0; from < count_; ++from) {
      for (const Member& member : world_[from].machine->peers())
        EXPECT_EQ(world_[from].machine->stats(member.id)->queued_bytes, 0u) << "all is acknowledged";
    }
    EXPECT_TRUE(world_.connected());
  }

  base::SeededRandom random_;
  std::size_t count_;
  TestWorld world_;
  std::vector<Talk> talks_;
  std::map<std::size_t, base::Time> out_;
  std::map<std::pair<std::size_t, std::size_t>, base::Time> cuts_;
  std::optional<base::Time> server_until_;
  base::Time server_back_at_{};
};

void run_seeds(std::size_t members, std::uint64_t count) {
  const std::uint64_t only = from_environment("PARLOR_SEED", 0);
  const std::uint64_t last = only != 0 ? only : from_environment("PARLOR_SEEDS", count);
  for (std::uint64_t seed = only != 0 ? only : 1; seed <= last; ++seed) {
    Chaos(seed, members).run();
    if (!::testing::Test::HasFailure()) continue;
    const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
    FAIL() << "again: PARLOR_SEED=" << seed << " room_tests --gtest_filter=" << test->test_suite_name() << '.'
           << test->name();
  }
}

TEST(Promise, HoldsBetweenTwoWhateverBreaks) {
  run_seeds(2, 100);
}
TEST(Promise, HoldsBetweenThreeWhateverBreaks) {
  run_seeds(3, 40);
}
TEST(Promise, HoldsBetweenEightWhateverBreaks) {
  run_seeds(8, 2);
}

}  // namespace
}  // namespace parlor::room::testing
