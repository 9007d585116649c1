// relay_load PID HOST PORT parlor|plain ROOMS MEMBERS HZ SECONDS [wait]
//   MEMBERS in each of ROOMS rooms, each of whom sends a game's frame of 100 bytes to all the others HZ times
//   per second, or with HZ 0 as fast as the server goes. After a second of warming up, counts frames, their
//   latency and the server's CPU time for SECONDS. With "wait" it says "ready" once everybody is in, and
//   begins at a line on standard input.
// One line of JSON on standard output.

#include <sys/resource.h>

#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

#include "process_cost.hpp"
#include "relay_members.hpp"

namespace {

constexpr rlim_t kSpareDescriptors = 64;

/// The limit of open files, raised as far as the system lets us.
rlim_t open_files() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  return limit.rlim_cur;
}

double own_cpu_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  if (arguments.size() < 8) bench::fail("usage: PID HOST PORT parlor|plain ROOMS MEMBERS HZ SECONDS [wait]");
  const int pid = std::atoi(arguments[0].c_str());
  const auto rooms = static_cast<std::size_t>(std::atol(arguments[4].c_str()));
  const auto size = static_cast<std::size_t>(std::atol(arguments[5].c_str()));
  const double hz = std::atof(arguments[6].c_str());
  const std::chrono::duration<double> time(std::atof(arguments[7].c_str()));
  const rlim_t files = open_files();
  if (rooms * size + kSpareDescriptors > files) {
    bench::fail(std::to_string(rooms * size) + " sockets are needed and only " + std::to_string(files) +
                " files may be open: raise the limit (ulimit -n)");
  }
  const bench::Words words = arguments[3] == "parlor" ? bench::Words::parlor : bench::Words::plain;
  bench::Members members({arguments[1], static_cast<std::uint16_t>(std::atoi(arguments[2].c_str()))}, words,
                         rooms, size);
  members.enter();
  if (arguments.size() > 8) {
    std::printf("ready\n");
    std::fflush(stdout);
    // Nothing comes meanwhile: everybody is in.
    std::string line;
    std::getline(std::cin, line);
  }
  const auto play = [&](std::chrono::duration<double> how_long) {
    if (hz > 0) return members.play(hz, how_long);
    members.race(how_long);
    return 0.0;
  };
  play(std::chrono::seconds(1));
  const double own_before = own_cpu_seconds();
  const std::uint64_t cpu_before = bench::cpu_ns(pid);
  const std::uint64_t waited_before = bench::waited_ns(pid);
  const auto begin = bench::Clock::now();
  const double late_us = play(time);
  const double wall = std::chrono::duration<double>(bench::Clock::now() - begin).count();
  const auto cpu = static_cast<double>(bench::cpu_ns(pid) - cpu_before);
  const auto waited = static_cast<double>(bench::waited_ns(pid) - waited_before);
  const double own = own_cpu_seconds() - own_before;
  const bench::Account account = std::move(members.account);
  if (account.sent == 0 || account.arrived == 0) bench::fail("no frame arrived");
  std::vector<double> latencies = account.latencies_us;
  const auto sent = static_cast<double>(account.sent);
  const double copies = sent * static_cast<double>(size - 1);
  std::printf(
      "{\"frames\":%.0f,\"asked\":%.0f,\"seconds\":%.3f,\"cpu_us\":%.3f,\"server_load\":%.3f,"
      "\"waited\":%.3f,\"own_load\":%.3f,\"late_us\":%.0f,\"arrived\":%.5f,\"p50_us\":%.0f,\"p99_us\":%.0f}"
      "\n",
      sent, hz <= 0 ? sent : hz * wall * static_cast<double>(rooms * size), wall, cpu / 1e3 / sent,
      cpu / 1e9 / wall, waited / 1e9 / wall, own / wall, late_us,
      static_cast<double>(account.arrived) / copies, bench::percentile(latencies, 0.5),
      bench::percentile(latencies, 0.99));
  return 0;
}
