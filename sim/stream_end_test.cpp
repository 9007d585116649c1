// How streams end, and who hears of it when.

#include "sim/test_stream.hpp"

namespace parlor::sim {
namespace {

using base::milliseconds;
using base::seconds;
using testing::delay_of;
using testing::End;
using testing::Pair;
using testing::pattern;

TEST(StreamEnd, CloseDeliversEverythingFirst) {
  LinkOptions path = delay_of(milliseconds(20));
  path.loss = 0.05;
  Pair pair(path);
  ASSERT_TRUE(pair.open());
  pair.near.stream->send(pattern(100'000));
  pair.near.stream->close();
  ASSERT_TRUE(pair.world.run_until([&] { return pair.near.ended && pair.far.ended; }, seconds(100)));
  EXPECT_EQ(pair.far.got, pattern(100'000));
  EXPECT_TRUE(pair.far.peer_closed);
  EXPECT_EQ(pair.near.ended, StreamEnd::finished);
  EXPECT_EQ(pair.far.ended, StreamEnd::finished);
}

TEST(StreamEnd, AReaderThatPausesHearsOfTheCloseAfterTheBytes) {
  Pair pair;
  ASSERT_TRUE(pair.open());
  pair.far.stream->pause();
  pair.near.stream->send(pattern(100));
  pair.near.stream->close();
  pair.world.run_for(seconds(1));
  EXPECT_FALSE(pair.far.peer_closed);
  pair.far.stream->resume();
  EXPECT_EQ(pair.far.got, pattern(100));
  EXPECT_TRUE(pair.far.peer_closed);
}

TEST(StreamEnd, AnEndWhoseLastAnswersAreLostIsStillFinished) {
  Pair pair;
  ASSERT_TRUE(pair.open());
  pair.near.stream->set_handlers(pair.near.handlers(pair.world, false));
  pair.far.stream->close();
  pair.world.run_for(seconds(1));
  ASSERT_TRUE(pair.near.peer_closed);
  pair.server.interface().up().cut();
  pair.near.stream->send(pattern(5000));
  pair.near.stream->close();
  pair.world.run_for(milliseconds(100));
  EXPECT_EQ(pair.far.ended, StreamEnd::finished) << "it has all, and cannot say so";
  pair.server.interface().up().mend();
  // What is sent again first is the first segment, without the FIN.
  pair.world.run_for(seconds(5));
  EXPECT_EQ(pair.near.ended, StreamEnd::finished);
}

TEST(StreamEnd, ResetIsHeardByTheOtherSideAtOnce) {
  Pair pair;
  ASSERT_TRUE(pair.open());
  pair.near.stream->reset();
  pair.world.run_for(milliseconds(51));
  EXPECT_EQ(pair.far.ended, StreamEnd::reset);
  EXPECT_FALSE(pair.near.ended) << "whoever resets knows it";
}

TEST(StreamEnd, ResetAfterSoManyBytesGivesTheOtherSideExactlyThose) {
  for (std::size_t bytes : {0U, 1U, 1219U, 1220U, 1221U, 5000U}) {
    LinkOptions path = delay_of(milliseconds(20));
    path.loss = 0.05;
    Pair pair(path, {}, 40 + bytes);
    ASSERT_TRUE(pair.open());
    pair.near.stream->reset_after(bytes);
    pair.near.stream->send(pattern(5000));
    ASSERT_TRUE(pair.world.run_until([&] { return pair.near.stream->has_ended(); }, seconds(60))) << bytes;
    pair.world.run_for(seconds(1));
    EXPECT_EQ(pair.far.got, pattern(bytes));
    EXPECT_EQ(pair.near.ended, StreamEnd::reset);
  }
}

TEST(StreamEnd, AListenerThatIsNotThereRefuses) {
  Pair pair;
  End other;
  other.stream = pair.alice.connect(endpoint("203.0.113.1", 81), other.handlers(pair.world));
  pair.world.run_for(milliseconds(101));
  EXPECT_EQ(other.ended, StreamEnd::refused);
}

TEST(StreamEnd, AnAddressThatNobodyHasTimesOut) {
  Pair pair;
  End other;
  other.stream = pair.alice.connect(endpoint("203.0.113.99", 80), other.handlers(pair.world));
  pair.world.run_for(seconds(60));
  EXPECT_EQ(other.ended, StreamEnd::timed_out);
  EXPECT_EQ(other.ended_at, World::kStart + seconds(20));
}

TEST(StreamEnd, OfACutPathIsFoundOutBySendingAndByTimeoutOnly) {
  Pair pair;
  ASSERT_TRUE(pair.open());
  pair.near.stream->send(pattern(10));
  pair.world.run_for(seconds(1));
  pair.cut();
  pair.near.stream->close();  // nobody hears it
  pair.far.stream->send(pattern(10));
  const base::Time cut_at = pair.world.now();
  pair.world.run_for(seconds(59));
  EXPECT_FALSE(pair.far.ended);
  pair.world.run_for(seconds(2));
  EXPECT_EQ(pair.far.ended, StreamEnd::timed_out);
  EXPECT_EQ(pair.near.ended, StreamEnd::timed_out);
  EXPECT_EQ(pair.far.ended_at - cut_at, seconds(60))
      << "give_up, counted from the first byte without an answer";
}

TEST(StreamEnd, ASilentStreamNeverMissesADeadPeerWithoutKeepAlive) {
  for (bool asks : {false, true}) {
    StreamOptions options;
    if (asks) options.keep_alive = seconds(15);
    Pair pair(delay_of(milliseconds(20)), options);
    ASSERT_TRUE(pair.open());
    pair.world.run_for(seconds(300));
    EXPECT_FALSE(pair.near.ended) << "an answer to each question is enough";
    pair.server.crash();
    const base::Time crashed = pair.world.now();
    pair.world.run_for(seconds(3600));
    EXPECT_EQ(pair.near.ended.has_value(), asks);
    if (asks) {
      EXPECT_EQ(pair.near.ended, StreamEnd::timed_out);
      EXPECT_LE(pair.near.ended_at - crashed, seconds(76));
    }
  }
}

TEST(StreamEnd, AProgramThatIsKilledIsMissedAtOnceAndACrashedComputerOnlyWhenItIsBack) {
  Pair pair;
  ASSERT_TRUE(pair.open());
  pair.server.kill();
  pair.world.run_for(milliseconds(51));
  EXPECT_EQ(pair.near.ended, StreamEnd::reset);

  Pair other;
  ASSERT_TRUE(other.open());
  other.server.crash();
  other.near.stream->send(pattern(10));
  other.world.run_for(seconds(5));
  EXPECT_FALSE(other.near.ended);
  other.server.boot();
  ASSERT_TRUE(other.world.run_until([&] { return other.near.ended.has_value(); }, seconds(20)));
  EXPECT_EQ(other.near.ended, StreamEnd::reset) << "it knows nothing of this stream any more";
}

TEST(StreamEnd, AHandlerMayKillItsHost) {
  Pair pair;
  ASSERT_TRUE(pair.open());
  StreamHandlers handlers;
  handlers.received = [&](base::BytesView) {
    pair.far.stream.reset();
    pair.server.kill();
  };
  pair.far.stream->set_handlers(handlers);
  pair.near.stream->send(pattern(10));
  pair.world.run_for(seconds(1));
  EXPECT_EQ(pair.near.ended, StreamEnd::reset);
}

TEST(StreamEnd, HandlersMayDoAnything) {
  Pair pair;
  ASSERT_TRUE(pair.open());
  StreamHandlers handlers;
  int ended = 0;
  handlers.received = [&](base::BytesView) { pair.far.stream->reset(); };
  handlers.ended = [&](StreamEnd) { ++ended; };
  pair.far.stream->set_handlers(handlers);
  pair.near.stream->send(pattern(10));
  pair.world.run_for(seconds(1));
  EXPECT_EQ(ended, 0) << "not after one's own reset";
  EXPECT_EQ(pair.near.ended, StreamEnd::reset);

  Pair other;
  ASSERT_TRUE(other.open());
  StreamHandlers careless;
  careless.received = [&](base::BytesView) { other.far.stream.reset(); };  // its last owner lets go
  other.far.stream->set_handlers(careless);
  other.near.stream->send(pattern(10));
  other.world.run_for(seconds(1));
  other.near.stream->close();
  other.world.run_for(seconds(1));
  EXPECT_EQ(other.near.ended, StreamEnd::finished);
}

}  // namespace
}  // namespace parlor::sim
