// The service over UDP, and its start: real sockets on the loopback interface.

#include "server/stun/stun_service.hpp"

#include <set>

#include "server/stun/stun_support_test.hpp"

namespace parlor::server {
namespace {

using test::address;
using test::Client;
using test::eventually;
using test::Received;
using test::request;
using test::Worker;

StunServiceConfig listening(std::initializer_list<std::string_view> addresses) {
  StunServiceConfig config;
  config.rate_per_second = 0;
  for (const std::string_view text : addresses) config.listen.push_back(address(text));
  return config;
}

/// Asks once and expects the answer.
Received ask(Client& client, const base::SocketAddress& server, const base::Bytes& bytes) {
  client.send_to(bytes, server);
  auto received = client.receive();
  EXPECT_TRUE(received);
  return received.value_or(Received{});
}

TEST(StunServiceUdp, TellsAnIpv4ClientItsAddress) {
  Worker worker;
  ASSERT_EQ(worker.start(listening({"127.0.0.1:0"})), "");
  Client alice = Client::udp();
  const Received received = ask(alice, worker.at(), request(1));
  EXPECT_EQ(received.source, worker.at());
  ASSERT_TRUE(received.message());
  EXPECT_EQ(received.message()->read<stun::XorMappedAddress>(), alice.local());
  EXPECT_EQ(received.message()->transaction_id(), test::id(1));
  EXPECT_EQ(received.bytes.size(), test::kIpv4Answer);
  EXPECT_TRUE(eventually([&] { return worker.counters().udp_answers == 1; }));
  EXPECT_EQ(worker.counters().received, 1u);
}

TEST(StunServiceUdp, TellsAnIpv6ClientItsAddress) {
  Worker worker;
  ASSERT_EQ(worker.start(listening({"127.0.0.1:0", "[::1]:0"})), "");
  Client alice = Client::udp("[::1]:0");
  const Received received = ask(alice, worker.at(1), request(1));
  ASSERT_TRUE(received.message());
  EXPECT_EQ(received.message()->read<stun::XorMappedAddress>(), alice.local());
  Client bob = Client::udp();
  EXPECT_TRUE(ask(bob, worker.at(0), request(2)).message());
}

TEST(StunServiceUdp, SocketsOfEveryKindTakeTurns) {  // they share their buffers
  Worker worker;
  ASSERT_EQ(worker.start(listening({"127.0.0.1:0", "[::1]:0", "0.0.0.0:0"})), "");
  Client alice = Client::udp();
  Client bob = Client::udp("[::1]:0");
  const base::SocketAddress wildcard{*base::IpAddress::parse("127.0.0.2"), worker.at(2).port};
  for (std::uint32_t i = 0; i < 4; ++i) {
    EXPECT_EQ(ask(alice, worker.at(0), request(i)).source, worker.at(0));
    const Received over_ipv6 = ask(bob, worker.at(1), request(i));
    EXPECT_EQ(over_ipv6.source, worker.at(1));
    ASSERT_TRUE(over_ipv6.message());
    EXPECT_EQ(over_ipv6.message()->read<stun::XorMappedAddress>(), bob.local());
    EXPECT_EQ(ask(alice, wildcard, request(i)).source, wildcard);
  }
  (void)ask(alice, worker.at(0), request(9));
  // From the worker's own thread, so that they are one batch.
  worker.run([&] {
    for (std::uint32_t i = 0; i < 20; ++i) alice.send_to(request(i), wildcard);
  });
  for (std::uint32_t i = 0; i < 20; ++i) {
    const auto received = alice.receive();
    ASSERT_TRUE(received);
    EXPECT_EQ(received->source, wildcard);
  }
}

TEST(StunServiceUdp, AnswersEveryRequestOfABurstOnce) {
  Worker worker;
  ASSERT_EQ(worker.start(listening({"127.0.0.1:0"})), "");
  Client alice = Client::udp();
  constexpr std::uint32_t kCount = 200;  // several batches
  for (std::uint32_t i = 0; i < kCount; ++i) alice.send_to(request(i), worker.at());
  std::set<stun::TransactionId> seen;
  for (std::uint32_t i = 0; i < kCount; ++i) {
    const auto received = alice.receive();
    ASSERT_TRUE(received);
    ASSERT_TRUE(received->message());
    EXPECT_TRUE(seen.insert(received->message()->transaction_id()).second);
  }
  EXPECT_FALSE(alice.receive_now());
}

TEST(StunServiceUdp, IsSilentToGarbageAndCountsWhy) {
  Worker worker;
  ASSERT_EQ(worker.start(listening({"127.0.0.1:0"})), "");
  Client alice = Client::udp();
  alice.send_to(base::as_bytes("GET / HTTP/1.1\r\n\r\n"), worker.at());
  alice.send_to({}, worker.at());
  // Longer than what is taken, and such that its head alone would be a request.
  base::Bytes oversized =
      request(1, [](stun::MessageWriter& w) { w.add(stun::AttributeType::software, base::Bytes(2024)); });
  ASSERT_EQ(oversized.size(), 2048u);
  oversized.resize(4000);
  alice.send_to(oversized, worker.at());
  base::Bytes indication = request(2);
  indication[1] = std::byte{0x11};
  alice.send_to(indication, worker.at());
  // The answer to this comes first: nothing came for the others.
  const Received received = ask(alice, worker.at(), request(3));
  ASSERT_TRUE(received.message());
  EXPECT_EQ(received.message()->transaction_id(), test::id(3));
  EXPECT_TRUE(eventually([&] { return worker.counters().received == 5; }));
  EXPECT_EQ(worker.counters().not_stun, 3u);
  EXPECT_EQ(worker.counters().not_binding, 1u);
  EXPECT_EQ(worker.counters().udp_answers, 1u);
}

TEST(StunServiceUdp, AnswersUnknownRequiredAttributesWith420) {
  Worker worker;
  ASSERT_EQ(worker.start(listening({"127.0.0.1:0"})), "");
  Client alice = Client::udp();
  const Received received =
      ask(alice, worker.at(),
          request(1, [](stun::MessageWriter& writer) { writer.add(stun::AttributeType{0x7777}, {}); }));
  ASSERT_TRUE(received.message());
  EXPECT_EQ(received.message()->read<stun::ErrorCode>()->code, stun::kUnknownAttribute);
  EXPECT_TRUE(eventually([&] { return worker.counters().error_answers == 1; }));
}

TEST(StunServiceUdp, StopsAnsweringASourceAboveItsLimit) {
  Worker worker;
  StunServiceConfig config = listening({"127.0.0.1:0"});
  config.rate_per_second = 10;  // and 50 at once
  ASSERT_EQ(worker.start(config), "");
  Client alice = Client::udp();
  const test::Stopwatch stopwatch;
  for (std::uint32_t i = 0; i < 200; ++i) alice.send_to(request(i), worker.at());
  ASSERT_TRUE(eventually([&] { return worker.counters().received == 200; }));
  const StunCounters counters = worker.counters();
  EXPECT_GE(counters.udp_answers, 50u);
  EXPECT_LE(counters.udp_answers, 50 + 10 * stopwatch.seconds());
  EXPECT_EQ(counters.udp_answers + counters.rate_limited, 200u);
  Client bob = Client::udp("127.0.0.2:0");  // another source has a limit of its own
  EXPECT_TRUE(ask(bob, worker.at(), request(1)).message());
}

TEST(StunServiceUdp, WildcardAnswersFromTheAddressThatWasAsked) {
  Worker worker;
  ASSERT_EQ(worker.start(listening({"0.0.0.0:0"})), "");
  Client alice = Client::udp();
  for (const char* text : {"127.0.0.1", "127.0.0.2", "127.1.2.3"}) {
    const base::SocketAddress server{*base::IpAddress::parse(text), worker.at().port};
    EXPECT_EQ(ask(alice, server, request(1)).source, server);
  }
}

TEST(StunServiceUdp, Ipv6WildcardAloneServesBothFamilies) {
  Worker worker;
  ASSERT_EQ(worker.start(listening({"[::]:0"})), "");
  Client alice = Client::udp("[::1]:0");
  const base::SocketAddress over_ipv6{*base::IpAddress::parse("::1"), worker.at().port};
  EXPECT_EQ(ask(alice, over_ipv6, request(1)).source, over_ipv6);
  Client bob = Client::udp();
  const base::SocketAddress over_ipv4{*base::IpAddress::parse("127.0.0.2"), worker.at().port};
  const Received received = ask(bob, over_ipv4, request(2));
  EXPECT_EQ(received.source, over_ipv4);
  ASSERT_TRUE(received.message());
  EXPECT_EQ(received.message()->read<stun::XorMappedAddress>(), bob.local());
}

TEST(StunServiceUdp, WildcardsOfBothFamiliesShareAPort) {
  Worker first;
  ASSERT_EQ(first.start(listening({"0.0.0.0:0"})), "");
  const std::string port = std::to_string(first.at().port);
  first.run([&] { first.service.reset(); });
  Worker worker;
  StunServiceConfig config = listening({});
  config.listen = {address("0.0.0.0:" + port), address("[::]:" + port)};
  ASSERT_EQ(worker.start(config), "");
  Client alice = Client::udp("[::1]:0");
  Client bob = Client::udp();
  EXPECT_TRUE(ask(alice, address("[::1]:" + port), request(1)).message());
  EXPECT_TRUE(ask(bob, address("127.0.0.1:" + port), request(1)).message());
}

// ---- RFC 5780

class StunServiceBehavior : public testing::Test {
 protected:
  void SetUp() override {
    config_ = listening({"127.0.0.1:0"});
    config_.second = address("127.0.0.2:0");
  }
  Worker worker_;
  StunServiceConfig config_;
};

TEST_F(StunServiceBehavior, AnswersFromTheAddressThatIsAskedFor) {
  ASSERT_EQ(worker_.start(config_), "");
  const base::SocketAddress first = worker_.at();
  const base::SocketAddress second = *worker_.service->second();
  ASSERT_NE(first.port, second.port);
  Client alice = Client::udp();
  for (const base::SocketAddress& server : {first, second, base::SocketAddress{first.ip, second.port},
                                            base::SocketAddress{second.ip, first.port}}) {
    for (const bool ip : {false, true}) {
      for (const bool port : {false, true}) {
        const Received received = ask(alice, server, request(1, [&](stun::MessageWriter& writer) {
                                        writer.add<stun::ChangeRequest>({ip, port});
                                      }));
        const bool from_second_ip = (server.ip == second.ip) != ip;
        const bool from_second_port = (server.port == second.port) != port;
        const base::SocketAddress expected{from_second_ip ? second.ip : first.ip,
                                           from_second_port ? second.port : first.port};
        EXPECT_EQ(received.source, expected);
        ASSERT_TRUE(received.message());
        EXPECT_EQ(received.message()->read<stun::ResponseOrigin>(), expected);
      }
    }
  }
  EXPECT_TRUE(eventually([&] { return worker_.counters().udp_answers == 16; }));
}

TEST_F(StunServiceBehavior, AnswersToThePortThatIsAskedFor) {
  ASSERT_EQ(worker_.start(config_), "");
  Client alice = Client::udp();
  Client other = Client::udp();
  alice.send_to(request(1, [&](stun::MessageWriter& w) { w.add<stun::ResponsePort>(other.local().port); }),
                worker_.at());
  const auto received = other.receive();
  ASSERT_TRUE(received);
  ASSERT_TRUE(received->message());
  EXPECT_EQ(received->message()->read<stun::XorMappedAddress>(), alice.local());
}

TEST_F(StunServiceBehavior, RepeatsPaddingOfAWholePacket) {
  ASSERT_EQ(worker_.start(config_), "");
  Client alice = Client::udp();
  const Received received =
      ask(alice, worker_.at(), request(1, [](stun::MessageWriter& w) { w.add<stun::Padding>(1500); }));
  ASSERT_TRUE(received.message());
  EXPECT_EQ(received.message()->read<stun::Padding>(), 1500u);
}

TEST_F(StunServiceBehavior, ShowsTheExternalAddresses) {
  config_.external_ip = *base::IpAddress::parse("198.51.100.1");
  config_.second_external_ip = *base::IpAddress::parse("198.51.100.2");
  ASSERT_EQ(worker_.start(config_), "");
  Client alice = Client::udp();
  const Received received = ask(alice, worker_.at(), request(1));
  ASSERT_TRUE(received.message());
  EXPECT_EQ(received.message()->read<stun::ResponseOrigin>(),
            (base::SocketAddress{*config_.external_ip, worker_.at().port}));
  EXPECT_EQ(received.message()->read<stun::OtherAddress>(),
            (base::SocketAddress{*config_.second_external_ip, worker_.service->second()->port}));
}

TEST_F(StunServiceBehavior, IsRefusedWhereItCannotWork) {
  const auto complaint = [&](auto change) {
    StunServiceConfig config = config_;
    change(config);
    return worker_.start(config);
  };
  EXPECT_NE(complaint([](auto& c) { c.listen = {address("0.0.0.0:0")}; }).find("wildcard"),
            std::string::npos);
  EXPECT_NE(complaint([](auto& c) { c.second = address("[::1]:0"); }).find("family"), std::string::npos);
  EXPECT_NE(complaint([](auto& c) { c.second = address("127.0.0.1:0"); }).find("differ"), std::string::npos);
  EXPECT_NE(
      complaint([](auto& c) { c.external_ip = *base::IpAddress::parse("198.51.100.1"); }).find("external"),
      std::string::npos);
  EXPECT_NE(complaint([](auto& c) { c.listen.clear(); }).find("no address"), std::string::npos);
}

// ---- starting, sharing, stopping

TEST(StunServiceStart, SaysWhichAddressIsTaken) {
  Worker alice;
  ASSERT_EQ(alice.start(listening({"127.0.0.1:0"})), "");
  Worker bob;
  StunServiceConfig config = listening({});
  config.listen = {alice.at()};
  EXPECT_EQ(bob.start(config), "cannot bind UDP " + alice.at().to_string() +
                                   ": that port is taken already; choose another with --stun");
  EXPECT_EQ(bob.start(listening({"192.0.2.1:0"})),
            "cannot bind UDP 192.0.2.1:0: 192.0.2.1 is no address of this machine");
}

TEST(StunServiceStart, SaysWhenOnlyTheTcpPortIsTaken) {
  const Client occupant(SOCK_STREAM, address("127.0.0.1:0"));
  ASSERT_EQ(::listen(occupant.fd(), 1), 0);
  Worker worker;
  StunServiceConfig config = listening({});
  config.listen = {occupant.local()};
  EXPECT_EQ(worker.start(config), "cannot bind TCP " + occupant.local().to_string() +
                                      ": that port is taken already; choose another with --stun");
  config.tcp = false;
  EXPECT_EQ(worker.start(config), "");
}

TEST(StunServiceStart, WorkersShareAPortAndALimit) {
  Worker first;
  StunServiceConfig config = listening({"127.0.0.1:0"});
  config.rate_per_second = 20;  // and 100 at once
  ASSERT_EQ(first.start(config), "");
  Worker next;
  ASSERT_EQ(next.join(first), "");
  ASSERT_EQ(next.at(), first.at());
  constexpr std::uint32_t kClients = 64;
  std::vector<Client> clients;
  const test::Stopwatch stopwatch;
  for (std::uint32_t i = 0; i < kClients; ++i) clients.push_back(Client::udp());
  for (std::uint32_t i = 0; i < 10 * kClients; ++i) clients[i % kClients].send_to(request(i), first.at());
  ASSERT_TRUE(
      eventually([&] { return first.counters().received + next.counters().received == 10 * kClients; }));
  EXPECT_GT(first.counters().received, 0u);
  EXPECT_GT(next.counters().received, 0u);
  const std::uint64_t answers = first.counters().udp_answers + next.counters().udp_answers;
  EXPECT_GE(answers, 100u);
  EXPECT_LE(answers, 100 + 20 * stopwatch.seconds());
}

TEST(StunServiceStart, StopLeavesThePortToTheNext) {
  Worker worker;
  ASSERT_EQ(worker.start(listening({"127.0.0.1:0"})), "");
  const base::SocketAddress server = worker.at();
  Client alice = Client::udp();
  EXPECT_TRUE(ask(alice, server, request(1)).message());
  worker.run([&] { worker.service->stop(); });
  EXPECT_EQ(worker.counters().udp_answers, 1u);
  Worker next;
  StunServiceConfig config = listening({});
  config.listen = {server};
  ASSERT_EQ(next.start(config), "");
  EXPECT_TRUE(ask(alice, server, request(2)).message());
}

}  // namespace
}  // namespace parlor::server
