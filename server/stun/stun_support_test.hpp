#pragma once
// A running service and plain blocking clients, for the tests of this folder.

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/random.hpp"
#include "server/descriptor.hpp"
#include "server/kernel_address.hpp"
#include "server/stun/stun_service.hpp"
#include "stun/attributes.hpp"
#include "stun/message.hpp"
#include "stun/writer.hpp"

namespace parlor::server::test {

inline constexpr std::chrono::seconds kDeadline{10};

inline base::SocketAddress address(std::string_view text) {
  return *base::SocketAddress::parse(text);
}

/// Whether `holds` comes true before the deadline.
inline bool eventually(const std::function<bool()>& holds) {
  const auto deadline = std::chrono::steady_clock::now() + kDeadline;
  while (!holds()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::yield();
  }
  return true;
}

/// For what depends on how long the test took.
class Stopwatch {
 public:
  /// Since it was made, rounded up.
  [[nodiscard]] std::uint64_t seconds() const {
    return 1 + static_cast<std::uint64_t>(
                   std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now() - start_)
                       .count());
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

/// A worker: an event loop on its own thread.
class Worker {
 public:
  Worker() : guard_(io.get_executor()), thread_([this] { io.run(); }) {}
  ~Worker() {
    run([this] { service.reset(); });
    guard_.reset();
    thread_.join();
  }
  /// Runs `task` on the worker's thread and waits for it.
  void run(const std::function<void()>& task) {
    std::promise<void> done;
    boost::asio::post(io, [&] {
      task();
      done.set_value();
    });
    done.get_future().wait();
  }
  /// Starts a service here; its error if it does not.
  std::string start(const StunServiceConfig& config) {
    std::string error;
    run([&] {
      auto started = StunService::start(io, config, random_);
      if (started) service = std::move(*started);
      if (!started) error = started.error();
    });
    return error;
  }
  std::string join(const Worker& first) {
    std::string error;
    run([&] {
      auto started = StunService::join(io, *first.service);
      if (started) service = std::move(*started);
      if (!started) error = started.error();
    });
    return error;
  }
  [[nodiscard]] base::SocketAddress at(std::size_t index = 0) const { return service->bound().at(index); }
  [[nodiscard]] StunCounters counters() const { return service->counters(); }

  boost::asio::io_context io{1};
  std::unique_ptr<StunService> service;

 private:
  base::SeededRandom random_{7};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> guard_;
  std::thread thread_;
};

struct Received {
  base::Bytes bytes;
  base::SocketAddress source;
  [[nodiscard]] std::optional<stun::Message> message() const { return stun::Message::parse(bytes); }
};

/// A blocking socket of either kind with a deadline on everything.
class Client {
 public:
  /// Bound to `local`, any port.
  Client(int type, const base::SocketAddress& local)
      : fd_(::socket(local.ip.is_v6() ? AF_INET6 : AF_INET, type | SOCK_CLOEXEC, 0)) {
    KernelAddress kernel;
    const socklen_t size = to_kernel(local, kernel);
    EXPECT_EQ(::bind(fd_.get(), &kernel.any, size), 0);
    const timeval deadline{kDeadline.count(), 0};
    ::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVTIMEO, &deadline, sizeof(deadline));
    ::setsockopt(fd_.get(), SOL_SOCKET, SO_SNDTIMEO, &deadline, sizeof(deadline));
  }
  static Client udp(std::string_view local = "127.0.0.1:0") { return {SOCK_DGRAM, address(local)}; }
  static Client tcp(const base::SocketAddress& to, std::string_view local = "127.0.0.1:0") {
    Client client(SOCK_STREAM, address(local));
    KernelAddress kernel;
    const socklen_t size = to_kernel(to, kernel);
    EXPECT_EQ(::connect(client.fd_.get(), &kernel.any, size), 0);
    return client;
  }

  [[nodiscard]] int fd() const { return fd_.get(); }
  [[nodiscard]] base::SocketAddress local() const { return local_address(fd_.get()).value(); }
  void send_to(base::BytesView bytes, const base::SocketAddress& to) {
    KernelAddress kernel;
    const socklen_t size = to_kernel(to, kernel);
    EXPECT_EQ(::sendto(fd_.get(), bytes.data(), bytes.size(), 0, &kernel.any, size),
              static_cast<ssize_t>(bytes.size()));
  }
  /// The next datagram; nothing when none comes before the deadline.
  std::optional<Received> receive(int flags = 0) {
    Received received;
    received.bytes.resize(4096);
    KernelAddress kernel;
    socklen_t size = sizeof(kernel);
    const ssize_t count =
        ::recvfrom(fd_.get(), received.bytes.data(), received.bytes.size(), flags, &kernel.any, &size);
    if (count < 0) return std::nullopt;
    received.bytes.resize(static_cast<std::size_t>(count));
    received.source = from_kernel(kernel);
    return received;
  }
  /// What has come already.
  std::optional<Received> receive_now() { return receive(MSG_DONTWAIT); }

  bool write(base::BytesView bytes) {
    return ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size());
  }
  void finish_writing() { ::shutdown(fd_.get(), SHUT_WR); }
  /// Exactly so many bytes of the stream, fewer when it ends.
  base::Bytes read(std::size_t count) {
    base::Bytes bytes(count);
    std::size_t have = 0;
    while (have < count) {
      const ssize_t got = ::recv(fd_.get(), bytes.data() + have, count - have, 0);
      if (got <= 0) break;
      have += static_cast<std::size_t>(got);
    }
    bytes.resize(have);
    return bytes;
  }
  /// Whether the server closes the connection, with whatever it sends before.
  bool is_closed_by_server() {
    std::array<std::byte, 4096> rest;
    for (;;) {
      const ssize_t got = ::recv(fd_.get(), rest.data(), rest.size(), 0);
      if (got == 0) return true;
      if (got < 0) return errno == ECONNRESET || errno == EPIPE;
    }
  }

 private:
  Descriptor fd_;
};

inline stun::TransactionId id(std::uint32_t number) {
  stun::TransactionId bytes{};
  base::ByteWriter(bytes).u32(number);
  return bytes;
}

/// A Binding request with what `add` puts into it.
inline base::Bytes request(std::uint32_t number, const std::function<void(stun::MessageWriter&)>& add = {}) {
  base::Bytes buffer(2048);
  stun::MessageWriter writer(buffer, stun::MessageClass::request, stun::Method::binding, id(number));
  if (add) add(writer);
  buffer.resize(writer.finish().size());
  return buffer;
}

/// How many bytes the answer to a bare request has.
inline constexpr std::size_t kIpv4Answer = 32;

}  // namespace parlor::server::test
