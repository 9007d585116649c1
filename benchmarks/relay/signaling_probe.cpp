// signaling_probe HOST PORT SECONDS
//   Four rooms of two beside whatever else the server does: each first member sends its second a candidate
//   50 times per second. One line of JSON: how long they took, from one socket to the other.

#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <string>
#include <vector>

#include "dialects.hpp"
#include "ws_connection.hpp"

namespace {

using Clock = std::chrono::steady_clock;
constexpr std::size_t kRooms = 4;
constexpr std::chrono::milliseconds kEvery{5};  // the rooms in turn
constexpr std::chrono::seconds kLimit{20};

[[noreturn]] void fail(const char* why) {
  std::fprintf(stderr, "signaling_probe: %s\n", why);
  std::exit(1);
}

struct Member {
  bench::WsConnection connection;
  std::string id;
  std::string frame;
  Clock::time_point sent{};
  bool under_way = false;
};

class Probe {
 public:
  Probe(bench::Endpoint server, bench::Dialect& dialect)
      : server_(std::move(server)), dialect_(dialect), epoll_(::epoll_create1(0)) {}
  ~Probe() { ::close(epoll_); }
  Probe(const Probe&) = delete;
  Probe& operator=(const Probe&) = delete;

  void enter() {
    for (std::size_t room = 0; room < kRooms; ++room) {
      code_.clear();
      for (int side = 0; side < 2; ++side) {
        Member& member = members_.emplace_back();
        if (!member.connection.open(server_, dialect_.target(room, side, code_))) fail("cannot connect");
        epoll_event event{};
        event.events = EPOLLIN;
        event.data.u64 = members_.size() - 1;
        ::epoll_ctl(epoll_, EPOLL_CTL_ADD, member.connection.descriptor(), &event);
        const auto limit = Clock::now() + kLimit;
        while (member.id.empty()) {
          if (Clock::now() > limit) fail("the server did not let a member in");
          poll(100);
        }
      }
      members_[2 * room].frame = bench::text_frame(dialect_.candidate(room, 0, members_[2 * room + 1].id));
    }
  }

  void run(std::chrono::duration<double> time) {
    const auto end = Clock::now() + std::chrono::duration_cast<Clock::duration>(time);
    auto due = Clock::now();
    for (std::size_t turn = 0; due < end; ++turn, due += kEvery) {
      for (auto now = Clock::now(); now < due; now = Clock::now()) {
        poll(static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(due - now).count()));
      }
      Member& sender = members_[turn % kRooms * 2];
      if (sender.under_way) continue;  // its own delay is in the figures once it has come
      sender.under_way = true;
      sender.sent = Clock::now();
      if (!sender.connection.send(sender.frame)) fail("a message could not be sent");
    }
    poll(500);
  }

  std::vector<double> latencies_us;

 private:
  void poll(int timeout_ms) {
    std::array<epoll_event, 16> events;
    const int ready = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), timeout_ms);
    for (int i = 0; i < ready; ++i) {
      const std::size_t index = events[static_cast<std::size_t>(i)].data.u64;
      const auto on_message = [&](std::string_view message, bench::MessageKind) { on(index, message); };
      if (!members_[index].connection.read(on_message)) fail("the server closed a connection");
    }
  }

  void on(std::size_t index, std::string_view message) {
    Member& member = members_[index];
    if (member.id.empty()) {
      if (const auto code = dialect_.entered(message, member.id)) code_ = *code;
      return;
    }
    Member& sender = members_[index & ~std::size_t{1}];
    if (index % 2 == 0 || !sender.under_way || !dialect_.is_candidate(message, sender.id)) return;
    sender.under_way = false;
    latencies_us.push_back(std::chrono::duration<double, std::micro>(Clock::now() - sender.sent).count());
  }

  const bench::Endpoint server_;
  bench::Dialect& dialect_;
  const int epoll_;
  std::deque<Member> members_;  // a room's two stand side by side
  std::string code_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) fail("usage: HOST PORT SECONDS");
  const auto dialect = bench::make_dialect("parlor");
  Probe probe({argv[1], static_cast<std::uint16_t>(std::atoi(argv[2]))}, *dialect);
  probe.enter();
  probe.run(std::chrono::duration<double>(std::atof(argv[3])));
  std::vector<double>& all = probe.latencies_us;
  if (all.empty()) fail("no message arrived");
  std::sort(all.begin(), all.end());
  const auto at = [&](double share) {
    return all[static_cast<std::size_t>(share * static_cast<double>(all.size() - 1))];
  };
  std::printf("{\"messages\":%zu,\"p50_us\":%.0f,\"p99_us\":%.0f}\n", all.size(), at(0.5), at(0.99));
  return 0;
}
