// A closed loop of STUN clients: so many sockets, each with so many requests on the way, a new one for each
// answer. Checks every answer and prints one line of JSON.
//
//   stun_load ADDR:PORT [--sockets N] [--window N] [--seconds S] [--echo]
//
// With --echo the answer is the request itself.

#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <optional>
#include <string_view>
#include <vector>

#include "base/address.hpp"
#include "stun/attributes.hpp"
#include "stun/message.hpp"
#include "stun/writer.hpp"

namespace {

using namespace parlor;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kBatch = 64;
constexpr std::size_t kMaxAnswer = 256;
/// An answer that takes so long is lost, and its place in the window is used again.
constexpr auto kLost = std::chrono::seconds(1);

struct Options {
  base::SocketAddress server;
  std::size_t sockets = 32;
  std::size_t window = 8;
  double seconds = 2;
  bool echo = false;
};

struct Totals {
  std::uint64_t sent = 0;
  std::uint64_t answers = 0;
  std::uint64_t wrong = 0;
  std::uint64_t lost = 0;
};

[[noreturn]] void fail(const char* what) {
  std::perror(what);
  std::exit(1);
}

/// A request on the way. Its transaction id says which place in the window it has and how often that was
/// used.
struct Place {
  std::uint32_t use = 0;
  bool on_the_way = false;
  Clock::time_point sent;
};

socklen_t to_kernel(const base::SocketAddress& address, sockaddr_storage& out) {
  std::memset(&out, 0, sizeof(out));
  if (address.ip.is_v6()) {
    auto& v6 = reinterpret_cast<sockaddr_in6&>(out);
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(address.port);
    std::memcpy(&v6.sin6_addr, address.ip.bytes().data(), 16);
    return sizeof(v6);
  }
  auto& v4 = reinterpret_cast<sockaddr_in&>(out);
  v4.sin_family = AF_INET;
  v4.sin_port = htons(address.port);
  std::memcpy(&v4.sin_addr, address.ip.bytes().data(), 4);
  return sizeof(v4);
}

/// One socket with its window.
class Client {
 public:
  Client(const Options& options, std::uint32_t number, Totals& totals)
      : options_(options), number_(number), totals_(totals), places_(options.window) {
    sockaddr_storage server;
    const socklen_t size = to_kernel(options.server, server);
    fd_ = ::socket(server.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd_ < 0 || ::connect(fd_, reinterpret_cast<const sockaddr*>(&server), size) != 0) fail("connect");
    sockaddr_in local{};  // the port stands at the same place in both families
    socklen_t local_size = sizeof(local);
    if (::getsockname(fd_, reinterpret_cast<sockaddr*>(&local), &local_size) != 0) fail("getsockname");
    port_ = ntohs(local.sin_port);
    for (std::size_t i = 0; i < kBatch; ++i) {
      in_parts_[i] = {in_[i].data(), in_[i].size()};
      out_parts_[i] = {out_[i].data(), stun::kHeaderSize};
      received_[i].msg_hdr.msg_iov = &in_parts_[i];
      received_[i].msg_hdr.msg_iovlen = 1;
      sending_[i].msg_hdr.msg_iov = &out_parts_[i];
      sending_[i].msg_hdr.msg_iovlen = 1;
    }
  }
  ~Client() { ::close(fd_); }
  Client(const Client&) = delete;  // its headers point into it
  Client& operator=(const Client&) = delete;
  [[nodiscard]] int fd() const { return fd_; }

  /// Takes the answers that have come and asks again for each.
  void answer(Clock::time_point now) {
    const int count = ::recvmmsg(fd_, received_.data(), kBatch, 0, nullptr);
    for (int i = 0; i < count; ++i) {
      const auto at = static_cast<std::size_t>(i);
      check(base::BytesView(in_[at]).first(received_[at].msg_len));
    }
    fill(now);
  }
  /// Sends for every free place in the window.
  void fill(Clock::time_point now) {
    std::size_t count = 0;
    for (std::size_t i = 0; i < places_.size() && count < kBatch; ++i) {
      if (places_[i].on_the_way) continue;
      places_[i] = {places_[i].use + 1, true, now};
      const stun::TransactionId id = id_of(i);
      stun::MessageWriter writer(out_[count++], stun::MessageClass::request, stun::Method::binding, id);
      (void)writer.finish();
    }
    if (count == 0) return;
    const int taken = ::sendmmsg(fd_, sending_.data(), static_cast<unsigned>(count), 0);
    if (taken > 0) totals_.sent += static_cast<std::uint64_t>(taken);
  }
  void give_up_lost(Clock::time_point now) {
    bool any = false;
    for (Place& place : places_) {
      if (!place.on_the_way || now - place.sent < kLost) continue;
      place.on_the_way = false;
      any = true;
      ++totals_.lost;
    }
    if (any) fill(now);
  }

