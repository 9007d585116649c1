// A datagram to and fro between two processes, as fast as the machine has it: what a round trip cannot be
// less than. "udp_ping" echoes and prints its port; "udp_ping PORT SIZE COUNT" asks it, a tenth as often
// before it counts, and prints the median and the 99th percentile in microseconds.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <vector>

namespace {

int open_socket(sockaddr_in& address) {
  const int fd = ::socket(AF_INET, SOCK_DGRAM, 0);
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (::bind(fd, reinterpret_cast<sockaddr*>(&address), size) != 0) std::abort();
  (void)::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
  return fd;
}

/// As an event loop waits.
void wait(int fd) {
  pollfd waiting{.fd = fd, .events = POLLIN, .revents = 0};
  (void)::poll(&waiting, 1, -1);
}

}  // namespace

int main(int argc, char** argv) {
  sockaddr_in address{};
  const int fd = open_socket(address);
  std::array<char, 2048> buffer{};
  if (argc < 4) {
    std::printf("port %d\n", ntohs(address.sin_port));
    std::fflush(stdout);
    for (;;) {
      sockaddr_in from{};
      socklen_t size = sizeof from;
      wait(fd);
      const auto got =
          ::recvfrom(fd, buffer.data(), buffer.size(), 0, reinterpret_cast<sockaddr*>(&from), &size);
      if (got > 0)
        (void)::sendto(fd, buffer.data(), static_cast<std::size_t>(got), 0,
                       reinterpret_cast<sockaddr*>(&from), size);
    }
  }
  sockaddr_in to = address;
  to.sin_port = htons(static_cast<std::uint16_t>(std::atoi(argv[1])));
  const auto size = static_cast<std::size_t>(std::atoi(argv[2]));
  const int count = std::atoi(argv[3]);
  std::vector<double> times;
  // The first ones find both processes cold.
  for (int i = -(count / 10); i < count; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    (void)::sendto(fd, buffer.data(), size, 0, reinterpret_cast<sockaddr*>(&to), sizeof to);
    wait(fd);
    (void)::recv(fd, buffer.data(), buffer.size(), 0);
    const std::chrono::duration<double, std::micro> taken = std::chrono::steady_clock::now() - begin;
    if (i >= 0) times.push_back(taken.count());
  }
  std::ranges::sort(times);
  std::printf("pinged %.1f %.1f\n", times[times.size() / 2], times[times.size() * 99 / 100]);
  return 0;
}
