// What connections promise each other over a bad network, whatever happens to it: reliable messages arrive
// exactly once, whole and in the order of their channel; others at most once, and in order where that was
// asked for. A seed that fails is run again, and leaves a capture of every packet.

#include <cstdio>
#include <map>
#include <set>

#include "rtc/test_peer.hpp"
#include "sim/for_seeds.hpp"
#include "sim/pcap.hpp"

namespace parlor::rtc {
namespace {

using base::milliseconds;
using base::seconds;
using testing::End;
using testing::Program;
using testing::Signaling;
using testing::Two;

#ifdef PARLOR_SLOWED
constexpr std::uint64_t kSeedsOfTwo = 20;
constexpr std::uint64_t kSeedsOfEight = 1;
constexpr std::uint64_t kLongSeeds = 0;
#else
constexpr std::uint64_t kSeedsOfTwo = 960;
constexpr std::uint64_t kSeedsOfEight = 40;
constexpr std::uint64_t kLongSeeds = 2;
#endif

struct Kind {
  datachannel::Reliability how;
  bool reliable;
};
const std::array<Kind, 5> kKinds{Kind{{}, true}, Kind{{.ordered = false}, true},
                                 Kind{{.ordered = false, .max_retransmits = std::uint16_t{0}}, false},
                                 Kind{{.max_retransmits = std::uint16_t{2}}, false},
                                 Kind{{.max_lifetime = milliseconds(150)}, false}};

base::Bytes message_of(std::uint32_t number, std::size_t size) {
  base::Bytes bytes(std::max<std::size_t>(size, 4));
  base::ByteWriter(bytes).u32(number);
  for (std::size_t i = 4; i < bytes.size(); ++i) bytes[i] = static_cast<std::byte>(number * 31 + i);
  return bytes;
}

/// So many programs, each connected to each of the others.
class Mesh {
 public:
  Mesh(std::uint64_t seed, ConnectionId size, sim::Capture* capture)
      : world_(seed), random_(world_.random("mesh")), size_(size) {
    sim::LinkOptions& bad = bad_;
    bad.delay = milliseconds(random_.below(100));
    bad.jitter = milliseconds(random_.below(80));
    bad.jitter_reorders = random_.below(2) == 0;
    bad.loss = random_.below(16) * 0.01;  // of each access link: the way has it twice
    bad.duplicate = random_.below(6) * 0.01;
    bad.corrupt = random_.below(3) * 0.01;
    // A handshake has half a minute, and is not what is looked at here.
    sim::LinkOptions begin = bad;
    begin.loss = std::min(bad.loss, 0.07);
    for (ConnectionId i = 0; i < size; ++i) {
      programs_.push_back(std::make_unique<Program>(
          network_.host("p" + std::to_string(i), {"192.0.2." + std::to_string(i + 1)}, begin)));
      if (capture) capture->watch(programs_.back()->host());
    }
    for (ConnectionId i = 0; i < size; ++i) {
      for (ConnectionId j = 0; j < i; ++j) open(i, j);
    }
  }

  void run(base::Duration chaos) {
    EXPECT_TRUE(world_.run_until([this] { return are_connected(); }, seconds(60)));
    for (auto& program : programs_) program->host().interface().set(bad_);
    const base::Time until = world_.now() + chaos;
    const bool again = ::testing::Test::HasFailure();  // for a capture of all of it
    while (world_.now() < until && !world_.stuck() && (again || !::testing::Test::HasFailure())) {
      for_all([this](ConnectionId from, ConnectionId to) { act(from, to); });
      trouble();
      world_.run_for(milliseconds(20 + random_.below(100)));
    }
    for (auto& program : programs_) program->host().interface().set(Two::delay(milliseconds(20)));
    for (auto& program : programs_) program->host().mend();
    // The longest outage, the longest wait for a restart or a repetition after it, and the rest.
    EXPECT_TRUE(world_.run_until([this] { return is_done(); }, seconds(180))) << left();
    for_all([this](ConnectionId from, ConnectionId to) {
      const End& end = programs_[from]->end(to);
      EXPECT_NE(end.connection.state(), State::closed);
      EXPECT_EQ(end.connection.stats().buffered, 0U);
      EXPECT_EQ(end.connection.association().in_flight(), 0U);
    });
  }

