// Streams under conditions, sizes, pauses and outages that the seed decides: whatever happens, all bytes
// arrive once and in order, and both ends are told that it is finished.

#include "sim/for_seeds.hpp"
#include "sim/random.hpp"
#include "sim/test_stream.hpp"

namespace parlor::sim {
namespace {

using base::milliseconds;
using base::seconds;
using testing::End;
using testing::Pair;
using testing::pattern;

std::uint32_t between(base::Random& random, std::uint32_t least, std::uint32_t most) {
  return least + random.below(most - least + 1);
}

LinkOptions some_conditions(base::Random& random) {
  const auto all = all_conditions();
  LinkOptions options = all[random.below(static_cast<std::uint32_t>(all.size()))].make();
  if (random.below(3) == 0) options.loss = 0.01 * random.below(20);
  if (random.below(3) == 0) options.duplicate = 0.01 * random.below(30);
  if (random.below(3) == 0) {
    options.reorder = 0.01 * random.below(30);
    options.reorder_delay = milliseconds(random.below(300));
  }
  if (random.below(3) == 0) options.corrupt = 0.01 * random.below(10);
  if (random.below(4) == 0) options.mtu = between(random, 300, 1500);
  if (random.below(4) == 0) options.queue = between(random, 1000, 20'000);
  return options;
}

StreamOptions some_stream(base::Random& random) {
  StreamOptions options;
  options.segment = between(random, 100, 1460);
  options.send_buffer = between(random, 1000, 100'000);
  options.receive_buffer = between(random, 1000, 100'000);
  options.give_up = seconds(3000);  // nothing here lasts so long
  options.connect_timeout = seconds(600);
  return options;
}

TEST(StreamSeeds, EverythingArrivesOnceAndInOrder) {
  for_seeds(1, 60, [](std::uint64_t seed) {
    base::SeededRandom random(derive_seed(seed, "scenario"));
    const LinkOptions conditions = some_conditions(random);
    Pair pair(conditions, some_stream(random), seed);
    const TraceOnFailure shown(pair.world);
    ASSERT_TRUE(pair.world.run_until([&] { return pair.near.opened && pair.far.stream; }, seconds(600)));
    pair.near.to_send = pattern(between(random, 1, 60'000));
    pair.far.to_send = pattern(between(random, 1, 60'000), 7);
    for (int i = 0; i < 40; ++i) {
      End& end = random.below(2) == 0 ? pair.near : pair.far;
      switch (random.below(5)) {
        case 0:
          end.stream->pause();
          break;
        case 1:
          end.stream->resume();
          break;
        case 2:
          (random.below(2) == 0 ? pair.alice : pair.server)
              .interface()
              .add_outage(pair.world.now(), pair.world.now() + milliseconds(random.below(8000)));
          break;
        default:
          end.feed();
          break;
      }
      pair.world.run_for(milliseconds(random.below(3000)));
    }
    for (End* end : {&pair.near, &pair.far}) {
      end->stream->resume();
      end->feed();
    }
    const auto all_given = [&] {
      return pair.near.given == pair.near.to_send.size() && pair.far.given == pair.far.to_send.size();
    };
    ASSERT_TRUE(pair.world.run_until(all_given, seconds(20'000)));
    (random.below(2) == 0 ? pair.near : pair.far).stream->close();
    ASSERT_TRUE(pair.world.run_until([&] { return pair.near.ended && pair.far.ended; }, seconds(20'000)));
    // Whose last answers are all lost for 2 MSL is told nothing better than a reset, as with TCP.
    for (const auto& [end, other] : {std::pair{&pair.near, &pair.far}, {&pair.far, &pair.near}}) {
      if (end->ended == StreamEnd::finished) continue;
      EXPECT_EQ(end->ended, StreamEnd::reset);
      EXPECT_EQ(other->ended, StreamEnd::finished);
      EXPECT_GE(end->ended_at - other->ended_at, Stream::kLinger);
    }
    EXPECT_EQ(pair.far.got, pair.near.to_send);
    EXPECT_EQ(pair.near.got, pair.far.to_send);
    EXPECT_FALSE(pair.world.stuck());
  });
}

TEST(StreamSeeds, AResetAtAnyByteLeavesExactlyTheBytesBeforeIt) {
  for_seeds(1, 60, [](std::uint64_t seed) {
    base::SeededRandom random(derive_seed(seed, "scenario"));
    const LinkOptions conditions = some_conditions(random);
    Pair pair(conditions, some_stream(random), seed);
    const TraceOnFailure shown(pair.world);
    ASSERT_TRUE(pair.world.run_until([&] { return pair.near.opened && pair.far.stream; }, seconds(600)));
    pair.near.to_send = pattern(30'000);
    const std::uint32_t cut = random.below(30'000);
    pair.near.stream->reset_after(cut);
    pair.near.feed();
    ASSERT_TRUE(pair.world.run_until([&] { return pair.near.stream->has_ended(); }, seconds(20'000)));
    EXPECT_EQ(pair.far.got, pattern(cut));
  });
}

}  // namespace
}  // namespace parlor::sim
