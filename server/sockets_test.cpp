#include "server/sockets.hpp"

#include <gtest/gtest.h>

#include <cerrno>

#include "server/bound_socket.hpp"

namespace parlor::server {
namespace {

const base::SocketAddress kAnyPort{*base::IpAddress::parse("127.0.0.1"), 0};

TEST(ListenOn, GivesEveryWorkerASocketOnTheSameFreePort) {
  const auto listeners = listen_on(kAnyPort, 4, false);
  ASSERT_TRUE(listeners) << listeners.error();
  EXPECT_EQ(listeners->sockets.size(), 4U);
  EXPECT_NE(listeners->address.port, 0);
}

TEST(ListenOn, RefusesAPortThatAnotherServerOfOurKindHas) {
  const auto listeners = listen_on(kAnyPort, 2, false);
  ASSERT_TRUE(listeners);
  const auto& address = listeners->address;
  for (const std::size_t workers : {1U, 3U}) {
    const auto again = listen_on(address, workers, false);
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error(), "cannot listen on " + address.to_string() + ": that port is taken already.");
  }
}

TEST(ListenOn, SaysWhyItCannot) {
  const auto listeners = listen_on({*base::IpAddress::parse("192.0.2.1"), 0}, 1, false);
  ASSERT_FALSE(listeners);
  EXPECT_EQ(listeners.error(), "cannot listen on 192.0.2.1:0: 192.0.2.1 is no address of this machine.");
}

TEST(BindSocket, SaysWhatAPortBelow1024Needs) {
  const base::SocketAddress pages{*base::IpAddress::parse("0.0.0.0"), 80};
  EXPECT_EQ(reason_of(EACCES, pages), "ports below 1024 need CAP_NET_BIND_SERVICE");
  EXPECT_EQ(reason_of(EACCES, {pages.ip, 8080}), "Permission denied");
}

TEST(RaiseFileLimit, ReachesWhatTheSystemAllows) {
  const std::size_t limit = raise_file_limit();
  EXPECT_GE(limit, 256U);
  EXPECT_EQ(raise_file_limit(), limit);
}

}  // namespace
}  // namespace parlor::server
