#include "native/udp_socket.hpp"

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <map>
#include <sstream>

#include "native/native_test.hpp"

namespace parlor::platform::native {
namespace {

using base::SocketAddress;

SocketAddress any_of(const char* ip) {
  return {*base::IpAddress::parse(ip), 0};
}

base::Bytes pattern(std::size_t size, std::size_t seed) {
  base::Bytes bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::byte>(seed + i * 7);
  return bytes;
}

struct Datagram {
  SocketAddress from;
  base::Bytes bytes;
};

struct UdpEnd {
  UdpEnd(Loop& loop, const char* ip, UdpSocket::Features features = {}) {
    auto opened = UdpSocket::open(
        loop, any_of(ip),
        [this](const SocketAddress& from, base::BytesView bytes) {
          heard.push_back({from, {bytes.begin(), bytes.end()}});
        },
        features);
    if (opened) socket = std::move(*opened);
  }
  std::unique_ptr<UdpSocket> socket;
  std::vector<Datagram> heard;
};

/// So many datagrams, of lengths that nothing can be merged of.
void send_many(UdpEnd& from, const UdpEnd& to, std::size_t many) {
  for (std::size_t i = 0; i < many; ++i) from.socket->send(to.socket->local(), pattern(i + 1, i));
  from.socket->flush();
}

class UdpSocketTest : public testing::TestWithParam<UdpSocket::Features> {
 protected:
  Loop loop;
};

INSTANTIATE_TEST_SUITE_P(Kernels, UdpSocketTest,
                         testing::Values(UdpSocket::Features{true, true}, UdpSocket::Features{true, false},
                                         UdpSocket::Features{false, true},
                                         UdpSocket::Features{false, false}));

TEST_P(UdpSocketTest, PassesDatagramsWholeInOrderAndSaysFromWhom) {
  UdpEnd alice(loop, "127.0.0.1", GetParam());
  UdpEnd bob(loop, "127.0.0.1", GetParam());
  ASSERT_TRUE(alice.socket && bob.socket);
  EXPECT_NE(alice.socket->local().port, 0);
  // One length, then a shorter one, another address in between, an empty one, the longest.
  const std::vector<std::size_t> sizes{1200, 1200, 1200, 700, 1200, 0, 1, 1200, UdpSocket::kMaxDatagram,
                                       1200, 1200};
  for (std::size_t i = 0; i < sizes.size(); ++i)
    alice.socket->send(bob.socket->local(), pattern(sizes[i], i));
  alice.socket->send(alice.socket->local(), pattern(10, 99));
  EXPECT_EQ(alice.socket->queued(), sizes.size() + 1);
  alice.socket->flush();
  EXPECT_EQ(alice.socket->queued(), 0U);
  ASSERT_TRUE(run_until(loop, [&] { return bob.heard.size() == sizes.size() && alice.heard.size() == 1; }))
      << bob.heard.size();
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    EXPECT_EQ(bob.heard[i].bytes, pattern(sizes[i], i)) << i;
    EXPECT_EQ(bob.heard[i].from, alice.socket->local());
  }
  EXPECT_EQ(alice.socket->counters().sent, sizes.size() + 1);
  EXPECT_EQ(alice.socket->counters().dropped, 0U);
}

TEST_P(UdpSocketTest, NeedsFewSystemCallsForManyDatagrams) {
  UdpEnd alice(loop, "127.0.0.1", GetParam());
  UdpEnd bob(loop, "127.0.0.1", GetParam());
  ASSERT_TRUE(alice.socket && bob.socket);
  constexpr std::size_t kMany = 100;
  for (std::size_t i = 0; i < kMany; ++i) alice.socket->send(bob.socket->local(), pattern(1000, i));
  alice.socket->flush();
  ASSERT_TRUE(run_until(loop, [&] { return bob.heard.size() == kMany; })) << bob.heard.size();
  for (std::size_t i = 0; i < kMany; ++i) EXPECT_EQ(bob.heard[i].bytes, pattern(1000, i)) << i;
  EXPECT_LE(alice.socket->counters().send_calls, alice.socket->sends_segments() ? 1U : 4U);
  // Far fewer than one for each. Under load the kernel hands over little by little what was sent at once.
  EXPECT_LE(bob.socket->counters().receive_calls, kMany / 4);
  EXPECT_EQ(bob.socket->counters().received, kMany);
}

TEST_P(UdpSocketTest, HearsAllOfABurstAfterDatagramsThatCameAloneAndSoonByTheBatchAgain) {
  UdpEnd alice(loop, "127.0.0.1", GetParam());
  UdpEnd bob(loop, "127.0.0.1", GetParam());
  ASSERT_TRUE(alice.socket && bob.socket);
  std::size_t sent = 0;
  const auto send = [&](std::size_t many) {
    send_many(alice, bob, many);
    sent += many;
    return run_until(loop, [&] { return bob.heard.size() == sent; });
  };
  for (int i = 0; i < 40; ++i) ASSERT_TRUE(send(1)) << i;
  constexpr std::size_t kBurst = 100;
  const auto before = bob.socket->counters().receive_calls;
  ASSERT_TRUE(send(kBurst)) << bob.heard.size();
  EXPECT_LE(bob.socket->counters().receive_calls - before, kBurst / 2)
      << "one by one for a while, then by the batch";
  const auto later = bob.socket->counters().receive_calls;
  ASSERT_TRUE(send(kBurst)) << bob.heard.size();
  EXPECT_LE(bob.socket->counters().receive_calls - later, kBurst / 4);
  EXPECT_EQ(bob.socket->counters().received, sent);
}

/// Bytes of memory that what has come and was not read takes, as the kernel counts them.
std::size_t waiting_at(const SocketAddress& local) {
  std::ifstream table("/proc/net/udp");
  std::array<char, 16> wanted{};
  (void)std::snprintf(wanted.data(), wanted.size(), "0100007F:%04X", local.port);
  for (std::string line; std::getline(table, line);) {
    std::istringstream words(line);
    std::string number, own, other, state, queues;
    words >> number >> own >> other >> state >> queues;  // "12: 0100007F:1F90 00000000:0000 07 0:0 …"
    if (own == wanted.data()) return std::stoul(queues.substr(queues.find(':') + 1), nullptr, 16);
  }
  return 0;
}

TEST_P(UdpSocketTest, OneTurnHearsAllOfABurstWhereNoOtherFollowsItOrATimerIsDue) {
  UdpEnd alice(loop, "127.0.0.1", GetParam());
  UdpEnd bob(loop, "127.0.0.1", GetParam());
  ASSERT_TRUE(alice.socket && bob.socket);
  std::size_t sent = 0;
  const auto send = [&](std::size_t many) {
    send_many(alice, bob, many);
    sent += many;
  };
  constexpr std::size_t kBurst = 10;
  const auto one_by_one = [&] {
    std::size_t of_one = 0;
    for (int i = 0; i < 7; ++i) {
      send(1);
      const base::Time until = now() + base::seconds(10);
      while ((of_one = waiting_at(bob.socket->local())) == 0) ASSERT_LT(now(), until);
      ASSERT_TRUE(run_until(loop, [&] { return bob.heard.size() == sent; }));
    }
    send(kBurst);
    // Under load the kernel hands over little by little what was sent at once.
    const base::Time until = now() + base::seconds(10);
    while (waiting_at(bob.socket->local()) < kBurst * of_one) ASSERT_LT(now(), until);
  };
  one_by_one();
  loop.turn();
  EXPECT_EQ(bob.heard.size(), sent) << "once per frame";
  one_by_one();
  loop.run_for(base::milliseconds(0));
  EXPECT_EQ(bob.heard.size(), sent);
  one_by_one();
  std::size_t heard_before = 0;
  Loop::Timer timer(loop, [&] { heard_before = bob.heard.size(); });
  timer.set(now());
  loop.turn(base::seconds(1));
  EXPECT_EQ(heard_before, sent) << "an acknowledgement among it is not taken for late";
}

TEST_P(UdpSocketTest, SendsByItselfWhenTheQueueIsFull) {
  UdpEnd alice(loop, "127.0.0.1", GetParam());
  UdpEnd bob(loop, "127.0.0.1", GetParam());
  ASSERT_TRUE(alice.socket && bob.socket);
  for (std::size_t i = 0; i < UdpSocket::kMostQueued + 1; ++i)
    alice.socket->send(bob.socket->local(), pattern(10, i));
  EXPECT_EQ(alice.socket->queued(), 1U);
  ASSERT_TRUE(run_until(loop, [&] { return bob.heard.size() == UdpSocket::kMostQueued; }));
}

TEST_P(UdpSocketTest, DropsWhatIsTooLongOrForTheOtherFamilyAndGoesOn) {
  UdpEnd alice(loop, "127.0.0.1", GetParam());
  UdpEnd bob(loop, "127.0.0.1", GetParam());
  ASSERT_TRUE(alice.socket && bob.socket);
  alice.socket->send(bob.socket->local(), pattern(UdpSocket::kMaxDatagram + 1, 0));
  alice.socket->send({*base::IpAddress::parse("::1"), 9}, pattern(10, 0));
  // Nobody can be reached there: the kernel says so for this one alone.
  alice.socket->send({*base::IpAddress::parse("255.255.255.255"), 9}, pattern(10, 0));
  alice.socket->send(bob.socket->local(), pattern(10, 1));
  alice.socket->flush();
  ASSERT_TRUE(run_until(loop, [&] { return bob.heard.size() == 1; }));
  EXPECT_EQ(bob.heard[0].bytes, pattern(10, 1));
  EXPECT_EQ(alice.socket->counters().dropped, 3U);
}

TEST_P(UdpSocketTest, WhatIsLongerThanADatagramOfOursIsNotTold) {
  UdpEnd bob(loop, "127.0.0.1", GetParam());
  ASSERT_TRUE(bob.socket);
  const Descriptor raw(::socket(AF_INET, SOCK_DGRAM, 0));
  KernelAddress to{};
  const socklen_t size = to_kernel(bob.socket->local(), to);
  for (const std::size_t length :
       {UdpSocket::kMaxDatagram + 1, std::size_t{3000}, std::size_t{60'000}, std::size_t{7}}) {
    const auto bytes = pattern(length, 1);
    ASSERT_EQ(::sendto(raw.get(), bytes.data(), bytes.size(), 0, &to.any, size),
              static_cast<ssize_t>(length));
  }
  ASSERT_TRUE(run_until(loop, [&] { return !bob.heard.empty(); }));
  EXPECT_EQ(bob.heard.size(), 1U);
  EXPECT_EQ(bob.heard[0].bytes, pattern(7, 1));
  EXPECT_EQ(bob.socket->counters().cut, 3U);
}

TEST_P(UdpSocketTest, APortThatNobodyHasDoesNotEndTheSocket) {
  UdpEnd alice(loop, "127.0.0.1", GetParam());
  UdpEnd bob(loop, "127.0.0.1", GetParam());
  ASSERT_TRUE(alice.socket && bob.socket);
  SocketAddress nobody;
  {
    UdpEnd gone(loop, "127.0.0.1");
    nobody = gone.socket->local();
  }
  for (int i = 0; i < 5; ++i) {
    alice.socket->send(nobody, pattern(10, 0));
    alice.socket->flush();
    loop.turn(base::milliseconds(1));
  }
  alice.socket->send(bob.socket->local(), pattern(10, 1));
  alice.socket->flush();
  // The kernel may give this send the error of an earlier one: then the next goes.
  alice.socket->send(bob.socket->local(), pattern(10, 1));
  alice.socket->flush();
  EXPECT_TRUE(run_until(loop, [&] { return !bob.heard.empty(); }));
}

TEST(UdpSocket, WorksOverIpv6) {
  Loop loop;
  UdpEnd alice(loop, "::1");
  UdpEnd bob(loop, "::1");
  if (!alice.socket || !bob.socket) GTEST_SKIP() << "no IPv6 here";
  alice.socket->send(bob.socket->local(), pattern(1200, 3));
  alice.socket->flush();
  ASSERT_TRUE(run_until(loop, [&] { return bob.heard.size() == 1; }));
  EXPECT_EQ(bob.heard[0].bytes, pattern(1200, 3));
  EXPECT_EQ(bob.heard[0].from, alice.socket->local());
}

TEST(UdpSocket, SaysWhyItCannotBeOpened) {
  Loop loop;
  UdpEnd alice(loop, "127.0.0.1");
  const auto taken =
      UdpSocket::open(loop, alice.socket->local(), [](const SocketAddress&, base::BytesView) {});
  ASSERT_FALSE(taken);
  EXPECT_TRUE(taken.error().starts_with("Cannot bind UDP 127.0.0.1:")) << taken.error();
  const auto elsewhere =
      UdpSocket::open(loop, any_of("192.0.2.1"), [](const SocketAddress&, base::BytesView) {});
  EXPECT_FALSE(elsewhere);
}

}  // namespace
}  // namespace parlor::platform::native
