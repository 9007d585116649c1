#pragma once
// What the tests of this folder share: a loop that runs until a condition holds, and a TCP server on
// loopback.

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "native/descriptor.hpp"
#include "native/kernel_address.hpp"
#include "native/loop.hpp"

namespace parlor::platform::native {

inline constexpr base::Duration kTestDeadline = base::seconds(10);

/// Whether the condition came to hold.
inline bool run_until(Loop& loop, const std::function<bool()>& condition,
                      base::Duration most = kTestDeadline) {
  const base::Time until = now() + most;
  while (!condition()) {
    if (now() >= until) return false;
    loop.turn(base::milliseconds(20));
  }
  return true;
}

/// Takes one connection at a time, keeps what it says, and says what the test wants.
class TestServer {
 public:
  explicit TestServer(Loop& loop, const char* address = "127.0.0.1")
      : loop_(loop), listener_(::socket(family(address), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) {
    KernelAddress kernel{};
    const socklen_t size = to_kernel({*base::IpAddress::parse(address), 0}, kernel);
    EXPECT_EQ(::bind(listener_.get(), &kernel.any, size), 0);
    EXPECT_EQ(::listen(listener_.get(), 16), 0);
    socklen_t got = sizeof(kernel);
    EXPECT_EQ(::getsockname(listener_.get(), &kernel.any, &got), 0);
    port_ = from_kernel(kernel)->port;
    watch_ = std::make_unique<Loop::Watch>(loop_, listener_.get(), true, false, [this](Ready) { accept(); });
  }

  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] std::string at(const std::string& scheme, const std::string& host = "127.0.0.1") const {
    return scheme + "://" + host + ":" + std::to_string(port_) + "/v1?x=1";
  }
  [[nodiscard]] int accepted() const { return accepted_; }
  [[nodiscard]] const std::string& heard() const { return heard_; }
  [[nodiscard]] bool ended() const { return ended_; }
  void say(std::string_view text) {
    while (!text.empty()) {
      const ssize_t put = ::send(connection_.get(), text.data(), text.size(), MSG_NOSIGNAL);
      if (put < 0) {
        ASSERT_TRUE(errno == EAGAIN) << errno;
        loop_.turn(base::milliseconds(1));
        continue;
      }
      text.remove_prefix(static_cast<std::size_t>(put));
    }
  }
  /// Reads nothing more.
  void stall() { reader_->want(false, false); }
  void hang_up() {
    reader_.reset();
    connection_.close();
  }

 private:
  static int family(const char* address) {
    return base::IpAddress::parse(address)->is_v6() ? AF_INET6 : AF_INET;
  }
  void accept() {
    Descriptor next(::accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!next.is_open()) return;
    reader_.reset();
    connection_ = std::move(next);
    ++accepted_;
    reader_ = std::make_unique<Loop::Watch>(loop_, connection_.get(), true, false, [this](Ready) { read(); });
  }
  void read() {
    char piece[65'536];
    const ssize_t got = ::recv(connection_.get(), piece, sizeof(piece), 0);
    if (got > 0) heard_.append(piece, static_cast<std::size_t>(got));
    if (got != 0 && (got > 0 || errno == EAGAIN)) return;
    ended_ = true;
    reader_->want(false, false);
  }

  Loop& loop_;
  Descriptor listener_;
  std::uint16_t port_ = 0;
  std::unique_ptr<Loop::Watch> watch_;
  Descriptor connection_;
  std::unique_ptr<Loop::Watch> reader_;
  int accepted_ = 0;
  std::string heard_;
  bool ended_ = false;
};

}  // namespace parlor::platform::native
