// What a client does in time: pings, patience, and the contract of machines.

#include "base/machine.hpp"
#include "base/random.hpp"
#include "signaling/client_test.hpp"

namespace parlor::signaling {
namespace {

using base::milliseconds;
using base::seconds;
using testing::ClientTest;
using testing::config;

static_assert(base::Machine<Client>);

TEST_F(ClientTest, PingsMeasureTheRoundTrip) {
  join();
  EXPECT_FALSE(client.round_trip());
  EXPECT_EQ(client.poll_timeout(), now + seconds(25));
  now += seconds(25);
  client.handle_timeout(now);
  EXPECT_EQ(sent<SendFrame>().text, R"({"type":"ping","id":1})");
  now += milliseconds(80);
  hear(Pong{5});
  EXPECT_FALSE(client.round_trip()) << "not the pong of the latest ping";
  hear(Pong{1});
  EXPECT_EQ(client.round_trip(), milliseconds(80));
  EXPECT_EQ(client.poll_timeout(), now + seconds(25) - milliseconds(80));
}

TEST_F(ClientTest, AServerThatFallsSilentIsNoticed) {
  join();
  now += seconds(25);
  client.handle_timeout(now);
  sent<SendFrame>();
  EXPECT_EQ(client.poll_timeout(), now + seconds(20));
  client.handle_timeout(now + seconds(20));
  EXPECT_EQ(take<Interrupted>().reason, Reason::timed_out);
  EXPECT_EQ(sent<CloseSocket>().code, 4019) << "1000 would say that the member has left";
}

TEST_F(ClientTest, AnythingHeardShowsThatTheServerIsThere) {
  join();
  now += seconds(25);
  client.handle_timeout(now);
  sent<SendFrame>();
  now += seconds(1);
  hear(HostOfRoom{PeerId{7}, 2});
  take<HostOfRoom>();
  client.handle_timeout(now + seconds(19));
  EXPECT_EQ(client.state(), ClientState::joined);
}

TEST_F(ClientTest, ATimerThatComesLateGivesTheServerItsFullTime) {
  join();
  now += seconds(60);  // a hidden page
  client.handle_timeout(now);
  sent<SendFrame>();
  EXPECT_EQ(client.state(), ClientState::joined);
  EXPECT_EQ(client.poll_timeout(), now + seconds(20));
}

TEST_F(ClientTest, TimeGoingBackwardsIsIgnored) {
  join();
  now += seconds(25);
  client.handle_timeout(now);
  sent<SendFrame>();
  const auto due = client.poll_timeout();
  client.handle_timeout(now - seconds(20));
  EXPECT_EQ(client.poll_timeout(), due);
  now -= seconds(20);
  hear(Pong{1});
  EXPECT_EQ(client.round_trip(), base::Duration{});
}

TEST_F(ClientTest, AfterATimeoutTheNextIsLaterOrNone) {
  join();
  base::SeededRandom random(3);
  for (int i = 0; i < 50; ++i) {
    const auto due = client.poll_timeout();
    ASSERT_TRUE(due);
    now = *due;
    client.handle_timeout(now);
    while (client.poll_transmit()) {
    }
    const auto next = client.poll_timeout();
    ASSERT_TRUE(next && *next > now);
    now += milliseconds(random.below(15'000));
    hear(Pong{static_cast<std::uint32_t>(i + 1)});
  }
}

TEST_F(ClientTest, RandomFramesEndItOnce) {
  base::SeededRandom random(4);
  for (int i = 0; i < 500; ++i) {
    Client other(config(), now);
    other.handle_open(now);
    std::string text(random.below(60), '\0');
    random.fill(std::as_writable_bytes(std::span(text.data(), text.size())));
    other.handle_frame(now, text);
    other.handle_frame(now, text);
    ASSERT_TRUE(other.poll_event());
    ASSERT_FALSE(other.poll_event());
  }
}

}  // namespace
}  // namespace parlor::signaling
