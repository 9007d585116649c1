// What two associations promise each other over a bad network: reliable messages arrive exactly once, whole
// and in the order of their stream, others at most once; streams that end take nothing with them; and nothing
// is left behind.

#include <set>

#include "sctp/association/test_pair.hpp"
#include "sctp/packet/cause.hpp"

namespace parlor::sctp {
namespace {

#ifdef PARLOR_SLOWED
constexpr std::uint64_t kSeeds = 30;
#else
constexpr std::uint64_t kSeeds = 300;
#endif

/// Stream 0 is reliable, 1 as well but unordered, 2 limited by count, 3 by time, 4 is ended again and again.
class Promise {
 public:
  explicit Promise(std::uint64_t seed) : seed_(seed), pair_(seed, options(seed, 0), options(seed, 1)) {}

  void run() {
    TestNetwork& network = pair_.network();
    network.loss = pair_.random().below(31);
    network.jitter = milliseconds(pair_.random().below(60));
    network.doubles = pair_.random().below(10);
    network.spoiled = pair_.random().below(4);
    pair_.alice().connect(pair_.now());
    if (pair_.random().below(2) == 0) pair_.bob().connect(pair_.now());
    for (int step = 0; step < 200; ++step) {
      if (pair_.random().below(60) == 0) {
        network.down = true;
        pass(milliseconds(pair_.random().below(20'000)));
        network.down = false;
      }
      for (const int side : {0, 1}) act(side);
      pass(milliseconds(pair_.random().below(60)));
    }
    network = {};
    for (int i = 0; i < 600 && !is_done(); ++i) pass(milliseconds(500));
    for (const int side : {0, 1}) {
      const Association& one = pair_.side(side);
      EXPECT_EQ(one.state(), AssociationState::established) << "seed " << seed_;
      EXPECT_TRUE(due_[side].empty())
          << "seed " << seed_ << ": " << due_[side].size() << " did not reach side " << side;
      EXPECT_EQ(one.buffered(), 0U) << "seed " << seed_;
      EXPECT_EQ(one.in_flight(), 0U) << "seed " << seed_;
      EXPECT_EQ(asked_[side], done_[side]) << "seed " << seed_ << ": resets";
    }
  }

 private:
  static AssociationOptions options(std::uint64_t seed, std::uint64_t side) {
    AssociationOptions options;
    options.extensions.interleaving = seed % 3 != 0;
    options.extensions.zero_checksum = false;  // packets are spoiled on the way: DTLS would have seen it
    options.packet = 600 + (seed + side) % 5 * 137;
    options.most_init_tries = 60;  // outages may follow each other
    options.receive.memory = 1 << 17;
    options.receive.largest_message = 1 << 15;
    return options;
  }
  bool is_done() {
    for (const int side : {0, 1}) {
      const Association& one = pair_.side(side);
      if (!due_[side].empty() || one.buffered() > 0 || one.in_flight() > 0 || asked_[side] != done_[side])
        return false;
    }
    return true;
  }
  void act(int side) {
    for (std::uint32_t count = pair_.random().below(4); count > 0; --count) {
      const auto stream = static_cast<StreamId>(pair_.random().below(5));
      SendOptions options;
      options.unordered = stream == 1 || (stream == 2 && pair_.random().below(2) == 0);
      if (stream == 2) options.max_retransmits = static_cast<std::uint16_t>(pair_.random().below(3));
      if (stream == 3) options.lifetime = milliseconds(pair_.random().below(400));
      const std::size_t size =
          pair_.random().below(20) == 0 ? pair_.random().below(20'000) : pair_.random().below(300);
      if (pair_.side(side).send(pair_.now(), stream, 53, numbered(next_, size), options) !=
          SendResult::queued)
        continue;
      const bool reliable = stream != 2 && stream != 3;
      sent_[next_] = {stream, options.unordered, std::max<std::size_t>(size, 4)};
      if (reliable) due_[1 - side].insert(next_);
      ++next_;
    }
    if (pair_.random().below(15) == 0 &&
        pair_.side(side).reset_streams(pair_.now(), std::array<StreamId, 1>{4}))
      ++asked_[side];
  }
  void pass(base::Duration time) {
    pair_.run(time);
    for (const int side : {0, 1}) {
      for (const AssociationEvent& event : pair_.take(side)) {
        if (const auto* message = std::get_if<ReceivedMessage>(&event)) hear(side, *message);
        if (const auto* done = std::get_if<ResetDone>(&event)) {
          EXPECT_TRUE(done->done) << "seed " << seed_;
          ++done_[side];
        }
        if (const auto* closed = std::get_if<Closed>(&event)) {
          ADD_FAILURE() << "seed " << seed_ << " side " << side << ": " << to_string(closed->reason) << ", "
                        << to_string(closed->cause) << ' ' << closed->info;
        }
        EXPECT_FALSE(std::holds_alternative<Restarted>(event)) << "seed " << seed_;
      }
    }
  }
  void hear(int side, const ReceivedMessage& message) {
    const std::uint32_t number = *base::ByteReader(message.bytes).u32();
    const auto sent = sent_.find(number);
    ASSERT_NE(sent, sent_.end()) << "seed " << seed_;
    EXPECT_EQ(message.bytes, numbered(number, sent->second.size)) << "seed " << seed_;
    EXPECT_EQ(message.stream, sent->second.stream) << "seed " << seed_;
    EXPECT_TRUE(heard_.insert(number).second) << "seed " << seed_ << ": " << number << " came twice";
    due_[side].erase(number);
    if (sent->second.unordered) return;
    std::uint32_t& latest = latest_[{side, message.stream}];
    EXPECT_GE(number, latest) << "seed " << seed_ << " stream " << message.stream;
    latest = number;
  }

  struct Sent {
    StreamId stream;
    bool unordered;
    std::size_t size;
  };
  std::uint64_t seed_;
  TestPair pair_;
  std::uint32_t next_ = 1;
  std::map<std::uint32_t, Sent> sent_;
  std::set<std::uint32_t> heard_;
  std::map<int, std::set<std::uint32_t>> due_;  // to whom it is to come
  std::map<std::pair<int, StreamId>, std::uint32_t> latest_;
  std::map<int, int> asked_;
  std::map<int, int> done_;
};

TEST(AssociationPromise, HoldsOverLossReorderingDoublingSpoilingAndOutages) {
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) Promise(seed).run();
}

}  // namespace
}  // namespace parlor::sctp
