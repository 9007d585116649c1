#include "sim/message_stream.hpp"

#include <optional>

#include "sim/test_internet.hpp"

namespace parlor::sim {
namespace {

using base::milliseconds;
using base::seconds;
using testing::delay_of;

struct End {
  std::unique_ptr<MessageStream> stream;
  bool opened = false;
  std::vector<std::string> heard;  // texts with a "t", binary ones with a "b" before them
  std::optional<std::uint16_t> code;
  std::string reason;
  int drained = 0;

  MessageHandlers handlers() {
    MessageHandlers all;
    all.opened = [this] { opened = true; };
    all.message = [this](base::BytesView bytes, bool text) {
      heard.push_back((text ? "t" : "b") + std::string(base::as_text(bytes)));
    };
    all.drained = [this] { ++drained; };
    all.closed = [this](std::uint16_t with, std::string_view why) {
      EXPECT_FALSE(code) << "told once";
      code = with;
      reason = why;
    };
    return all;
  }
};

struct MessageStreamTest : ::testing::Test {
  void SetUp() override {
    server.listen(80, [this](const std::shared_ptr<Stream>& stream) {
      far.stream = std::make_unique<MessageStream>(stream, far.handlers());
    });
    connect();
  }
  void connect(const StreamOptions& options = {}) {
    near.stream =
        std::make_unique<MessageStream>(alice, endpoint("203.0.113.1", 80), near.handlers(), options);
    ASSERT_TRUE(world.run_until([&] { return near.opened && far.stream; }, seconds(10)));
  }
  World world;
  Network internet{world};
  Host& alice = internet.host("alice", {"192.0.2.1"}, delay_of(milliseconds(20)));
  Host& server = internet.host("server", {"203.0.113.1"});
  End near;
  End far;
};

TEST_F(MessageStreamTest, KeepsBoundariesKindsAndOrder) {
  near.stream->send("one");
  near.stream->send(base::as_bytes("two"));
  near.stream->send("");
  near.stream->send(std::string(100'000, 'x'));
  far.stream->send("back");
  world.run_for(seconds(5));
  EXPECT_EQ(far.heard, (std::vector<std::string>{"tone", "btwo", "t", "t" + std::string(100'000, 'x')}));
  EXPECT_EQ(near.heard, (std::vector<std::string>{"tback"}));
  EXPECT_EQ(near.stream->buffered(), 0U);
}

TEST_F(MessageStreamTest, TakesMoreThanTheStreamsBufferAndSaysWhenThatIsGone) {
  near.stream->send(std::string(1'000'000, 'x'));
  EXPECT_EQ(near.stream->buffered(), 1'000'005U);
  EXPECT_EQ(near.drained, 0);
  ASSERT_TRUE(world.run_until([&] { return far.heard.size() == 1; }, seconds(60)));
  EXPECT_EQ(far.heard[0].size(), 1'000'001U);
  EXPECT_EQ(near.drained, 1);
}

TEST_F(MessageStreamTest, ACloseHasACodeAndAReasonOnBothSides) {
  near.stream->send("last");
  near.stream->close(4001, "enough");
  EXPECT_FALSE(near.stream->send("too late"));
  EXPECT_FALSE(near.code) << "not before the answer";
  world.run_for(seconds(1));
  EXPECT_EQ(far.heard, (std::vector<std::string>{"tlast"}));
  EXPECT_EQ(far.code, 4001);
  EXPECT_EQ(far.reason, "enough");
  EXPECT_EQ(near.code, 4001);
  EXPECT_TRUE(near.stream->stream().has_ended());
  EXPECT_TRUE(far.stream->stream().has_ended());
}

TEST_F(MessageStreamTest, AnEndWithoutACloseIs1006) {
  near.stream->stream().reset();
  world.run_for(seconds(1));
  EXPECT_EQ(far.code, 1006);
  EXPECT_FALSE(near.code) << "whoever resets knows it";
}

TEST_F(MessageStreamTest, CloseBeforeItIsOpenEndsIt) {
  End early;
  early.stream = std::make_unique<MessageStream>(alice, endpoint("203.0.113.1", 80), early.handlers());
  early.stream->close();
  EXPECT_EQ(early.code, 1006);
  world.run_for(seconds(5));
  EXPECT_FALSE(early.opened);
}

TEST_F(MessageStreamTest, ResetsAtAnyMessageAndAtAnyByteOfTheNext) {
  for (std::size_t bytes : {0U, 1U, 5U, 6U, 9U}) {
    far.heard.clear();
    far.code.reset();
    near.opened = false;
    near.code.reset();
    far.stream.reset();
    connect();
    near.stream->send("zero");
    near.stream->reset_after_messages(2, bytes);
    near.stream->send("one");
    near.stream->send("two!!");
    near.stream->send("three");
    ASSERT_TRUE(world.run_until([&] { return far.code && near.code; }, seconds(20))) << bytes;
    EXPECT_EQ(far.heard, (std::vector<std::string>{"tzero", "tone"})) << bytes;
    EXPECT_EQ(far.code, 1006);
    EXPECT_EQ(far.stream->stream().stats().received_bytes, 9U + 8U + bytes);
  }
}

TEST_F(MessageStreamTest, AHandlerMayDestroyIt) {
  far.stream.reset();
  near.opened = false;
  std::unique_ptr<MessageStream> careless;
  server.stop_listening(80);
  server.listen(80, [&](const std::shared_ptr<Stream>& stream) {
    MessageHandlers handlers;
    handlers.message = [&](base::BytesView, bool) { careless.reset(); };
    careless = std::make_unique<MessageStream>(stream, handlers);
  });
  near.stream = std::make_unique<MessageStream>(alice, endpoint("203.0.113.1", 80), near.handlers());
  ASSERT_TRUE(world.run_until([&] { return near.opened && careless; }, seconds(10)));
  near.stream->send("one");
  near.stream->send("two");
  world.run_for(seconds(1));
  EXPECT_EQ(careless, nullptr);
  EXPECT_EQ(near.code, 1006);
}

TEST_F(MessageStreamTest, ALengthOrAKindOutsideTheLimitsEndsIt) {
  for (const base::Bytes& junk :
       {base::Bytes{std::byte{0}, std::byte{1}, std::byte{0}, std::byte{0}, std::byte{1}},
        base::Bytes{std::byte{3}, std::byte{0}, std::byte{0}, std::byte{0}, std::byte{0}}}) {
    near.opened = false;
    near.code.reset();
    far.code.reset();
    far.stream.reset();
    connect();
    near.stream->stream().send(junk);
    world.run_for(seconds(1));
    EXPECT_EQ(far.code, 1006);
    EXPECT_EQ(near.code, 1006);
  }
}

TEST_F(MessageStreamTest, AVanishedPeerIsMissedAfterKeepAliveOnly) {
  StreamOptions options;
  options.keep_alive = seconds(10);
  options.give_up = seconds(30);
  near.opened = false;
  far.stream.reset();
  connect(options);
  alice.cut();
  world.run_for(seconds(29));
  EXPECT_FALSE(near.code);
  world.run_for(seconds(15));
  EXPECT_EQ(near.code, 1006);
  EXPECT_FALSE(far.code) << "the server does not ask, and hears nothing";
}

}  // namespace
}  // namespace parlor::sim
