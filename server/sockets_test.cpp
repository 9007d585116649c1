#include "server/sockets.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

namespace parlor::server {
namespace {

const base::SocketAddress kAnyPort{*base::IpAddress::parse("127.0.0.1"), 0};

struct Open {
  explicit Open(base::Result<Listeners, std::string> made) : result(std::move(made)) {}
  ~Open() {
    if (!result) return;
    for (const int socket : result->sockets) ::close(socket);
  }
  Open(const Open&) = delete;
  Open& operator=(const Open&) = delete;
  base::Result<Listeners, std::string> result;
};

TEST(ListenOn, GivesEveryWorkerASocketOnTheSameFreePort) {
  const Open open(listen_on(kAnyPort, 4, false));
  ASSERT_TRUE(open.result) << open.result.error();
  EXPECT_EQ(open.result->sockets.size(), 4U);
  EXPECT_NE(open.result->address.port, 0);
}

TEST(ListenOn, RefusesAPortThatAnotherServerOfOurKindHas) {
  const Open open(listen_on(kAnyPort, 2, false));
  ASSERT_TRUE(open.result);
  const auto& address = open.result->address;
  for (const std::size_t workers : {1U, 3U}) {
    const Open again(listen_on(address, workers, false));
    ASSERT_FALSE(again.result);
    EXPECT_EQ(again.result.error(),
              "cannot listen on " + address.to_string() + ": another program has that port.");
  }
}

TEST(ListenOn, SaysWhyItCannot) {
  const auto listeners = listen_on({*base::IpAddress::parse("192.0.2.1"), 0}, 1, false);
  ASSERT_FALSE(listeners);
  EXPECT_TRUE(listeners.error().starts_with("cannot listen on 192.0.2.1:0: ")) << listeners.error();
}

TEST(RaiseFileLimit, ReachesWhatTheSystemAllows) {
  const std::size_t limit = raise_file_limit();
  EXPECT_GE(limit, 256U);
  EXPECT_EQ(raise_file_limit(), limit);
}

}  // namespace
}  // namespace parlor::server
