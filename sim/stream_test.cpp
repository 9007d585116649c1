// Streams over links that lose, delay, stall and narrow.

#include "sim/stream.hpp"

#include "sim/test_stream.hpp"

namespace parlor::sim {
namespace {

using base::milliseconds;
using base::seconds;
using testing::delay_of;
using testing::End;
using testing::Pair;
using testing::pattern;

TEST(Stream, OpensAfterARoundTripAndCarriesBytesBothWays) {
  Pair pair;
  ASSERT_TRUE(pair.open());
  EXPECT_EQ(pair.world.now() - World::kStart, milliseconds(150)) << "the server knows after three trips";
  EXPECT_EQ(pair.far.stream->remote().ip, ip("192.0.2.1"));
  pair.near.stream->send(pattern(10));
  pair.far.stream->send(pattern(20));
  pair.world.run_for(milliseconds(51));
  EXPECT_EQ(pair.far.got, pattern(10));
  EXPECT_EQ(pair.near.got, pattern(20));
}

TEST(Stream, NothingIsTakenBeforeItIsOpenOrAfterClose) {
  Pair pair;
  EXPECT_EQ(pair.near.stream->send(pattern(10)), 0U);
  ASSERT_TRUE(pair.open());
  EXPECT_EQ(pair.near.stream->send(pattern(10)), 10U);
  pair.near.stream->close();
  EXPECT_EQ(pair.near.stream->send(pattern(10)), 0U);
}

TEST(Stream, AMegabyteArrivesWholeAndInOrderUnderEveryPreset) {
  for (const NamedConditions& conditions : all_conditions()) {
    SCOPED_TRACE(conditions.name);
    StreamOptions options;
    options.give_up = seconds(300);
    Pair pair(conditions.make(), options, 7);
    pair.near.to_send = pattern(1'000'000);
    pair.far.to_send = pattern(10'000);
    ASSERT_TRUE(pair.world.run_until([&] { return pair.far.got.size() >= 1'000'000; }, seconds(3000)))
        << pair.far.got.size();
    ASSERT_TRUE(pair.world.run_until([&] { return pair.near.got.size() >= 10'000; }, seconds(100)));
    EXPECT_EQ(pair.far.got, pattern(1'000'000));
    EXPECT_EQ(pair.near.got, pattern(10'000));
    pair.near.stream->close();
    ASSERT_TRUE(pair.world.run_until([&] { return pair.near.ended && pair.far.ended; }, seconds(200)));
    EXPECT_EQ(pair.near.ended, StreamEnd::finished);
    EXPECT_EQ(pair.far.ended, StreamEnd::finished);
  }
}

TEST(Stream, ALostSegmentIsDelayAndHoldsUpThoseBehindIt) {
  Pair pair;
  ASSERT_TRUE(pair.open());
  pair.near.stream->send(pattern(100));
  pair.world.run_for(seconds(1));
  const base::Time start = pair.world.now();
  Link& there = pair.alice.interface().up();
  there.cut();
  pair.near.stream->send(pattern(100, 100));  // lost
  there.mend();
  pair.world.run_for(milliseconds(10));
  pair.near.stream->send(pattern(100, 200));  // arrives, and waits
  pair.world.run_for(milliseconds(60));
  EXPECT_EQ(pair.far.got.size(), 100U);
  ASSERT_TRUE(pair.world.run_until([&] { return pair.far.got.size() == 300; }, seconds(5)));
  EXPECT_EQ(pair.far.got, pattern(300));
  const base::Duration took = pair.world.now() - start;
  EXPECT_GE(took, milliseconds(250)) << "the shortest timeout and a trip";
  EXPECT_LE(took, milliseconds(500));
  EXPECT_EQ(pair.near.stream->stats().timeouts, 1U);
}

TEST(Stream, ThreeDuplicateAcknowledgementsAreQuickerThanTheTimeout) {
  Pair pair;
  ASSERT_TRUE(pair.open());
  pair.near.stream->send(pattern(1000));
  pair.world.run_for(seconds(1));
  const base::Time start = pair.world.now();
  Link& there = pair.alice.interface().up();
  there.cut();
  pair.near.stream->send(pattern(1220, 1000));
  there.mend();
  pair.near.stream->send(pattern(5 * 1220, 2220));
  ASSERT_TRUE(pair.world.run_until([&] { return pair.far.got.size() == 1000 + 6 * 1220; }, seconds(5)));
  EXPECT_EQ(pair.world.now() - start, milliseconds(150)) << "there, back, there again";
  EXPECT_EQ(pair.near.stream->stats().timeouts, 0U);
  EXPECT_EQ(pair.near.stream->stats().resent, 1U);
  EXPECT_EQ(pair.far.got, pattern(1000 + 6 * 1220));
}

TEST(Stream, AnOutageStallsItAndItGoesOnAfterwards) {
  Pair pair;
  ASSERT_TRUE(pair.open());
  pair.cut();
  pair.near.stream->send(pattern(5000));
  pair.world.run_for(seconds(10));
  EXPECT_TRUE(pair.far.got.empty());
  EXPECT_FALSE(pair.near.ended);
  pair.mend();
  ASSERT_TRUE(pair.world.run_until([&] { return pair.far.got.size() == 5000; }, seconds(20)));
  EXPECT_EQ(pair.far.got, pattern(5000));
}

TEST(Stream, ARateLimitIsUsedWellAndSharedWithDatagrams) {
  LinkOptions path = delay_of(milliseconds(20));
  path.rate = 1'000'000;
  path.queue = 64 * 1024;
  Pair pair(path);
  pair.near.to_send = pattern(2'000'000);
  ASSERT_TRUE(pair.world.run_until([&] { return pair.far.got.size() == 2'000'000; }, seconds(60)));
  const base::Duration took = pair.world.now() - World::kStart;
  EXPECT_GE(took, milliseconds(2000)) << "2 MB at 1 MB/s";
  EXPECT_LE(took, milliseconds(3500)) << "at least 57 % of the rate";
  EXPECT_GT(pair.internet.between(pair.alice.interface(), pair.server.interface()).stats().queue_full, 0U)
      << "it finds the limit by losing";
}

TEST(Stream, ASlowReaderStopsTheOtherSide) {
  StreamOptions options;
  options.receive_buffer = 10'000;
  options.send_buffer = 20'000;
  Pair pair(delay_of(milliseconds(5)), options);
  ASSERT_TRUE(pair.open());
  pair.far.stream->pause();
  pair.near.to_send = pattern(100'000);
  pair.near.feed();
  pair.world.run_for(seconds(200));
  EXPECT_EQ(pair.near.given, 30'000U) << "what fits into both buffers";
  EXPECT_TRUE(pair.far.got.empty());
  EXPECT_FALSE(pair.near.ended) << "longer than give_up, but it answers";
  pair.far.stream->resume();
  pair.world.run_for(milliseconds(100));
  EXPECT_GT(pair.far.got.size(), 15'000U) << "it is told that there is room, and does not have to ask";
  ASSERT_TRUE(pair.world.run_until([&] { return pair.far.got.size() == 100'000; }, seconds(60)));
  EXPECT_EQ(pair.far.got, pattern(100'000));
}

TEST(Stream, AWindowUpdateThatIsLostIsAskedFor) {
  StreamOptions options;
  options.receive_buffer = 2000;
  Pair pair(delay_of(milliseconds(5)), options);
  ASSERT_TRUE(pair.open());
  pair.far.stream->pause();
  pair.near.stream->send(pattern(5000));
  pair.world.run_for(seconds(2));
  Link& back = pair.internet.between(pair.server.interface(), pair.alice.interface());
  back.cut();
  pair.far.stream->resume();
  pair.world.run_for(milliseconds(100));
  back.mend();
  ASSERT_TRUE(pair.world.run_until([&] { return pair.far.got.size() == 5000; }, seconds(20)));
}

TEST(StreamMtu, SegmentsShrinkToWhatFitsUnlessTheyFallIntoABlackHole) {
  for (bool black_hole : {false, true}) {
    LinkOptions path = delay_of(milliseconds(20));
    path.mtu = 600;
    path.black_hole = black_hole;
    Pair pair(path);
    ASSERT_TRUE(pair.open());
    pair.near.stream->send(pattern(50'000));
    const bool arrived = pair.world.run_until([&] { return pair.far.got.size() == 50'000; }, seconds(50));
    EXPECT_EQ(arrived, !black_hole);
    if (arrived) {
      EXPECT_EQ(pair.far.got, pattern(50'000));
    }
  }
}

TEST(StreamNat, GoesOutThroughEveryNatAndNeverIn) {
  for (const NamedNat& kind : all_nats()) {
    SCOPED_TRACE(kind.name);
    World world;
    Network internet(world);
    const NatOptions options = kind.make();
    const bool open = !options.translates;
    Nat& nat = internet.nat("home", options, open ? "" : "198.51.100.1");
    Host& alice = nat.lan().host("alice", {open ? "198.51.100.1" : "192.168.0.2"});
    Host& server = internet.host("server", {"203.0.113.1"});
    End near;
    End far;
    server.listen(80, [&](const std::shared_ptr<Stream>& stream) {
      far.stream = stream;
      stream->set_handlers(far.handlers(world));
    });
    alice.listen(80, [](const std::shared_ptr<Stream>&) {});
    near.stream = alice.connect(endpoint("203.0.113.1", 80), near.handlers(world));
    world.run_for(seconds(1));
    ASSERT_TRUE(near.opened && far.stream);
    EXPECT_EQ(far.stream->remote().ip, ip("198.51.100.1"));
    near.stream->send(pattern(100));
    far.stream->send(pattern(50));
    world.run_for(seconds(1));
    EXPECT_EQ(far.got.size(), 100U);
    EXPECT_EQ(near.got.size(), 50U);
    End in;
    in.stream = server.connect(endpoint("198.51.100.1", 80), in.handlers(world));
    world.run_for(seconds(30));
    EXPECT_EQ(in.opened, open);
  }
}

TEST(StreamSeeds, OneSeedIsOneRun) {
  const auto run = [](std::uint64_t seed) {
    Pair pair(presets::awful(), {}, seed);
    pair.near.to_send = pattern(50'000);
    (void)pair.world.run_until([&] { return pair.far.got.size() == 50'000; }, seconds(600));
    return std::pair{pair.world.now(), pair.near.stream->stats().segments};
  };
  EXPECT_EQ(run(3), run(3));
  EXPECT_NE(run(3), run(4));
}

}  // namespace
}  // namespace parlor::sim