 private:
  [[nodiscard]] stun::TransactionId id_of(std::size_t place) const {
    stun::TransactionId id{};
    base::ByteWriter writer(id);
    writer.u32(number_);
    writer.u32(static_cast<std::uint32_t>(place));
    writer.u32(places_[place].use);
    return id;
  }
  void check(base::BytesView bytes) {
    const auto message = stun::Message::parse(bytes);
    if (!message) {
      ++totals_.wrong;
      return;
    }
    const stun::TransactionId id = message->transaction_id();
    base::ByteReader reader(id);
    (void)reader.u32();
    const std::size_t place = *reader.u32();
    if (place >= places_.size() || !places_[place].on_the_way || id != id_of(place) || !is_right(*message)) {
      ++totals_.wrong;
      return;
    }
    places_[place].on_the_way = false;
    ++totals_.answers;
  }
  [[nodiscard]] bool is_right(const stun::Message& message) const {
    if (options_.echo) return message.bytes().size() == stun::kHeaderSize;
    const auto mapped = message.read<stun::XorMappedAddress>();
    return message.is(stun::MessageClass::success, stun::Method::binding) && mapped && mapped->port == port_;
  }

  const Options& options_;
  std::uint32_t number_;
  Totals& totals_;
  std::vector<Place> places_;
  int fd_ = -1;
  std::uint16_t port_ = 0;
  std::array<std::array<std::byte, kMaxAnswer>, kBatch> in_{};
  std::array<std::array<std::byte, 64>, kBatch> out_{};
  std::array<iovec, kBatch> in_parts_{};
  std::array<iovec, kBatch> out_parts_{};
  std::array<mmsghdr, kBatch> received_{};
  std::array<mmsghdr, kBatch> sending_{};
};

double seconds_between(Clock::time_point from, Clock::time_point to) {
  return std::chrono::duration<double>(to - from).count();
}

std::optional<Options> parse(int argc, char** argv) {
  Options options;
  if (argc < 2) return std::nullopt;
  const auto server = base::SocketAddress::parse(argv[1]);
  if (!server) return std::nullopt;
  options.server = *server;
  for (int i = 2; i < argc; ++i) {
    const std::string_view name = argv[i];
    if (name == "--echo") {
      options.echo = true;
      continue;
    }
    if (i + 1 == argc) return std::nullopt;
    const double value = std::strtod(argv[++i], nullptr);
    if (!(value > 0)) return std::nullopt;
    if (name == "--sockets") {
      options.sockets = static_cast<std::size_t>(value);
    } else if (name == "--window") {
      options.window = static_cast<std::size_t>(value);
    } else if (name == "--seconds") {
      options.seconds = value;
    } else {
      return std::nullopt;
    }
  }
  return options;
}

void run(const Options& options, Totals& totals) {
  const int epoll = ::epoll_create1(EPOLL_CLOEXEC);
  std::deque<Client> clients;
  const Clock::time_point start = Clock::now();
  for (std::uint32_t i = 0; i < options.sockets; ++i) clients.emplace_back(options, i, totals);
  for (std::uint32_t i = 0; i < clients.size(); ++i) {
    epoll_event event{EPOLLIN, {.u32 = i}};
    if (::epoll_ctl(epoll, EPOLL_CTL_ADD, clients[i].fd(), &event) != 0) fail("epoll_ctl");
    clients[i].fill(start);
  }
  std::array<epoll_event, 64> events{};
  Clock::time_point checked = start;
  Clock::time_point now = start;
  while (seconds_between(start, now) < options.seconds) {
    const int count = ::epoll_wait(epoll, events.data(), static_cast<int>(events.size()), 100);
    now = Clock::now();
    for (int i = 0; i < count; ++i) clients[events[static_cast<std::size_t>(i)].data.u32].answer(now);
    if (now - checked < std::chrono::milliseconds(100)) continue;
    checked = now;
    for (Client& client : clients) client.give_up_lost(now);
  }
  std::printf("{\"sent\":%llu,\"answers\":%llu,\"wrong\":%llu,\"lost\":%llu,\"seconds\":%.3f}\n",
              static_cast<unsigned long long>(totals.sent), static_cast<unsigned long long>(totals.answers),
              static_cast<unsigned long long>(totals.wrong), static_cast<unsigned long long>(totals.lost),
              seconds_between(start, now));
  ::close(epoll);
}

}  // namespace

int main(int argc, char** argv) {
  const auto options = parse(argc, argv);
  if (!options) {
    std::fputs("stun_load ADDR:PORT [--sockets N] [--window N] [--seconds S] [--echo]\n", stderr);
    return 2;
  }
  Totals totals;
  run(*options, totals);
  return totals.answers == 0 || totals.wrong != 0 ? 1 : 0;
}
