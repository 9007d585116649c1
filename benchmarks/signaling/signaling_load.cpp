// signaling_load relay PID HOST PORT DIALECT ROOMS SECONDS
//   Two members in each of ROOMS rooms, each answers the other's message with the next: a closed loop. After
//   a second of warming up, counts messages and the server's CPU time for SECONDS.
// signaling_load idle PID HOST PORT DIALECT CONNECTIONS
//   The server's memory before and with so many connections that say nothing.
// One line of JSON on standard output.

#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "dialects.hpp"
#include "process_cost.hpp"
#include "ws_connection.hpp"

namespace {

using bench::Dialect;
using bench::WsConnection;
using Clock = std::chrono::steady_clock;
constexpr std::chrono::seconds kSetupLimit{60};
constexpr std::chrono::seconds kWarmUp{1};

[[noreturn]] void fail(const std::string& why) {
  std::fprintf(stderr, "signaling_load: %s\n", why.c_str());
  std::exit(1);
}

struct Member {
  WsConnection connection;
  std::size_t room = 0;
  int side = 0;
  std::string id;
  bool in = false;
  std::string frame;  ///< what it always sends
  Clock::time_point sent{};
};

class Load {
 public:
  Load(bench::Endpoint server, Dialect& dialect)
      : server_(std::move(server)), dialect_(dialect), epoll_(::epoll_create1(0)) {}
  ~Load() { ::close(epoll_); }
  Load(const Load&) = delete;
  Load& operator=(const Load&) = delete;

  /// One room after the other, its second member with the code of the first.
  void enter_rooms(std::size_t rooms) {
    for (std::size_t room = 0; room < rooms; ++room) {
      std::string code;
      for (int side = 0; side < 2; ++side) enter(room, side, code);
    }
    for (std::size_t i = 0; i < members_.size(); ++i) {
      Member& member = members_[i];
      member.frame = bench::text_frame(dialect_.candidate(member.room, member.side, members_[i ^ 1U].id));
    }
  }

  void start() {
    for (Member& member : members_) send(member);
  }

  /// Messages that arrived until `deadline`.
  std::size_t run_until(Clock::time_point deadline) {
    const std::size_t before = arrived_;
    while (Clock::now() < deadline) poll(10);
    return arrived_ - before;
  }

  void connect_idle(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      open(i, 0, dialect_.idle_target(i));
      if (i % 256 == 0) poll(0);
    }
  }
  /// Reads what the server still has to say.
  void settle(std::chrono::milliseconds time) { (void)run_until(Clock::now() + time); }

  std::vector<double> latencies_us;

 private:
  Member& open(std::size_t room, int side, const std::string& target) {
    Member& member = members_.emplace_back();
    member.room = room;
    member.side = side;
    if (!member.connection.open(server_, target)) fail("cannot connect");
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = members_.size() - 1;
    ::epoll_ctl(epoll_, EPOLL_CTL_ADD, member.connection.descriptor(), &event);
    return member;
  }

  void enter(std::size_t room, int side, std::string& code) {
    Member& member = open(room, side, dialect_.target(room, side, code));
    const auto limit = Clock::now() + kSetupLimit;
    while (!member.in) {
      if (Clock::now() > limit) fail("the server did not let a member in");
      poll(100);
    }
    code = code_;
  }

  void send(Member& member) {
    member.sent = Clock::now();
    if (!member.connection.send(member.frame)) fail("a message could not be sent");
  }

  void poll(int timeout_ms) {
    std::array<epoll_event, 512> events;
    const int ready = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), timeout_ms);
    for (int i = 0; i < ready; ++i) {
      const std::size_t index = events[static_cast<std::size_t>(i)].data.u64;
      Member& member = members_[index];
      const auto on_message = [&](std::string_view message, bench::MessageKind) { on(index, message); };
      if (!member.connection.read(on_message)) fail("the server closed a connection");
    }
  }

  void on(std::size_t index, std::string_view message) {
    Member& member = members_[index];
    if (!member.in) {
      if (const auto code = dialect_.entered(message, member.id)) {
        member.in = true;
        code_ = *code;
      }
      return;
    }
    if (member.frame.empty()) return;
    const Member& other = members_[index ^ 1U];
    if (!dialect_.is_candidate(message, other.id)) {
      if (message.find("\"error\"") != std::string_view::npos)
        fail("the server refused: " + std::string(message));
      return;
    }
    ++arrived_;
    if (arrived_ % 16 == 0) {
      latencies_us.push_back(std::chrono::duration<double, std::micro>(Clock::now() - other.sent).count());
    }
    send(member);
  }

  const bench::Endpoint server_;
  Dialect& dialect_;
  const int epoll_;
  std::deque<Member> members_;  ///< a room's two stand side by side
  std::string code_;
  std::size_t arrived_ = 0;
};

double percentile(std::vector<double>& values, double share) {
  if (values.empty()) return 0;
  const auto at = static_cast<std::size_t>(share * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(at), values.end());
  return values[at];
}

void relay(Load& load, int pid, std::size_t rooms, double seconds) {
  load.enter_rooms(rooms);
  load.start();
  (void)load.run_until(Clock::now() + kWarmUp);
  load.latencies_us.clear();
  const auto begin = Clock::now();
  const std::uint64_t cpu_before = bench::cpu_ns(pid);
  const std::size_t messages = load.run_until(
      begin + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds)));
  const std::uint64_t cpu = bench::cpu_ns(pid) - cpu_before;
  const double wall = std::chrono::duration<double>(Clock::now() - begin).count();
  if (messages == 0) fail("no message arrived");
  std::printf("{\"messages\":%zu,\"seconds\":%.3f,\"cpu_us\":%.3f,\"p50_us\":%.0f,\"p99_us\":%.0f}\n",
              messages, wall, static_cast<double>(cpu) / 1e3 / static_cast<double>(messages),
              percentile(load.latencies_us, 0.5), percentile(load.latencies_us, 0.99));
}

void idle(Load& load, int pid, std::size_t count) {
  const std::uint64_t before = bench::memory_bytes(pid);
  load.connect_idle(count);
  load.settle(std::chrono::milliseconds(2000));
  const std::uint64_t after = bench::memory_bytes(pid);
  const double each = (static_cast<double>(after) - static_cast<double>(before)) / static_cast<double>(count);
  std::printf("{\"connections\":%zu,\"before_kb\":%.0f,\"after_kb\":%.0f,\"each_kb\":%.3f}\n", count,
              static_cast<double>(before) / 1024, static_cast<double>(after) / 1024, each / 1024);
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  if (arguments.size() < 6)
    fail("usage: relay PID HOST PORT DIALECT ROOMS SECONDS | idle PID HOST PORT DIALECT CONNECTIONS");
  const int pid = std::atoi(arguments[1].c_str());
  const auto dialect = bench::make_dialect(arguments[4]);
  if (!dialect) fail("no such dialect: " + arguments[4]);
  Load load({arguments[2], static_cast<std::uint16_t>(std::atoi(arguments[3].c_str()))}, *dialect);
  const auto count = static_cast<std::size_t>(std::atol(arguments[5].c_str()));
  if (arguments[0] == "idle") {
    idle(load, pid, count);
  } else if (arguments[0] == "relay" && arguments.size() > 6) {
    relay(load, pid, count, std::atof(arguments[6].c_str()));
  } else {
    fail("no such load: " + arguments[0]);
  }
  return 0;
}