 private:
  struct Sent {
    std::size_t kind = 0;
    std::size_t size = 0;
  };
  using Way = std::pair<ConnectionId, ConnectionId>;

  template <class F>
  void for_all(F&& f) {
    for (ConnectionId i = 0; i < size_; ++i) {
      for (ConnectionId j = 0; j < size_; ++j) {
        if (i != j) f(i, j);
      }
    }
  }
  void open(ConnectionId i, ConnectionId j) {
    ConnectionOptions options;
    options.snap = random_.below(2) == 0;
    options.sctp.extensions.interleaving = random_.below(3) != 0;
    options.sctp.send_buffer = 1 << 18;
    End& a = programs_[i]->open(j, options);
    options.polite = false;
    End& b = programs_[j]->open(i, options);
    signaling_.join(a, b);
    a.on_message = [this, i, j](const ChannelMessage& message) { hear({j, i}, message); };
    b.on_message = [this, i, j](const ChannelMessage& message) { hear({i, j}, message); };
    for (End* end : {&a, &b}) {
      if (random_.below(2) == 0) end->order = End::Order::datagrams_first;
      end->call([](Connection& connection, base::Time now) {
        for (std::size_t kind = 0; kind < kKinds.size(); ++kind) {
          EXPECT_TRUE(
              connection.open_channel(now, {.label = "k",
                                            .reliability = kKinds[kind].how,
                                            .negotiated = static_cast<datachannel::ChannelId>(kind)}));
        }
      });
    }
    a.call([](Connection& connection, base::Time now) { connection.negotiate(now); });
  }
  [[nodiscard]] bool are_connected() {
    bool all = true;
    for_all([&](ConnectionId i, ConnectionId j) { all = all && programs_[i]->end(j).is_connected(); });
    return all;
  }
  bool is_done() {
    bool done = are_connected();
    for_all([&](ConnectionId i, ConnectionId j) {
      const Connection& connection = programs_[i]->end(j).connection;
      done = done && due_[{i, j}].empty() && connection.stats().buffered == 0 &&
             connection.association().in_flight() == 0;
    });
    // What a room does: after a silence it looks for a new way, from one side.
    if (!done && world_.now() >= look_at_) {
      look_at_ = world_.now() + seconds(5);
      restart_the_silent();
    }
    return done;
  }
  void restart_the_silent() {
    for_all([&](ConnectionId i, ConnectionId j) {
      End& end = programs_[i]->end(j);
      if (i < j) return;
      if (end.connection.state() == State::disconnected || end.connection.state() == State::failed)
        end.call([](Connection& connection, base::Time now) { connection.restart_ice(now); });
    });
  }
  void trouble() {
    if (world_.now() >= look_at_) {
      look_at_ = world_.now() + seconds(5);
      restart_the_silent();
    }
    if (random_.below(100) == 0 && world_.now() >= outage_until_) {
      sim::Host& host = programs_[random_.below(size_)]->host();
      host.cut();
      outage_until_ = world_.now() + milliseconds(random_.below(20'000));
      world_.at(outage_until_, [&host] { host.mend(); });
    }
    if (random_.below(150) == 0) narrow();
    if (random_.below(400) == 0) {
      End& end = programs_[1]->end(0);
      end.call([](Connection& connection, base::Time now) { connection.restart_ice(now); });
    }
  }
  /// Somebody's access carries smaller packets from now on, or larger ones again; whether its sender hears of
  /// what is too large, chance decides.
  void narrow() {
    constexpr std::array<std::size_t, 4> kMtus{0, 1500, 1280, 1000};
    sim::LinkOptions link = bad_;
    link.mtu = kMtus[random_.below(kMtus.size())];
    link.black_hole = random_.below(3) != 0;
    programs_[random_.below(size_)]->host().interface().set(link);
  }
  void act(ConnectionId from, ConnectionId to) {
    End& end = programs_[from]->end(to);
    for (std::uint32_t count = random_.below(3); count > 0; --count) {
      const std::size_t kind = random_.below(kKinds.size());
      std::size_t size = random_.below(400);
      if (random_.below(40) == 0) size = random_.below(random_.below(4) == 0 ? 120'000 : 30'000);
      const std::uint32_t number = ++numbers_;
      const auto result = end.call([&](Connection& connection, base::Time now) {
        return connection.send(now, static_cast<datachannel::ChannelId>(kind), message_of(number, size));
      });
      if (result != sctp::SendResult::queued) continue;
      sent_[{from, to}][number] = {kind, std::max<std::size_t>(size, 4)};
      if (kKinds[kind].reliable) due_[{from, to}].insert(number);
    }
  }
  void hear(const Way& way, const ChannelMessage& message) {
    const auto number = base::ByteReader(message.bytes).u32();
    ASSERT_TRUE(number);
    const auto sent = sent_[way].find(*number);
    ASSERT_NE(sent, sent_[way].end());
    EXPECT_EQ(message.id, sent->second.kind);
    EXPECT_EQ(message.bytes, message_of(*number, sent->second.size));
    EXPECT_TRUE(heard_[way].insert(*number).second) << *number << " came twice";
    due_[way].erase(*number);
    if (!kKinds[sent->second.kind].how.ordered) return;
    std::uint32_t& latest = latest_[{way, sent->second.kind}];
    EXPECT_GT(*number, latest) << "out of order on channel " << sent->second.kind;
    latest = *number;
  }
  std::string left() {
    std::string text;
    for_all([&](ConnectionId i, ConnectionId j) {
      const End& end = programs_[i]->end(j);
      text += std::to_string(i) + " to " + std::to_string(j) + ": " +
              std::string(to_string(end.connection.state())) + ", " + std::to_string(due_[{i, j}].size()) +
              " did not arrive";
      for (const StateChanged& change : end.changes) {
        if (!change.detail.empty()) text += "; " + change.detail;
      }
      text += '\n';
    });
    return text;
  }

  sim::World world_;
  sim::Network network_{world_};
  base::SeededRandom random_;
  ConnectionId size_;
  sim::LinkOptions bad_;
  Signaling signaling_{world_, milliseconds(60)};
  std::vector<std::unique_ptr<Program>> programs_;
  std::map<Way, std::map<std::uint32_t, Sent>> sent_;
  std::map<Way, std::set<std::uint32_t>> due_;
  std::map<Way, std::set<std::uint32_t>> heard_;
  std::map<std::pair<Way, std::size_t>, std::uint32_t> latest_;
  std::uint32_t numbers_ = 0;
  base::Time outage_until_{};
  base::Time look_at_ = sim::World::kStart + seconds(5);
};

void leave_capture(std::uint64_t seed, ConnectionId size, base::Duration chaos) {
  sim::Capture capture;
  Mesh(seed, size, &capture).run(chaos);
  const std::string path =
      ::testing::TempDir() + "rtc-" + std::to_string(size) + "-" + std::to_string(seed) + ".pcap";
  if (std::FILE* file = std::fopen(path.c_str(), "wb")) {
    (void)std::fwrite(capture.file().data(), 1, capture.file().size(), file);
    (void)std::fclose(file);
    ADD_FAILURE() << "every packet of it is in " << path;
  }
}

void keep_promise(std::uint64_t seed, ConnectionId size, base::Duration chaos) {
  Mesh(seed, size, nullptr).run(chaos);
  if (::testing::Test::HasFailure()) leave_capture(seed, size, chaos);
}

TEST(RtcPromise, HoldsBetweenTwo) {
  sim::for_seeds(1, kSeedsOfTwo, [](std::uint64_t seed) { keep_promise(seed, 2, seconds(20)); });
}

TEST(RtcPromise, HoldsAmongEight) {
  sim::for_seeds(1, kSeedsOfEight, [](std::uint64_t seed) { keep_promise(seed, 8, seconds(10)); });
}

TEST(RtcPromise, HoldsForTenMinutes) {
  sim::for_seeds(1, kLongSeeds, [](std::uint64_t seed) { keep_promise(seed, 2, seconds(600)); });
}

TEST(RtcPromise, TheSameSeedGivesTheSamePackets) {
  const auto packets = [](std::uint64_t seed) {
    sim::Capture capture;
    Mesh(seed, 3, &capture).run(seconds(5));
    return capture.file();
  };
  EXPECT_EQ(packets(11), packets(11));
  EXPECT_NE(packets(11), packets(12));
}

}  // namespace
}  // namespace parlor::rtc
