// The service over TCP: real sockets on the loopback interface.

#include "server/stun/stun_support_test.hpp"
#include "stun/stream_framer.hpp"

namespace parlor::server {
namespace {

using test::address;
using test::Client;
using test::eventually;
using test::request;
using test::Worker;

class StunServiceTcp : public testing::Test {
 protected:
  void start(const std::function<void(StunServiceConfig&)>& change = {}) {
    StunServiceConfig config;
    config.listen = {address("127.0.0.1:0"), address("[::1]:0")};
    config.rate_per_second = 0;
    if (change) change(config);
    ASSERT_EQ(worker_.start(config), "");
  }
  /// Whether the connection is served.
  static bool is_answered(Client& client) {
    if (!client.write(request(99))) return false;
    return client.read(test::kIpv4Answer).size() == test::kIpv4Answer;
  }
  Worker worker_;
};

TEST_F(StunServiceTcp, TellsClientsOfBothFamiliesTheirAddress) {
  start();
  Client alice = Client::tcp(worker_.at(0));
  ASSERT_TRUE(alice.write(request(1)));
  const base::Bytes answer = alice.read(test::kIpv4Answer);
  const auto message = stun::Message::parse(answer);
  ASSERT_TRUE(message);
  EXPECT_EQ(message->read<stun::XorMappedAddress>(), alice.local());
  Client bob = Client::tcp(worker_.at(1), "[::1]:0");
  ASSERT_TRUE(bob.write(request(2)));
  const base::Bytes other_answer = bob.read(44);
  const auto other = stun::Message::parse(other_answer);
  ASSERT_TRUE(other);
  EXPECT_EQ(other->read<stun::XorMappedAddress>(), bob.local());
  EXPECT_TRUE(eventually([&] { return worker_.counters().tcp_answers == 2; }));
}

TEST_F(StunServiceTcp, AnswersARequestThatComesByteByByte) {
  start();
  Client alice = Client::tcp(worker_.at());
  const int now = 1;
  ::setsockopt(alice.fd(), IPPROTO_TCP, 1 /* TCP_NODELAY */, &now, sizeof(now));
  for (const std::byte byte : request(1, [](stun::MessageWriter& w) { w.add<stun::Software>("alice"); })) {
    ASSERT_TRUE(alice.write(base::BytesView(&byte, 1)));
  }
  EXPECT_EQ(alice.read(test::kIpv4Answer).size(), test::kIpv4Answer);
}

TEST_F(StunServiceTcp, AnswersRequestsThatComeTogetherInTheirOrder) {
  start();
  Client alice = Client::tcp(worker_.at());
  base::Bytes stream;
  constexpr std::uint32_t kCount = 500;  // more than any buffer of the connection holds
  for (std::uint32_t i = 0; i < kCount; ++i) {
    const base::Bytes one = request(i);
    stream.insert(stream.end(), one.begin(), one.end());
  }
  ASSERT_TRUE(alice.write(stream));
  for (std::uint32_t i = 0; i < kCount; ++i) {
    const base::Bytes answer = alice.read(test::kIpv4Answer);
    const auto message = stun::Message::parse(answer);
    ASSERT_TRUE(message) << i;
    EXPECT_EQ(message->transaction_id(), test::id(i));
  }
}

TEST_F(StunServiceTcp, AnswersAClientThatHasFinishedWriting) {
  start();
  Client alice = Client::tcp(worker_.at());
  ASSERT_TRUE(alice.write(request(1)));
  alice.finish_writing();
  EXPECT_EQ(alice.read(test::kIpv4Answer).size(), test::kIpv4Answer);
  EXPECT_TRUE(alice.is_closed_by_server());
  EXPECT_TRUE(eventually([&] { return worker_.counters().tcp_open == 0; }));
}

TEST_F(StunServiceTcp, ClosesAConnectionThatDoesNotSpeakStun) {
  start();
  Client alice = Client::tcp(worker_.at());
  ASSERT_TRUE(alice.write(base::as_bytes("GET / HTTP/1.1\r\nHost: example.org\r\n\r\n")));
  EXPECT_TRUE(alice.is_closed_by_server());
  EXPECT_TRUE(eventually([&] { return worker_.counters().not_stun == 1; }));
  EXPECT_EQ(worker_.counters().received, 1u);
  Client bob = Client::tcp(worker_.at());
  EXPECT_TRUE(is_answered(bob));
}

TEST_F(StunServiceTcp, IsSilentToIndicationsAndKeepsTheConnection) {
  start();
  Client alice = Client::tcp(worker_.at());
  base::Bytes indication = request(1);
  indication[1] = std::byte{0x11};
  ASSERT_TRUE(alice.write(indication));
  ASSERT_TRUE(alice.write(request(2)));
  const base::Bytes answer = alice.read(test::kIpv4Answer);
  const auto message = stun::Message::parse(answer);
  ASSERT_TRUE(message);
  EXPECT_EQ(message->transaction_id(), test::id(2));
  EXPECT_EQ(worker_.counters().not_binding, 1u);
}

TEST_F(StunServiceTcp, LimitsASourceAsOverUdp) {
  start([](StunServiceConfig& config) { config.rate_per_second = 1; });  // and 5 at once
  Client alice = Client::tcp(worker_.at());
  const test::Stopwatch stopwatch;
  for (std::uint32_t i = 0; i < 20; ++i) ASSERT_TRUE(alice.write(request(i)));
  ASSERT_TRUE(eventually([&] { return worker_.counters().received == 20; }));
  EXPECT_LE(worker_.counters().rate_limited, 15u);
  EXPECT_GE(worker_.counters().rate_limited + stopwatch.seconds(), 15u);
}

TEST_F(StunServiceTcp, ClosesWhatIsIdleAndWhatDripsWithoutEverBeingWhole) {
  start([](StunServiceConfig& config) { config.idle_deadline = base::milliseconds(300); });
  Client idle = Client::tcp(worker_.at());
  Client slow = Client::tcp(worker_.at());
  const base::Bytes bytes = request(1);
  std::size_t sent = 0;
  // A byte now and then, never the last one.
  ASSERT_TRUE(eventually([&] {
    if (sent + 1 < bytes.size()) (void)slow.write(base::BytesView(bytes).subspan(sent++, 1));
    return worker_.counters().tcp_timed_out == 2;
  }));
  EXPECT_TRUE(idle.is_closed_by_server());
  EXPECT_TRUE(slow.is_closed_by_server());
  EXPECT_TRUE(eventually([&] { return worker_.counters().tcp_open == 0; })) << "counted by another thread";
}

TEST_F(StunServiceTcp, KeepsAConnectionThatGoesOnAsking) {
  start([](StunServiceConfig& config) { config.idle_deadline = base::milliseconds(300); });
  Client alice = Client::tcp(worker_.at());
  const auto start = std::chrono::steady_clock::now();
  while (std::chrono::steady_clock::now() - start < std::chrono::milliseconds(900))
    ASSERT_TRUE(is_answered(alice));
  EXPECT_EQ(worker_.counters().tcp_timed_out, 0u);
}

TEST_F(StunServiceTcp, MakesRoomByClosingTheLongestIdle) {
  start([](StunServiceConfig& config) { config.max_connections = 8; });
  std::vector<Client> clients;
  for (int i = 0; i < 8; ++i) {
    clients.push_back(Client::tcp(worker_.at()));
    ASSERT_TRUE(is_answered(clients.back()));
  }
  ASSERT_TRUE(is_answered(clients[0]));  // the second one is the longest idle now
  for (int i = 0; i < 3; ++i) {
    clients.push_back(Client::tcp(worker_.at()));
    ASSERT_TRUE(is_answered(clients.back()));
  }
  EXPECT_TRUE(clients[1].is_closed_by_server());
  EXPECT_TRUE(clients[2].is_closed_by_server());
  EXPECT_TRUE(clients[3].is_closed_by_server());
  EXPECT_TRUE(is_answered(clients[0]));
  EXPECT_EQ(worker_.counters().tcp_open, 8u);
  EXPECT_EQ(worker_.counters().tcp_evicted, 3u);
}

TEST_F(StunServiceTcp, RefusesMoreConnectionsThanASiteMayHave) {
  start([](StunServiceConfig& config) { config.connections_per_site = 3; });
  std::vector<Client> clients;
  for (int i = 0; i < 3; ++i) {
    clients.push_back(Client::tcp(worker_.at()));
    ASSERT_TRUE(is_answered(clients.back()));
  }
  Client fourth = Client::tcp(worker_.at());
  EXPECT_TRUE(fourth.is_closed_by_server());
  EXPECT_EQ(worker_.counters().tcp_refused, 1u);
  Client elsewhere = Client::tcp(worker_.at(), "127.0.0.2:0");
  EXPECT_TRUE(is_answered(elsewhere));
  clients.pop_back();
  ASSERT_TRUE(eventually([&] { return worker_.counters().tcp_open == 3; }));
  Client again = Client::tcp(worker_.at());
  EXPECT_TRUE(is_answered(again));
}

TEST_F(StunServiceTcp, ManyIdleConnectionsStayWithinTheLimitAndOthersAreServed) {
  start([](StunServiceConfig& config) {
    config.max_connections = 100;
    config.connections_per_site = 1'000;
  });
  std::vector<Client> idle;
  for (int i = 0; i < 500; ++i) idle.push_back(Client::tcp(worker_.at()));
  ASSERT_TRUE(eventually([&] {
    const auto counters = worker_.counters();
    return counters.tcp_accepted == 500 && counters.tcp_open == 100;
  }));
  Client alice = Client::tcp(worker_.at());
  EXPECT_TRUE(is_answered(alice));
}

TEST_F(StunServiceTcp, DoesNotReadOnWhereAnswersAreNotTaken) {
  start([](StunServiceConfig& config) { config.idle_deadline = base::milliseconds(500); });
  Client greedy = Client::tcp(worker_.at());
  base::Bytes stream;
  for (std::uint32_t i = 0; i < 4'000; ++i) {
    const base::Bytes one = request(i);
    stream.insert(stream.end(), one.begin(), one.end());
  }
  // Sends until nothing fits any more and reads nothing: the server stops as well and closes it in the end.
  std::size_t sent = 0;
  ASSERT_TRUE(eventually([&] {
    const ssize_t count = ::send(greedy.fd(), stream.data(), stream.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (count > 0) sent += static_cast<std::size_t>(count);
    return worker_.counters().tcp_timed_out == 1;
  }));
  EXPECT_LT(worker_.counters().received * 20, sent);
  Client alice = Client::tcp(worker_.at());
  EXPECT_TRUE(is_answered(alice));
}

TEST_F(StunServiceTcp, StopClosesEveryConnection) {
  start();
  Client alice = Client::tcp(worker_.at());
  ASSERT_TRUE(is_answered(alice));
  worker_.run([&] { worker_.service->stop(); });
  EXPECT_TRUE(alice.is_closed_by_server());
  EXPECT_EQ(worker_.counters().tcp_open, 0u);
}

TEST_F(StunServiceTcp, OffersTheSecondAddressToo) {
  start([](StunServiceConfig& config) { config.second = address("127.0.0.2:0"); });
  Client alice = Client::tcp(*worker_.service->second());
  ASSERT_TRUE(alice.write(request(1)));
  const base::Bytes answer = alice.read(20 + 4 * 12);
  const auto message = stun::Message::parse(answer);
  ASSERT_TRUE(message);
  EXPECT_EQ(message->read<stun::ResponseOrigin>(), worker_.service->second());
  EXPECT_EQ(message->read<stun::OtherAddress>(), worker_.at());
}

}  // namespace
}  // namespace parlor::server
